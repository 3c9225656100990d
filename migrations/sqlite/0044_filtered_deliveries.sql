-- The account's list walks along this index: what it is most often narrowed by is looked at here, not in each lead's row. On PostgreSQL the
-- planner finds such leads by other indexes.
DROP INDEX leads_by_delivery;
CREATE INDEX leads_by_delivery ON leads (delivered_at, lead_key, account_id, status, campaign);
