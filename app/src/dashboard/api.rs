//! The server function of the dashboard.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::dashboard::Dashboard;
use leptos::prelude::*;

use crate::error::AppError;

/// The dashboard, with what the reader may see; its chart shows this period, 30 days if it is none.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "dashboard/load")]
pub async fn load_dashboard(#[server(default)] period: String) -> Result<Dashboard, AppError> {
    let session = crate::access::current_partner()?;
    let mut read = crate::access::begin_read(&session).await?;
    Ok(store::dashboard::load(&mut read, &session, period.parse().unwrap_or(domain::dashboard::ChartPeriod::Days))
        .await?)
}

#[cfg(feature = "ssr")]
mark!(LoadDashboard: Viewable);
