#!/usr/bin/env bash
# Measures the leads pages against their budgets: a million leads, a tenth of them one partner's.
#   tools/bench.sh [sqlite|postgres]      postgres: run it by tools/with-postgres.sh
# Load comes from this machine and shares its cores with the server: the figures are the lower bound.
set -euo pipefail
cd "$(dirname "$0")/.."
engine=${1:-sqlite}
leads=${PORTAL_BENCH_LEADS:-1000000}
seconds=${PORTAL_BENCH_SECONDS:-15}
binary="${CARGO_TARGET_DIR:-$PWD/target}/release/partner-portal"
for tool in wrk hey sqlite3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install wrk hey sqlite3" >&2; exit 1; }
done

cache="${XDG_CACHE_HOME:-$HOME/.cache}/partner-portal/bench"
mkdir -p "$cache"
if [ "$engine" = sqlite ]; then
  export DATABASE_URL="sqlite://$cache/leads-$leads.db"
else
  psql -q "$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE bench"
  export DATABASE_URL="${PORTAL_TEST_POSTGRES%/*}/bench"
fi
port=$(node tools/free-port.mjs)
export PORTAL_BIND="127.0.0.1:$port" PORTAL_LOG=warn
url="http://$PORTAL_BIND"

echo "== Filling $leads leads into $engine (skipped when they are there)"
time "$binary" demo --leads "$leads" >/dev/null
"$binary" serve >/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until curl -sf "$url/readyz" >/dev/null; do sleep 0.05; done

jar=$(mktemp)
curl -s -o /dev/null -c "$jar" -H "Origin: $url" -d 'email=owner@northwind.example&password=sunny-roof-42-leads' "$url/fn/auth/login"
cookie="Cookie: $(awk '$6 == "portal-partner" {print $6 "=" $7}' "$jar")"
resident() { awk '/VmRSS/ {printf "%.1f MB", $2 / 1024}' "/proc/$server/status"; }
peak() { awk '/VmHWM/ {printf "%.1f MB", $2 / 1024}' "/proc/$server/status"; }
saturate() { wrk -t1 -c8 -d"${seconds}s" -H "$cookie" -H 'Accept: text/html' "$@" | grep -E 'Requests/sec|Non-2xx'; }
# steady RATE URL: so many requests a second from two connections (hey sends all its connections' requests at once: more of
# them would measure bursts), and the latency they saw.
steady() { hey -z "${seconds}s" -c 2 -q "$(($1 / 2))" -H "$cookie" -H 'Accept: text/html' "$2" | grep -E 'Requests/sec|50%|95%|99%|responses'; }

echo "== Idle: $(resident) resident"
page=$(curl -s -H "$cookie" "$url/partner/leads" | wc -c)
echo "== Leads page, 50 rows, HTML ($page bytes): saturated"; saturate "$url/partner/leads"
echo "== Leads page: steady 100/s"; steady 100 "$url/partner/leads"
body=$(mktemp); echo '{"query":{"filter":{"q":"","period":null,"days":{"from":null,"to":null},"campaign":null,"status":null},"sort":"newest","size":"50","cursor":null}}' > "$body"
script=$(mktemp --suffix=.lua)
cat > "$script" <<LUA
wrk.method = "POST"
wrk.body = io.open("$body"):read("*a")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["Origin"] = "$url"
LUA
echo "== The same as JSON: saturated"; wrk -t1 -c8 -d"${seconds}s" -H "$cookie" -s "$script" "$url/fn/leads/list" | grep -E 'Requests/sec|Non-2xx'
for q in BW-01-004711 Solar example "zaneta" ada novak "no such text" "heat pump" ło; do
  echo "== Search “$q”: steady 50/s"; steady 50 "$url/partner/leads?q=$(printf %s "$q" | sed 's/ /+/g')"
