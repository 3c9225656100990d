//! The two sets of migrations declare the same tables and columns.

use std::{collections::BTreeSet, sync::Arc};

use domain::clock::{ManualClock, OsEntropy};
use sqlx::Connection;
use store::{Db, Options};

use crate::world::{as_owner, as_superuser, create_postgres, instant, migrating};

/// Table, column, kind of value, may be NULL.
type Column = (String, String, &'static str, bool);

async fn sqlite_columns(folder: &std::path::Path) -> BTreeSet<Column> {
    let url = format!("sqlite://{}/parity.db?mode=rwc", folder.display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::migrate!("../migrations/sqlite").run(&mut conn).await.unwrap();
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE '\\_%' ESCAPE '\\'
          AND m.name NOT LIKE 'leads\\_search%' ESCAPE '\\'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(table, column, kind, not_null)| {
            let kind = match kind.as_str() {
                "INTEGER" => "integer",
                "BOOLEAN" => "boolean",
                "BLOB" => "bytes",
                "TEXT" if column.ends_with("_at") || column == "window_start" => "time",
                "TEXT" if column == "day" || column.ends_with("_on") => "day",
                "TEXT" => "text",
                other => panic!("{table}.{column} has the unforeseen type {other}"),
            };
            (table, column, kind, !not_null)
        })
        .collect()
}

async fn postgres_columns(url: &str) -> BTreeSet<Column> {
    let mut conn = sqlx::PgConnection::connect(&as_owner(url)).await.unwrap();
    sqlx::migrate!("../migrations/postgres").run(&mut conn).await.unwrap();
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(table, column, kind, nullable)| {
            let kind = match kind.as_str() {
                "bigint" => "integer",
                "boolean" => "boolean",
                "uuid" | "bytea" => "bytes",
                "timestamp with time zone" => "time",
                "date" => "day",
                "text" => "text",
                other => panic!("{table}.{column} has the unforeseen type {other}"),
            };
            (table, column, kind, nullable == "YES")
        })
        .collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let url = create_postgres(None).await;
    let sqlite = sqlite_columns(folder.path()).await;
    let postgres = postgres_columns(&url).await;
    assert!(sqlite.len() > 60, "the tables were found");
    assert_eq!(sqlite.difference(&postgres).collect::<Vec<_>>(), Vec::<&Column>::new(), "only in SQLite");
    assert_eq!(postgres.difference(&sqlite).collect::<Vec<_>>(), Vec::<&Column>::new(), "only in PostgreSQL");
}

#[test]
fn both_folders_have_the_same_files() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = format!("{}/../migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

async fn assert_ready_once_migrated(url: &str) {
    let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
    let db = Db::open(&migrating(url), clock, Arc::new(OsEntropy)).await.unwrap();
    assert!(db.is_ready().await.is_err(), "it was never migrated");
    db.migrate().await.unwrap();
    assert!(db.is_ready().await.unwrap());
    db.migrate().await.unwrap();
}

#[tokio::test]
async fn a_migrated_sqlite_database_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    assert_ready_once_migrated(&format!("sqlite://{}/portal.db", folder.path().display())).await;
}

#[tokio::test]
async fn a_migrated_postgres_database_is_ready() {
    assert_ready_once_migrated(&create_postgres(None).await).await;
}

/// The role that serves need not know the owner's address: it starts where somebody else has migrated, and nowhere else.
#[tokio::test]
async fn the_role_that_serves_starts_where_the_owner_has_migrated() {
    let url = create_postgres(None).await;
    let open = async |options: Options| {
        let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
        Db::open(&options, clock, Arc::new(OsEntropy)).await.unwrap()
    };
    let server = open(Options::new(&*url, 2)).await;
    server.migrate().await.expect_err("it may make no table");
    open(migrating(&url)).await.migrate().await.unwrap();
    server.migrate().await.unwrap();
    let mut owner = sqlx::PgConnection::connect(&as_owner(&url)).await.unwrap();
    let older = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    sqlx::query(older).execute(&mut owner).await.unwrap();
    let refused = server.migrate().await.unwrap_err();
    assert!(refused.to_string().contains("PORTAL_MIGRATION_URL"), "{refused}");
}

/// With one role for everything all is as before it had walls, and they hold for the owner.
#[tokio::test]
async fn the_owner_alone_migrates_and_serves() {
    let url = as_owner(&create_postgres(None).await);
    let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
    let db = Db::open(&Options::new(&*url, 2), clock, Arc::new(OsEntropy)).await.unwrap();
    db.migrate().await.unwrap();
    db.migrate().await.unwrap();
    assert!(db.is_ready().await.unwrap());
    db.optimize().await.unwrap();
}

on_both_engines! {
    /// The database itself refuses to change what was delivered.
    async fn a_delivered_lead_never_changes(world: World) {
        world.deliver(&world.northwind, vec![crate::world::lead("a", "Ada", 1)]).await;
        let statement = "UPDATE leads SET name = 'Eve'";
        let changed = if world.url.starts_with("sqlite") {
            let mut conn = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
            sqlx::query(statement).execute(&mut conn).await.map(|_| ())
        } else {
            let mut conn = sqlx::PgConnection::connect(&as_superuser(&world.url)).await.unwrap();
            sqlx::query(statement).execute(&mut conn).await.map(|_| ())
        };
        assert!(changed.unwrap_err().to_string().contains("never changes"));
    }
}
