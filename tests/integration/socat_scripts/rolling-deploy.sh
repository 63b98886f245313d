#!/bin/bash
# rolling-deploy.sh — replace servers one at a time
BACKEND="web_backend"
NEW_SERVERS=("web3:8080" "web4:8080")
OLD_SERVERS=("web1" "web2")

for i in "${!OLD_SERVERS[@]}"; do
    OLD="${OLD_SERVERS[$i]}"
    NEW_NAME="new_web$((i+1))"
    NEW_ADDR="${NEW_SERVERS[$i]}"

    # Add new server
    bash add-server.sh "$BACKEND" "$NEW_NAME" "$NEW_ADDR"

    # Drain and remove old
    bash drain-server.sh "$BACKEND" "$OLD" 60

    echo "Rotated $OLD → $NEW_NAME"
done
