//! The database: one of two engines behind one type, with the clock and the source of ids.

use std::{
    collections::BTreeSet,
    fmt,
    ops::{Deref, DerefMut},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    str::FromStr,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    clock::{Clock, Entropy},
    ids::{AccountId, PartnerId},
};
use sqlx::{
    AssertSqlSafe, Connection as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{
    StoreError,
    audit::{event::Event, key::AuditKeys},
    dialect::Dialect,
    options::Options,
    postgres,
    sql::{AnyRow, Column, Conn, Sql, insert_rows, sql},
    wall::Wall,
};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// The migrations a database has, by SQLx's own account of them.
async fn applied(migrator: &Migrator, conn: &mut impl Migrate) -> Result<Vec<AppliedMigration>, MigrateError> {
    conn.ensure_migrations_table(&migrator.table_name).await?;
    conn.list_applied_migrations(&migrator.table_name).await
}

#[derive(Clone)]
enum Pool {
    /// SQLite has one writer at a time: a pool of one queues them fairly, where a lock would make them poll.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// What statements need beside a connection. It holds no way to another connection.
#[derive(Clone)]
struct Context {
    dialect: Dialect,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    audit_keys: AuditKeys,
}

impl Context {
    fn new_id(&self) -> Result<Uuid, StoreError> {
        let mut random = [0; 10];
        self.entropy.fill(&mut random)?;
        Ok(domain::ids::uuid_v7(self.clock.now(), random))
    }
}

/// An open database. Cloning shares it.
///
/// Only the outermost layer (a server function, an API handler, a command, a worker) holds one. It opens a [`Reader`] or a
/// [`Tx`] and hands that down; nothing below can take a second connection, so that no transaction ever waits for a connection
/// which another one holds.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    context: Context,
    /// How the database is opened to change its schema, where that takes another role.
    owner: Option<Arc<Options>>,
    /// How it was opened.
    options: Arc<Options>,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("dialect", &self.context.dialect).finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database, creating an SQLite file and its folder when missing. Migrates nothing.
    ///
    /// # Errors
    /// When the address is of another kind, or nothing answers there.
    pub async fn open(options: &Options, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let url = options.url.as_str();
        let (pool, dialect) = if url.starts_with("sqlite:") {
            (open_sqlite(options, true).await?, Dialect::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            (Pool::Postgres(postgres::open(options).await?), Dialect::Postgres)
        } else {
            let message = "DATABASE_URL must begin with sqlite:// or postgres://".to_owned();
            return Err(StoreError::Address(message));
        };
        let owner = options.migration_url.clone().filter(|_| dialect == Dialect::Postgres).map(|owner_url| {
            Arc::new(Options { url: owner_url, migration_url: None, connections: 2, ..options.clone() })
        });
        let context = Context { dialect, clock, entropy, audit_keys: options.audit_keys.clone() };
        Ok(Self { pool, context, owner, options: Arc::new(options.clone()) })
    }

    /// The same database as its owner, where that is another role than the one that serves; and the name of the latter.
    pub(crate) async fn as_owner(&self) -> Result<Option<(Self, String)>, StoreError> {
        let Some(owner) = &self.owner else { return Ok(None) };
        let (server,) = sql("SELECT CAST(current_user AS TEXT)").one::<(String,)>(self.reader().await?.conn()).await?;
        let Context { clock, entropy, .. } = self.context.clone();
        Ok(Some((Self::open(owner, clock, entropy).await?, server)))
    }

    /// The same SQLite database, over connections that do not look for references: for whoever removes what refers to a row before the
    /// row.
    pub(crate) async fn without_references(&self) -> Result<Option<Self>, StoreError> {
        match self.pool {
            Pool::Sqlite { .. } => Ok(Some(Self { pool: open_sqlite(&self.options, false).await?, ..self.clone() })),
            Pool::Postgres(_) => Ok(None),
        }
    }

    /// Whether a migration was applied; a database that was never migrated has none.
    pub(crate) async fn is_applied(&self, version: i64) -> Result<bool, StoreError> {
        let applied = match &self.pool {
            Pool::Sqlite { writer, .. } => applied(&SQLITE_MIGRATIONS, &mut *writer.acquire().await?).await?,
            Pool::Postgres(pool) => applied(&POSTGRES_MIGRATIONS, &mut *pool.acquire().await?).await?,
        };
        Ok(applied.iter().any(|migration| migration.version == version))
    }

    /// Brings the schema up to this version.
    pub(crate) async fn run_migrations(&self) -> Result<(), StoreError> {
        match &self.pool {
            Pool::Sqlite { writer, .. } => {
                // An index of millions of rows is sorted in files, not in memory.
                let mut conn = writer.acquire().await?;
                sql("PRAGMA temp_store = file").execute(Conn::Sqlite(&mut conn)).await?;
                SQLITE_MIGRATIONS.run(&mut *conn).await?;
                sql("PRAGMA temp_store = memory").execute(Conn::Sqlite(&mut conn)).await?;
            }
            Pool::Postgres(pool) => {
                // A migration may take as long as it needs, and its connection does not go back to the pool.
                let mut conn = pool.acquire().await?.detach();
                sql("SET statement_timeout = 0").execute(Conn::Postgres(&mut conn)).await?;
                sql("SET lock_timeout = 0").execute(Conn::Postgres(&mut conn)).await?;
                POSTGRES_MIGRATIONS.run(&mut conn).await?;
                conn.close().await?;
            }
        }
        Ok(())
    }

    /// Whether the database answers and has every migration of this version.
    ///
    /// # Errors
    /// When it does not answer, or was never migrated.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        let migrator = match self.pool {
            Pool::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Pool::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let wanted = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
        let mut read = self.reader().await?;
        let applied =
            sql("SELECT CAST(MAX(version) AS BIGINT) FROM _sqlx_migrations WHERE success").number(read.conn()).await?;
        Ok(applied >= wanted)
    }

    /// Waits for open connections to finish, and closes them.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// A connection to read with, each statement on its own: for whatever asks one thing, or several that need not agree.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection is free in time.
    pub async fn reader(&self) -> Result<Reader, StoreError> {
        let link = match &self.pool {
            Pool::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await?),
            Pool::Postgres(pool) => Link::Postgres(pool.acquire().await?),
        };
        Ok(self.read_by(link, None))
    }

    /// The same behind a wall. On PostgreSQL it is a transaction, in which each statement still sees what is there at its
    /// beginning: so the wall ends with it, and a connection goes back to the pool as it came.
    pub(crate) async fn reader_behind(&self, wall: Wall) -> Result<Reader, StoreError> {
        let link = match &self.pool {
            Pool::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await?),
            Pool::Postgres(pool) => {
                Link::PostgresTransaction(pool.begin_with(begin("BEGIN READ ONLY", Some(wall))).await?)
            }
        };
        Ok(self.read_by(link, Some(wall)))
    }

    fn read_by(&self, link: Link, wall: Option<Wall>) -> Reader {
        Reader { link, context: self.context.clone(), has_wall: wall.is_some() }
    }

    /// Begins a transaction that only reads: all its statements see the database as it is at the first of them, so that rows
    /// and their count agree.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection is free in time.
    pub async fn begin_read(&self) -> Result<Reader, StoreError> {
        self.snapshot(None).await
    }

    /// The same behind a wall.
    pub(crate) async fn begin_read_behind(&self, wall: Wall) -> Result<Reader, StoreError> {
        self.snapshot(Some(wall)).await
    }

    async fn snapshot(&self, wall: Option<Wall>) -> Result<Reader, StoreError> {
        let link = match &self.pool {
            Pool::Sqlite { readers, .. } => Link::SqliteTransaction(readers.begin().await?),
            Pool::Postgres(pool) => {
                let begin = begin("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", wall);
                Link::PostgresTransaction(pool.begin_with(begin).await?)
            }
        };
        Ok(self.read_by(link, wall))
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that
    /// it cannot fail half-way for want of it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection, or on SQLite the one that writes, is free in time.
    pub async fn begin_write(&self) -> Result<Tx, StoreError> {
        self.transaction(None).await
    }

    /// The same behind a wall.
    pub(crate) async fn begin_write_behind(&self, wall: Wall) -> Result<Tx, StoreError> {
        self.transaction(Some(wall)).await
    }

    async fn transaction(&self, wall: Option<Wall>) -> Result<Tx, StoreError> {
        let link = match &self.pool {
            Pool::Sqlite { writer, .. } => Link::SqliteTransaction(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => Link::PostgresTransaction(pool.begin_with(begin("BEGIN", wall)).await?),
        };
        Ok(Tx { read: self.read_by(link, wall), events: Vec::new(), lead_days: BTreeSet::new() })
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }

    /// A fresh `UUIDv7`.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id(&self) -> Result<Uuid, StoreError> {
        self.context.new_id()
    }

    /// Takes from a SQLite database the samples of values that former versions had its engine keep.
    pub(crate) async fn forget_samples(&self) -> Result<(), StoreError> {
        if matches!(self.pool, Pool::Postgres(_)) {
            return Ok(());
        }
        let mut read = self.reader().await?;
        let tables = sql("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'").number(read.conn()).await?;
        let kept = tables > 0 && sql("SELECT COUNT(*) FROM sqlite_stat4").number(read.conn()).await? > 0;
        drop(read);
        if kept { self.optimize().await } else { Ok(()) }
    }

    /// Lets the engine refresh what it knows of its tables, after many rows came in.
    pub async fn optimize(&self) -> Result<(), StoreError> {
        if self.is_anothers().await? {
            // PostgreSQL's own upkeep does it, a minute later.
            return Ok(());
        }
        let mut tx = self.begin_write().await?;
        tx.lift_time_limits().await?;
        sql("ANALYZE").execute(tx.conn()).await?;
        tx.end().await
    }
}

