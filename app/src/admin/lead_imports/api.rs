//! The server functions of importing leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::{LeadImportId, PartnerId},
    lead_imports::{ImportProgress, ImportSummary, ImportView},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadImportsView {
    /// The partners leads can be imported for.
    pub partners: Vec<(PartnerId, String)>,
    /// The imports, latest first.
    pub imports: Vec<ImportSummary>,
}

/// The account's imports.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `import_leads`.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/list")]
pub async fn list_lead_imports() -> Result<LeadImportsView, AppError> {
    let actor = importing().await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(LeadImportsView {
        partners: store::partners::choices(&mut read, actor.scope()).await?,
        imports: store::lead_imports::list(&mut read, actor.scope(), LISTED).await?,
    })
}

/// One of them, with what its file would do or what became of it.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `import_leads`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/get")]
pub async fn get_lead_import(id: LeadImportId) -> Result<ImportView, AppError> {
    let actor = importing().await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(services::lead_imports::view(&actor, &mut read, id).await?)
}

/// How far it has come, for programs that wait for its end without its preview and its rejected rows. The page follows by itself.
///
/// # Errors
/// As [`get_lead_import`].
#[server(prefix = "/fn", endpoint = "admin/lead-imports/progress")]
pub async fn lead_import_progress(id: LeadImportId) -> Result<ImportProgress, AppError> {
    let actor = importing().await?;
    let mut read = crate::access::reader(&actor).await?;
    Ok(services::lead_imports::progress(&actor, &mut read, id).await?)
}

/// What the form about a file's columns says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MappingForm {
    /// What the columns are, in their order.
    pub columns: Vec<String>,
    /// The encoding of the text; empty, like all that follows, when it stays as it is.
    pub encoding: String,
    /// The sign between cells.
    pub separator: String,
    /// How numbers are written.
    pub decimal: String,
    /// How dates are written.
    pub dates: String,
    /// Which sheet of a workbook is read.
    pub sheet: String,
    /// Not empty when no column says when the leads were delivered.
    pub undated: String,
    /// Not empty when the columns are remembered for the partner's next file.
    pub remember: String,
    /// `start` when it is started as well.
    pub then: String,
}

/// Says how a file is read and what its columns are, in their order; with `then` of `start` it is started as well.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::BadRequest`] for unknown values, [`AppError::Changed`] when it was started already,
/// [`AppError::Invalid`] when it is no table read that way.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/map")]
pub async fn map_lead_import(id: LeadImportId, #[server(flatten)] form: MappingForm) -> Result<(), AppError> {
    use services::{lead_imports::Choice, tables::ReadingChoice};

    let actor = importing().await?;
    let MappingForm { columns, encoding, separator, decimal, dates, sheet, undated, remember, then } = form;
    let reading = ReadingChoice { encoding, separator, decimal, dates, sheet, undated: !undated.is_empty() };
    let choice = Choice { columns, reading, remember: !remember.is_empty(), start: then == "start" };
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_imports::map(&actor, &mut tx, id, &choice).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Stops it. What is stored stays, and it can be resumed.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::Changed`] when it does not run.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/cancel")]
pub async fn cancel_lead_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = importing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_imports::cancel(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Resumes it where it was stopped.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::Changed`] when there is nothing to resume.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/resume")]
pub async fn resume_lead_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = importing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_imports::resume(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Deletes a file that was not started.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::NotFound`] also when it was started.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/discard")]
pub async fn discard_lead_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = importing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_imports::discard(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}?done=discarded", super::LIST));
    Ok(())
}

/// Imports the list shows.
#[cfg(feature = "ssr")]
const LISTED: i64 = 50;

/// Leave to import leads.
#[cfg(feature = "ssr")]
async fn importing() -> Result<services::AdminActor, AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::ImportLeads).await
}
