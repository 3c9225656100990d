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
export PORTAL_BIND="127.0.0.1:$port" PORTAL_LOG=warn PORTAL_WEB_RATE=100000
url="http://$PORTAL_BIND"

echo "== Filling $leads leads into $engine (skipped when they are there)"
time "$binary" demo --leads "$leads" >/dev/null
"$binary" serve >/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until curl -sf "$url/readyz" >/dev/null; do sleep 0.05; done

# One line of the table at the end: what was measured, its budget, what was found.
table=$(mktemp)
note() { printf '%s|%s|%s\n' "$1" "$2" "$3" >> "$table"; printf '%s: %s\n' "$1" "$3"; }

jar=$(mktemp)
curl -s -o /dev/null -c "$jar" -H "Origin: $url" -d 'email=owner@northwind.example&password=sunny-roof-42-leads' "$url/fn/auth/login"
cookie="Cookie: $(awk '$6 == "portal-partner" {print $6 "=" $7}' "$jar")"
resident() { awk '/VmRSS/ {printf "%.0f MB", $2 / 1024}' "/proc/$server/status"; }
peak() { awk '/VmHWM/ {printf "%.0f MB", $2 / 1024}' "/proc/$server/status"; }
# saturate CONNECTIONS [options of wrk] URL: as many requests as can be answered, as browsers send them.
saturate() {
  local connections=$1; shift
  wrk -t1 -c"$connections" -d"${seconds}s" --latency -H "$cookie" -H 'Accept: text/html' -H 'Accept-Encoding: br, gzip' "$@" \
    | awk '/99%/ {p = $2} /Requests\/sec/ {r = $2} /Non-2xx/ {n = ", " $0} END {printf "%.0f/s, p99 %s%s", r, p, n}'
}
# steady RATE URL: so many requests a second from two connections (hey sends all its connections' requests at once: more of
# them would measure bursts), and the latency they saw.
steady() {
  hey -z "${seconds}s" -c 2 -q "$(($1 / 2))" -H "$cookie" -H 'Accept: text/html' "$2" \
    | awk '/50%/ {a = $3} /95%/ {b = $3} /99%/ {c = $3} /responses/ && $1 != "[200]" {n = ", " $0} END {printf "p50 %.1f ms, p95 %.1f, p99 %.1f%s", a * 1000, b * 1000, c * 1000, n}'
}
# seconds_of COMMAND…: how long it takes.
seconds_of() { local begun; begun=$(date +%s.%N); "$@"; awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN {printf "%.2f", b - a}'; }

note "idle, resident" "< 40 MB" "$(resident)"
page=$(curl -s -H "$cookie" "$url/partner/leads" | wc -c)
note "leads page, 50 rows, HTML of $page bytes, c=8" "≥ 1,300/s" "$(saturate 8 "$url/partner/leads")"
note "the same, c=50" "p99 < 60 ms" "$(saturate 50 "$url/partner/leads")"
note "the same, a steady 100/s" "p99 < 25 ms" "$(steady 100 "$url/partner/leads")"
body=$(mktemp); echo '{"query":{"filter":{"q":"","period":null,"days":{"from":null,"to":null},"campaign":null,"status":null},"sort":"newest","size":"50","cursor":null}}' > "$body"
script=$(mktemp --suffix=.lua)
cat > "$script" <<LUA
wrk.method = "POST"
wrk.body = io.open("$body"):read("*a")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["Accept-Encoding"] = nil
wrk.headers["Origin"] = "$url"
LUA
for connections in 4 50; do
  note "the same rows and count as JSON, c=$connections" "" "$(saturate "$connections" -s "$script" "$url/fn/leads/list")"
done
for q in BW-01-004711 Solar example "zaneta" ada novak "no such text" "heat pump" ło; do
  note "search “$q”, a steady 50/s" "p99 < 50 ms" "$(steady 50 "$url/partner/leads?q=$(printf %s "$q" | sed 's/ /+/g')")"
done
note "campaign, status and days, a steady 50/s" "p99 < 50 ms" \
  "$(steady 50 "$url/partner/leads?campaign=Wallbox&status=rejected&from=2026-01-01")"
for report in "" "?from=2025-10-01&to=2026-11-30&by=month" "?from=2025-10-01&to=2026-11-30&by=campaign" "?by=hour" \
  "?from=2025-10-01&to=2026-11-30&by=hour"; do
  note "report$report, a steady 20/s" "p99 < 50 ms" "$(steady 20 "$url/partner/reports$report")"
done
partner_cookie=$cookie
curl -s -o /dev/null -c "$jar" -H "Origin: $url" -d 'email=owner@brightway.example&password=sunny-roof-42-leads' "$url/fn/admin/auth/login"
cookie="Cookie: $(awk '$6 == "portal-admin" {print $6 "=" $7}' "$jar")"
for path in /admin/leads "/admin/leads?q=BW-07-004711" "/admin/leads?status=rejected&campaign=Wallbox" "/admin/leads?delivery=failed" \
  "/admin/leads?period=last_month" /admin/reports "/admin/reports?by=partner" "/admin/reports?from=2025-10-01&to=2026-11-30&by=month" \
  "/admin/reports?from=2025-10-01&to=2026-11-30&by=partner" "/admin/reports?by=hour" "/admin/reports?from=2025-10-01&to=2026-11-30&by=hour"; do
  note "$path, a steady 20/s" "p99 < 50 ms" "$(steady 20 "$url$path")"
done
cookie=$partner_cookie
if [ "$engine" = sqlite ]; then
  query="SELECT name, email, phone, campaign, delivered_at, status, external_id, price_minor, price_currency, fields FROM leads
    WHERE partner_id = (SELECT id FROM partners WHERE name = 'Northwind Solar') ORDER BY delivered_at DESC, lead_key DESC"
  command_line() { sqlite3 -csv -header "${DATABASE_URL#sqlite://}" "$query" > /tmp/portal-bench-cli.csv; }
else
  query="COPY (SELECT name, email, phone, campaign, delivered_at, status, external_id, price_minor, price_currency, fields FROM leads
    WHERE partner_id = (SELECT id FROM partners WHERE name = 'Northwind Solar') ORDER BY delivered_at DESC, lead_key DESC) TO STDOUT CSV HEADER"
  command_line() { psql -q "$DATABASE_URL" -c "$query" > /tmp/portal-bench-cli.csv; }
