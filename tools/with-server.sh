#!/usr/bin/env bash
# A server for the tests of the HTTP API: a fresh demo account, a free port, a key of the account with every scope in
# $PORTAL_KEY, one of a partner in $PORTAL_PARTNER_KEY.
#   tools/with-server.sh COMMAND…   runs the command beside it and stops it afterwards
# DATABASE_URL may name a database; without it there is a fresh SQLite file.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${TMPDIR:-/tmp}/portal-server.XXXXXX")
server=
cleanup() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$folder"
}
trap cleanup EXIT
export DATABASE_URL="${DATABASE_URL:-sqlite://$folder/portal.db}" PORTAL_DATA="$folder/data" PORTAL_LOG="${PORTAL_LOG:-warn}"
export PORTAL_API_RATE=100000 PORTAL_WEB_RATE=100000 PORTAL_WEBHOOK_PRIVATE=true
export PORTAL_BINARY="${PORTAL_BINARY:-${CARGO_TARGET_DIR:-$PWD/target}/debug/partner-portal}"
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
export PORTAL_URL="http://127.0.0.1:$port"
curl -sf "$PORTAL_URL/readyz" >/dev/null || { cat "$folder/server.log" >&2; exit 1; }
# A key is made as an owner makes one: on the page.
as_owner() { curl -s -b "$folder/jar" -c "$folder/jar" -H "Origin: $PORTAL_URL" -H 'Accept: text/html' "$@"; }
as_owner -o /dev/null -d 'email=owner@brightway.example&password=sunny-roof-42-leads' "$PORTAL_URL/fn/admin/auth/login"
scopes=$(printf '&scopes[]=%s' leads:read leads:write partners:read partners:write invoices:read invoices:write)
as_owner -o /dev/null -d "name=Tests&life=30$scopes" "$PORTAL_URL/fn/admin/api-keys/create"
PORTAL_KEY=$(as_owner "$PORTAL_URL/admin/api-keys" | grep -o 'pp_live_[A-Za-z0-9_-]\{43\}' | head -1); export PORTAL_KEY
# And one of a partner, as its owner makes one.
as_partner() { curl -s -b "$folder/partner" -c "$folder/partner" -H "Origin: $PORTAL_URL" -H 'Accept: text/html' "$@"; }
as_partner -o /dev/null -d 'email=owner@contoso.example&password=sunny-roof-42-leads' "$PORTAL_URL/fn/auth/login"
scopes=$(printf '&scopes[]=%s' leads:read leads:review outcomes:write invoices:read)
as_partner -o /dev/null -d "name=Tests&life=30$scopes" "$PORTAL_URL/fn/profile/create-api-key"
PORTAL_PARTNER_KEY=$(as_partner "$PORTAL_URL/partner/profile/api" | grep -o 'pp_live_[A-Za-z0-9_-]\{43\}' | head -1); export PORTAL_PARTNER_KEY
[ -n "$PORTAL_KEY" ] && [ -n "$PORTAL_PARTNER_KEY" ] || { echo "no key was made" >&2; tail -20 "$folder/server.log" >&2; exit 1; }
failed=0
"$@" || failed=$?
if grep -E 'panicked|internal error' "$folder/server.log" >&2; then failed=1; fi
exit "$failed"
