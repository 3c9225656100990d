//! A fresh, migrated database for every test, of the engine that `PORTAL_TEST_ENGINE` names: `sqlite`, or `postgres` from the
//! server that `PORTAL_TEST_POSTGRES` names. It is migrated once in a process; each test gets a copy.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use domain::clock::{OsEntropy, SystemClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use store::{Db, Options};
use tempfile::TempDir;
use tokio::sync::{Mutex, OnceCell};

/// The role that serves in tests on PostgreSQL: the walls hold for it.
const SERVER: &str = "portal_server";
/// The role that owns the databases.
const OWNER: &str = "portal_owner";

/// A test's database, as its owner; an SQLite file has none.
fn as_owner(url: &str) -> String {
    url.replace(&format!("//{SERVER}@"), &format!("//{OWNER}@"))
}

/// A test's database as its owner, where it has one.
pub(crate) fn owners(url: &str) -> Option<String> {
    url.starts_with("postgres").then(|| as_owner(url))
}

/// A test's database as somebody whom no wall stops.
pub(crate) fn as_superuser(url: &str) -> String {
    url.replace(&format!("//{SERVER}@"), "//portal@")
}

/// The address of a fresh database; a file lies in the folder.
pub(crate) async fn fresh(folder: &Path) -> String {
    match std::env::var("PORTAL_TEST_ENGINE").as_deref() {
        Ok("postgres") => postgres().await,
        Ok("sqlite") | Err(_) => sqlite(folder).await,
        Ok(other) => panic!("PORTAL_TEST_ENGINE is {other:?}: say sqlite or postgres"),
    }
}

async fn migrate(url: &str) {
    let options = Options { migration_url: Some(as_owner(url)), ..Options::new(url, 2) };
    let db = Db::open(&options, Arc::new(SystemClock), Arc::new(OsEntropy)).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
}

async fn sqlite(folder: &Path) -> String {
    static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            migrate(&format!("sqlite://{}/portal.db", folder.path().display())).await;
            folder
        })
        .await;
    let file = folder.join("portal.db");
    std::fs::copy(template.path().join("portal.db"), &file).unwrap();
    format!("sqlite://{}", file.display())
}

async fn postgres() -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    /// A template can be copied by one at a time.
    static COPYING: Mutex<()> = Mutex::const_new(());
    let server = std::env::var("PORTAL_TEST_POSTGRES").expect(
        "PORTAL_TEST_POSTGRES is not set: run `make test-rust`, or tools/with-postgres.sh with the test's command",
    );
    let beside = |name: &str| {
        let server = server.replace("//portal@", &format!("//{SERVER}@"));
        format!("{}/{name}", server.rsplit_once('/').unwrap().0)
    };
    let create = async |statement: String| {
        let mut maintenance = PgConnection::connect(&server).await.unwrap();
        maintenance.execute(AssertSqlSafe(statement)).await.unwrap();
        maintenance.close().await.unwrap();
    };
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("http_{}", std::process::id());
            for role in [SERVER, OWNER] {
                // Other processes may be at it as well.
                let role =
                    format!("CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL");
                create(format!("DO $$ BEGIN {role}; END $$")).await;
            }
            create(format!("CREATE DATABASE {name} OWNER {OWNER}")).await;
            let superuser = as_superuser(&beside(&name));
            let mut superuser = PgConnection::connect(&superuser).await.unwrap();
            superuser.execute("ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF").await.unwrap();
            superuser.close().await.unwrap();
            migrate(&beside(&name)).await;
            name
        })
        .await;
    let name = format!("{template}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let _alone = COPYING.lock().await;
    create(format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")).await;
    beside(&name)
}
