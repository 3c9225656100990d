#!/usr/bin/env bash
# Asks the API everything its description allows, and much that it does not: no answer may be one it does not describe.
#   tools/with-server.sh tools/schemathesis.sh [examples for each operation]
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PORTAL_PYTHON:-$HOME/.cache/partner-portal/python}"
# The operations of partners take a key of a partner, all others one of the account.
ask() {
  "$python/bin/schemathesis" --config-file tools/schemathesis.toml run "$PORTAL_URL/api/v1/openapi.json" \
    --url "$PORTAL_URL/api/v1" --header "Authorization: Bearer $1" --max-examples "$examples" "${@:2}"
}
examples="${1:-100}"
ask "$PORTAL_KEY" --exclude-path-regex '^/partner/'
ask "$PORTAL_PARTNER_KEY" --include-path-regex '^/partner/'
