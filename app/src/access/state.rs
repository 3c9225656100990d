//! What every request can use.

use std::sync::Arc;

use leptos::prelude::use_context;
use services::Portal;
use store::{GuardedDb, Reader, Tx, Walled};

use crate::error::AppError;

/// What every request can use. Only server functions, plain routes and guards hold it: they open one connection and hand it down.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The database, which asks whose rows a connection is for.
    pub db: GuardedDb,
    /// The installation.
    pub portal: Arc<Portal>,
}

/// The state, inside a server function or a page's resource.
///
/// # Errors
/// When called outside a request.
pub fn state() -> Result<AppState, AppError> {
    use_context::<AppState>().ok_or_else(|| AppError::internal(&"no application state in this context"))
}

/// A connection to ask one thing, or several that need not agree, for the rows of this actor or session.
///
/// # Errors
/// When none is free in time.
pub async fn reader(whose: &impl Walled) -> Result<Reader, AppError> {
    Ok(state()?.db.reader(whose).await?)
}

/// A snapshot to read rows and their count from, for the rows of this actor or session.
///
/// # Errors
/// When no connection is free in time.
pub async fn begin_read(whose: &impl Walled) -> Result<Reader, AppError> {
    Ok(state()?.db.begin_read(whose).await?)
}

/// A transaction to change something in, for the rows of this actor or session.
///
/// # Errors
/// When no connection is free in time.
pub async fn begin_write(whose: &impl Walled) -> Result<Tx, AppError> {
    Ok(state()?.db.begin_write(whose).await?)
}

/// As [`reader`], behind no wall. **Bypass:** it is for visitors: logins, and whoever has a mailed link.
///
/// # Errors
/// When none is free in time.
pub async fn reader_unguarded() -> Result<Reader, AppError> {
    Ok(state()?.db.unguarded().reader().await?)
}

/// As [`begin_write`], behind no wall. **Bypass:** as [`reader_unguarded`], and for counting tries.
///
/// # Errors
/// When no connection is free in time.
pub async fn begin_write_unguarded() -> Result<Tx, AppError> {
    Ok(state()?.db.unguarded().begin_write().await?)
}
