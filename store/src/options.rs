//! How to open a database, and how long it may keep somebody waiting.

use std::time::Duration;

use crate::audit::key::AuditKeys;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path/to/file.db` or `postgres://user@host/name`.
    pub url: String,
    /// On PostgreSQL the address by which the schema is changed, if the role of `url` owns nothing: the same database, as its owner.
    pub migration_url: Option<String>,
    /// How many connections may read at once (SQLite), or be open at all (PostgreSQL; at least two).
    pub connections: u32,
    /// How long anything may wait or run.
    pub limits: Limits,
    /// What the audit log is hashed and sealed with.
    pub audit_keys: AuditKeys,
}

impl Options {
    /// For a database at an address, with the default limits and an audit key that everybody knows: fit for tests.
    #[must_use]
    pub fn new(url: impl Into<String>, connections: u32) -> Self {
        Self {
            url: url.into(),
            migration_url: None,
            connections,
            limits: Limits::default(),
            audit_keys: AuditKeys::known(),
        }
    }
}

/// How long the database may keep somebody waiting. Beyond, the answer is [`StoreError::Busy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a free connection of the pool.
    pub acquire: Duration,
    /// For a lock that another transaction holds: PostgreSQL's `lock_timeout`, SQLite's `busy_timeout`.
    pub lock: Duration,
    /// For a statement to end: PostgreSQL's `statement_timeout`. [`crate::Reader::lift_time_limits`] is for those that need longer.
    pub statement: Duration,
    /// For the next statement of an open transaction: PostgreSQL's `idle_in_transaction_session_timeout`.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { acquire: seconds(10), lock: seconds(10), statement: seconds(30), idle: seconds(60) }
    }
}
