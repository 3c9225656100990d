-- Views of the list of leads: filter, order and columns under a name. A shared one is for all of the partner's users, a pinned one stands
-- on the dashboard with its count.
CREATE TABLE lead_views (
    id         UUID    NOT NULL PRIMARY KEY,
    account_id UUID    NOT NULL REFERENCES accounts (id),
    partner_id UUID    NOT NULL REFERENCES partners (id),
    user_id    UUID    NOT NULL REFERENCES users (id),
    name       TEXT    NOT NULL,
    -- The list's state, as its address has it.
    query      TEXT    NOT NULL,
    -- The columns, as users have them (domain/src/leads/columns.rs).
    columns    BIGINT  NOT NULL,
    shared     BOOLEAN NOT NULL,
    pinned     BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX lead_views_by_partner ON lead_views (partner_id, name);

-- Where the list begins for a user: its state, as its address has it; empty for all leads.
ALTER TABLE users ADD COLUMN start_list TEXT NOT NULL DEFAULT '';
