-- Files of leads that the staff hands in, and how far reading them has come.

CREATE TABLE lead_imports (
    id              BLOB    NOT NULL PRIMARY KEY,
    account_id      BLOB    NOT NULL REFERENCES accounts (id),
    partner_id      BLOB    NOT NULL REFERENCES partners (id),
    file_name       TEXT    NOT NULL,
    -- Whether new leads go out to the partner's webhook and mailboxes.
    push            BOOLEAN NOT NULL,
    created_by      TEXT    NOT NULL,
    created_at      TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('uploading', 'ready', 'running', 'cancelled', 'failed', 'done')),
    -- Why it failed; else empty.
    trouble         TEXT    NOT NULL,
    size_bytes      INTEGER NOT NULL,
    -- The sign between cells, the names of the columns, and what each is: JSON arrays of texts.
    delimiter       TEXT    NOT NULL,
    header          TEXT    NOT NULL,
    columns         TEXT    NOT NULL,
    -- The place behind the last row that was read, and what became of the rows before it. Both change in the transaction
    -- that stores those rows' leads.
    offset_bytes    INTEGER NOT NULL,
    line            INTEGER NOT NULL,
    added           INTEGER NOT NULL,
    known           INTEGER NOT NULL,
    rejected        INTEGER NOT NULL,
    started_at      TEXT,
    -- When it was last set going, and how far it was then: what its speed is measured from.
    resumed_at      TEXT,
    resumed_rows    INTEGER NOT NULL,
    resumed_bytes   INTEGER NOT NULL,
    ended_at        TEXT,
    -- Whether the file is still there, to begin or to go on with.
    has_file        BOOLEAN NOT NULL,
    -- Whose turn it is: one process at a time reads a file.
    lease_owner     BLOB,
    leased_until_at TEXT
);

CREATE INDEX lead_imports_by_account ON lead_imports (account_id, created_at);
CREATE INDEX lead_imports_running ON lead_imports (started_at) WHERE state = 'running';
CREATE INDEX lead_imports_with_file ON lead_imports (created_at) WHERE has_file;

-- The file itself, in pieces of equal length.
CREATE TABLE lead_import_pieces (
    import_id BLOB    NOT NULL REFERENCES lead_imports (id),
    position  INTEGER NOT NULL,
    content   BLOB    NOT NULL,
    PRIMARY KEY (import_id, position)
);

-- Rows that could not be leads.
CREATE TABLE lead_import_rejects (
    import_id    BLOB    NOT NULL REFERENCES lead_imports (id),
    -- Where the row begins in the file.
    offset_bytes INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    -- JSON: pairs of the column's name (or null) and what is wrong; the row's cells.
    errors       TEXT    NOT NULL,
    cells        TEXT    NOT NULL,
    PRIMARY KEY (import_id, offset_bytes)
) WITHOUT ROWID;
