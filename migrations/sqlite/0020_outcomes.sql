-- What became of leads: the account's own list of outcomes, the one that each lead has, its next step, and notes. The counts beside
-- the leads tell outcomes apart from now on, and sum up prices, sales and the time to the first opening.

-- The account's outcomes, in their order. One that is not active is not offered any more; leads keep it.
CREATE TABLE outcomes (
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    -- What leads, files and programs call it. It never changes.
    code       TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    -- Open, won (it may have a value) or lost (it has a reason).
    kind       TEXT    NOT NULL CHECK (kind IN ('open', 'won', 'lost')),
    position   INTEGER NOT NULL,
    active     BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, code)
) WITHOUT ROWID;

INSERT INTO outcomes (account_id, code, label, kind, position, active)
SELECT a.id, o.code, o.label, o.kind, o.position, TRUE FROM accounts a CROSS JOIN (
    SELECT 'contacted' AS code, 'Contacted' AS label, 'open' AS kind, 1 AS position
    UNION ALL SELECT 'no_answer', 'No answer', 'open', 2
    UNION ALL SELECT 'appointment', 'Appointment', 'open', 3
    UNION ALL SELECT 'sold', 'Sold', 'won', 4
    UNION ALL SELECT 'lost', 'Lost', 'lost', 5
) o;

-- Beside what was delivered: the outcome's code, empty before there is one; what it sold for; how many seconds passed until somebody
-- at the partner opened it; what is to be done next, by whom and on which day.
ALTER TABLE leads ADD COLUMN outcome       TEXT    NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN sale_minor    INTEGER;
ALTER TABLE leads ADD COLUMN sale_currency TEXT;
ALTER TABLE leads ADD COLUMN opened_after  INTEGER;
ALTER TABLE leads ADD COLUMN next_step     TEXT    NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN next_step_on  TEXT;
ALTER TABLE leads ADD COLUMN assignee_id   BLOB    REFERENCES users (id);

UPDATE leads SET opened_after = opened.seconds FROM (
    SELECT e.lead_id, MAX(0, MIN(unixepoch(e.occurred_at)) - unixepoch(l.delivered_at)) AS seconds
    FROM lead_status_events e JOIN leads l ON l.id = e.lead_id WHERE e.status = 'viewed' GROUP BY e.lead_id
) opened WHERE opened.lead_id = leads.id;

CREATE INDEX leads_by_outcome ON leads (partner_id, outcome, delivered_at) WHERE outcome <> '';
CREATE INDEX leads_by_next_step ON leads (partner_id, next_step_on) WHERE next_step_on IS NOT NULL;

CREATE TABLE lead_outcome_events (
    id             BLOB NOT NULL PRIMARY KEY,
    lead_id        BLOB NOT NULL REFERENCES leads (id),
    account_id     BLOB NOT NULL REFERENCES accounts (id),
    partner_id     BLOB NOT NULL REFERENCES partners (id),
    -- Empty where an outcome was taken back.
    outcome        TEXT NOT NULL,
    value_minor    INTEGER,
    value_currency TEXT,
    comment        TEXT NOT NULL,
    user_id        BLOB NOT NULL,
    user_name      TEXT NOT NULL,
    occurred_at    TEXT NOT NULL
);

CREATE INDEX lead_outcome_events_by_lead ON lead_outcome_events (lead_id, occurred_at);

-- What people write about a lead: the partner's own notes, and what partner and account write to each other.
CREATE TABLE lead_notes (
    id          BLOB    NOT NULL PRIMARY KEY,
    lead_id     BLOB    NOT NULL REFERENCES leads (id),
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    partner_id  BLOB    NOT NULL REFERENCES partners (id),
    -- Who wrote it: somebody of the partner, or of the account.
    author      TEXT    NOT NULL CHECK (author IN ('partner', 'account')),
    -- Whether the other side reads it as well.
    shared      BOOLEAN NOT NULL,
    content     TEXT    NOT NULL,
    user_id     BLOB    NOT NULL,
    user_name   TEXT    NOT NULL,
    occurred_at TEXT    NOT NULL
);

CREATE INDEX lead_notes_by_lead ON lead_notes (lead_id, occurred_at);

DROP TABLE lead_day_counts;
DROP TABLE lead_totals;

-- How many leads, what they cost and what became of them, so that no page has to walk through a partner's leads: by day for ranges,
-- and in all. Kept by store/src/leads/counts.rs in the transaction that changes the leads. Sums of money are of the row's currencies,
-- which are empty where there is no price or no sale; of prices, what is finer than a minor unit is summed up beside it.
CREATE TABLE lead_day_counts (
    partner_id     BLOB    NOT NULL REFERENCES partners (id),
    day            TEXT    NOT NULL,
    campaign       TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    outcome        TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    sale_currency  TEXT    NOT NULL,
    account_id     BLOB    NOT NULL REFERENCES accounts (id),
    leads          INTEGER NOT NULL,
    price_minor    INTEGER NOT NULL,
    price_parts    INTEGER NOT NULL,
    sale_minor     INTEGER NOT NULL,
    -- Leads that somebody has opened, and the seconds until then.
    opened         INTEGER NOT NULL,
    opened_seconds INTEGER NOT NULL,
    PRIMARY KEY (partner_id, day, campaign, status, outcome, currency, sale_currency)
) WITHOUT ROWID;

CREATE TABLE lead_totals (
    partner_id BLOB    NOT NULL REFERENCES partners (id),
    campaign   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    leads      INTEGER NOT NULL,
    PRIMARY KEY (partner_id, campaign, status, outcome)
) WITHOUT ROWID;

INSERT INTO lead_day_counts (partner_id, day, campaign, status, outcome, currency, sale_currency, account_id, leads, price_minor,
    price_parts, sale_minor, opened, opened_seconds)
SELECT partner_id, delivered_on, campaign, status, outcome, COALESCE(price_currency, ''), '', account_id, COUNT(*),
    COALESCE(SUM(price_minor), 0), SUM(price_parts), 0, COUNT(opened_after), COALESCE(SUM(opened_after), 0)
FROM leads GROUP BY partner_id, delivered_on, campaign, status, outcome, price_currency, account_id;

INSERT INTO lead_totals (partner_id, campaign, status, outcome, account_id, leads)
SELECT partner_id, campaign, status, outcome, account_id, SUM(leads) FROM lead_day_counts
GROUP BY partner_id, campaign, status, outcome, account_id;

CREATE INDEX lead_day_counts_by_account ON lead_day_counts (account_id, day, leads);

-- Whoever may see leads may say what became of them.
UPDATE accounts SET default_permissions = default_permissions | 512 WHERE (default_permissions & 1) <> 0;
