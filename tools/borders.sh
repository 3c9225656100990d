#!/usr/bin/env bash
# The crates' borders: what runs in the browser must never reach the store, the database driver or password hashing.
set -euo pipefail
cd "$(dirname "$0")/.."

# Cargo is asked, not the source: a dependency of a dependency counts.
browser=$(cargo tree --quiet -p frontend --target wasm32-unknown-unknown -e normal --prefix none --no-dedupe | awk '{print $1}' | sort -u)
for forbidden in services store server sqlx sqlx-core sqlx-sqlite sqlx-postgres argon2 secrecy axum tokio chrono-tz leptos_axum; do
  if grep -qx "$forbidden" <<<"$browser"; then
    echo "The browser build depends on $forbidden:" >&2
    cargo tree -p frontend --target wasm32-unknown-unknown -e normal -i "$forbidden" >&2
    exit 1
  fi
done

# domain depends on no other crate of ours, store on domain alone, services on both and on nothing that knows of pages or HTTP.
inner() { cargo tree --quiet -p "$1" -e normal --depth 1 --prefix none | awk '{print $1}' | grep -xE 'app|server|frontend|services|store|domain' | grep -vx "$1" | sort | tr '\n' ' '; }
check() { local found; found=$(inner "$1" || true); [ "$found" = "$2" ] || { echo "$1 depends on: ${found:-nothing} (expected: ${2:-nothing})" >&2; exit 1; }; }
check domain ""
check store "domain "
check services "domain store "
within=$(cargo tree --quiet -p services -e normal --prefix none --no-dedupe | awk '{print $1}' | sort -u)
for web in axum leptos tower-sessions; do
  if grep -qx "$web" <<<"$within"; then echo "services depends on $web, and is to know nothing of pages and HTTP." >&2; exit 1; fi
done
# The protocol of single sign-on brings the types of requests along, which go through one trait to the way out; ours has none of its own.
if cargo tree --quiet -p services -e normal --depth 1 --prefix none | awk '{print $1}' | grep -qx http; then
  echo "services depends on http, and is to know nothing of HTTP." >&2; exit 1
fi
echo "The borders between the crates hold."
