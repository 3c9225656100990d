//! The server functions of importing partners.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{partners::import::ImportPreview, tables::Reading};
use leptos::prelude::*;
use uuid::Uuid;

use crate::error::AppError;

/// What importing a file would do.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when the file is no table of partners.
#[server(prefix = "/fn", endpoint = "admin/partners/import-preview")]
pub async fn preview_import(id: Uuid) -> Result<ImportPreview, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(services::partner_imports::preview(&actor, &mut read, id).await?)
}

/// How a file that waits is read.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/import-reading")]
pub async fn get_reading(id: Uuid) -> Result<Reading, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut read = crate::access::reader(&actor).await?;
    Ok(services::partner_imports::reading(&actor, &mut read, id).await?)
}

/// Says how a file that waits is read; what is empty stays as it is.
///
/// # Errors
/// As [`get_reading`]; [`AppError::BadRequest`] for unknown values.
#[server(prefix = "/fn", endpoint = "admin/partners/import-read")]
pub async fn read_import(
    id: Uuid,
    #[server(default)] encoding: String,
    #[server(default)] separator: String,
    #[server(default)] sheet: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let choice = services::tables::ReadingChoice { encoding, separator, sheet, ..Default::default() };
    services::partner_imports::read_as(&actor, &mut tx, id, &choice).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/import?id={id}"));
    Ok(())
}

/// Whether the reader may upload a file.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`.
#[server(prefix = "/fn", endpoint = "admin/partners/import-ready")]
pub async fn may_import() -> Result<(), AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await.map(drop)
}

/// Imports the rows of a file that are right.
///
/// # Errors
/// As [`preview_import`]; [`AppError::Changed`] when it was imported already or a name was taken since.
#[server(prefix = "/fn", endpoint = "admin/partners/import-run")]
pub async fn run_import(id: Uuid) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let created = services::partner_imports::run(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners?done=bulk&changed={created}"));
    Ok(())
}
