-- What is known of the credentials of users, and who stands behind keys and invitations.

-- Counts the changes of a user's credentials: a login that began before one is refused after it.
ALTER TABLE users ADD COLUMN credentials_version INTEGER NOT NULL DEFAULT 0;
-- How long a temporary password works; absent for a password of the user's own.
ALTER TABLE users ADD COLUMN temporary_until_at  TEXT;

UPDATE users SET temporary_until_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '+3 days') WHERE must_change_password;

-- The admin who made a key or sent an invitation: these end with that admin. Absent for operators, and for a partner's own
-- users. Of the time before, the audit log says who it was.
ALTER TABLE api_keys          ADD COLUMN made_by BLOB REFERENCES users (id);
ALTER TABLE invitations       ADD COLUMN made_by BLOB REFERENCES users (id);
ALTER TABLE admin_invitations ADD COLUMN made_by BLOB REFERENCES users (id);

UPDATE api_keys SET made_by = (SELECT e.actor_id FROM audit_events e WHERE e.account_id = api_keys.account_id
    AND e.object_id = api_keys.id AND e.action = 'api_key_created' AND e.actor_kind = 'admin'
    ORDER BY e.occurred_at DESC LIMIT 1);
UPDATE invitations SET made_by = (SELECT e.actor_id FROM audit_events e WHERE e.account_id = invitations.account_id
    AND e.object_id = invitations.id AND e.action = 'user_invited' AND e.actor_kind = 'admin'
    ORDER BY e.occurred_at DESC LIMIT 1);
UPDATE admin_invitations SET made_by = (SELECT e.actor_id FROM audit_events e WHERE e.account_id = admin_invitations.account_id
    AND e.object_id = admin_invitations.id AND e.action = 'admin_invited' AND e.actor_kind = 'admin'
    ORDER BY e.occurred_at DESC LIMIT 1);
