-- What machines do: keys of the HTTP API, and the pushing of leads to webhooks and mailboxes.

CREATE TABLE api_keys (
    id           UUID NOT NULL PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts (id),
    name         TEXT NOT NULL,
    -- How the key begins, to know it again by. The key itself is kept nowhere.
    hint         TEXT NOT NULL,
    key_hash     BYTEA NOT NULL UNIQUE,
    -- A set of scopes as a bit field; the bits are fixed in domain/src/api_keys.rs.
    scopes       BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    -- Absent for never.
    expires_at   TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ,
    -- To the minute: it is not written on every request.
    last_used_at TIMESTAMPTZ,
    -- A key that waits to be shown, once; encrypted.
    unseen_key   BYTEA 
);

CREATE INDEX api_keys_by_account ON api_keys (account_id, created_at);

-- What requests with an Idempotency-Key were answered, for a day.
CREATE TABLE api_answers (
    key_id          UUID NOT NULL REFERENCES api_keys (id),
    idempotency_key TEXT NOT NULL,
    request_hash    BYTEA NOT NULL,
    status          BIGINT NOT NULL,
    body            TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (key_id, idempotency_key)
);

CREATE INDEX api_answers_by_time ON api_answers (created_at);

-- Which of a lead's data the webhook gets: a JSON array of names, empty for everything.
ALTER TABLE delivery_settings ADD COLUMN webhook_fields     TEXT NOT NULL DEFAULT '';
-- Set while the webhook is switched off because its receiver said so, or did not answer for days.
ALTER TABLE delivery_settings ADD COLUMN webhook_off_at     TIMESTAMPTZ;
ALTER TABLE delivery_settings ADD COLUMN webhook_off_reason TEXT NOT NULL DEFAULT '';
-- How many attempts failed since the last good one, and since when.
ALTER TABLE delivery_settings ADD COLUMN failures           BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery_settings ADD COLUMN failing_since_at   TIMESTAMPTZ;
-- Not called before then, after many failures or at the receiver's wish.
ALTER TABLE delivery_settings ADD COLUMN rests_until_at     TIMESTAMPTZ;
-- When the next push is due, if any; and whose turn it is: one process at a time works on an endpoint.
ALTER TABLE delivery_settings ADD COLUMN due_at             TIMESTAMPTZ;
ALTER TABLE delivery_settings ADD COLUMN lease_owner        UUID;
ALTER TABLE delivery_settings ADD COLUMN leased_until_at    TIMESTAMPTZ;

CREATE INDEX delivery_settings_by_due ON delivery_settings (due_at);

-- A lead on its way to a partner, by one channel. Queued in the transaction that stores the lead.
CREATE TABLE deliveries (
    -- Also the webhook-id: the same on every attempt.
    id              UUID NOT NULL PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    partner_id      UUID NOT NULL REFERENCES partners (id),
    -- Absent for a test.
    lead_id         UUID REFERENCES leads (id),
    channel         TEXT NOT NULL CHECK (channel IN ('webhook', 'email', 'digest')),
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- All attempts so far, and those since it was last queued: the pauses grow with these.
    attempts        BIGINT NOT NULL,
    tries           BIGINT NOT NULL,
    -- Absent once it is settled.
    next_attempt_at TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    settled_at      TIMESTAMPTZ,
    -- How the last attempt ended, in a word or a status; empty before the first.
    outcome         TEXT NOT NULL,
    UNIQUE (lead_id, channel)
);

CREATE INDEX deliveries_waiting ON deliveries (channel, next_attempt_at, partner_id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_waiting_by_partner ON deliveries (partner_id, channel, next_attempt_at, id) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_by_partner ON deliveries (partner_id, created_at, id);
CREATE INDEX deliveries_failed ON deliveries (account_id, created_at) WHERE state = 'failed';

CREATE TABLE delivery_attempts (
    delivery_id UUID NOT NULL REFERENCES deliveries (id),
    number      BIGINT NOT NULL,
    account_id  UUID NOT NULL REFERENCES accounts (id),
    partner_id  UUID NOT NULL REFERENCES partners (id),
    target      TEXT NOT NULL,
    started_at  TIMESTAMPTZ NOT NULL,
    millis      BIGINT NOT NULL,
    -- The HTTP status, if there was an answer.
    status      BIGINT,
    -- Why there was none, or why it does not count.
    failure     TEXT NOT NULL,
    -- How the answer begins.
    excerpt     TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
