//! What every request can use.

use std::sync::Arc;

use leptos::prelude::use_context;
use services::Portal;
use store::{Db, Reader, Tx};

use crate::error::AppError;

/// What every request can use. Only server functions, plain routes and guards hold it: they open one connection and hand it down.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
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

/// A connection to ask one thing, or several that need not agree.
///
/// # Errors
/// When none is free in time.
pub async fn reader() -> Result<Reader, AppError> {
    Ok(state()?.db.reader().await?)
}

/// A snapshot to read rows and their count from.
///
/// # Errors
/// When no connection is free in time.
pub async fn begin_read() -> Result<Reader, AppError> {
    Ok(state()?.db.begin_read().await?)
}

/// A transaction to change something in.
///
/// # Errors
/// When no connection is free in time.
pub async fn begin_write() -> Result<Tx, AppError> {
    Ok(state()?.db.begin_write().await?)
}
