-- One normal form for what is searched, headers of a partner's own for its webhook, and a log that is sealed with a key.

-- In which form (domain/src/search.rs, VERSION) the partner's leads and its own texts are folded; and, while they are folded anew,
-- up to which lead that has come.
ALTER TABLE partners ADD COLUMN folded_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partners ADD COLUMN folded_key     INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER refolded_leads_are_searchable AFTER UPDATE OF search_text ON leads
BEGIN
    DELETE FROM leads_search WHERE rowid = old.lead_key;
    INSERT INTO leads_search (rowid, search_text) VALUES (new.lead_key, new.search_text);
END;

-- What is sent along with a webhook, encrypted: name and password, and a JSON array of [name, value] pairs. The names alone can
-- be shown: a JSON array of texts.
ALTER TABLE delivery_settings ADD COLUMN webhook_credentials  BLOB;
ALTER TABLE delivery_settings ADD COLUMN webhook_headers      BLOB;
ALTER TABLE delivery_settings ADD COLUMN webhook_header_names TEXT NOT NULL DEFAULT '[]';

-- Events behind this one are hashed with the installation's key; absent until the portal has started with it once. The seal
-- covers the row itself, so that the end of the log cannot be cut off.
ALTER TABLE audit_chains ADD COLUMN keyed_sequence INTEGER;
ALTER TABLE audit_chains ADD COLUMN seal           BLOB;

-- Nobody owes anything on an invoice over nothing: it is paid the moment it is issued.
UPDATE invoices SET status = 'paid' WHERE status = 'issued' AND total_minor = 0 AND paid_minor = 0;