fi
note "from a key to its rows, in Chromium" "p95 < 120 ms" "$(PORTAL_URL="$url" node tools/typing.mjs || true)"
export_as() { curl -s -H "$cookie" -o "/tmp/portal-bench-export.$1" "$url/partner/leads/export.$1"; }
command_line; cli=$(seconds_of command_line)
for kind in csv:2 xlsx:6; do
  before=$(resident); took=$(seconds_of export_as "${kind%:*}")
  note "export of $(wc -l < /tmp/portal-bench-cli.csv) lines, ${kind%:*}" "≤ ${kind#*:} × the command line" \
    "$took s, $(awk -v a="$took" -v b="$cli" 'BEGIN {printf "%.1f", a / b}') × $cli s; $before before, $(resident) after"
done
note "resident after all this, at most" "< 90 MB" "$(resident), $(peak)"

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
  note "${path/$partner/…}, a steady 20/s" "p99 < 50 ms" "$(steady 20 "$url$path")"
done
verify() { "$binary" verify-audit >/dev/null; }
note "verifying a million events" "" "$(seconds_of verify) s"

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

if [ "$engine" = sqlite ]; then
  echo "== Reports about all partners, with the counts of ten million leads"
  python3 tools/reports.py "$binary"
  echo "== A flood of logins"
  node tools/flood.mjs "$binary"
fi

echo
column -t -s'|' -N what,budget,measured "$table"
