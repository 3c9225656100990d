-- Which lease of an account's webhook it is: who sends events notes what came of it by this alone, so that nothing of a webhook that was
-- changed, or of a lease that has run out, is overwritten.
ALTER TABLE account_webhooks ADD COLUMN leased_by BLOB;

-- How a partner's earlier requests were decided, which each of its leads' pages shows, and the account's list of what was decided.
CREATE INDEX lead_returns_by_partner ON lead_returns (partner_id, state, reason);
CREATE INDEX lead_returns_decided ON lead_returns (account_id, requested_at, id) WHERE state <> 'requested';
