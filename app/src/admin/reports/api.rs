//! The server function of the account's reports.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::{PartnerId, ReportMailId, UserId},
    leads::{CampaignCount, FilterField},
    report_mails::ReportMail,
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
    /// The extra fields whose values its rows can be.
    pub fields: Vec<FilterField>,
    /// The partners to choose from.
    pub partners: Vec<(PartnerId, String)>,
    /// The reports that come by mail, to the reader and to partners' users.
    pub mails: Vec<ReportMail>,
    /// The users of the partner that is chosen, for those who may have a report sent to them.
    pub users: Vec<(UserId, String)>,
}

/// A report of the leads of all the account's partners, or of one.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/reports/get", input = Json)]
pub async fn get_account_report(query: ReportQuery) -> Result<AccountReportView, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let may_send = actor.scope().session().role().may(domain::admin::AdminPermission::ManagePartners);
    let mut users = Vec::new();
    if let Some(partner) = query.partner.filter(|_| may_send)
        && let Some(scope) = actor.scope().for_partner(&mut read, partner).await?
    {
        let found = store::users::colleagues(&mut read, &scope).await?;
        users = found.into_iter().map(|user| (user.id, user.name)).collect();
    }
    Ok(AccountReportView {
        mails: store::report_mails::of_account(&mut read, actor.scope()).await?,
        users,
        report: store::reports::of_account(&mut read, actor.scope(), &query.bounded()).await?,
        campaigns: store::leads::campaigns_of_account(&mut read, actor.scope()).await?,
        fields: store::leads::filter_fields_of_account(&mut read, actor.scope()).await?,
        partners: store::partners::choices(&mut read, actor.scope()).await?,
    })
}

/// Has the report of a query (`report`, as the page's address has it) sent to the reader, or to `user` of the partner that it is about.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, for somebody else without `manage_partners`; [`AppError::NotFound`] for any partner that is
/// none of the account's, [`AppError::Invalid`] for any other rhythm or user, and when that user gets too many already.
#[server(prefix = "/fn", endpoint = "admin/reports/mail")]
pub async fn mail_account_report(
    #[server(default)] every: String,
    #[server(default)] even_empty: String,
    #[server(default)] report: String,
    #[server(default)] user: String,
) -> Result<(), AppError> {
    use domain::{admin::AdminPermission as P, validation::FieldErrors};
    let actor = crate::access::require_admin(if user.is_empty() { P::View } else { P::ManagePartners }).await?;
    let wanted = crate::reports::read_wanted(&every, &even_empty, &report)?;
    let wrong = |_| AppError::Invalid(FieldErrors::one("user", "Choose one of the partner's users."));
    let user = (!user.is_empty()).then(|| user.parse::<UserId>()).transpose().map_err(wrong)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::report_mails::subscribe_for_account(&actor, &mut tx, &wanted, user).await?;
    tx.commit().await?;
    leptos_axum::redirect(&crate::ui::with_pair(&wanted.query.href(super::REPORT), "done", "mailed"));
    Ok(())
}

/// Stops a report that comes to the reader or, by whoever manages partners, to a user of one of the account's partners.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any other.
#[server(prefix = "/fn", endpoint = "admin/reports/stop-mail")]
pub async fn stop_account_report(id: ReportMailId, #[server(default)] report: String) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::report_mails::unsubscribe_for_account(&actor, &mut tx, id).await?;
    tx.commit().await?;
    let query = ReportQuery::from_query_string(&report).0;
    leptos_axum::redirect(&crate::ui::with_pair(&query.href(super::REPORT), "done", "stopped"));
    Ok(())
}
