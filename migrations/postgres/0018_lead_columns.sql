-- Which columns a user wants in the list of leads, a bit for each; nothing: those that everybody has.

ALTER TABLE users ADD COLUMN lead_columns BIGINT;
