-- The networks an API key may be used from, a space between two; everywhere where there are none.
ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '';
