-- Whether the account's owners get the last event of the audit log by mail every day, and when they got it last.

ALTER TABLE accounts ADD COLUMN audit_head_mails BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN audit_head_mailed_at TEXT;