/// Makes the file and its folder when they are missing, for nobody else on the machine to read whatever the umask says; SQLite
/// gives the files beside it the same rights. One that was made otherwise is closed as well.
fn keep_private(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| StoreError::Address(format!("cannot create the folder {}: {error}", folder.display())))?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        // The engine says better what is wrong.
        Err(_) => return Ok(()),
    }
    for beside in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let file = Path::new(&name);
        let Ok(known) = std::fs::metadata(file) else { continue };
        if known.permissions().mode() & 0o077 != 0
            && let Err(error) = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
        {
            tracing::warn!(file = %file.display(), cause = %error, "others on this machine may read the database");
        }
    }
    Ok(())
}

/// How many rows of an index SQLite looks at for its statistics; 100 to 1,000 is what its makers advise.
const ANALYSED: u32 = 1_000;

async fn open_sqlite(options: &Options, references: bool) -> Result<Pool, StoreError> {
    let connect = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .foreign_keys(references)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would keep the file sound after a power cut but could lose the last commits: a lead that was
        // acknowledged must be there.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.limits.lock)
        .statement_cache_capacity(256)
        // Without a limit the engine would keep samples of what is in its indexes, look up in them what is bound to a statement, and for that
        // prepare each statement anew whenever it is used: a sixth of what a page costs.
        .analysis_limit(Some(ANALYSED))
        .row_buffer_size(500)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .optimize_on_close(true, Some(ANALYSED));
    if !options.url.contains(":memory:") && !options.url.contains("mode=memory") {
        keep_private(connect.get_filename())?;
    }
    // An engine that runs in this process does not hang up: asking it each time whether it is still there is a way to its thread
    // and back before every statement that is asked alone.
    let pool = |connections: u32| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(options.limits.acquire)
            .test_before_acquire(false)
    };
    let writer = pool(1).connect_with(connect.clone()).await?;
    let readers = pool(options.connections.max(1)).connect_with(connect.pragma("query_only", "on")).await?;
    Ok(Pool::Sqlite { readers, writer })
}

