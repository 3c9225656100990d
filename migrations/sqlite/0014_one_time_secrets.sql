-- Secrets that were just made, such as a new API key: shown once, in the session in which they were made, and gone after half an
-- hour. They lay beside what they open before, and were shown to whoever opened the page first.

CREATE TABLE one_time_secrets (
    id           BLOB NOT NULL PRIMARY KEY,
    -- SHA-256 of the id of the session.
    session_hash BLOB NOT NULL,
    -- What it is, and whose.
    purpose      TEXT NOT NULL,
    -- Sealed with the installation's key.
    content      BLOB NOT NULL,
    created_at   TEXT NOT NULL
);

CREATE INDEX one_time_secrets_by_session ON one_time_secrets (session_hash, purpose);
CREATE INDEX one_time_secrets_by_age ON one_time_secrets (created_at);

ALTER TABLE api_keys DROP COLUMN unseen_key;
ALTER TABLE users DROP COLUMN unseen_password;
ALTER TABLE delivery_settings DROP COLUMN secret_unseen;
