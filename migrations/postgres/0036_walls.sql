-- Walls around accounts and partners: what a connection says of itself decides which rows it can see and write, whatever a
-- statement's own conditions are (docs/ARCHITECTURE.md, "Walls in the database"). The portal sets, and nothing outlives a
-- transaction but the first,
--   portal.scope    'system' for what acts for the portal itself: the login, workers, commands. Anything else is behind a wall;
--   portal.account  the account of whoever asks;
--   portal.partner  its partner; empty for the account's own staff.
-- A connection that says nothing sees nothing.

CREATE FUNCTION wall_is_open() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT pg_catalog.current_setting('portal.scope', true) IS NOT DISTINCT FROM 'system' $$;
CREATE FUNCTION wall_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT CAST(NULLIF(pg_catalog.current_setting('portal.account', true), '') AS uuid) $$;
CREATE FUNCTION wall_partner() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT CAST(NULLIF(pg_catalog.current_setting('portal.partner', true), '') AS uuid) $$;

-- Puts a table behind the wall: beside the system, its rows can be seen and written where `condition` holds. Each setting is
-- asked for in a query of its own, which is answered once for a statement and not for each row.
CREATE FUNCTION put_wall_where(target regclass, condition text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text := replace(replace(condition, ':account', '(SELECT wall_account())'), ':partner', '(SELECT wall_partner())');
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('DROP POLICY IF EXISTS wall ON %s', target);
    EXECUTE format('CREATE POLICY wall ON %s USING ((SELECT wall_is_open()) OR (%s))', target, rule);
END
$$;

-- The same by the table's columns. A migration that makes a table calls it: a contract test looks for tables that have no wall.
CREATE FUNCTION put_wall(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    columns text[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped);
    account text := CASE WHEN 'account_id' = ANY (columns) THEN 'account_id = :account AND ' ELSE '' END;
BEGIN
    PERFORM put_wall_where(target, CASE
        WHEN account <> '' AND 'partner_id' = ANY (columns)
            THEN 'account_id = :account AND (:partner IS NULL OR partner_id = :partner)'
        -- Whoever sees the partner or the user sees what belongs to it: those tables have walls of their own.
        WHEN 'partner_id' = ANY (columns)
            THEN format('EXISTS (SELECT 1 FROM partners p WHERE p.id = %s.partner_id)', target)
        WHEN 'user_id' = ANY (columns)
            THEN account || format('EXISTS (SELECT 1 FROM users u WHERE u.id = %s.user_id)', target)
        -- The account's own: nothing for partners.
        WHEN account <> '' THEN 'account_id = :account AND :partner IS NULL'
        END);
END
$$;

DO $$
DECLARE
    known regclass;
BEGIN
    FOR known IN
        SELECT DISTINCT a.attrelid::regclass FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
            AND a.attname IN ('account_id', 'partner_id', 'user_id')
    LOOP
        PERFORM put_wall(known);
    END LOOP;
END
$$;

-- What partners read of their account, and its staff writes.
DO $$
DECLARE
    shared text;
BEGIN
    PERFORM put_wall_where('accounts', 'id = :account AND :partner IS NULL');
    FOREACH shared IN ARRAY ARRAY['accounts', 'account_logos', 'lead_fields', 'outcomes', 'reject_reasons'] LOOP
        EXECUTE format('CREATE POLICY read_by_partners ON %I FOR SELECT USING (%I = (SELECT wall_account()))', shared,
            CASE shared WHEN 'accounts' THEN 'id' ELSE 'account_id' END);
    END LOOP;
END
$$;

SELECT put_wall_where('partners', 'account_id = :account AND (:partner IS NULL OR id = :partner)');
-- Whoever does something adds to the account's chain.
SELECT put_wall_where('audit_chains', 'account_id = :account');
-- Mails are read by the staff alone; whatever partners do may cause one.
CREATE POLICY written_by_partners ON outbox FOR INSERT WITH CHECK (account_id = (SELECT wall_account()));
-- What belongs to a row of another table is seen by whoever sees that.
SELECT put_wall_where('one_time_secrets',
    'EXISTS (SELECT 1 FROM sessions s WHERE s.id_hash = one_time_secrets.session_hash)');
SELECT put_wall_where('lead_import_pieces', 'EXISTS (SELECT 1 FROM lead_imports i WHERE i.id = lead_import_pieces.import_id)');
SELECT put_wall_where('lead_import_rejects', 'EXISTS (SELECT 1 FROM lead_imports i WHERE i.id = lead_import_rejects.import_id)');
SELECT put_wall_where('report_mail_links',
    'EXISTS (SELECT 1 FROM report_mails m WHERE m.id = report_mail_links.report_mail_id)');
-- No tenant has to do with these: only who changes the installation's key.
SELECT put_wall_where('former_audit_keys', 'false');
SELECT put_wall_where('api_answers', 'EXISTS (SELECT 1 FROM api_keys k WHERE k.id = api_answers.key_id)');

-- What the role that serves may do: it owns nothing, so that it can neither take a wall down nor switch a trigger off.
CREATE FUNCTION admit(server name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', server);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', server);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', server);
    -- What was recorded stays as it is; purged events go, in the way that the trigger allows.
    EXECUTE format('REVOKE UPDATE ON audit_events, lead_status_events, lead_outcome_events, delivery_attempts FROM %I', server);
    EXECUTE format('REVOKE DELETE ON accounts, partners, users, leads, lead_status_events, lead_outcome_events, deliveries,
        delivery_attempts, audit_chains, invoice_counters FROM %I', server);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %I', server);
END
$$;

REVOKE EXECUTE ON FUNCTION put_wall_where(regclass, text), put_wall(regclass), admit(name) FROM PUBLIC;

-- A comparison with nothing would have let an event go whose chain the wall hides.
CREATE OR REPLACE FUNCTION refuse_audit_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sequence <= (SELECT purged_sequence FROM audit_chains WHERE account_id = OLD.account_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an audit event is never removed';
END
$$;
