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
    id              UUID NOT NULL PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id),
    partner_id      UUID NOT NULL REFERENCES partners (id),
    -- Absent while it is a draft.
    number          TEXT,
    status          TEXT NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
    currency        TEXT NOT NULL,
    issued_on       DATE NOT NULL,
    due_on          DATE NOT NULL,
    -- Seller and buyer as they stood when it was issued: JSON objects (domain/src/invoices.rs, Party).
    seller          TEXT NOT NULL,
    buyer           TEXT NOT NULL,
    payment_details TEXT NOT NULL,
    accent          TEXT NOT NULL,
    note            TEXT NOT NULL,
    void_reason     TEXT NOT NULL,
    -- The lines' sum with tax, and the payments' sum, in minor units, so that no list has to add them up.
    total_minor     BIGINT NOT NULL,
    paid_minor      BIGINT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, number),
    CHECK ((status = 'draft') = (number IS NULL))
);

CREATE INDEX invoices_by_day ON invoices (partner_id, issued_on, id);
CREATE INDEX invoices_by_due ON invoices (partner_id, status, due_on);

CREATE FUNCTION refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an issued invoice never changes';
END
$$;

CREATE TRIGGER issued_invoices_are_immutable
BEFORE UPDATE OF id, account_id, partner_id, number, currency, issued_on, due_on, seller, buyer, payment_details, accent, note,
    total_minor, created_at ON invoices
FOR EACH ROW WHEN (old.status <> 'draft') EXECUTE FUNCTION refuse_invoice_change();

CREATE TABLE invoice_lines (
    invoice_id  UUID NOT NULL REFERENCES invoices (id),
    -- From 1 on.
    position    BIGINT NOT NULL,
    account_id  UUID NOT NULL REFERENCES accounts (id),
    partner_id  UUID NOT NULL REFERENCES partners (id),
    description TEXT NOT NULL,
    -- Thousandths.
    quantity    BIGINT NOT NULL,
    -- Minor units, before tax.
    unit_price  BIGINT NOT NULL,
    -- Hundredths of a percent.
    tax_rate    BIGINT NOT NULL,
    -- How many leads stand behind it.
    leads       BIGINT NOT NULL,
    PRIMARY KEY (invoice_id, position)
);

CREATE TABLE invoice_line_leads (
    invoice_id UUID NOT NULL,
    position   BIGINT NOT NULL,
    lead_id    UUID NOT NULL REFERENCES leads (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    partner_id UUID NOT NULL REFERENCES partners (id),
    PRIMARY KEY (invoice_id, position, lead_id),
    FOREIGN KEY (invoice_id, position) REFERENCES invoice_lines (invoice_id, position)
);

CREATE INDEX invoice_line_leads_by_lead ON invoice_line_leads (lead_id);

CREATE TABLE invoice_payments (
    id           UUID NOT NULL PRIMARY KEY,
    invoice_id   UUID NOT NULL REFERENCES invoices (id),
    account_id   UUID NOT NULL REFERENCES accounts (id),
    partner_id   UUID NOT NULL REFERENCES partners (id),
    paid_on      DATE NOT NULL,
    amount_minor BIGINT NOT NULL,
    reference    TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL
);

CREATE INDEX invoice_payments_by_invoice ON invoice_payments (invoice_id, paid_on);
