-- Accounts, partners, users, sessions and the audit log.
--
-- The twin of this file under ../sqlite declares the same tables and columns; a test compares them.

CREATE TABLE accounts (
    id                  UUID NOT NULL PRIMARY KEY,
    slug                TEXT NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    portal_enabled      BOOLEAN NOT NULL,
    -- A set of permissions as a bit field; the bits are fixed in domain/src/access.rs.
    default_permissions BIGINT NOT NULL,
    time_zone           TEXT NOT NULL,
    currency            TEXT NOT NULL,
    support_contact     TEXT NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL
);

CREATE TABLE partners (
    -- A small number beside the id: it prefixes the keys of the partner's leads (0002), which keeps them together
    -- on disk and lets the full-text index be asked for one partner's part.
    number              BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                  UUID NOT NULL UNIQUE,
    account_id          UUID NOT NULL REFERENCES accounts (id),
    name                TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('active', 'paused', 'archived')),
    portal_access       BOOLEAN NOT NULL,
    -- Departures from the account's defaults; a permission in neither set is inherited.
    allowed_permissions BIGINT NOT NULL,
    denied_permissions  BIGINT NOT NULL,
    -- How many lead keys were handed out.
    lead_sequence       BIGINT NOT NULL DEFAULT 0,
    created_at          TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, name)
);

CREATE TABLE users (
    id            UUID NOT NULL PRIMARY KEY,
    account_id    UUID NOT NULL REFERENCES accounts (id),
    kind          TEXT NOT NULL CHECK (kind IN ('partner', 'admin')),
    partner_id    UUID REFERENCES partners (id),
    email         TEXT NOT NULL,
    -- The lower-case form, by which addresses are compared.
    email_key     TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    -- A PHC string. Absent until the first password is set.
    password_hash TEXT ,
    created_at    TIMESTAMPTZ NOT NULL,
    last_login_at TIMESTAMPTZ ,
    UNIQUE (account_id, kind, email_key),
    CHECK ((kind = 'partner') = (partner_id IS NOT NULL))
);

CREATE INDEX users_by_partner ON users (partner_id);

CREATE TABLE sessions (
    -- SHA-256 of the id in the cookie: a stolen database opens no session.
    id_hash      BYTEA NOT NULL PRIMARY KEY,
    user_id      UUID NOT NULL REFERENCES users (id),
    address      TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_last_use ON sessions (last_used_at);

-- Failed attempts by address and by account name, so that several processes share one count.
CREATE TABLE login_throttles (
    -- What is counted, hashed: the table names nobody.
    bucket        BYTEA NOT NULL PRIMARY KEY,
    failures      BIGINT NOT NULL,
    window_start  TIMESTAMPTZ NOT NULL
);

CREATE TABLE audit_events (
    id          UUID NOT NULL PRIMARY KEY,
    account_id  UUID NOT NULL REFERENCES accounts (id),
    partner_id  UUID REFERENCES partners (id),
    -- 'partner', 'admin', 'system' or 'visitor'.
    actor_kind  TEXT NOT NULL,
    actor_id    UUID ,
    actor_name  TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   UUID ,
    result      TEXT NOT NULL,
    address     TEXT NOT NULL,
    -- A JSON object; never a secret, never a lead's personal data.
    detail      TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX audit_events_by_account ON audit_events (account_id, occurred_at);
CREATE INDEX audit_events_by_partner ON audit_events (partner_id, occurred_at);
