-- The partner that has caused a mail, where it can cause as many as it likes, and when its turn comes: so many go out in an hour.
ALTER TABLE outbox ADD COLUMN paced_for BLOB;
ALTER TABLE outbox ADD COLUMN turn_at TEXT;

CREATE INDEX outbox_by_turn ON outbox (paced_for, turn_at) WHERE paced_for IS NOT NULL;
