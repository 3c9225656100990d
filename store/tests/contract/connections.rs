//! What a connection sees of others' work, and how long anybody is kept waiting.

use std::{fmt::Debug, time::Duration};

use domain::{
    access::Overrides,
    leads::{Count, LeadFilter},
    partners::PartnerStatus,
};
use store::{Db, Limits, Options, Reader, StoreError, Tx, leads, partners};

use crate::world::{World, lead};

const SHORT: Duration = Duration::from_millis(150);

impl World {
    /// The same database, opened once more as another process does.
    async fn opened_with(&self, limits: Limits) -> Db {
        let options = Options { limits, ..Options::new(&*self.url, 2) };
        Db::open(&options, self.clock.clone(), std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap()
    }

    /// Takes the lock of Northwind's row.
    async fn lock(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let (partner, none) = (self.northwind.partner, Overrides::default());
        partners::set_access_unscoped(tx, self.account, partner, PartnerStatus::Active, true, none).await
    }
}

fn assert_busy<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Busy(_))), "{answer:?}");
}

on_both_engines! {
    async fn a_snapshot_stays_as_it_was_where_a_reader_sees_what_is_new(world: World) {
        let scope = world.scope(&world.northwind).await;
        let count = async |read: &mut Reader| leads::count(read, &scope, &LeadFilter::default()).await.unwrap();
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        let mut snapshot = world.db.begin_read().await.unwrap();
        let mut reader = world.reader().await;
        assert_eq!((count(&mut snapshot).await, count(&mut reader).await), (Count::Exactly(1), Count::Exactly(1)));
        world.deliver(&world.northwind, vec![lead("b", "Bea", 1)]).await;
        assert_eq!((count(&mut snapshot).await, count(&mut reader).await), (Count::Exactly(1), Count::Exactly(2)));
        // Not by another way of asking, either.
        let listed = leads::list(&mut snapshot, &scope, &domain::leads::LeadListQuery::default()).await.unwrap();
        assert_eq!(listed.leads.len(), 1);
        drop(snapshot);
        assert_eq!(count(&mut world.db.begin_read().await.unwrap()).await, Count::Exactly(2), "a later one begins later");
    }

    /// A transaction sees its own work through the same eyes, nobody else does before its end.
    async fn a_transaction_sees_its_own_work(world: World) {
        let scope = world.scope(&world.northwind).await;
        let count = async |read: &mut Reader| leads::count(read, &scope, &LeadFilter::default()).await.unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        let leads = [(lead("a", "Ada", 1), domain::leads::LeadStatus::New)];
        leads::insert_unscoped(&mut tx, world.account, world.northwind.partner, &leads, leads::Push::Nowhere).await.unwrap();
        assert_eq!(count(&mut tx).await, Count::Exactly(1));
        assert_eq!(count(&mut world.reader().await).await, Count::Exactly(0));
        tx.commit().await.unwrap();
        assert_eq!(count(&mut world.reader().await).await, Count::Exactly(1));
    }
}

#[tokio::test]
async fn without_a_free_connection_postgres_is_busy() {
    let world = World::on_postgres().await;
    let db = world.opened_with(Limits { acquire: SHORT, ..Limits::default() }).await;
    let (one, two) = (db.begin_write().await.unwrap(), db.reader().await.unwrap());
    assert_busy(db.reader().await);
    assert_busy(db.begin_read().await);
    assert_busy(db.begin_write().await);
    drop(two);
    assert!(db.reader().await.is_ok(), "the next one gets what is given back");
    drop(one);
}

#[tokio::test]
async fn while_somebody_writes_sqlite_is_busy_to_write_and_free_to_read() {
    let world = World::on_sqlite().await;
    let db = world.opened_with(Limits { acquire: SHORT, ..Limits::default() }).await;
    let mut tx = db.begin_write().await.unwrap();
    world.lock(&mut tx).await.unwrap();
    assert_busy(db.begin_write().await);
    let mut reader = db.reader().await.unwrap();
    assert!(store::accounts::find(&mut reader, None).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert!(db.begin_write().await.is_ok());
}

/// Another process writes: there is a free connection, but no lock.
#[tokio::test]
async fn while_another_process_writes_sqlite_is_busy_to_write() {
    let world = World::on_sqlite().await;
    let db = world.opened_with(Limits { lock: SHORT, ..Limits::default() }).await;
    let theirs = world.db.begin_write().await.unwrap();
    assert_busy(db.begin_write().await);
    drop(theirs);
    assert!(db.begin_write().await.is_ok());
}

/// On PostgreSQL a wait for a lock ends by whichever limit is the shorter one.
#[tokio::test]
async fn a_lock_that_is_held_for_too_long_is_busy() {
    let world = World::on_postgres().await;
    let mut theirs = world.db.begin_write().await.unwrap();
    world.lock(&mut theirs).await.unwrap();
    for limits in [Limits { lock: SHORT, ..Limits::default() }, Limits { statement: SHORT, ..Limits::default() }] {
        let db = world.opened_with(limits).await;
        let mut tx = db.begin_write().await.unwrap();
        assert_busy(world.lock(&mut tx).await);
    }
    let patient = world.opened_with(Limits { statement: SHORT, ..Limits::default() }).await;
    let mut tx = patient.begin_write().await.unwrap();
    tx.lift_time_limits().await.unwrap();
    let (locked, ()) = tokio::join!(world.lock(&mut tx), async {
        tokio::time::sleep(2 * SHORT).await;
        drop(theirs);
    });
    locked.unwrap();
}

/// Whoever forgets a transaction does not hold its locks for ever.
#[tokio::test]
async fn a_transaction_that_does_not_go_on_is_ended() {
    let world = World::on_postgres().await;
    let db = world.opened_with(Limits { idle: SHORT, ..Limits::default() }).await;
    let mut forgotten = db.begin_write().await.unwrap();
    world.lock(&mut forgotten).await.unwrap();
    let mut waiting = world.db.begin_write().await.unwrap();
    world.lock(&mut waiting).await.unwrap();
    assert_busy(world.lock(&mut forgotten).await);
}

/// Whatever the umask says, and however it was made, nobody else on the machine reads an SQLite database.
#[tokio::test]
async fn a_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let file = data.join("portal.db");
    let open = async || {
        let options = Options::new(format!("sqlite://{}", file.display()), 2);
        let clock = std::sync::Arc::new(domain::clock::SystemClock);
        Db::open(&options, clock, std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap()
    };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let db = open().await;
    db.migrate().await.unwrap();
    let wal = data.join("portal.db-wal");
    assert_eq!((mode(&data), mode(&file), mode(&wal)), (0o700, 0o600, 0o600));
    db.close().await;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let db = open().await;
    assert_eq!(mode(&file), 0o600, "one that was open to others is closed");
    db.close().await;
}
