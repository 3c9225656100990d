-- The twin of this file puts walls of row-level security around accounts and partners. SQLite has none
-- (docs/ARCHITECTURE.md, "Walls in the database"): nothing to do.
SELECT 1;
