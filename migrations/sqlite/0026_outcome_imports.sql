-- Files of outcomes, which partners hand in, beside the files of leads that the staff does: what a file holds, and which user it is
-- read for.
ALTER TABLE lead_imports ADD COLUMN kind TEXT NOT NULL DEFAULT 'leads' CHECK (kind IN ('leads', 'outcomes'));
ALTER TABLE lead_imports ADD COLUMN created_by_id BLOB;

CREATE INDEX lead_imports_by_partner ON lead_imports (partner_id, kind, created_at);

-- By which a file's rows are found again: email addresses whatever their case, phone numbers without what people write between digits.
-- store/src/leads/identify.rs asks in these words.
CREATE INDEX leads_by_email ON leads (partner_id, lower(email)) WHERE email <> '';
CREATE INDEX leads_by_phone ON leads (partner_id,
    replace(replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '/', ''), '.', '')) WHERE phone <> '';
