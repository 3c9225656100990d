//! The server function of the dashboard.

use domain::dashboard::Dashboard;
use leptos::prelude::*;

use crate::error::AppError;

/// The dashboard, with what the reader may see.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "dashboard/load")]
pub async fn load_dashboard() -> Result<Dashboard, AppError> {
    let session = crate::access::current_partner()?;
    let mut read = crate::access::begin_read().await?;
    Ok(store::dashboard::load(&mut read, &session).await?)
}

#[cfg(feature = "ssr")]
mark!(LoadDashboard: Viewable);
