//! The server function of the partner's reports.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    leads::{CampaignCount, FilterField},
    report_mails::ReportMail,
    reports::{Report, ReportQuery},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportView {
    /// The report.
    pub report: Report,
    /// The campaigns to choose from.
    pub campaigns: Vec<CampaignCount>,
    /// The extra fields whose values its rows can be.
    pub fields: Vec<FilterField>,
    /// Whether the reader may download it.
    pub may_export: bool,
    /// The reports that come to the reader by mail; nothing for an admin who views the portal.
    pub mails: Option<Vec<ReportMail>>,
}

/// A report of the partner's leads, without what they cost for whoever may not see that.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`.
#[server(prefix = "/fn", endpoint = "reports/get", input = Json)]
pub async fn get_report(query: ReportQuery) -> Result<ReportView, AppError> {
    use domain::access::Permission;
    let actor = crate::access::require_partner(Permission::ViewLeads).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(ReportView {
        report: store::reports::of_partner(&mut read, actor.scope(), &query.bounded()).await?,
        campaigns: store::leads::campaigns(&mut read, actor.scope()).await?,
        fields: store::leads::filter_fields(&mut read, actor.scope()).await?,
        may_export: actor.scope().session().permissions().has(Permission::ExportLeads),
        mails: match actor.scope().session().is_by_admin() {
            true => None,
            false => Some(store::report_mails::own(&mut read, actor.scope()).await?),
        },
    })
}

#[cfg(feature = "ssr")]
mark!(GetReport: Viewable);
