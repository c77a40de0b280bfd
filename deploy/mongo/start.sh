#!/bin/sh
# Starts the database as a replica set of one: its key file comes from the environment, never from the image.
set -eu
: "${MONGO_REPLICA_KEY:?}"
umask 077
printf '%s' "$MONGO_REPLICA_KEY" > /run/mongo/replica.key
chmod 400 /run/mongo/replica.key
unset MONGO_REPLICA_KEY
exec docker-entrypoint.sh mongod --replSet kaoshen --keyFile /run/mongo/replica.key --bind_ip_all \
    --wiredTigerCacheSizeGB "${MONGO_CACHE_GB:-0.5}"
