-- When the account was last told by mail that this partner asks for returns: it is told once an hour.
ALTER TABLE partners ADD COLUMN returns_told_at TIMESTAMPTZ;
