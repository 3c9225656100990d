-- Accounts that are made to try the portal with, and removed afterwards: nobody is asked whether they are meant, and nothing is
-- sent for them.
ALTER TABLE accounts ADD COLUMN is_synthetic BOOLEAN NOT NULL DEFAULT FALSE;
