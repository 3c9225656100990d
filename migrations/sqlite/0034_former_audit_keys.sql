-- Keys of the audit log from before the installation's key was changed: the events of their time are looked at with them. They seal
-- nothing any more.
CREATE TABLE former_audit_keys (
    -- Derived from the key, and telling nothing of it.
    key_id     BLOB NOT NULL PRIMARY KEY,
    -- Sealed with the installation's key.
    secret     BLOB NOT NULL,
    created_at TEXT NOT NULL
);
