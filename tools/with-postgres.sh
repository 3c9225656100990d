#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL server: its own folder, a free port, gone afterwards.
# The command finds its address in PORTAL_TEST_POSTGRES (the maintenance database; make your own beside it).
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)" 2>/dev/null) || {
  echo "PostgreSQL's initdb is missing; run tools/setup.sh test" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/portal-postgres.XXXXXX")
run=()
# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  chown 65534:65534 "$folder"
  run=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$folder")
fi
cleanup() { "${run[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap cleanup EXIT

cd /
"${run[@]}" "$bin/initdb" -D "$folder/data" -U portal -A trust -E UTF8 --locale=C.UTF-8 -N >"$folder/initdb.log" 2>&1 \
  || { cat "$folder/initdb.log" >&2; exit 1; }
for _ in 1 2 3 4 5; do
  port=$(node "$tools/free-port.mjs")
  if "${run[@]}" "$bin/pg_ctl" -D "$folder/data" -w -s -l "$folder/server.log" \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=300 -c fsync=off -c jit=off ${PORTAL_TEST_POSTGRES_OPTIONS:-}" \
    start >/dev/null 2>&1; then
    export PORTAL_TEST_POSTGRES="postgres://portal@127.0.0.1:$port/postgres"
    break
  fi
done
[ -n "${PORTAL_TEST_POSTGRES:-}" ] || { cat "$folder/server.log" >&2; exit 1; }
cd "$OLDPWD"
"$@"
