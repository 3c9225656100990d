-- The staff's area: admins, settings, the chained audit log, invoices made by hand.

-- Days from the issue of an invoice to its due day, unless the partner has its own.
ALTER TABLE accounts ADD COLUMN payment_terms        INTEGER NOT NULL DEFAULT 14;
-- The mail that invites a partner's users; empty for the built-in text.
ALTER TABLE accounts ADD COLUMN welcome_subject      TEXT    NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN welcome_text         TEXT    NOT NULL DEFAULT '';
-- After how many months audit events are purged; absent for never.
ALTER TABLE accounts ADD COLUMN audit_retention      INTEGER;

ALTER TABLE partners ADD COLUMN external_ref   TEXT;
-- Empty for the account's.
ALTER TABLE partners ADD COLUMN time_zone      TEXT    NOT NULL DEFAULT '';
-- Days; absent for the account's.
ALTER TABLE partners ADD COLUMN payment_terms  INTEGER;
-- A JSON array of texts.
ALTER TABLE partners ADD COLUMN tags           TEXT    NOT NULL DEFAULT '[]';
-- For the staff alone.
ALTER TABLE partners ADD COLUMN internal_notes TEXT    NOT NULL DEFAULT '';
-- The folded forms of what a partner is searched by (domain/src/search.rs).
ALTER TABLE partners ADD COLUMN search_text    TEXT    NOT NULL DEFAULT '';

CREATE UNIQUE INDEX partners_by_ref ON partners (account_id, external_ref);
CREATE INDEX partners_by_status ON partners (account_id, status);

-- A password the staff has set may open the door once, to set one's own.
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
-- A temporary password that waits to be shown, once; encrypted.
ALTER TABLE users ADD COLUMN unseen_password      BLOB;

-- The partner whose portal this admin's session looks at, if any.
ALTER TABLE sessions ADD COLUMN viewed_partner_id BLOB REFERENCES partners (id);

-- At which of the two logins it was asked.
ALTER TABLE password_reset_requests ADD COLUMN kind TEXT NOT NULL DEFAULT 'partner';

CREATE TABLE admin_invitations (
    id          BLOB NOT NULL PRIMARY KEY,
    account_id  BLOB NOT NULL REFERENCES accounts (id),
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    -- The hash of the link's token.
    token_hash  BLOB NOT NULL UNIQUE,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    accepted_at TEXT,
    UNIQUE (account_id, email_key)
);

-- The link by which an empty installation gets its first account and owner; one row at most.
CREATE TABLE setup_links (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    token_hash BLOB    NOT NULL,
    created_at TEXT    NOT NULL
);

-- Files of partners that were handed in and wait to be imported; gone after a day.
CREATE TABLE partner_imports (
    id         BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    content    TEXT NOT NULL,
    created_at TEXT NOT NULL
);

-- The last number given in a year. Taken inside the transaction that issues, so that there are no gaps.
CREATE TABLE invoice_counters (
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    year        INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (account_id, year)
);

CREATE INDEX invoices_by_account ON invoices (account_id, issued_on, id);
CREATE INDEX invoices_by_account_due ON invoices (account_id, status, due_on);
CREATE INDEX lead_day_counts_by_account ON lead_day_counts (account_id, day, leads);

-- Each event carries a hash of itself and of the one before it in its account; events from before the chain have none.
ALTER TABLE audit_events ADD COLUMN sequence INTEGER;
ALTER TABLE audit_events ADD COLUMN hash     BLOB;

CREATE TABLE audit_chains (
    account_id      BLOB    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    begun_at        TEXT    NOT NULL,
    last_sequence   INTEGER NOT NULL,
    last_hash       BLOB    NOT NULL,
    -- Up to here events were purged, and what the last of them hashed to.
    purged_sequence INTEGER NOT NULL,
    purged_hash     BLOB    NOT NULL
);

INSERT INTO audit_chains (account_id, begun_at, last_sequence, last_hash, purged_sequence, purged_hash)
    SELECT id, strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), 0, x'', 0, x'' FROM accounts;

CREATE UNIQUE INDEX audit_events_by_sequence ON audit_events (account_id, sequence);
CREATE INDEX audit_events_by_action ON audit_events (account_id, action, occurred_at, sequence);
CREATE INDEX audit_events_by_object ON audit_events (account_id, object_id, occurred_at, sequence);
CREATE INDEX audit_events_failed ON audit_events (account_id, occurred_at, sequence) WHERE result = 'failure';

CREATE TRIGGER audit_events_are_immutable BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'an audit event never changes');
END;

-- Only what the chain has noted as purged can go.
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
WHEN old.sequence > (SELECT purged_sequence FROM audit_chains WHERE account_id = old.account_id)
BEGIN
    SELECT RAISE(ABORT, 'an audit event is never removed');
END;

-- Logos, by the SHA-256 of their bytes: an issued invoice keeps the one it was issued with, whatever comes after it.
CREATE TABLE account_logos (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    hash       BLOB NOT NULL,
    content    BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (account_id, hash)
);

ALTER TABLE accounts ADD COLUMN logo BLOB;
ALTER TABLE invoices ADD COLUMN logo BLOB;

CREATE TRIGGER issued_invoices_keep_their_logo BEFORE UPDATE OF logo ON invoices
WHEN old.status <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'an issued invoice never changes');
END;
