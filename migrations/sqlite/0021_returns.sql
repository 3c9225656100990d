-- Returns: the account's own list of reasons to refuse a lead, its rules for returns, the partners' requests and what was decided on
-- them, and the files that either side attaches to a lead. The counts beside the leads tell the states of returns apart from now on.

-- The account's reasons, in their order. One that is not active is not offered any more; leads keep it.
CREATE TABLE reject_reasons (
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    -- What leads, files and programs call it. It never changes.
    code       TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    -- What a partner has to add: nothing, a comment, or a file as evidence.
    kind       TEXT    NOT NULL CHECK (kind IN ('nothing', 'comment', 'evidence')),
    position   INTEGER NOT NULL,
    active     BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, code)
) WITHOUT ROWID;

INSERT INTO reject_reasons (account_id, code, label, kind, position, active)
SELECT a.id, r.code, r.label, r.kind, r.position, TRUE FROM accounts a CROSS JOIN (
    SELECT 'bad_contact' AS code, 'Cannot be reached' AS label, 'nothing' AS kind, 1 AS position
    UNION ALL SELECT 'duplicate', 'Duplicate', 'nothing', 2
    UNION ALL SELECT 'out_of_area', 'Out of area', 'nothing', 3
    UNION ALL SELECT 'wrong_product', 'Wrong product', 'nothing', 4
    UNION ALL SELECT 'no_consent', 'No consent', 'nothing', 5
    UNION ALL SELECT 'other', 'Other', 'comment', 6
) r;

-- The rules for returns: a JSON object (domain/src/returns.rs, ReturnPolicy). A partner without its own has the account's.
ALTER TABLE accounts ADD COLUMN return_policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE partners ADD COLUMN return_policy TEXT;

-- Where the lead's return stands; empty before there is one.
ALTER TABLE leads ADD COLUMN return_state TEXT NOT NULL DEFAULT '';

CREATE INDEX leads_by_return ON leads (partner_id, return_state, delivered_at) WHERE return_state <> '';

CREATE TABLE lead_returns (
    id                BLOB NOT NULL PRIMARY KEY,
    lead_id           BLOB NOT NULL REFERENCES leads (id),
    account_id        BLOB NOT NULL REFERENCES accounts (id),
    partner_id        BLOB NOT NULL REFERENCES partners (id),
    state             TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'declined', 'expired', 'withdrawn')),
    -- One of the account's reasons, and the partner's own words.
    reason            TEXT NOT NULL,
    comment           TEXT NOT NULL,
    requested_at      TEXT NOT NULL,
    requested_by      BLOB NOT NULL,
    requested_by_name TEXT NOT NULL,
    -- Until when the account is to decide, and what becomes of the request after that.
    due_at            TEXT,
    overdue           TEXT NOT NULL CHECK (overdue IN ('approve', 'expire')),
    -- When it left the state of a request, by whom (empty: by a rule), and the account's answer.
    decided_at        TEXT,
    decided_by_name   TEXT NOT NULL,
    answer            TEXT NOT NULL
);

CREATE INDEX lead_returns_by_lead ON lead_returns (lead_id, requested_at);
-- The account's queue, and what is overdue.
CREATE INDEX lead_returns_by_state ON lead_returns (account_id, state, requested_at, id);
CREATE INDEX lead_returns_by_deadline ON lead_returns (due_at) WHERE state = 'requested' AND due_at IS NOT NULL;
-- A lead has one return that counts at the most.
CREATE UNIQUE INDEX lead_returns_once ON lead_returns (lead_id) WHERE state IN ('requested', 'approved', 'declined');

-- Files that either side attaches to a lead. Both sides read them.
CREATE TABLE lead_files (
    id          BLOB    NOT NULL PRIMARY KEY,
    lead_id     BLOB    NOT NULL REFERENCES leads (id),
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    partner_id  BLOB    NOT NULL REFERENCES partners (id),
    author      TEXT    NOT NULL CHECK (author IN ('partner', 'account')),
    name        TEXT    NOT NULL,
    -- What its content is (domain/src/files.rs, FileKind), whatever its name says.
    kind        TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    user_id     BLOB    NOT NULL,
    user_name   TEXT    NOT NULL,
    occurred_at TEXT    NOT NULL,
    content     BLOB    NOT NULL
);

CREATE INDEX lead_files_by_lead ON lead_files (lead_id, occurred_at);

CREATE TABLE lead_day_counts_new (
    partner_id     BLOB    NOT NULL REFERENCES partners (id),
    day            TEXT    NOT NULL,
    campaign       TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    outcome        TEXT    NOT NULL,
    return_state   TEXT    NOT NULL,
    currency       TEXT    NOT NULL,
    sale_currency  TEXT    NOT NULL,
    account_id     BLOB    NOT NULL REFERENCES accounts (id),
    leads          INTEGER NOT NULL,
    price_minor    INTEGER NOT NULL,
    price_parts    INTEGER NOT NULL,
    sale_minor     INTEGER NOT NULL,
    opened         INTEGER NOT NULL,
    opened_seconds INTEGER NOT NULL,
    PRIMARY KEY (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency)
) WITHOUT ROWID;

INSERT INTO lead_day_counts_new (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency, account_id, leads,
    price_minor, price_parts, sale_minor, opened, opened_seconds)
SELECT partner_id, day, campaign, status, outcome, '', currency, sale_currency, account_id, leads, price_minor, price_parts, sale_minor,
    opened, opened_seconds FROM lead_day_counts;

DROP TABLE lead_day_counts;
ALTER TABLE lead_day_counts_new RENAME TO lead_day_counts;
CREATE INDEX lead_day_counts_by_account ON lead_day_counts (account_id, day, leads);

CREATE TABLE lead_totals_new (
    partner_id   BLOB    NOT NULL REFERENCES partners (id),
    campaign     TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    return_state TEXT    NOT NULL,
    account_id   BLOB    NOT NULL REFERENCES accounts (id),
    leads        INTEGER NOT NULL,
    PRIMARY KEY (partner_id, campaign, status, outcome, return_state)
) WITHOUT ROWID;

INSERT INTO lead_totals_new (partner_id, campaign, status, outcome, return_state, account_id, leads)
SELECT partner_id, campaign, status, outcome, '', account_id, leads FROM lead_totals;

DROP TABLE lead_totals;
ALTER TABLE lead_totals_new RENAME TO lead_totals;
