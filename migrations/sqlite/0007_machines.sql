-- What machines do: keys of the HTTP API, and the pushing of leads to webhooks and mailboxes.

CREATE TABLE api_keys (
    id           BLOB    NOT NULL PRIMARY KEY,
    account_id   BLOB    NOT NULL REFERENCES accounts (id),
    name         TEXT    NOT NULL,
    -- How the key begins, to know it again by. The key itself is kept nowhere.
    hint         TEXT    NOT NULL,
    key_hash     BLOB    NOT NULL UNIQUE,
    -- A set of scopes as a bit field; the bits are fixed in domain/src/api_keys.rs.
    scopes       INTEGER NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    -- Absent for never.
    expires_at   TEXT,
    revoked_at   TEXT,
    -- To the minute: it is not written on every request.
    last_used_at TEXT,
    -- A key that waits to be shown, once; encrypted.
    unseen_key   BLOB
);

CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

-- What requests with an Idempotency-Key were answered, for a day.
CREATE TABLE api_answers (
    key_id          BLOB    NOT NULL REFERENCES api_keys (id),
    idempotency_key TEXT    NOT NULL,
    request_hash    BLOB    NOT NULL,
    status          INTEGER NOT NULL,
    body            TEXT    NOT NULL,
    created_at      TEXT    NOT NULL,
    PRIMARY KEY (key_id, idempotency_key)
);

CREATE INDEX api_answers_by_time ON api_answers (created_at);

-- Which of a lead's data the webhook gets: a JSON array of names, empty for everything.
ALTER TABLE delivery_settings ADD COLUMN webhook_fields     TEXT    NOT NULL DEFAULT '';
-- Set while the webhook is switched off because its receiver said so, or did not answer for days.
ALTER TABLE delivery_settings ADD COLUMN webhook_off_at     TEXT;
ALTER TABLE delivery_settings ADD COLUMN webhook_off_reason TEXT    NOT NULL DEFAULT '';
-- How many attempts failed since the last good one, and since when.
ALTER TABLE delivery_settings ADD COLUMN failures           INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_settings ADD COLUMN failing_since_at   TEXT;
-- Not called before then, after many failures or at the receiver's wish.
ALTER TABLE delivery_settings ADD COLUMN rests_until_at     TEXT;
-- When the next push is due, if any; and whose turn it is: one process at a time works on an endpoint.
ALTER TABLE delivery_settings ADD COLUMN due_at             TEXT;
ALTER TABLE delivery_settings ADD COLUMN lease_owner        BLOB;
ALTER TABLE delivery_settings ADD COLUMN leased_until_at    TEXT;

CREATE INDEX delivery_settings_by_due ON delivery_settings (due_at);

-- A lead on its way to a partner, by one channel. Queued in the transaction that stores the lead.
CREATE TABLE deliveries (
    -- Also the webhook-id: the same on every attempt.
    id              BLOB    NOT NULL PRIMARY KEY,
    account_id      BLOB    NOT NULL REFERENCES accounts (id),
    partner_id      BLOB    NOT NULL REFERENCES partners (id),
    -- Absent for a test.
    lead_id         BLOB    REFERENCES leads (id),
    channel         TEXT    NOT NULL CHECK (channel IN ('webhook', 'email', 'digest')),
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- All attempts so far, and those since it was last queued: the pauses grow with these.
    attempts        INTEGER NOT NULL,
    tries           INTEGER NOT NULL,
    -- Absent once it is settled.
    next_attempt_at TEXT,
    created_at      TEXT    NOT NULL,
    settled_at      TEXT,
    -- How the last attempt ended, in a word or a status; empty before the first.
    outcome         TEXT    NOT NULL,
    UNIQUE (lead_id, channel)
);

CREATE INDEX deliveries_waiting ON deliveries (channel, next_attempt_at, partner_id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_waiting_by_partner ON deliveries (partner_id, channel, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_by_partner ON deliveries (partner_id, created_at, id);
CREATE INDEX deliveries_failed ON deliveries (account_id, created_at) WHERE state = 'failed';

CREATE TABLE delivery_attempts (
    delivery_id BLOB    NOT NULL REFERENCES deliveries (id),
    number      INTEGER NOT NULL,
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    partner_id  BLOB    NOT NULL REFERENCES partners (id),
    target      TEXT    NOT NULL,
    started_at  TEXT    NOT NULL,
    millis      INTEGER NOT NULL,
    -- The HTTP status, if there was an answer.
    status      INTEGER,
    -- Why there was none, or why it does not count.
    failure     TEXT    NOT NULL,
    -- How the answer begins.
    excerpt     TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
) WITHOUT ROWID;
