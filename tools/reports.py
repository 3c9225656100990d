"""How long the account's reports take with the counts of more than ten million leads. Part of `make bench`.

    python3 tools/reports.py [BINARY]

Fills a fresh SQLite database with 230 partners and fourteen months of counts, without the leads, which these reports do not read; waits
until the server has summed them up; then asks for pages one after the other.
"""

import datetime
import http.cookiejar
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

DAYS = 425
PER_DAY = 6
TIMES = 200
KINDS = [
    ("new", "", ""), ("viewed", "", ""), ("accepted", "", ""), ("accepted", "sold", ""), ("accepted", "contacted", ""),
    ("rejected", "", "approved"), ("rejected", "", ""),
]
CAMPAIGNS = ["Heat pumps", "Solar roofs", "Wallbox", "Windows", "Insulation", "Batteries", "Roofs", "Doors", "Stairs", "Gardens", "Pools", "Fences"]


def fill(path):
    """Writes the counts, and that all of them are to be summed up. Answers how many rows and leads there are."""
    dice = random.Random(1)
    database = sqlite3.connect(path)
    account = database.execute("SELECT id FROM accounts ORDER BY created_at LIMIT 1").fetchone()[0]
    partners = [row[0] for row in database.execute("SELECT id FROM partners WHERE account_id = ?", (account,))]
    for table in ("lead_day_counts", "lead_rollups", "lead_rollup_pending"):
        database.execute(f"DELETE FROM {table}")
    today, leads, rows = datetime.date.today(), 0, 0
    for partner in partners:
        own = dice.sample(CAMPAIGNS, 3)
        for back in range(DAYS):
            day = today - datetime.timedelta(back)
            month = day.replace(day=1)
            following = (month + datetime.timedelta(32)).replace(day=1)
            database.execute("INSERT INTO lead_rollup_pending VALUES (?, ?, ?, ?, ?, 1)", (account, str(day), partner, str(month), str(following)))
            for campaign, kind in dice.sample([(campaign, kind) for campaign in own for kind in KINDS], PER_DAY):
                status, outcome, returned = kind
                count = dice.randint(5, 35)
                leads, rows = leads + count, rows + 1
                sold = outcome == "sold"
                database.execute(
                    "INSERT INTO lead_day_counts (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency, account_id,"
                    " leads, price_minor, price_parts, sale_minor, opened, opened_seconds) VALUES (?, ?, ?, ?, ?, ?, 'EUR', ?, ?, ?, ?, 0, ?, ?, ?)",
                    (partner, str(day), campaign, status, outcome, returned, "EUR" if sold else "", account, count, count * dice.randint(1000, 9000),
                     90_000 if sold else 0, count // 2, 5_000 * count),
                )
    database.commit()
    database.close()
    return rows, leads, len(partners)


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "partner-portal")
    with tempfile.TemporaryDirectory(prefix="portal-reports.") as folder:
        path = os.path.join(folder, "portal.db")
        port = subprocess.run(["node", "tools/free-port.mjs"], check=True, capture_output=True, text=True).stdout.strip()
        base = f"http://127.0.0.1:{port}"
        environment = {**os.environ, "DATABASE_URL": f"sqlite://{path}", "PORTAL_DATA": folder, "PORTAL_LOG": "warn", "PORTAL_WEB_RATE": "1000", "PORTAL_BIND": f"127.0.0.1:{port}"}
        subprocess.run([binary, "demo", "--more-partners", "190"], check=True, env=environment, stdout=subprocess.DEVNULL)
        rows, leads, partners = fill(path)
        print(f"{rows:,} counts of {leads:,} leads of {partners} partners")
        server = subprocess.Popen([binary, "serve"], env=environment, stdout=subprocess.DEVNULL)
        try:
            measure(path, base)
        finally:
            server.terminate()
            server.wait()


def measure(path, base):
    """Waits for the sums, then prints a table."""
    begun = time.monotonic()
    database = sqlite3.connect(path)
    while database.execute("SELECT COUNT(*) FROM lead_rollup_pending").fetchone()[0]:
        time.sleep(0.2)
    sums = database.execute("SELECT COUNT(*) FROM lead_rollups").fetchone()[0]
    database.close()
    print(f"summed up to {sums:,} rows in {time.monotonic() - begun:.0f} s")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = urllib.parse.urlencode({"email": "owner@brightway.example", "password": "sunny-roof-42-leads"}).encode()
    browser.open(urllib.request.Request(f"{base}/fn/admin/auth/login", form, {"Origin": base, "Accept": "text/html"})).read()
    today = datetime.date.today()
    spans = {"30 days": {}, "a year": {"from": today - datetime.timedelta(364), "to": today}, "14 months": {"from": today - datetime.timedelta(424), "to": today}}
    print("| report | p50 | p99 | page |\n|---|---|---|---|")
    for span, days in spans.items():
        for by in ("day", "week", "month", "campaign", "partner"):
            for campaign in ({}, {"campaign": "Wallbox"}):
                url = f"{base}/admin/reports?{urllib.parse.urlencode({**days, 'by': by, **campaign})}"
                times = []
                for _ in range(TIMES):
                    asked = time.perf_counter()
                    page = browser.open(urllib.request.Request(url, headers={"Accept": "text/html"})).read()
                    times.append(1000 * (time.perf_counter() - asked))
                if b"Share accepted" not in page:
                    raise SystemExit(f"{url} is no report")
                times.sort()
                of = ", one campaign" if campaign else ""
                print(f"| {span} by {by}{of} | {times[TIMES // 2]:.0f} ms | {times[TIMES * 99 // 100]:.0f} ms | {len(page) // 1024} KB |", flush=True)


if __name__ == "__main__":
    main()
