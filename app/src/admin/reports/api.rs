//! The server function of the account's reports.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::PartnerId,
    leads::CampaignCount,
    reports::{Report, ReportQuery},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReportView {
    /// The report.
    pub report: Report,
    /// The campaigns to choose from.
    pub campaigns: Vec<CampaignCount>,
    /// The partners to choose from.
    pub partners: Vec<(PartnerId, String)>,
}

/// A report of the leads of all the account's partners, or of one.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/reports/get", input = Json)]
pub async fn get_account_report(query: ReportQuery) -> Result<AccountReportView, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read().await?;
    Ok(AccountReportView {
        report: store::reports::of_account(&mut read, actor.scope(), &query.bounded()).await?,
        campaigns: store::leads::campaigns_of_account(&mut read, actor.scope()).await?,
        partners: store::partners::choices(&mut read, actor.scope()).await?,
    })
}
