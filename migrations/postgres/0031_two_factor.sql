-- Two-factor authentication: the secret that a user shares with an authenticator app (RFC 6238).
CREATE TABLE user_totp (
    user_id    UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- Sealed with the installation's key, for this user alone.
    secret     BYTEA NOT NULL,
    set_up_at  TIMESTAMPTZ NOT NULL,
    -- The time step of the newest code that was taken: none is taken twice.
    last_step  BIGINT NOT NULL
);

-- One that is being set up: it counts for nothing until its first code was given, in the session that began it.
CREATE TABLE pending_totp (
    user_id      UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    account_id   UUID NOT NULL REFERENCES accounts (id),
    session_hash BYTEA NOT NULL,
    secret       BYTEA NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL
);

-- Codes for whoever has lost the app. Each works once; only hashes are kept.
CREATE TABLE recovery_codes (
    user_id    UUID NOT NULL REFERENCES users (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    code_hash  BYTEA NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (user_id, code_hash)
);

-- Who must use it (domain/src/two_factor.rs), and from when on.
ALTER TABLE accounts ADD COLUMN two_factor TEXT NOT NULL DEFAULT 'offered';
ALTER TABLE accounts ADD COLUMN two_factor_admins_at TIMESTAMPTZ;
ALTER TABLE accounts ADD COLUMN two_factor_partners_at TIMESTAMPTZ;

-- When whoever uses the session last proved who they are, with everything they have to prove it by.
ALTER TABLE sessions ADD COLUMN proved_at TIMESTAMPTZ;
