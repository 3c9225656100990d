//! The walls in a PostgreSQL database: behind one, no statement sees or writes anybody else's rows, whatever its conditions are.

use domain::{
    access::Permissions,
    ids::{AccountId, PartnerId},
    money::Currency,
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgRow};
use store::{
    Db, GuardedDb, Limits, Options, Reader, WallGap,
    accounts::{self, Account},
    leads,
};

use crate::{
    wall_rows::{Filled, Owner, SHARED},
    world::{World, as_owner, as_superuser, instant, lead},
};

/// Tables without a wall, and why they need none.
const WITHOUT: [(&str, &str); 3] = [
    ("login_throttles", "counts tries under hashed names: it says whose neither of accounts nor of partners"),
    ("used_challenges", "hashes of questions that were answered: they say nothing of anybody"),
    ("setup_links", "the installation's, from before there is an account"),
];

/// What nobody behind a wall sees at all.
const HIDDEN: &str = "former_audit_keys";

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn number(conn: &mut PgConnection, statement: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(conn).await.unwrap()
}

/// Where a statement fails, its SQLSTATE; else how many rows it touched.
async fn attempt(conn: &mut PgConnection, statement: &str) -> Result<u64, String> {
    conn.execute("SAVEPOINT attempt").await.unwrap();
    let done = conn.execute(AssertSqlSafe(statement.to_owned())).await;
    conn.execute("ROLLBACK TO SAVEPOINT attempt").await.unwrap();
    done.map(|done| done.rows_affected()).map_err(|error| {
        error.as_database_error().and_then(|error| error.code()).map(|code| code.to_string()).unwrap_or_default()
    })
}

/// What a connection says of itself when a scope of this owner has begun its transaction.
async fn behind(url: &str, owner: &Owner) -> PgConnection {
    let mut conn = connect(url).await;
    let partner = owner.partner.map(|partner| partner.to_string()).unwrap_or_default();
    let begin = format!(
        "BEGIN; SET LOCAL portal.scope = ''; SET LOCAL portal.account = '{}'; SET LOCAL portal.partner = '{partner}'",
        owner.account
    );
    conn.execute(AssertSqlSafe(begin)).await.unwrap();
    conn
}

/// A migration that makes a table calls `put_wall` for it, or the table stands in [`WITHOUT`] with a reason.
#[tokio::test]
async fn every_table_has_a_wall() {
    let world = World::on_postgres().await;
    let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
        "SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
            (SELECT COUNT(*) FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            AND c.relname NOT LIKE '\\_%'",
    )
    .fetch_all(&mut connect(&world.url).await)
    .await
    .unwrap();
    assert!(tables.len() > 40, "the tables were found");
    let open: Vec<_> = tables
        .iter()
        .filter(|(_, enabled, forced, policies)| !(*enabled && *forced && *policies > 0))
        .map(|(name, ..)| name.as_str())
        .collect();
    let mut known = WITHOUT.map(|(name, _)| name).to_vec();
    known.sort_unstable();
    let mut open = open;
    open.sort_unstable();
    assert_eq!(open, known);
}

