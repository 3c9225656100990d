-- The partner that has caused a mail, where it can cause as many as it likes: so many go out in an hour, the others later.
ALTER TABLE outbox ADD COLUMN paced_for BLOB;

CREATE INDEX outbox_by_pace ON outbox (paced_for, created_at) WHERE paced_for IS NOT NULL;
