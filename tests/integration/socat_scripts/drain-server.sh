#!/bin/bash
# drain-server.sh <backend> <name>
BACKEND="$1"
SERVER_NAME="$2"
DRAIN_WAIT="${3:-30}"

# Set to drain mode — no new connections
echo "set server ${BACKEND}/${SERVER_NAME} state drain" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"

echo "Draining ${SERVER_NAME} (waiting ${DRAIN_WAIT}s)..."
sleep "$DRAIN_WAIT"

# Check current sessions
SESSIONS=$(echo "show servers conn ${BACKEND}" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}" \
    | awk -v srv="${SERVER_NAME}" '$1==srv {print $NF}')

if [[ "${SESSIONS:-0}" -gt 0 ]]; then
    echo "Warning: ${SESSIONS} sessions still active on ${SERVER_NAME}"
fi

# Remove the server
echo "del server ${BACKEND}/${SERVER_NAME}" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"

echo "Server ${SERVER_NAME} removed from backend ${BACKEND}"
