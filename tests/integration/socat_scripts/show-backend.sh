#!/bin/bash
# show-backend.sh <backend>
BACKEND="${1:-}"

if [[ -n "$BACKEND" ]]; then
    echo "show servers state ${BACKEND}" | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"
else
    echo "show stat" | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}" | column -t -s ','
fi
