-- The leads of all partners in the order in which they were delivered, for the account's own list. It does not begin with the account:
-- beside an index that did, SQLite could take it for the list of one partner.

CREATE INDEX leads_by_delivery ON leads (delivered_at, lead_key, account_id);
