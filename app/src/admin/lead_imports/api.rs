//! The server functions of importing leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::{LeadImportId, PartnerId},
    lead_files::{ImportProgress, ImportSummary, ImportView},
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
    super::manage::list().await
}

/// One of them, with what its file would do or what became of it.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `import_leads`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/get")]
pub async fn get_lead_import(id: LeadImportId) -> Result<ImportView, AppError> {
    super::manage::view(id).await
}

/// How far it has come.
///
/// # Errors
/// As [`get_lead_import`].
#[server(prefix = "/fn", endpoint = "admin/lead-imports/progress")]
pub async fn lead_import_progress(id: LeadImportId) -> Result<ImportProgress, AppError> {
    super::manage::progress(id).await
}

/// Says what the columns are, in their order; with `then` of `start` it is set going as well.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::BadRequest`] for unknown words, [`AppError::Changed`] when it was started already.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/map")]
pub async fn map_lead_import(
    id: LeadImportId,
    #[server(default)] columns: Vec<String>,
    #[server(default)] then: String,
) -> Result<(), AppError> {
    super::manage::map(id, &columns, then == "start").await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Stops it. What is stored stays, and it can be taken up again.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::Changed`] when it does not run.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/cancel")]
pub async fn cancel_lead_import(id: LeadImportId) -> Result<(), AppError> {
    super::manage::cancel(id).await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Goes on with it where it was stopped.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::Changed`] when there is nothing to go on with.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/go-on")]
pub async fn go_on_with_lead_import(id: LeadImportId) -> Result<(), AppError> {
    super::manage::go_on(id).await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Throws a file away that was not started.
///
/// # Errors
/// As [`get_lead_import`]; [`AppError::NotFound`] also when it was started.
#[server(prefix = "/fn", endpoint = "admin/lead-imports/discard")]
pub async fn discard_lead_import(id: LeadImportId) -> Result<(), AppError> {
    super::manage::discard(id).await?;
    leptos_axum::redirect(&format!("{}?done=discarded", super::LIST));
    Ok(())
}
