//! What can go wrong between the portal and its database.

/// A failed query. Its text may name tables and values: it is for the log, never for a visitor.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same unique value is there already.
    #[error("a row like this exists already")]
    Conflict,
    /// A row holds what this version cannot read.
    #[error("the database holds an unreadable value: {0}")]
    Corrupt(String),
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
            _ => Self::Database(error),
        }
    }
}

/// Reads a stored word.
pub(crate) fn word<T>(text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Corrupt(error.to_string()))
}
