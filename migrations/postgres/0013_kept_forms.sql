-- Forms that were sent after their session had ended: kept for half an hour, until whoever wrote them has logged in again.

CREATE TABLE kept_forms (
    -- SHA-256 of the token in the browser's cookie.
    token_hash BYTEA NOT NULL PRIMARY KEY,
    -- Whose session had ended, if that is known.
    user_id    UUID REFERENCES users (id),
    -- The page the form stands on, and what it is sent to.
    page       TEXT NOT NULL,
    action     TEXT NOT NULL,
    -- What was typed, sealed with the installation's key.
    content    BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX kept_forms_by_age ON kept_forms (created_at);
