//! What can go wrong between the portal and its database.

use domain::money::Price;

/// How a [`StoreError::Busy`] begins, for whoever gets it as a text alone.
pub const BUSY: &str = "the database is busy";

/// A failed query. Its text may name tables and values: it is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same unique value is there already.
    #[error("a row like this exists already")]
    Conflict,
    /// A row holds what this version cannot read.
    #[error("the database holds an unreadable value: {0}")]
    Corrupt(String),
    /// The database is there, but nothing came of it within the [`crate::Limits`]: no free connection, a lock held for too
    /// long, a statement that would not end. The same request may well succeed a moment later.
    #[error("{BUSY}: {0}")]
    Busy(sqlx::Error),
    /// A text or a time that cannot be kept: PostgreSQL takes no NUL, and neither keeps the order of years that have not four
    /// digits. Whoever sent it can correct it.
    #[error("a {0}")]
    Unstorable(&'static str),
    /// The database's address cannot be used.
    #[error("{0}")]
    Address(String),
    /// A migration failed.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// No random numbers, hence no ids.
    #[error(transparent)]
    NoEntropy(#[from] domain::clock::NoEntropy),
    /// Anything else the driver reports.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(sqlx::error::ErrorKind::UniqueViolation) => Self::Conflict,
            _ if is_busy(&error) => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    // The pool is closed for those who have not been answered yet when the portal is stopped: they may ask again.
    if matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) {
        return true;
    }
    let Some(error) = error.as_database_error() else { return false };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // SQLITE_BUSY and SQLITE_LOCKED, whatever their extended part says.
        return code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6));
    }
    // SQLSTATE: lock_not_available, query_canceled (statement_timeout), serialization_failure, deadlock_detected,
    // too_many_connections, cannot_connect_now, idle_in_transaction_session_timeout.
    matches!(&*code, "55P03" | "57014" | "40001" | "40P01" | "53300" | "57P03" | "25P03")
}

/// Reads a value that is stored as text.
pub(crate) fn parse_stored<T>(text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Corrupt(error.to_string()))
}

/// A price from its columns.
pub(crate) fn stored_price(minor: i64, parts: i64, currency: &str) -> Result<Price, StoreError> {
    let currency = parse_stored(currency)?;
    Price::from_parts(minor, parts, currency).map_err(|error| StoreError::Corrupt(error.to_string()))
}
