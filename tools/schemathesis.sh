#!/usr/bin/env bash
# Asks the API everything its description allows, and much that it does not: no answer may be one it does not describe.
#   tools/with-server.sh tools/schemathesis.sh [examples for each operation]
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PORTAL_PYTHON:-$HOME/.cache/partner-portal/python}"
exec "$python/bin/schemathesis" --config-file tools/schemathesis.toml run "$PORTAL_URL/api/v1/openapi.json" \
  --url "$PORTAL_URL/api/v1" --header "Authorization: Bearer $PORTAL_KEY" --max-examples "${1:-100}"
