//! Files that people upload: plain routes, for they must work without WebAssembly.

mod lead_files;
mod row_files;

use app::{
    access::{AppState, check_admin, error_response},
    error::AppError,
};
use axum::{
    Extension,
    extract::{
        Multipart, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use domain::{admin::AdminPermission, logo::BadLogo};
use services::ClientAddress;
use store::{
    GuardedDb,
    access::{AdminScope, AdminSession},
    partners,
};
use uuid::Uuid;

pub use lead_files::{account_lead_file, partner_lead_file};
pub use row_files::{leads_file, outcomes_file};

use crate::invoice_pdf::Logo;

/// Maximum number of bytes of a file of partners.
pub const MAX_PARTNERS: usize = 1_024 * 1_024;

/// Why a file was not taken, as the page's address says it.
enum Refused {
    /// Larger than it may be.
    Large,
    /// There was none.
    Empty,
    /// Not of the kind that was asked for.
    OtherKind,
    /// The request cannot be read, or it is our fault.
    Broken(AppError),
}

impl From<MultipartError> for Refused {
    fn from(error: MultipartError) -> Self {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::Large } else { Self::Broken(broken(&error)) }
    }
}

/// What is answered where a form cannot be read to its end. Only the log says why: a connection that broke, or a form that is none.
fn broken(error: &MultipartError) -> AppError {
    tracing::info!(cause = %error.body_text(), "an uploaded form could not be read");
    AppError::BadRequest
}

/// `POST /admin/partners/import`: takes a file, or pasted rows, and goes on to what is in it.
pub async fn partners_file(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let actor = match check_admin(&state, &session, AdminPermission::ManagePartners, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/admin"),
    };
    let word = match content(form).await {
        Ok(content) => match keep_partners(&state.db, actor.scope(), content).await {
            Ok(Some(id)) => return Redirect::to(&format!("/admin/partners/import?id={id}")).into_response(),
            Ok(None) => "workbook",
            Err(error) => return error_response(&error, &headers, "/admin"),
        },
        Err(Refused::Broken(error)) => return error_response(&error, &headers, "/admin"),
        Err(Refused::Large) => "large",
        Err(Refused::Empty) => "empty",
        Err(Refused::OtherKind) => "text",
    };
    Redirect::to(&format!("/admin/partners/import?wrong={word}")).into_response()
}

/// Keeps a file of partners; nothing of a workbook that cannot be read.
async fn keep_partners(db: &GuardedDb, scope: &AdminScope, content: Vec<u8>) -> Result<Option<Uuid>, AppError> {
    let currency = scope.session().currency();
    let opened = tokio::task::spawn_blocking(move || services::partner_imports::opened(content, currency)).await;
    let Ok((content, reading)) = opened.map_err(|error| AppError::internal(&error))? else { return Ok(None) };
    let mut tx = db.begin_write(scope).await?;
    let id = partners::keep_import(&mut tx, scope, &content, &reading).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// `POST /admin/settings/logo`: takes a logo in place of the one before; none, when the field is empty and `remove` is
/// sent.
pub async fn logo_file(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let answer = set_logo(&state, &session, &address, form).await;
    match answer {
        Ok(word) => Redirect::to(&format!("/admin/settings/branding?done={word}")).into_response(),
        Err(error) => error_response(&error, &headers, "/admin"),
    }
}

async fn set_logo(
    state: &AppState,
    session: &AdminSession,
    address: &str,
    form: Multipart,
) -> Result<&'static str, AppError> {
    let actor = check_admin(state, session, AdminPermission::ManageSettings, address).await?;
    let png = match logo(form).await {
        Ok(png) => png,
        Err(Refused::Broken(error)) => return Err(error),
        Err(Refused::Large) => return Ok("logo-large"),
        Err(Refused::Empty) => return Ok("logo-empty"),
        Err(Refused::OtherKind) => return Ok("logo-other"),
    };
    let mut tx = state.db.begin_write(&actor).await?;
    services::settings::set_logo(&actor, &mut tx, png.as_deref()).await?;
    tx.commit().await?;
    Ok(if png.is_some() { "logo" } else { "logo-removed" })
}

/// The logo in a form, looked at; none when it is to be removed.
async fn logo(mut form: Multipart) -> Result<Option<Vec<u8>>, Refused> {
    while let Some(field) = form.next_field().await? {
        if field.name() == Some("remove") {
            return Ok(None);
        }
        let bytes = field.bytes().await?;
        if bytes.is_empty() {
            continue;
        }
        match domain::logo::measure(&bytes) {
            Ok(_) => {}
            Err(BadLogo::TooLarge | BadLogo::TooWide) => return Err(Refused::Large),
            Err(BadLogo::NoPng) => return Err(Refused::OtherKind),
        }
        // Decoded once to the end: what a browser or an invoice could not draw is refused now.
        let png = bytes.to_vec();
        let decoded = tokio::task::spawn_blocking(move || Logo::decode(&png).map(|_| png)).await;
        return match decoded.map_err(|error| Refused::Broken(AppError::internal(&error)))? {
            Ok(png) => Ok(Some(png)),
            Err(_) => Err(Refused::OtherKind),
        };
    }
    Err(Refused::Empty)
}

/// Maximum number of bytes that are read to their end although they are too many: a browser that is still sending shows no
/// answer.
const DRAINED: u64 = 1024 * 1024 * 1024;

/// A field of a few characters.
async fn short(mut field: Field<'_>) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > 1_000 {
            return Err(AppError::BadRequest);
        }
    }
    String::from_utf8(bytes).map_err(|_| AppError::BadRequest)
}

/// Reads on to the end of what nobody wants, so that the browser comes to read the answer.
async fn drain(mut field: Field<'_>) -> Result<(), AppError> {
    let mut drained = 0;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        drained += chunk.len() as u64;
        if drained > DRAINED {
            return Err(AppError::BadRequest);
        }
    }
    Ok(())
}

/// The first field with something in it.
async fn content(mut form: Multipart) -> Result<Vec<u8>, Refused> {
    while let Some(field) = form.next_field().await? {
        let bytes = field.bytes().await?;
        if bytes.is_empty() {
            continue;
        }
        return if bytes.len() > MAX_PARTNERS { Err(Refused::Large) } else { Ok(bytes.to_vec()) };
    }
    Err(Refused::Empty)
}
