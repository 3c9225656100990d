//! The server functions of reports that come by mail.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{ids::ReportMailId, report_mails::Every};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Has the report of a query (`report`, as the page's address has it) sent to the reader: `every` day, week or month, and with
/// `even_empty` set also when there were no leads.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::Invalid`] for any other rhythm, and when the reader gets too many already.
#[server(prefix = "/fn", endpoint = "reports/mail")]
pub async fn mail_report(
    #[server(default)] every: String,
    #[server(default)] even_empty: String,
    #[server(default)] report: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let wanted = read_wanted(&every, &even_empty, &report)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::report_mails::subscribe(&actor, &mut tx, &wanted).await?;
    tx.commit().await?;
    leptos_axum::redirect(&crate::ui::with_pair(&wanted.query.href(super::REPORT), "done", "mailed"));
    Ok(())
}

/// Stops a report that comes to the reader.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::NotFound`] for any other.
#[server(prefix = "/fn", endpoint = "reports/stop-mail")]
pub async fn stop_report(id: ReportMailId, #[server(default)] report: String) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::report_mails::unsubscribe(&actor, &mut tx, id).await?;
    tx.commit().await?;
    let query = domain::reports::ReportQuery::from_query_string(&report).0;
    leptos_axum::redirect(&crate::ui::with_pair(&query.href(super::REPORT), "done", "stopped"));
    Ok(())
}

/// What a form asks for.
///
/// # Errors
/// [`AppError::Invalid`] for a rhythm that there is none of.
#[cfg(feature = "ssr")]
pub(crate) fn read_wanted(
    every: &str,
    even_empty: &str,
    report: &str,
) -> Result<services::report_mails::Wanted, AppError> {
    use domain::{reports::ReportQuery, validation::FieldErrors};
    let wrong = |_| AppError::Invalid(FieldErrors::one("every", "Choose how often it comes."));
    let every = every.parse::<Every>().map_err(wrong)?;
    let query = ReportQuery::from_query_string(report).0;
    Ok(services::report_mails::Wanted { every, query, even_empty: even_empty == "yes" })
}

/// What a mailed link stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopView {
    /// The report.
    pub id: ReportMailId,
    /// How often the report comes.
    pub every: Every,
    /// The account that sends it.
    pub account: String,
}

/// What the followed link stops.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/stop-report-link")]
pub async fn stop_link() -> Result<StopView, AppError> {
    let hash = crate::access::token_hash(services::links::Link::StopReport)?;
    let (id, every, account) =
        services::report_mails::by_link(&mut crate::access::reader_unguarded().await?, &hash).await?;
    Ok(StopView { id, every, account })
}

#[cfg(feature = "ssr")]
mark!(StopLink: Open);

/// Stops the report (`id`) that the followed link belongs to. A browser holds the link that it followed last: the page of an earlier one
/// stops nothing.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid, or is another report's.
#[server(prefix = "/fn", endpoint = "auth/stop-report")]
pub async fn stop_by_link(id: ReportMailId) -> Result<(), AppError> {
    let hash = crate::access::token_hash(services::links::Link::StopReport)?;
    if services::report_mails::by_link(&mut crate::access::reader_unguarded().await?, &hash).await?.0 != id {
        return Err(AppError::LinkExpired);
    }
    let mut tx = crate::access::begin_write_unguarded().await?;
    services::report_mails::stop_by_link(&mut tx, &hash, &crate::access::client_address()?).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/stop-report?done=stopped");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(StopByLink: Open);
