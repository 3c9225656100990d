-- Prices of one lead, and of one piece on an invoice, may be finer than the currency's minor unit: what is beyond it stands beside it,
-- as a number of ten-thousandths of the main unit (domain/src/money.rs), never negative.

ALTER TABLE leads ADD COLUMN price_parts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoice_lines ADD COLUMN unit_price_parts BIGINT NOT NULL DEFAULT 0;

DROP TRIGGER leads_are_immutable ON leads;
CREATE TRIGGER leads_are_immutable
BEFORE UPDATE OF lead_key, id, account_id, partner_id, external_id, name, email, phone, campaign, fields, price_minor, price_parts,
    price_currency, delivered_at, created_at ON leads
FOR EACH ROW EXECUTE FUNCTION refuse_lead_change();
