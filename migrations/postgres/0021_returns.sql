-- Returns: the account's own list of reasons to refuse a lead, its rules for returns, the partners' requests and what was decided on
-- them, and the files that either side attaches to a lead. The counts beside the leads tell the states of returns apart from now on.

-- The account's reasons, in their order. One that is not active is not offered any more; leads keep it.
CREATE TABLE reject_reasons (
    account_id UUID    NOT NULL REFERENCES accounts (id),
    -- What leads, files and programs call it. It never changes.
    code       TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    -- What a partner has to add: nothing, a comment, or a file as evidence.
    kind       TEXT    NOT NULL CHECK (kind IN ('nothing', 'comment', 'evidence')),
    position   BIGINT  NOT NULL,
    active     BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, code)
);

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

CREATE INDEX leads_by_return ON leads (partner_id, return_state, delivered_at, lead_key) WHERE return_state <> '';

CREATE TABLE lead_returns (
    id                UUID NOT NULL PRIMARY KEY,
    lead_id           UUID NOT NULL REFERENCES leads (id),
    account_id        UUID NOT NULL REFERENCES accounts (id),
    partner_id        UUID NOT NULL REFERENCES partners (id),
    state             TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'declined', 'expired', 'withdrawn')),
    -- One of the account's reasons, and the partner's own words.
    reason            TEXT NOT NULL,
    comment           TEXT NOT NULL,
    requested_at      TIMESTAMPTZ NOT NULL,
    requested_by      UUID NOT NULL,
    requested_by_name TEXT NOT NULL,
    -- Until when the account is to decide, and what becomes of the request after that.
    due_at            TIMESTAMPTZ,
    overdue           TEXT NOT NULL CHECK (overdue IN ('approve', 'expire')),
    -- When it left the state of a request, by whom (empty: by a rule), and the account's answer.
    decided_at        TIMESTAMPTZ,
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
    id          UUID    NOT NULL PRIMARY KEY,
    lead_id     UUID    NOT NULL REFERENCES leads (id),
    account_id  UUID    NOT NULL REFERENCES accounts (id),
    partner_id  UUID    NOT NULL REFERENCES partners (id),
    author      TEXT    NOT NULL CHECK (author IN ('partner', 'account')),
    name        TEXT    NOT NULL,
    -- What its content is (domain/src/files.rs, FileKind), whatever its name says.
    kind        TEXT    NOT NULL,
    size        BIGINT  NOT NULL,
    user_id     UUID    NOT NULL,
    user_name   TEXT    NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    content     BYTEA   NOT NULL
);

CREATE INDEX lead_files_by_lead ON lead_files (lead_id, occurred_at);

ALTER TABLE lead_day_counts ADD COLUMN return_state TEXT NOT NULL DEFAULT '';
ALTER TABLE lead_day_counts ALTER COLUMN return_state DROP DEFAULT;
ALTER TABLE lead_day_counts DROP CONSTRAINT lead_day_counts_pkey;
ALTER TABLE lead_day_counts
    ADD PRIMARY KEY (partner_id, day, campaign, status, outcome, return_state, currency, sale_currency);

ALTER TABLE lead_totals ADD COLUMN return_state TEXT NOT NULL DEFAULT '';
ALTER TABLE lead_totals ALTER COLUMN return_state DROP DEFAULT;
ALTER TABLE lead_totals DROP CONSTRAINT lead_totals_pkey;
ALTER TABLE lead_totals ADD PRIMARY KEY (partner_id, campaign, status, outcome, return_state);
