#!/bin/bash
# set-weight.sh <backend> <name> <weight>
BACKEND="$1"
SERVER_NAME="$2"
WEIGHT="$3"

echo "set server ${BACKEND}/${SERVER_NAME} weight ${WEIGHT}" \
    | socat stdio "${HAPROXY_SOCKET:-/run/haproxy/admin.sock}"
