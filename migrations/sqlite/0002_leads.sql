-- Leads, their status, and the counts kept beside them.

CREATE TABLE leads (
    -- partner number * 2^32 + the partner's own sequence. Being the table's key, it keeps one partner's leads
    -- together on disk; being the full-text index's row id, it lets a search read one partner's part only.
    lead_key       INTEGER NOT NULL PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    account_id     BLOB    NOT NULL REFERENCES accounts (id),
    partner_id     BLOB    NOT NULL REFERENCES partners (id),
    -- The snapshot: what was delivered. It never changes (see the trigger).
    external_id    TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    phone          TEXT    NOT NULL,
    campaign       TEXT    NOT NULL,
    -- A JSON array of [name, value] pairs, in the order delivered.
    fields         TEXT    NOT NULL,
    price_minor    INTEGER,
    price_currency TEXT,
    delivered_at   TEXT    NOT NULL,
    created_at     TEXT    NOT NULL,
    -- The day of delivery in the account's time zone, by which leads are counted.
    delivered_on   TEXT    NOT NULL,
    -- Folded forms (domain/src/search.rs): for the order by name, and for searching.
    sort_name      TEXT    NOT NULL,
    search_text    TEXT    NOT NULL,
    -- What the partner made of it.
    status         TEXT    NOT NULL CHECK (status IN ('new', 'viewed', 'accepted', 'rejected')),
    UNIQUE (partner_id, external_id),
    CHECK ((price_minor IS NULL) = (price_currency IS NULL))
);

-- Every index ends in lead_key without saying so: it is the row id.
CREATE INDEX leads_by_time ON leads (partner_id, delivered_at);
CREATE INDEX leads_by_campaign ON leads (partner_id, campaign, delivered_at);
CREATE INDEX leads_by_status ON leads (partner_id, status, delivered_at);
CREATE INDEX leads_by_name ON leads (partner_id, sort_name);

CREATE TRIGGER leads_are_immutable
BEFORE UPDATE OF lead_key, id, account_id, partner_id, external_id, name, email, phone, campaign, fields, price_minor,
    price_currency, delivered_at, created_at ON leads
BEGIN
    SELECT RAISE(ABORT, 'a delivered lead never changes');
END;

-- Substring search: every run of three characters, by row. The texts are folded already, hence case-sensitive;
-- the index keeps no copy of them.
CREATE VIRTUAL TABLE leads_search USING fts5 (
    search_text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

CREATE TRIGGER leads_are_searchable AFTER INSERT ON leads
BEGIN
    INSERT INTO leads_search (rowid, search_text) VALUES (new.lead_key, new.search_text);
END;

CREATE TRIGGER deleted_leads_are_not_searchable AFTER DELETE ON leads
BEGIN
    DELETE FROM leads_search WHERE rowid = old.lead_key;
END;

CREATE TABLE lead_status_events (
    id          BLOB NOT NULL PRIMARY KEY,
    lead_id     BLOB NOT NULL REFERENCES leads (id),
    account_id  BLOB NOT NULL REFERENCES accounts (id),
    partner_id  BLOB NOT NULL REFERENCES partners (id),
    status      TEXT NOT NULL,
    reason      TEXT,
    comment     TEXT NOT NULL,
    user_id     BLOB NOT NULL,
    user_name   TEXT NOT NULL,
    occurred_at TEXT NOT NULL
);

CREATE INDEX lead_status_events_by_lead ON lead_status_events (lead_id, occurred_at);

-- How many leads, so that no page has to count a partner's leads one by one: by day for ranges, and in all.
-- Kept by store/src/leads/counts.rs in the transaction that changes the leads.
CREATE TABLE lead_day_counts (
    partner_id BLOB    NOT NULL REFERENCES partners (id),
    day        TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    leads      INTEGER NOT NULL,
    PRIMARY KEY (partner_id, day, campaign, status)
) WITHOUT ROWID;

CREATE TABLE lead_totals (
    partner_id BLOB    NOT NULL REFERENCES partners (id),
    campaign   TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    leads      INTEGER NOT NULL,
    PRIMARY KEY (partner_id, campaign, status)
) WITHOUT ROWID;
