-- The extra fields that an account's leads have: what each is called, where it stands, and whether partners see it. What was delivered
-- stays as it is, under the name that it came with; two names that are called alike stand under one.
CREATE TABLE lead_fields (
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    -- As it was delivered.
    name       TEXT    NOT NULL,
    -- What people read; empty for the name itself.
    label      TEXT    NOT NULL,
    -- Those with a number stand first, in its order.
    position   INTEGER,
    hidden     BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

INSERT INTO lead_fields (account_id, name, label, position, hidden)
SELECT DISTINCT l.account_id, json_extract(f.value, '$[0]'), '', NULL, FALSE FROM leads l, json_each(l.fields) f;