/// What begins a transaction on PostgreSQL: one way to the server, wall and all.
fn begin(statement: &'static str, wall: Option<Wall>) -> AssertSqlSafe<String> {
    AssertSqlSafe(statement.to_owned() + &wall.map(Wall::settings).unwrap_or_default())
}

enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    SqliteTransaction(Transaction<'static, Sqlite>),
    PostgresTransaction(Transaction<'static, Postgres>),
}

/// A connection to read with, with the clock and the source of ids. A [`Tx`] is one as well: what only reads takes a
/// `&mut Reader` and can be given either.
pub struct Reader {
    link: Link,
    context: Context,
    /// Whether it is for somebody's rows alone; what acts for the portal itself sees all.
    has_wall: bool,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("dialect", &self.context.dialect).finish_non_exhaustive()
    }
}

impl Reader {
    /// The current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }

    /// A fresh `UUIDv7`.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id(&self) -> Result<Uuid, StoreError> {
        self.context.new_id()
    }

    pub(crate) fn audit_keys(&self) -> AuditKeys {
        self.context.audit_keys.clone()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.context.dialect
    }

    /// Lets the statements of a transaction take as long as they need: for upkeep, which nobody waits for.
    pub async fn lift_time_limits(&mut self) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Postgres {
            sql("SET LOCAL statement_timeout = 0").execute(self.conn()).await?;
        }
        Ok(())
    }

    /// Asks one thing that no wall may hide, over a connection behind one.
    ///
    /// **Bypass.** It is for what holds in a whole account or installation, such as that an address belongs to one user. The answer
    /// must not be shown to whoever is behind the wall.
    pub(crate) async fn beyond_wall<T: AnyRow>(&mut self, ask: Sql) -> Result<Option<T>, StoreError> {
        if !self.has_wall || self.dialect() == Dialect::Sqlite {
            return ask.optional(self.conn()).await;
        }
        sql("SET LOCAL portal.scope = 'system'").execute(self.conn()).await?;
        // After an error the transaction can do nothing any more, and ends as it is.
        let found = ask.optional(self.conn()).await?;
        sql("SET LOCAL portal.scope = ''").execute(self.conn()).await?;
        Ok(found)
    }

    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match &mut self.link {
            Link::Sqlite(conn) => Conn::Sqlite(conn),
            Link::Postgres(conn) => Conn::Postgres(conn),
            Link::SqliteTransaction(conn) => Conn::Sqlite(conn),
            Link::PostgresTransaction(conn) => Conn::Postgres(conn),
        }
    }
}