done
echo "== A filter by campaign, status and days: steady 50/s"; steady 50 "$url/partner/leads?campaign=Wallbox&status=rejected&from=2026-01-01"
echo "== Export of all the partner's leads ($(resident) resident before)"
sync; time curl -s -H "$cookie" -o /tmp/portal-bench-export.csv "$url/partner/leads/export.csv"
echo "$(wc -l < /tmp/portal-bench-export.csv) lines, $(resident) resident after, $(peak) at its peak"
if [ "$engine" = sqlite ]; then
  query="SELECT name, email, phone, campaign, delivered_at, status, external_id, price_minor, price_currency, fields FROM leads
    WHERE partner_id = (SELECT id FROM partners WHERE name = 'Northwind Solar') ORDER BY delivered_at DESC, lead_key DESC"
  echo "== The database's own command line, the same rows"
  time sqlite3 -csv -header "${DATABASE_URL#sqlite://}" "$query" > /tmp/portal-bench-cli.csv
else
  query="COPY (SELECT name, email, phone, campaign, delivered_at, status, external_id, price_minor, price_currency, fields FROM leads
    WHERE partner_id = (SELECT id FROM partners WHERE name = 'Northwind Solar') ORDER BY delivered_at DESC, lead_key DESC) TO STDOUT CSV HEADER"
  echo "== The database's own command line, the same rows"
  time psql -q "$DATABASE_URL" -c "$query" > /tmp/portal-bench-cli.csv
fi

# The admin pages have a database of their own: 500 partners, a million events.
kill $server; wait $server 2>/dev/null || true
if [ "$engine" = sqlite ]; then
  export DATABASE_URL="sqlite://$cache/admin.db"
else
  psql -q "$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE bench_admin"
  export DATABASE_URL="${PORTAL_TEST_POSTGRES%/*}/bench_admin"
fi
echo "== Filling 500 partners and 1,000,000 events (skipped when they are there)"
time "$binary" demo --more-partners 460 --more-events 1000000 >/dev/null
"$binary" serve >/dev/null &
server=$!
until curl -sf "$url/readyz" >/dev/null; do sleep 0.05; done
curl -s -o /dev/null -c "$jar" -H "Origin: $url" -d 'email=owner@brightway.example&password=sunny-roof-42-leads' "$url/fn/admin/auth/login"
cookie="Cookie: $(awk '$6 == "portal-admin" {print $6 "=" $7}' "$jar")"
partner=$(curl -s -H "$cookie" -H 'Accept: text/html' "$url/admin/partners?q=partner+0100" | grep -o 'value="[0-9a-f-]\{36\}"' | head -1 | cut -d'"' -f2)
for path in /admin /admin/partners "/admin/partners?q=partner+01" "/admin/partners?sort=last_login&page=5" "/admin/partners/$partner" \
  /admin/audit "/admin/audit?action=webhook_secret_rotated" "/admin/audit?result=failure" "/admin/audit?partner=$partner" \
  "/admin/audit?partner=$partner&action=leads_exported" "/admin/audit?actor=one@p100.example" \
  "/admin/audit?from=2026-01-01&to=2026-02-01&action=login" "/admin/audit?before=500000" "/admin/invoices?status=overdue"; do
  echo "== $path: steady 20/s"; steady 20 "$url$path"
done
echo "== The chain of a million events"; time "$binary" verify-audit

echo "== Ingest by the API, batches of 1,000"
kill $server; wait $server 2>/dev/null || true
if [ "$engine" = sqlite ]; then
  env -u DATABASE_URL PORTAL_BINARY="$binary" tools/with-server.sh node tools/ingest.mjs 100000
else
  psql -q "$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE bench_ingest"
  DATABASE_URL="${PORTAL_TEST_POSTGRES%/*}/bench_ingest" PORTAL_BINARY="$binary" tools/with-server.sh node tools/ingest.mjs 100000
fi

echo "== 32 who write at once and 8 who read"
if [ "$engine" = sqlite ]; then
  env -u DATABASE_URL PORTAL_BINARY="$binary" tools/with-server.sh node tools/writers.mjs
else
  psql -q "$PORTAL_TEST_POSTGRES" -c "CREATE DATABASE bench_writers"
  DATABASE_URL="${PORTAL_TEST_POSTGRES%/*}/bench_writers" PORTAL_BINARY="$binary" tools/with-server.sh node tools/writers.mjs
fi
