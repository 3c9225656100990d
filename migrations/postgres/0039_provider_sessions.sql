-- The session with the provider for single sign-on by which a session of the portal was begun, so that it ends with it; empty where the
-- provider gave it no name, nothing where the session was begun otherwise.
ALTER TABLE sessions ADD COLUMN provider_session TEXT;