/// Every table holds a row of everybody it can hold one of: each sees its own.
#[tokio::test]
async fn behind_a_wall_everybody_sees_and_writes_its_own_rows_alone() {
    let world = World::on_postgres().await;
    let but = [&WITHOUT.map(|(name, _)| name)[..], &[HIDDEN]].concat();
    let filled = Filled::new(&as_superuser(&world.url), &but).await;
    let [ours, others, staff, stranger, _] = &filled.owners;
    let mut nobody = connect(&world.url).await;
    let mut conn = behind(&world.url, staff).await;
    let hidden = format!("INSERT INTO {HIDDEN} (key_id, secret, created_at) VALUES ('\\x01', '\\x01', now())");
    assert_eq!(attempt(&mut conn, &hidden).await, Err("42501".to_owned()));
    for table in &filled.tables {
        let all = format!("SELECT COUNT(*) FROM {}", table.name);
        assert_eq!(number(&mut nobody, &all).await, 0, "who says nothing sees nothing of {}", table.name);
        for owner in [ours, others, staff] {
            let seen = number(&mut behind(&world.url, owner).await, &all).await;
            assert_eq!(seen, table.visible_to(owner, staff), "{} behind the wall of {}", table.name, owner.name);
        }
        let mut conn = behind(&world.url, ours).await;
        let mut may_write = vec![];
        for (place, of) in &table.rows {
            let change =
                format!("UPDATE {} SET {column} = {column} WHERE ctid = '{place}'", table.name, column = table.column);
            let delete = format!("DELETE FROM {} WHERE ctid = '{place}'", table.name);
            for statement in [change, delete] {
                // The role need not have the right at all; 42501 is "insufficient privilege".
                let touched = attempt(&mut conn, &statement).await;
                if *of != ours.name && !(*of == staff.name && table.name == "audit_chains") {
                    assert!(
                        matches!(touched.as_ref().map_err(String::as_str), Ok(0) | Err("42501")),
                        "{statement} of {of}: {touched:?}"
                    );
                } else if touched.is_ok_and(|rows| rows == 1) {
                    may_write.push(*of);
                }
            }
        }
        let own = table.rows.iter().any(|(_, of)| *of == ours.name);
        assert!(!own || !may_write.is_empty() || table.is_kept(), "a partner writes its own rows of {}", table.name);
        for foreign in [others, staff, stranger].into_iter().filter(|owner| table.can_belong_to(owner)) {
            // Whatever a partner does may cause a mail of its account.
            if foreign.account == ours.account && ["outbox", "audit_chains"].contains(&table.name.as_str()) {
                continue;
            }
            let inserted = attempt(&mut conn, &table.insert(foreign, "again")).await;
            assert_eq!(inserted, Err("42501".to_owned()), "a row of {} in {}", foreign.name, table.name);
        }
    }
    assert!(filled.tables.iter().filter(|table| table.rows.iter().any(|(_, of)| *of == ours.name)).count() > 30);
    assert!(SHARED.iter().all(|shared| filled.tables.iter().any(|table| table.name == *shared)), "all are still there");
}

/// The role that serves cannot take a wall down, nor become somebody for whom there is none.
#[tokio::test]
async fn the_role_that_serves_cannot_take_a_wall_down() {
    let world = World::on_postgres().await;
    world.deliver(&world.contoso, vec![lead("c", "Cid", 1)]).await;
    let session = world.session(&world.northwind).await.unwrap();
    let owner =
        Owner { name: "northwind", account: session.account_id().0, partner: Some(session.partner_id().0), number: 0 };
    let mut conn = behind(&world.url, &owner).await;
    for statement in [
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE leads NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        "DROP TRIGGER audit_events_stay ON audit_events",
        "DROP POLICY wall ON leads",
        "CREATE POLICY hole ON leads USING (true)",
        "CREATE OR REPLACE FUNCTION wall_is_open() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "SELECT put_wall_where('leads', 'true')",
        "SELECT admit('portal_server')",
        "CREATE TABLE mine (id BIGINT)",
        "TRUNCATE leads CASCADE",
        "DROP TABLE leads CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE portal_owner",
        "SET ROLE portal",
        "SET SESSION AUTHORIZATION portal",
        "ALTER ROLE portal_server BYPASSRLS",
        "UPDATE audit_events SET detail = '{}'",
        "DELETE FROM leads",
        "DELETE FROM _sqlx_migrations",
    ] {
        let failed = attempt(&mut conn, statement).await.expect_err(statement);
        assert!(["42501", "0LP01"].contains(&failed.as_str()), "{statement}: {failed}");
    }
    // Asked to look past the walls, the database refuses to answer at all.
    conn.execute("SET LOCAL row_security = off").await.unwrap();
    assert_eq!(attempt(&mut conn, "SELECT * FROM leads").await, Err("42501".to_owned()));
}

