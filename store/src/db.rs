//! The database: one of two engines behind one type, with the clock and the source of ids.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::clock::{Clock, Entropy};
use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{
    StoreError,
    audit::{self, Event},
    dialect::Dialect,
    sql::{Conn, sql},
};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path/to/file.db` or `postgres://user@host/name`.
    pub url: String,
    /// How many connections may read at once (SQLite), or be open at all (PostgreSQL).
    pub connections: u32,
}

#[derive(Clone)]
enum Engine {
    /// SQLite has one writer at a time: a pool of one queues them fairly, where a lock would make them poll.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// An open database. Cloning shares it.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("engine", &self.dialect()).finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database, creating an SQLite file and its folder when missing. Migrates nothing.
    ///
    /// # Errors
    /// When the address is of another kind, or nothing answers there.
    pub async fn open(options: &Options, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let url = options.url.as_str();
        let engine = if url.starts_with("sqlite:") {
            open_sqlite(url, options.connections).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let connect = PgConnectOptions::from_str(url)?.application_name("partner-portal");
            let pool = PgPoolOptions::new()
                .max_connections(options.connections.max(2))
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(connect);
            Engine::Postgres(pool.await?)
        } else {
            let message = "DATABASE_URL must begin with sqlite:// or postgres://".to_owned();
            return Err(StoreError::Address(message));
        };
        Ok(Self { engine, clock, entropy })
    }

    /// Brings the schema up to this version.
    ///
    /// # Errors
    /// When a migration fails; it is rolled back then.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => SQLITE_MIGRATIONS.run(writer).await?,
            Engine::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// Whether the database answers and has every migration of this version.
    ///
    /// # Errors
    /// When it does not answer, or was never migrated.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        let migrator = match self.engine {
            Engine::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Engine::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let wanted = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
        let mut conn = self.reader().await?;
        let applied =
            sql("SELECT CAST(MAX(version) AS BIGINT) FROM _sqlx_migrations WHERE success").number(conn.conn()).await?;
        Ok(applied >= wanted)
    }

    /// Waits for open connections to finish, and closes them.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that
    /// it cannot fail half-way for want of it.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn begin_write(&self) -> Result<Tx, StoreError> {
        let inner = match &self.engine {
            Engine::Sqlite { writer, .. } => TxInner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, db: self.clone(), events: Vec::new() })
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A fresh `UUIDv7`.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id(&self) -> Result<Uuid, StoreError> {
        let mut random = [0; 10];
        self.entropy.fill(&mut random)?;
        Ok(domain::ids::uuid_v7(self.now(), random))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite { .. } => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection to read with.
    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Engine::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// Lets the engine refresh what it knows of its tables, after many rows came in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn optimize(&self) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        sql("ANALYZE").execute(tx.conn()).await?;
        tx.commit().await
    }
}

async fn open_sqlite(url: &str, connections: u32) -> Result<Engine, StoreError> {
    let connect = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would keep the file sound after a power cut but could lose the last commits: a lead that was
        // acknowledged must be there.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256)
        .row_buffer_size(500)
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .optimize_on_close(true, Some(400));
    if let Some(folder) = connect.get_filename().parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Address(format!("cannot create the folder {}: {error}", folder.display())))?;
    }
    let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(30));
    let writer = writer.connect_with(connect.clone()).await?;
    let readers = SqlitePoolOptions::new().max_connections(connections.max(1)).acquire_timeout(Duration::from_secs(30));
    let readers = readers.connect_with(connect.pragma("query_only", "on")).await?;
    Ok(Engine::Sqlite { readers, writer })
}

/// A connection from the pool, to read with.
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Reader {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(conn) => Conn::Sqlite(conn),
            Self::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction. Dropping it undoes everything.
pub struct Tx {
    inner: TxInner,
    db: Db,
    /// What the audit log has to say of it, written as the last thing before the commit.
    pub(crate) events: Vec<Event>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Tx {
    /// Makes its changes last.
    ///
    /// # Errors
    /// When the database cannot; nothing has changed then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let events = std::mem::take(&mut self.events);
        audit::write(&mut self, &events).await?;
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// The database it belongs to, for its clock and ids.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => Conn::Sqlite(tx),
            TxInner::Postgres(tx) => Conn::Postgres(tx),
        }
    }
}
