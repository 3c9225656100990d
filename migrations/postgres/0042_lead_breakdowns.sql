-- What reports by hour and by extra field read: sums of leads by what they are told apart by, and of all partners together as well. They are
-- kept beside the requests as lead_rollups are (store/src/leads/breakdowns.rs); for the days in lead_rollup_pending a report looks at the
-- leads themselves.
CREATE TABLE lead_breakdowns (
    account_id UUID NOT NULL REFERENCES accounts (id),
    -- Of nothing but zeros where it sums up all partners.
    partner_id UUID NOT NULL,
    -- 'day', 'month': of a campaign; 'day_of_all', 'month_of_all': of all campaigns together.
    grain      TEXT NOT NULL,
    -- The day, or the first one of the month.
    day        DATE NOT NULL,
    -- 'hour', or by what the values of an extra field are stored.
    dimension  TEXT NOT NULL,
    campaign   TEXT NOT NULL,
    -- By hour or value, as JSON: what its leads add up to (domain/src/reports/figures.rs). They are only ever read together, and changed
    -- together: as rows they would be one for nearly each lead.
    sums       TEXT NOT NULL,
    PRIMARY KEY (account_id, partner_id, grain, day, dimension, campaign)
);

SELECT put_wall('lead_breakdowns');

-- The time zone by which hours were summed up. Where it is another one than the account's, as it is after this migration, all days are
-- noted in lead_rollup_pending, beside the requests.
ALTER TABLE accounts ADD COLUMN counted_zone TEXT NOT NULL DEFAULT '';

-- When a day changed, in seconds since 1970: days of many leads rest before they are summed up. "changes" is a number that is another one
-- after each change.
ALTER TABLE lead_rollup_pending ADD COLUMN noted_at BIGINT NOT NULL DEFAULT 0;
-- When it did so first since it was last summed up: one that never rests has its turn all the same.
ALTER TABLE lead_rollup_pending ADD COLUMN first_noted_at BIGINT NOT NULL DEFAULT 0;

-- The values of texts that lists can be narrowed by are now noted as those of choices are, and more of both: they are to be read anew.
UPDATE partners SET folded_version = 0, folded_key = 0
WHERE account_id IN (SELECT account_id FROM lead_fields WHERE filterable AND kind IN ('text', 'choice'));
