-- Keys of partners, beside those of the account: such a key acts for its partner alone, and no further than whoever made it may.
ALTER TABLE api_keys ADD COLUMN partner_id UUID REFERENCES partners (id);

CREATE INDEX api_keys_by_partner ON api_keys (partner_id, created_at) WHERE partner_id IS NOT NULL;