/// What a statement gets of leads that it asks for by somebody else's partner, as one that mixed the two up.
async fn leads_of(read: &mut Reader, world: &World, partner: PartnerId) -> usize {
    let ever = (instant("2000-01-01T00:00:00Z"), instant("2100-01-01T00:00:00Z"));
    leads::delivered_unscoped(read, world.account, partner, ever).await.unwrap().len()
}

fn another_account() -> Account {
    Account {
        id: AccountId(uuid::Uuid::from_u128(7)),
        slug: "initech".into(),
        name: "Initech".into(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        zone: "UTC".parse().unwrap(),
        currency: Currency::EUR,
        support_contact: String::new(),
    }
}

on_both_engines! {
    /// A scope's connection shows nobody else's leads on PostgreSQL, whatever is asked. SQLite has no walls: there the statement's
    /// own conditions are all there is, and this test says so.
    async fn a_scopes_connection_shows_no_other_rows(world: World) {
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        world.deliver(&world.contoso, vec![lead("b", "Bob", 1), lead("c", "Cid", 1)]).await;
        world.second_account().await;
        let scope = world.scope(&world.northwind).await;
        let db = GuardedDb::new(world.db.clone());
        let has_walls = !world.url.starts_with("sqlite");
        let (theirs, accounts_seen) = if has_walls { (0, 1) } else { (2, 2) };
        let staff = world.admin_scope().await;
        let tx = &mut db.begin_write(&scope).await.unwrap();
        for read in [&mut db.reader(&scope).await.unwrap(), &mut db.begin_read(&scope).await.unwrap(), &mut **tx] {
            assert_eq!(leads_of(read, &world, world.northwind.partner).await, 1);
            assert_eq!(leads_of(read, &world, world.contoso.partner).await, theirs);
            assert_eq!(accounts::count(read).await.unwrap(), accounts_seen);
            // What no wall may hide is seen for one statement, and no longer.
            assert_eq!(accounts::shared_slug(read, world.account).await.unwrap().as_deref(), Some("acme"));
            assert_eq!(leads_of(read, &world, world.contoso.partner).await, theirs);
        }
        let read = &mut db.reader(&staff).await.unwrap();
        assert_eq!(leads_of(read, &world, world.contoso.partner).await, 2, "staff see all of their partners");
        assert_eq!(accounts::count(read).await.unwrap(), accounts_seen);
    }

    /// A list of leads whose conditions were forgotten: the same statement without them.
    async fn a_list_without_its_conditions_shows_the_scopes_leads_alone(world: World) {
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        world.deliver(&world.contoso, vec![lead("b", "Bob", 1), lead("c", "Cid", 1)]).await;
        let scope = world.scope(&world.northwind).await;
        let listed = leads::list(&mut world.reader().await, &scope, &Default::default()).await.unwrap().leads.len();
        assert_eq!(listed, 1);
        let mutant = "SELECT COUNT(*) FROM (SELECT id FROM leads ORDER BY delivered_at DESC, lead_key DESC LIMIT 51) l";
        if world.url.starts_with("sqlite") {
            let mut conn = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
            let seen: i64 = sqlx::query_scalar(mutant).fetch_one(&mut conn).await.unwrap();
            assert_eq!(seen, 3, "on SQLite a forgotten condition is a hole");
        } else {
            let (account, partner) = (scope.session().account_id().0, Some(scope.session().partner_id().0));
            let owner = Owner { name: "northwind", account, partner, number: 0 };
            assert_eq!(number(&mut behind(&world.url, &owner).await, mutant).await, 1);
        }
    }
}

/// A connection that stood behind a wall goes back to the pool as it came, however its use ended.
#[tokio::test]
async fn a_wall_ends_with_its_transaction() {
    let world = World::on_postgres().await;
    world.deliver(&world.contoso, vec![lead("c", "Cid", 1)]).await;
    let (_, globex) = world.second_account().await;
    let clock = world.clock.clone();
    let db =
        Db::open(&Options::new(&*world.url, 2), clock, std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap();
    let guarded = GuardedDb::new(db.clone());
    let scope = world.scope(&world.northwind).await;
    let stranger = world.session(&globex).await.unwrap();
    for _ in 0..4 {
        drop(guarded.reader(&scope).await.unwrap());
        drop(guarded.begin_read(&scope).await.unwrap());
        drop(guarded.begin_write(&scope).await.unwrap());
        guarded.begin_write(&scope).await.unwrap().commit().await.unwrap();
        // One that failed half-way, and one that was given up while it was asked.
        let mut failed = guarded.begin_write(&scope).await.unwrap();
        assert!(accounts::create(&mut failed, &another_account()).await.is_err(), "it is not the partner's to make");
        assert!(leads::field_rules(&mut failed, &scope).await.is_err(), "it has failed");
        drop(failed);
        let mut given_up = guarded.reader(&scope).await.unwrap();
        let asked =
            tokio::time::timeout(std::time::Duration::ZERO, accounts::shared_slug(&mut given_up, world.account));
        let _ = asked.await;
        drop(given_up);
        // All connections that there are: whoever asks for the portal itself sees everything, and anybody else its own.
        let mut all = [db.reader().await.unwrap(), db.begin_read().await.unwrap()];
        for read in &mut all {
            assert_eq!(accounts::count(read).await.unwrap(), 2);
            assert_eq!(leads_of(read, &world, world.contoso.partner).await, 1);
        }
        drop(all);
        let mut all = [guarded.reader(&stranger).await.unwrap(), guarded.begin_read(&scope).await.unwrap()];
        for read in &mut all {
            assert_eq!(leads_of(read, &world, world.contoso.partner).await, 0);
        }
    }
}

#[tokio::test]
async fn a_role_that_no_wall_stops_is_told_of() {
    let world = World::on_postgres().await;
    let gaps = async |url: String| {
        let options = Options { limits: Limits::default(), ..Options::new(url, 2) };
        let db = Db::open(&options, world.clock.clone(), std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap();
        db.wall_gaps().await.unwrap()
    };
    assert_eq!(gaps(world.url.clone()).await, []);
    assert_eq!(gaps(as_owner(&world.url)).await, [], "the walls are forced on the owner as well");
    assert_eq!(gaps(as_superuser(&world.url)).await, [WallGap::Bypassed]);
    let back = "ALTER FUNCTION pg_catalog.textlike(text, text) NOT LEAKPROOF";
    connect(&as_superuser(&world.url)).await.execute(back).await.unwrap();
    assert_eq!(gaps(world.url.clone()).await, [WallGap::SlowSearch]);
    assert_eq!(World::on_sqlite().await.db.wall_gaps().await.unwrap(), []);
}

/// Behind a wall an index answers only what cannot tell of other rows: `LIKE` has to be marked as such.
#[tokio::test]
async fn search_uses_its_index_behind_a_wall() {
    let world = World::on_postgres().await;
    let many = (0..2_000).map(|number| lead(&format!("lead-{number}"), &format!("Ada {number}"), number)).collect();
    world.deliver(&world.northwind, many).await;
    connect(&as_superuser(&world.url)).await.execute("VACUUM ANALYZE leads").await.unwrap();
    let session = world.session(&world.northwind).await.unwrap();
    let (account, partner) = (session.account_id().0, session.partner_id().0);
    let mut conn = behind(&world.url, &Owner { name: "northwind", account, partner: Some(partner), number: 0 }).await;
    let explain =
        format!("EXPLAIN SELECT lead_key FROM leads WHERE partner_id = '{partner}' AND search_text LIKE '%ada 1234%'");
    let plan: Vec<PgRow> = sqlx::query(AssertSqlSafe(explain)).fetch_all(&mut conn).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let by_index = plan.iter().any(|line| line.contains("Index Cond") && line.contains("search_text ~~"));
    assert!(by_index, "{plan:#?}");
}
