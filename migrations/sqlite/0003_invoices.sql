-- Invoices, and what stands on them: who sells, who buys.

ALTER TABLE accounts ADD COLUMN legal_name      TEXT NOT NULL DEFAULT '';
-- Lines, separated by line feeds.
ALTER TABLE accounts ADD COLUMN postal_address  TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN vat_id          TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN payment_details TEXT NOT NULL DEFAULT '';
-- The accent colour, as #rrggbb.
ALTER TABLE accounts ADD COLUMN accent          TEXT NOT NULL DEFAULT '#1f4fd8';

ALTER TABLE partners ADD COLUMN legal_name    TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN vat_id        TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN contact_name  TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN contact_email TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN contact_phone TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN street        TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN postal_code   TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN city          TEXT NOT NULL DEFAULT '';
ALTER TABLE partners ADD COLUMN country       TEXT NOT NULL DEFAULT '';

CREATE TABLE invoices (
    id              BLOB    NOT NULL PRIMARY KEY,
    account_id      BLOB    NOT NULL REFERENCES accounts (id),
    partner_id      BLOB    NOT NULL REFERENCES partners (id),
    -- Absent while it is a draft.
    number          TEXT,
    status          TEXT    NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
    currency        TEXT    NOT NULL,
    issued_on       TEXT    NOT NULL,
    due_on          TEXT    NOT NULL,
    -- Seller and buyer as they stood when it was issued: JSON objects (domain/src/invoices.rs, Party).
    seller          TEXT    NOT NULL,
    buyer           TEXT    NOT NULL,
    payment_details TEXT    NOT NULL,
    accent          TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    void_reason     TEXT    NOT NULL,
    -- The lines' sum with tax, and the payments' sum, in minor units, so that no list has to add them up.
    total_minor     INTEGER NOT NULL,
    paid_minor      INTEGER NOT NULL,
    created_at      TEXT    NOT NULL,
    UNIQUE (account_id, number),
    CHECK ((status = 'draft') = (number IS NULL))
);

CREATE INDEX invoices_by_day ON invoices (partner_id, issued_on, id);
CREATE INDEX invoices_by_due ON invoices (partner_id, status, due_on);

CREATE TRIGGER issued_invoices_are_immutable
BEFORE UPDATE OF id, account_id, partner_id, number, currency, issued_on, due_on, seller, buyer, payment_details, accent, note,
    total_minor, created_at ON invoices
WHEN old.status <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'an issued invoice never changes');
END;

CREATE TABLE invoice_lines (
    invoice_id  BLOB    NOT NULL REFERENCES invoices (id),
    -- From 1 on.
    position    INTEGER NOT NULL,
    account_id  BLOB    NOT NULL REFERENCES accounts (id),
    partner_id  BLOB    NOT NULL REFERENCES partners (id),
    description TEXT    NOT NULL,
    -- Thousandths.
    quantity    INTEGER NOT NULL,
    -- Minor units, before tax.
    unit_price  INTEGER NOT NULL,
    -- Hundredths of a percent.
    tax_rate    INTEGER NOT NULL,
    -- How many leads stand behind it.
    leads       INTEGER NOT NULL,
    PRIMARY KEY (invoice_id, position)
);

CREATE TABLE invoice_line_leads (
    invoice_id BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    lead_id    BLOB    NOT NULL REFERENCES leads (id),
    account_id BLOB    NOT NULL REFERENCES accounts (id),
    partner_id BLOB    NOT NULL REFERENCES partners (id),
    PRIMARY KEY (invoice_id, position, lead_id),
    FOREIGN KEY (invoice_id, position) REFERENCES invoice_lines (invoice_id, position)
);

CREATE INDEX invoice_line_leads_by_lead ON invoice_line_leads (lead_id);

CREATE TABLE invoice_payments (
    id           BLOB    NOT NULL PRIMARY KEY,
    invoice_id   BLOB    NOT NULL REFERENCES invoices (id),
    account_id   BLOB    NOT NULL REFERENCES accounts (id),
    partner_id   BLOB    NOT NULL REFERENCES partners (id),
    paid_on      TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    reference    TEXT    NOT NULL,
    created_at   TEXT    NOT NULL
);

CREATE INDEX invoice_payments_by_invoice ON invoice_payments (invoice_id, paid_on);
