-- Two-factor authentication: the secret that a user shares with an authenticator app (RFC 6238).
CREATE TABLE user_totp (
    user_id    BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    -- Sealed with the installation's key, for this user alone.
    secret     BLOB NOT NULL,
    set_up_at  TEXT NOT NULL,
    -- The time step of the newest code that was taken: none is taken twice.
    last_step  INTEGER NOT NULL
);

-- One that is being set up: it counts for nothing until its first code was given, in the session that began it.
CREATE TABLE pending_totp (
    user_id      BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    account_id   BLOB NOT NULL REFERENCES accounts (id),
    session_hash BLOB NOT NULL,
    secret       BLOB NOT NULL,
    created_at   TEXT NOT NULL
);

-- Codes for whoever has lost the app. Each works once; only hashes are kept.
CREATE TABLE recovery_codes (
    user_id    BLOB NOT NULL REFERENCES users (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    code_hash  BLOB NOT NULL,
    used_at    TEXT,
    PRIMARY KEY (user_id, code_hash)
);

-- Who must use it (domain/src/two_factor.rs), and from when on.
ALTER TABLE accounts ADD COLUMN two_factor TEXT NOT NULL DEFAULT 'offered';
ALTER TABLE accounts ADD COLUMN two_factor_admins_at TEXT;
ALTER TABLE accounts ADD COLUMN two_factor_partners_at TEXT;

-- When whoever uses the session last proved who they are, with everything they have to prove it by.
ALTER TABLE sessions ADD COLUMN proved_at TEXT;
