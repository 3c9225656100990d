-- What partner users manage themselves: delivery settings, passwords, addresses, colleagues; and the mails that go with it.

CREATE TABLE delivery_settings (
    partner_id            UUID NOT NULL PRIMARY KEY REFERENCES partners (id),
    account_id            UUID NOT NULL REFERENCES accounts (id),
    -- Empty for none.
    webhook_url           TEXT NOT NULL,
    -- The signing secrets, encrypted with the installation's key. The previous one is valid until its time is over.
    webhook_secret        BYTEA,
    previous_secret       BYTEA,
    previous_secret_until_at TIMESTAMPTZ,
    -- Whether the secret waits to be shown, once.
    secret_unseen         BOOLEAN NOT NULL,
    email_mode            TEXT NOT NULL CHECK (email_mode IN ('off', 'each', 'digest')),
    -- A JSON array of addresses.
    email_recipients      TEXT NOT NULL,
    updated_at            TIMESTAMPTZ NOT NULL
);

-- Single-use links: only their hashes are kept.
CREATE TABLE user_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_id    UUID NOT NULL REFERENCES users (id),
    purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'email')),
    -- The address to change to; empty for a reset.
    email      TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);

CREATE INDEX user_tokens_by_user ON user_tokens (user_id, purpose);

-- Requests to reset a password, for known and unknown addresses alike: they are answered later, so that the time of the
-- answer tells nothing.
CREATE TABLE password_reset_requests (
    id           UUID NOT NULL PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts (id),
    email_key    TEXT NOT NULL,
    address      TEXT NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE invitations (
    id          UUID NOT NULL PRIMARY KEY,
    account_id  UUID NOT NULL REFERENCES accounts (id),
    partner_id  UUID NOT NULL REFERENCES partners (id),
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    -- The hash of the link's token.
    token_hash  BYTEA NOT NULL UNIQUE,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    accepted_at TIMESTAMPTZ,
    UNIQUE (partner_id, email_key)
);

-- Mails, written in the transaction that causes them, sent by a worker.
CREATE TABLE outbox (
    id              UUID NOT NULL PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    recipient       TEXT NOT NULL,
    subject         TEXT NOT NULL,
    -- Emptied once it is sent: a mail may hold a link that opens a door.
    text_body       TEXT NOT NULL,
    html_body       TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    attempts        BIGINT NOT NULL,
    -- When to try next; nothing once it is sent or given up.
    next_attempt_at TIMESTAMPTZ,
    sent_at         TIMESTAMPTZ,
    last_error      TEXT NOT NULL
);

CREATE INDEX outbox_by_next_attempt ON outbox (next_attempt_at);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, occurred_at);
