//! The server functions of files of outcomes.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{ids::LeadImportId, lead_imports::ImportSummary, outcome_imports::OutcomeImportView};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeImportsView {
    /// The imports, latest first.
    pub imports: Vec<ImportSummary>,
    /// The outcomes that a file can name.
    pub outcomes: Vec<String>,
}

/// The partner's imports.
///
/// # Errors
/// [`AppError::Forbidden`] without `record_outcomes`.
#[server(prefix = "/fn", endpoint = "outcome-imports/list")]
pub async fn list_outcome_imports() -> Result<OutcomeImportsView, AppError> {
    let actor = recording().await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let outcomes = store::leads::outcomes(&mut read, actor.scope()).await?;
    Ok(OutcomeImportsView {
        imports: store::lead_imports::list(&mut read, actor.scope(), LISTED).await?,
        outcomes: outcomes.into_iter().filter(|choice| choice.active).map(|choice| choice.label).collect(),
    })
}

/// One of them, with what its file would do or what became of it.
///
/// # Errors
/// [`AppError::Forbidden`] without `record_outcomes`, [`AppError::NotFound`] for any id not of the partner.
#[server(prefix = "/fn", endpoint = "outcome-imports/get")]
pub async fn get_outcome_import(id: LeadImportId) -> Result<OutcomeImportView, AppError> {
    let actor = recording().await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(services::outcome_imports::view(&actor, &mut read, id).await?)
}

/// What the form about a file's columns says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutcomeMappingForm {
    /// What the columns are, in their order.
    pub columns: Vec<String>,
    /// The encoding of the text; empty, like all that follows, when it stays as it is.
    pub encoding: String,
    /// The sign between cells.
    pub separator: String,
    /// How numbers are written.
    pub decimal: String,
    /// Which sheet of a workbook is read.
    pub sheet: String,
    /// `start` when it is started as well.
    pub then: String,
}

/// Says how a file is read and what its columns are, in their order; with `then` of `start` it is started as well.
///
/// # Errors
/// As [`get_outcome_import`]; [`AppError::BadRequest`] for unknown values, [`AppError::Changed`] when it was started already,
/// [`AppError::Invalid`] when it is no table read that way.
#[server(prefix = "/fn", endpoint = "outcome-imports/map")]
pub async fn map_outcome_import(id: LeadImportId, #[server(flatten)] form: OutcomeMappingForm) -> Result<(), AppError> {
    use services::{lead_imports::Choice, tables::ReadingChoice};

    let actor = recording().await?;
    let OutcomeMappingForm { columns, encoding, separator, decimal, sheet, then } = form;
    let reading = ReadingChoice { encoding, separator, decimal, sheet, ..ReadingChoice::default() };
    let choice = Choice { columns, reading, remember: false, start: then == "start" };
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcome_imports::map(&actor, &mut tx, id, &choice).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Stops it. What is stored stays, and it can be resumed.
///
/// # Errors
/// As [`get_outcome_import`]; [`AppError::Changed`] when it does not run.
#[server(prefix = "/fn", endpoint = "outcome-imports/cancel")]
pub async fn cancel_outcome_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = recording().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcome_imports::cancel(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Resumes it where it was stopped.
///
/// # Errors
/// As [`get_outcome_import`]; [`AppError::Changed`] when there is nothing to resume.
#[server(prefix = "/fn", endpoint = "outcome-imports/resume")]
pub async fn resume_outcome_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = recording().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcome_imports::resume(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/{id}", super::LIST));
    Ok(())
}

/// Deletes a file that was not started.
///
/// # Errors
/// As [`get_outcome_import`]; [`AppError::NotFound`] also when it was started.
#[server(prefix = "/fn", endpoint = "outcome-imports/discard")]
pub async fn discard_outcome_import(id: LeadImportId) -> Result<(), AppError> {
    let actor = recording().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcome_imports::discard(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}?done=discarded", super::LIST));
    Ok(())
}

/// Imports the list shows.
#[cfg(feature = "ssr")]
const LISTED: i64 = 50;

/// Leave to say what became of leads.
#[cfg(feature = "ssr")]
async fn recording() -> Result<services::PartnerActor, AppError> {
    crate::access::require_partner(domain::access::Permission::RecordOutcomes).await
}
