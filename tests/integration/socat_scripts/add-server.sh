#!/bin/bash
# add-server.sh <backend> <name> <host:port>
BACKEND="$1"
SERVER_NAME="$2"
SERVER_ADDR="$3"

if [[ -z "$BACKEND" || -z "$SERVER_NAME" || -z "$SERVER_ADDR" ]]; then
    echo "Usage: $0 <backend> <name> <host:port>"
    exit 1
fi

echo "add server ${BACKEND}/${SERVER_NAME} ${SERVER_ADDR}" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"

echo "enable server ${BACKEND}/${SERVER_NAME}" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"

echo "Server ${SERVER_NAME} added to backend ${BACKEND}"
