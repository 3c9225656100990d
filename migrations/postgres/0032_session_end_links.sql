-- Links in mails that tell a user what was done in its name: who follows one ends all of the user's sessions, without a login. They
-- outlive changes of the credentials, which may have been made by whoever is to be put out.
CREATE TABLE session_end_links (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    user_id    UUID NOT NULL REFERENCES users (id),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);

CREATE INDEX session_end_links_by_user ON session_end_links (user_id);
