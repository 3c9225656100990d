#!/usr/bin/env bash
# The optimised binary, alone in an empty folder, serves everything: pages, what they load, downloads.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d); server=
port=$(node tools/free-port.mjs); base="http://127.0.0.1:$port"
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
cp "${CARGO_TARGET_DIR:-target}/release/partner-portal" "$folder/"
cd "$folder"
env -i PATH=/usr/bin:/bin HOME="$folder" PORTAL_BIND="127.0.0.1:$port" ./partner-portal serve --demo >log 2>&1 &
server=$!
for _ in $(seq 200); do curl -sf "$base/readyz" >/dev/null && break; kill -0 "$server" || { cat log; exit 1; }; sleep 0.1; done
fetch() { curl -sf --compressed -b cookies -c cookies "$@"; }
page=$(fetch "$base/partner/login")
for ending in css js wasm; do
  path=$(grep -oE "/pkg/[0-9a-f]{16}/partner-portal\.$ending" <<<"$page" | head -1)
  [ -n "$path" ] || { echo "the page names no $ending" >&2; exit 1; }
  head=$(curl -sf -o /dev/null -D - -H 'Accept-Encoding: br' "$base$path")
  for said in 'content-encoding: br' immutable etag; do grep -qi "$said" <<<"$head" || { echo "$path: no $said" >&2; exit 1; }; done
done
fetch "$base/favicon.svg" | grep -q '<svg'
fetch -o /dev/null -H "Origin: $base" -H 'Accept: text/html' -d 'email=owner@northwind.example&password=sunny-roof-42-leads&account=brightway&next=' "$base/fn/auth/login"
for path in /partner /partner/leads /partner/invoices /partner/profile; do fetch "$base$path" | grep -q '<h1' || { echo "$path has no heading" >&2; exit 1; }; done
[ "$(fetch "$base/partner/leads/export.csv" | wc -l)" -gt 100 ] || { echo "the export is empty" >&2; exit 1; }
invoice=$(fetch "$base/partner/invoices" | grep -oE '/partner/invoices/[0-9a-f-]{36}' | head -1)
fetch "$base$invoice/pdf" | head -c 5 | grep -q '%PDF-'
echo "The binary serves everything by itself ($(du -h partner-portal | cut -f1))."
