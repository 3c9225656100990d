-- What the log is filtered by stands in its indexes, so that only rows that will be shown are fetched.

DROP INDEX audit_events_by_partner;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_partner ON audit_events (partner_id, occurred_at, sequence, action, result, actor_id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, occurred_at, sequence, action, result, partner_id);
