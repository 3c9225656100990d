-- Passkeys (WebAuthn): the public key of a device or a password manager that has checked its owner by itself. A login takes one in place
-- of the password and a code, or in place of the code.
CREATE TABLE passkeys (
    id            BLOB NOT NULL PRIMARY KEY,
    user_id       BLOB NOT NULL REFERENCES users (id),
    account_id    BLOB NOT NULL REFERENCES accounts (id),
    -- What the device calls it. No two users have the same.
    credential_id BLOB NOT NULL UNIQUE,
    -- The public key, the counter and the flags, as JSON: nothing in it is secret.
    credential    TEXT NOT NULL,
    name          TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    last_used_at  TEXT
);

CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- One that is being made: what the browser was asked for, in the session that asked.
CREATE TABLE pending_passkeys (
    user_id      BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    account_id   BLOB NOT NULL REFERENCES accounts (id),
    session_hash BLOB NOT NULL,
    state        TEXT NOT NULL,
    created_at   TEXT NOT NULL
);

-- Challenges that were answered, for as long as they could be answered again: each is good for one login.
CREATE TABLE used_challenges (
    challenge_hash BLOB NOT NULL PRIMARY KEY,
    used_at        TEXT NOT NULL
);
