-- The leads that somebody has just decided on, to undo that.

CREATE INDEX lead_status_events_by_user ON lead_status_events (user_id, occurred_at);
