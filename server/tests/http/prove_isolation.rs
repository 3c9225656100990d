//! The walk that an operator runs with `prove-isolation`, over the tests' own installation; and that it finds what it looks for.

use std::{collections::BTreeMap, process::Command};

use portal_server::isolation::prove;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::{database, world::World};

/// Tables that say nothing of whose their rows are.
const OF_NOBODY: [&str; 2] = ["login_throttles", "used_challenges"];

/// How many rows each of the tables has that a query names.
macro_rules! counted {
    ($conn:expr, $tables:literal) => {{
        let (mut conn, mut counts) = ($conn.await.unwrap(), BTreeMap::<String, i64>::new());
        let tables: Vec<String> = sqlx::query_scalar($tables).fetch_all(&mut conn).await.unwrap();
        for table in tables {
            let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            counts.insert(table, sqlx::query_scalar(count).fetch_one(&mut conn).await.unwrap());
        }
        counts
    }};
}

/// How many rows each table has.
async fn counts(url: &str) -> BTreeMap<String, i64> {
    let mut counts = if url.starts_with("sqlite:") {
        counted!(
            SqliteConnection::connect(url),
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'leads_search%'"
        )
    } else {
        counted!(
            PgConnection::connect(&database::as_superuser(url)),
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    };
    assert!(counts.len() > 50, "{counts:?}");
    counts.retain(|table, _| !OF_NOBODY.contains(&table.as_str()));
    counts
}

/// Every part holds, for the portal as it is; and nothing is left of what was made for it.
#[tokio::test]
async fn nobody_reaches_anything_of_anybody_else() {
    let world = World::new().await;
    let mut config = world.config.clone();
    config.migration_url = database::owners(&config.database_url);
    let before = counts(&config.database_url).await;
    let report = prove(&config, &[], |_| {}).await.unwrap();
    assert!(report.held && report.foreign == 0, "{report}");
    assert!(report.walked > 15_000 && report.rounds.iter().all(|round| round.walked > 20), "{report}");
    assert_eq!((&report.wall_gaps, &report.without_example), (&vec![], &vec![]));
    assert_eq!(counts(&config.database_url).await, before);
}

/// What a list shows whose statement has lost a condition is found, unless the database itself has walls.
#[tokio::test]
async fn a_forgotten_condition_is_found_or_does_no_harm() {
    let world = World::new().await;
    let folder = TempDir::new().unwrap();
    let walk = |forget: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partner-portal"));
        command
            .args(["prove-isolation", "--part", "users", "--output"])
            .arg(folder.path())
            .current_dir(&folder)
            .env("DATABASE_URL", &world.config.database_url)
            .env("PORTAL_DATA", folder.path().join("data"))
            .env("PORTAL_TEST_FORGET", forget);
        if let Some(owner) = database::owners(&world.config.database_url) {
            command.env("PORTAL_MIGRATION_URL", owner);
        }
        let output = command.output().unwrap();
        let file = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let json = file.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        (output.status.code(), report)
    };
    let (code, whole) = walk("");
    assert_eq!((code, whole["foreign"].as_u64()), (Some(0), Some(0)), "{whole}");
    let (code, report) = walk("FROM leads WHERE account_id = $1 AND partner_id = $2 => partner_id = $2");
    let found = report["foreign"].as_u64().unwrap();
    if world.config.database_url.starts_with("sqlite:") {
        assert!(code == Some(3) && found > 0, "{report}");
        let page = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let page = page.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "html")).unwrap();
        assert!(std::fs::read_to_string(page).unwrap().contains("not everything held"));
    } else {
        assert_eq!((code, found), (Some(0), 0), "{report}");
    }
}
