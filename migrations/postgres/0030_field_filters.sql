-- What the values of an extra field are (domain/src/leads/field_kinds.rs), and whether lists can be narrowed by it.
ALTER TABLE lead_fields ADD COLUMN kind TEXT NOT NULL DEFAULT 'text';
ALTER TABLE lead_fields ADD COLUMN filterable BOOLEAN NOT NULL DEFAULT FALSE;

-- The values of such fields, by what people call the field, in the form in which they are found and put in order.
CREATE TABLE lead_values (
    lead_key   BIGINT NOT NULL,
    field      TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    partner_id UUID NOT NULL REFERENCES partners (id),
    PRIMARY KEY (lead_key, field)
);

CREATE INDEX lead_values_by_value ON lead_values (partner_id, field, value, lead_key);

-- The values to choose from, of fields whose values are few: each partner's own.
CREATE TABLE lead_field_values (
    account_id UUID NOT NULL REFERENCES accounts (id),
    partner_id UUID NOT NULL REFERENCES partners (id),
    field      TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    -- As it came first.
    shown      TEXT NOT NULL,
    PRIMARY KEY (partner_id, field, value)
);
