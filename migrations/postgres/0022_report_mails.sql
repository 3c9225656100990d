-- Reports that come by mail, and what a mail can bring along.

CREATE TABLE report_mails (
    id         UUID    NOT NULL PRIMARY KEY,
    account_id UUID    NOT NULL REFERENCES accounts (id),
    -- The partner of the user who gets it; absent for an admin.
    partner_id UUID    REFERENCES partners (id),
    user_id    UUID    NOT NULL REFERENCES users (id),
    every      TEXT    NOT NULL CHECK (every IN ('day', 'week', 'month')),
    -- What it is about, as the report's page has it in its address.
    query      TEXT    NOT NULL,
    even_empty BOOLEAN NOT NULL,
    due_at     TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX report_mails_by_user ON report_mails (account_id, user_id);
CREATE INDEX report_mails_by_due ON report_mails (due_at);

-- The links by which one is stopped: each mail has its own, of which only a hash is kept.
CREATE TABLE report_mail_links (
    token_hash     BYTEA NOT NULL PRIMARY KEY,
    report_mail_id UUID NOT NULL REFERENCES report_mails (id) ON DELETE CASCADE,
    created_at     TIMESTAMPTZ NOT NULL
);

CREATE INDEX report_mail_links_by_mail ON report_mail_links (report_mail_id);

-- Where a mail is stopped by one click (RFC 8058), and a file that travels with it. Emptied once it is sent, as its texts are.
ALTER TABLE outbox ADD COLUMN unsubscribe     TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN attachment_name TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN attachment      BYTEA;
