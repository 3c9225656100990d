-- Files as people really have them: how each is read, and rejected rows byte for byte.

-- How the file is read (JSON: encoding, separator, decimal mark, order of dates, sheets), and where the part of it that is read
-- begins: the chosen sheet of a workbook does not begin at 0.
ALTER TABLE lead_imports ADD COLUMN reading TEXT NOT NULL DEFAULT '{}';
ALTER TABLE lead_imports ADD COLUMN from_bytes BIGINT NOT NULL DEFAULT 0;
-- Leads that were stored with a warning.
ALTER TABLE lead_imports ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;
UPDATE lead_imports SET reading = CASE delimiter
    WHEN ';' THEN '{"separator":"semicolon","decimal":"comma"}'
    WHEN ',' THEN '{"separator":"comma"}'
    ELSE '{"separator":"tab"}' END;
ALTER TABLE lead_imports DROP COLUMN delimiter;

-- The row's bytes as they came, and whether it has no end. Rows from before have cells alone.
ALTER TABLE lead_import_rejects ADD COLUMN raw BYTEA NOT NULL DEFAULT '';
ALTER TABLE lead_import_rejects ADD COLUMN endless BOOLEAN NOT NULL DEFAULT FALSE;

-- What a partner's files call their columns, as somebody has said once: JSON pairs of a name and what such a column holds.
CREATE TABLE lead_import_mappings (
    partner_id UUID NOT NULL PRIMARY KEY REFERENCES partners (id),
    columns    TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Files of partners wait for a day at most; those that wait are uploaded again.
DROP TABLE partner_imports;

CREATE TABLE partner_imports (
    id         UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- The file as it came; of a workbook, its sheets as text. And how it is read, as JSON.
    content    BYTEA NOT NULL,
    reading    TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
