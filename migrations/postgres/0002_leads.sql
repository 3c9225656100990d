-- Leads, their status, and the counts kept beside them.

CREATE TABLE leads (
    -- partner number * 2^32 + the partner's own sequence; the tie-break of every order.
    lead_key       BIGINT NOT NULL PRIMARY KEY,
    id             UUID NOT NULL UNIQUE,
    account_id     UUID NOT NULL REFERENCES accounts (id),
    partner_id     UUID NOT NULL REFERENCES partners (id),
    -- The snapshot: what was delivered. It never changes (see the trigger).
    external_id    TEXT NOT NULL,
    name           TEXT NOT NULL,
    email          TEXT NOT NULL,
    phone          TEXT NOT NULL,
    campaign       TEXT NOT NULL,
    -- A JSON array of [name, value] pairs, in the order delivered.
    fields         TEXT NOT NULL,
    price_minor    BIGINT ,
    price_currency TEXT ,
    delivered_at   TIMESTAMPTZ NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    -- The day of delivery in the account's time zone, by which leads are counted.
    delivered_on   DATE NOT NULL,
    -- Folded forms (domain/src/search.rs): for the order by name, and for searching.
    sort_name      TEXT COLLATE "C" NOT NULL,
    search_text    TEXT NOT NULL,
    -- What the partner made of it.
    status         TEXT NOT NULL CHECK (status IN ('new', 'viewed', 'accepted', 'rejected')),
    UNIQUE (partner_id, external_id),
    CHECK ((price_minor IS NULL) = (price_currency IS NULL))
);

CREATE INDEX leads_by_time ON leads (partner_id, delivered_at, lead_key);
CREATE INDEX leads_by_campaign ON leads (partner_id, campaign, delivered_at, lead_key);
CREATE INDEX leads_by_status ON leads (partner_id, status, delivered_at, lead_key);
CREATE INDEX leads_by_name ON leads (partner_id, sort_name, lead_key);

CREATE FUNCTION refuse_lead_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a delivered lead never changes';
END
$$;

CREATE TRIGGER leads_are_immutable
BEFORE UPDATE OF lead_key, id, account_id, partner_id, external_id, name, email, phone, campaign, fields, price_minor,
    price_currency, delivered_at, created_at ON leads
FOR EACH ROW EXECUTE FUNCTION refuse_lead_change();

-- Substring search within one partner. Both extensions come with PostgreSQL's contrib modules and may be created
-- by the database's owner.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX leads_search ON leads USING gin (partner_id, search_text gin_trgm_ops);

CREATE TABLE lead_status_events (
    id          UUID NOT NULL PRIMARY KEY,
    lead_id     UUID NOT NULL REFERENCES leads (id),
    account_id  UUID NOT NULL REFERENCES accounts (id),
    partner_id  UUID NOT NULL REFERENCES partners (id),
    status      TEXT NOT NULL,
    reason      TEXT ,
    comment     TEXT NOT NULL,
    user_id     UUID NOT NULL,
    user_name   TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX lead_status_events_by_lead ON lead_status_events (lead_id, occurred_at);

-- How many leads, so that no page has to count a partner's leads one by one: by day for ranges, and in all.
-- Kept by store/src/leads/counts.rs in the transaction that changes the leads.
CREATE TABLE lead_day_counts (
    partner_id UUID NOT NULL REFERENCES partners (id),
    day        DATE NOT NULL,
    campaign   TEXT NOT NULL,
    status     TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    leads      BIGINT NOT NULL,
    PRIMARY KEY (partner_id, day, campaign, status)
);

CREATE TABLE lead_totals (
    partner_id UUID NOT NULL REFERENCES partners (id),
    campaign   TEXT NOT NULL,
    status     TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    leads      BIGINT NOT NULL,
    PRIMARY KEY (partner_id, campaign, status)
);
