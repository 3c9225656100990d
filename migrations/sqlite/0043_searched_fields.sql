-- Whether searches find leads by the values of an extra field.
ALTER TABLE lead_fields ADD COLUMN searched BOOLEAN NOT NULL DEFAULT FALSE;
