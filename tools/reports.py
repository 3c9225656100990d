"""How long the account's reports take with the counts of more than ten million leads. Part of `make bench`.

    python3 tools/reports.py [BINARY]

Fills a fresh SQLite database with 230 partners and fourteen months of counts, and of sums by hour and by an extra field, without the leads,
which reports do not read; waits until the server has summed up the counts; then asks for pages one after the other.
"""

import collections
import datetime
import http.cookiejar
import json
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


FIELD = "Roof"
ROOFS = ["flat", "steep", "green", "unknown"]
NOBODY = bytes(16)


def stored(label):
    """By what the values of a field are stored that people choose from and partners see: domain/src/version.rs."""
    number = 0xCBF29CE484222325
    for name, value in (("label", label), ("kind", "choice"), ("hidden", "")):
        for byte in [*name.encode(), 0xFE, *value.encode(), 0xFF]:
            number = (number ^ byte) * 0x100000001B3 % 2**64
    return f"{number:016x}"


class Sums:
    """What leads add up to by hour and by value, as `lead_breakdowns` keeps it."""

    def __init__(self):
        self.rows = collections.defaultdict(lambda: collections.defaultdict(lambda: [[0] * 6, {}, {}]))

    def add(self, partner, day, campaign, kind, parts):
        """Adds leads that are alike: by hour or value, how many, their price and what they were sold for."""
        month = day[:8] + "01"
        places = [
            (partner, "day", day, campaign), (partner, "month", month, campaign), (NOBODY, "day", day, campaign), (NOBODY, "month", month, campaign),
            (NOBODY, "day_of_all", day, ""), (NOBODY, "month_of_all", month, ""),
        ]
        status, outcome, returned = kind
        for dimension, value, count, price, sale in parts:
            figures = [count, count * (status == "accepted"), count * (status == "rejected"), count * (returned != ""), count // 2, 5_000 * count]
            for place in places:
                numbers, spend, outcomes = self.rows[(*place, dimension)][value]
                numbers[:] = map(sum, zip(numbers, figures))
                if not returned:
                    own = spend.setdefault("EUR", [0, 0, 0])
                    own[:] = own[0] + count, own[1] + price, 0
                if outcome:
                    own = outcomes.setdefault(outcome, [0, {}])
                    own[0] += count
                    if sale:
                        sold = own[1].setdefault("EUR", [0, 0])
                        sold[:] = sold[0] + count, sold[1] + sale

    def write(self, database, account, grains):
        """Writes those of these grains, and forgets them."""
        for place in [place for place in self.rows if place[1] in grains and (place[0] != NOBODY or "month" in grains)]:
            partner, grain, day, campaign, dimension = place
            text = json.dumps(self.rows.pop(place), separators=(",", ":"))
            database.execute("INSERT INTO filled_breakdowns VALUES (?, ?, ?, ?, ?, ?, ?)", (account, partner, grain, day, dimension, campaign, text))


def fill(path):
    """Writes the counts, that all of them are to be summed up, and the sums by hour and value. Answers how many rows and leads there are."""
    dice = random.Random(1)
    database = sqlite3.connect(path)
    account = database.execute("SELECT id FROM accounts ORDER BY created_at LIMIT 1").fetchone()[0]
    partners = [row[0] for row in database.execute("SELECT id FROM partners WHERE account_id = ?", (account,))]
    for table in ("lead_day_counts", "lead_rollups", "lead_rollup_pending", "lead_fields"):
        database.execute(f"DELETE FROM {table}")
    database.execute("INSERT INTO lead_fields (account_id, name, label, hidden, kind, filterable) VALUES (?, ?, '', FALSE, 'choice', TRUE)", (account, FIELD))
    # The server finds no leads where it sums up days by hour: these sums take their place afterwards.
    database.execute("CREATE TABLE filled_breakdowns AS SELECT account_id, partner_id, grain, day, dimension, campaign, sums FROM lead_breakdowns WHERE FALSE")
    field, sums = stored(FIELD), Sums()
    for partner in partners:
        for roof in ROOFS:
            database.execute("INSERT INTO lead_field_values VALUES (?, ?, ?, ?, ?)", (account, partner, field, roof, roof.title()))
    today, leads, rows = datetime.date.today(), 0, 0
    for partner in partners:
        own = dice.sample(CAMPAIGNS, 3)
        for back in range(DAYS):
            day = today - datetime.timedelta(back)
            month = day.replace(day=1)
            following = (month + datetime.timedelta(32)).replace(day=1)
            database.execute("INSERT INTO lead_rollup_pending (account_id, day, partner_id, month_on, next_month_on, changes) VALUES (?, ?, ?, ?, ?, 1)", (account, str(day), partner, str(month), str(following)))
            for campaign, kind in dice.sample([(campaign, kind) for campaign in own for kind in KINDS], PER_DAY):
                status, outcome, returned = kind
                count = dice.randint(5, 35)
                leads, rows = leads + count, rows + 1
                sold, price = outcome == "sold", count * dice.randint(1000, 9000)
                each = [(number, price // count * number, 90_000 // count * number if sold else 0) for number in (count // 2, count - count // 2)]
                hours = [("hour", str(dice.randrange(24)), *part) for part in each]
                sums.add(partner, str(day), campaign, kind, hours + [(field, dice.choice(ROOFS), *part) for part in each])
                database.execute(
                    "INSERT INTO lead_day_counts (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency, account_id,"
                    " leads, price_minor, price_parts, sale_minor, opened, opened_seconds) VALUES (?, ?, ?, ?, ?, ?, 'EUR', ?, ?, ?, ?, 0, ?, ?, ?)",
                    (partner, str(day), campaign, status, outcome, returned, "EUR" if sold else "", account, count, price // count * count,
                     90_000 // count * count if sold else 0, count // 2, 5_000 * count),
                )
        sums.write(database, account, ("day",))
    sums.write(database, account, ("day", "month", "day_of_all", "month_of_all"))
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
    database.execute("DELETE FROM lead_breakdowns")
    database.execute("INSERT INTO lead_breakdowns SELECT * FROM filled_breakdowns")
    database.commit()
    database.close()
    print(f"summed up to {sums:,} rows in {time.monotonic() - begun:.0f} s")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = urllib.parse.urlencode({"email": "owner@brightway.example", "password": "sunny-roof-42-leads"}).encode()
    browser.open(urllib.request.Request(f"{base}/fn/admin/auth/login", form, {"Origin": base, "Accept": "text/html"})).read()
    today = datetime.date.today()
    spans = {"30 days": {}, "a year": {"from": today - datetime.timedelta(364), "to": today}, "14 months": {"from": today - datetime.timedelta(424), "to": today}}
    print("| report | p50 | p99 | page |\n|---|---|---|---|")
    for span, days in spans.items():
        for by in ("day", "week", "month", "campaign", "partner", "hour", f"field.{FIELD}"):
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