/// A day of a partner: in the order in which whoever notes several takes their rows.
pub(crate) type LeadDay = (AccountId, NaiveDate, PartnerId);

/// A transaction that may write. Dropping it undoes everything.
pub struct Tx {
    read: Reader,
    /// What the audit log has to say of it, written by [`Tx::commit`].
    pub(crate) events: Vec<Event>,
    /// The days of partners whose leads it has changed, so that they are summed up anew; written by [`Tx::commit`].
    pub(crate) lead_days: BTreeSet<LeadDay>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("dialect", &self.context.dialect).finish_non_exhaustive()
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.read
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.read
    }
}

impl Tx {
    /// Makes its changes last, but not the days and events it has noted: [`Tx::commit`] writes those first.
    pub(crate) async fn end(self) -> Result<(), StoreError> {
        debug_assert!(self.lead_days.is_empty() && self.events.is_empty(), "what it has noted would be lost");
        match self.read.link {
            Link::SqliteTransaction(tx) => tx.commit().await?,
            Link::PostgresTransaction(tx) => tx.commit().await?,
            // `begin_write` makes none of these.
            Link::Sqlite(_) | Link::Postgres(_) => {}
        }
        Ok(())
    }

    /// Inserts any number of rows as [`insert_rows`] does, with what stands `after` them, in as many statements as suit the
    /// engine.
    pub(crate) async fn insert_all<const N: usize>(
        &mut self,
        table: &'static str,
        rows: Vec<[Column; N]>,
        after: &'static str,
    ) -> Result<(), StoreError> {
        let most = self.dialect().rows_per_statement(N);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            insert_rows(table, rows.by_ref().take(most)).push(after).execute(self.conn()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::{ManualClock, OsEntropy};

    use super::*;

    async fn open(url: &str) -> Db {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        Db::open(&Options::new(url, 2), Arc::new(clock), Arc::new(OsEntropy)).await.unwrap()
    }

    /// No function that writes can be given a reader; should one of those that read ever try, the engine says no.
    async fn assert_snapshots_only_read(db: &Db) {
        let write = || sql("CREATE TABLE snapshots_only_read (id BIGINT)");
        let mut read = db.begin_read().await.unwrap();
        assert!(matches!(write().execute(read.conn()).await, Err(StoreError::Database(_))));
        drop(read);
        let mut tx = db.begin_write().await.unwrap();
        write().execute(tx.conn()).await.unwrap();
    }

    #[tokio::test]
    async fn a_snapshot_of_sqlite_only_reads() {
        let folder = tempfile::tempdir().unwrap();
        assert_snapshots_only_read(&open(&format!("sqlite://{}/portal.db", folder.path().display())).await).await;
    }

    #[tokio::test]
    async fn a_snapshot_of_postgres_only_reads() {
        let url = std::env::var("PORTAL_TEST_POSTGRES").expect("run it by tools/with-postgres.sh");
        assert_snapshots_only_read(&open(&url).await).await;
    }

    /// Samples of values would have the engine prepare each statement anew for what is bound to it.
    #[tokio::test]
    async fn the_engine_keeps_no_samples_of_values() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&format!("sqlite://{}/portal.db", folder.path().display())).await;
        let mut tx = db.begin_write().await.unwrap();
        sql("CREATE TABLE many (id INTEGER PRIMARY KEY, value TEXT)").execute(tx.conn()).await.unwrap();
        sql("CREATE INDEX many_by_value ON many (value)").execute(tx.conn()).await.unwrap();
        let rows = (0..100).map(|n: i64| [("value", (n % 7).to_string().into())]);
        tx.insert_all("many", rows.collect(), "").await.unwrap();
        tx.end().await.unwrap();
        db.optimize().await.unwrap();
        let known = async |table| sql(table).number(db.reader().await.unwrap().conn()).await.unwrap();
        assert_eq!(known("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'many'").await, 1);
        assert_eq!(known("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'").await, 1, "it could");
        assert_eq!(known("SELECT COUNT(*) FROM sqlite_stat4").await, 0);
        // As a former version has left it.
        let mut tx = db.begin_write().await.unwrap();
        sql("PRAGMA analysis_limit = 0").execute(tx.conn()).await.unwrap();
        sql("ANALYZE").execute(tx.conn()).await.unwrap();
        sql("PRAGMA analysis_limit = 1000").execute(tx.conn()).await.unwrap();
        tx.end().await.unwrap();
        assert!(known("SELECT COUNT(*) FROM sqlite_stat4").await > 0);
        db.forget_samples().await.unwrap();
        assert_eq!(known("SELECT COUNT(*) FROM sqlite_stat4").await, 0);
    }
}
