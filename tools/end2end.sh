#!/usr/bin/env bash
# Runs the browser tests against a server of their own: a fresh database of the given engine, the demo account, a free port.
#   tools/end2end.sh sqlite|postgres [arguments of playwright test]
set -euo pipefail
cd "$(dirname "$0")/.."
engine=$1; shift

folder=$(mktemp -d "${TMPDIR:-/tmp}/portal-end2end.XXXXXX")
server= helpers=
cleanup() { for process in $server $helpers; do kill "$process" 2>/dev/null || true; done; rm -rf "$folder"; }
trap cleanup EXIT

case "$engine" in
  sqlite) export DATABASE_URL="sqlite://$folder/portal.db" ;;
  postgres)
    name="end2end_$(date +%s)_$$"
    psql -q "$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE $name"
    export DATABASE_URL="${PORTAL_TEST_POSTGRES%/*}/$name" ;;
  *) echo "say sqlite or postgres" >&2; exit 1 ;;
esac

# Starts a server that the portal needs and waits for the port it prints.
helper() {
  local name=$1; shift
  node "end2end/$name.mjs" "$@" >"$folder/$name.port" 2>"$folder/$name.log" &
  helpers="$helpers $!"
  for _ in $(seq 1 100); do [ -s "$folder/$name.port" ] && break; sleep 0.1; done
  [ -s "$folder/$name.port" ] || { cat "$folder/$name.log" >&2; exit 1; }
}

export PORTAL_MAILS="$folder/mails" PORTAL_DATA="$folder/data" PORTAL_MAIL_FROM=portal@brightway.example
mkdir -p "$PORTAL_MAILS"
helper mailbox "$PORTAL_MAILS"
PORTAL_SMTP_URL="smtp://127.0.0.1:$(cat "$folder/mailbox.port")"; export PORTAL_SMTP_URL
helper provider
PORTAL_OIDC_ISSUER="http://127.0.0.1:$(cat "$folder/provider.port")"; export PORTAL_OIDC_ISSUER

# The tests' receivers are on this machine.
export PORTAL_WEBHOOK_PRIVATE=true PORTAL_API_RATE=1000 PORTAL_WEB_RATE=1000
export PORTAL_PYTHON="${PORTAL_PYTHON:-$HOME/.cache/partner-portal/python}"
export PORTAL_BINARY="${CARGO_TARGET_DIR:-$PWD/target}/debug/partner-portal"
"$PORTAL_BINARY" demo >/dev/null
for _ in 1 2 3 4 5; do
  port=$(node tools/free-port.mjs)
  PORTAL_BIND="127.0.0.1:$port" "$PORTAL_BINARY" serve >"$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 1 100); do
    if curl -sf "http://127.0.0.1:$port/readyz" >/dev/null; then break 2; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
done
export PORTAL_URL="http://127.0.0.1:$port" PORTAL_ENGINE="$engine"
curl -sf "$PORTAL_URL/readyz" >/dev/null || { cat "$folder/server.log" >&2; exit 1; }

echo "End-to-end tests on $engine"
failed=0
(cd end2end && npx tsc --noEmit && npx playwright test "$@") || failed=$?
# Whatever a test did, the server must not have panicked or failed.
if grep -E 'panicked|internal error' "$folder/server.log" >&2; then failed=1; fi
[ "$failed" = 0 ] || tail -n 50 "$folder/server.log" "$folder/provider.log" >&2
exit "$failed"
