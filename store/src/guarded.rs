//! The database for whoever serves people.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Db, Reader, StoreError, Tx, wall::Walled};

/// The database for whoever serves people and their programs: no connection without saying whose rows it is for. So no handler
/// can forget it, and on PostgreSQL no statement that forgot its conditions can see anybody else's rows.
#[derive(Debug, Clone)]
pub struct GuardedDb(Db);

impl GuardedDb {
    /// Guards a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// As [`Db::reader`], for the rows of this scope, actor or session.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection is free in time.
    pub async fn reader(&self, whose: &impl Walled) -> Result<Reader, StoreError> {
        self.0.reader_behind(whose.wall()).await
    }

    /// As [`Db::begin_read`], for the rows of this scope, actor or session.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection is free in time.
    pub async fn begin_read(&self, whose: &impl Walled) -> Result<Reader, StoreError> {
        self.0.begin_read_behind(whose.wall()).await
    }

    /// As [`Db::begin_write`], for the rows of this scope, actor or session.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection, or on SQLite the one that writes, is free in time.
    pub async fn begin_write(&self, whose: &impl Walled) -> Result<Tx, StoreError> {
        self.0.begin_write_behind(whose.wall()).await
    }

    /// The database without walls. **Bypass:** it is for finding out who somebody is (sessions, keys, logins, mailed links) and
    /// for what belongs to nobody.
    #[must_use]
    pub fn unguarded(&self) -> &Db {
        &self.0
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    /// A fresh `UUIDv7`.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new_id(&self) -> Result<Uuid, StoreError> {
        self.0.new_id()
    }
}
