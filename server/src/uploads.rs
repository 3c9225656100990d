//! Files the staff hands in: plain routes, for they must work without WebAssembly.

use app::{
    access::{AppState, ClientAddress, check_admin, error_response},
    error::AppError,
};
use axum::{
    Extension,
    extract::{Multipart, State, multipart::MultipartError},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use domain::{admin::AdminPermission, audit::AuditAction, logo::BadLogo};
use store::{
    access::AdminSession,
    accounts,
    audit::{self, Event},
    partners,
};

use crate::invoice_pdf::Logo;

/// Most bytes of a file of partners.
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
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::Large } else { Self::Broken(AppError::BadRequest) }
    }
}

/// `POST /admin/partners/import`: takes a file, or pasted rows, and goes on to what is in it.
pub async fn partners_file(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let scope = match check_admin(&state.db, &session, AdminPermission::ManagePartners, &address).await {
        Ok(scope) => scope,
        Err(error) => return error_response(&error, &headers, "/admin"),
    };
    let word = match content(form).await {
        Ok(content) => match partners::keep_import(&state.db, &scope, &content).await {
            Ok(id) => return Redirect::to(&format!("/admin/partners/import?id={id}")).into_response(),
            Err(error) => return error_response(&AppError::internal(&error), &headers, "/admin"),
        },
        Err(Refused::Broken(error)) => return error_response(&error, &headers, "/admin"),
        Err(Refused::Large) => "large",
        Err(Refused::Empty) => "empty",
        Err(Refused::OtherKind) => "text",
    };
    Redirect::to(&format!("/admin/partners/import?wrong={word}")).into_response()
}

/// `POST /admin/settings/logo`: takes a logo in the place of the one before; none, when the field is empty and `remove` is
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
        Ok(word) => Redirect::to(&format!("/admin/settings?done={word}")).into_response(),
        Err(error) => error_response(&error, &headers, "/admin"),
    }
}

async fn set_logo(
    state: &AppState,
    session: &AdminSession,
    address: &str,
    form: Multipart,
) -> Result<&'static str, AppError> {
    let scope = check_admin(&state.db, session, AdminPermission::ManageSettings, address).await?;
    let png = match logo(form).await {
        Ok(png) => png,
        Err(Refused::Broken(error)) => return Err(error),
        Err(Refused::Large) => return Ok("logo-large"),
        Err(Refused::Empty) => return Ok("logo-empty"),
        Err(Refused::OtherKind) => return Ok("logo-other"),
    };
    let mut tx = state.db.begin_write().await?;
    accounts::set_logo(&mut tx, &scope, png.as_deref()).await?;
    let detail = serde_json::json!({ "changed": ["logo"] });
    let object = ("account", Some(session.account_id().0));
    audit::record(
        &mut tx,
        &Event::by_admin(session, address, AuditAction::SettingsChanged, object).with_detail(detail),
    );
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

/// The first field with something in it, as text.
async fn content(mut form: Multipart) -> Result<String, Refused> {
    while let Some(field) = form.next_field().await? {
        let bytes = field.bytes().await?;
        if bytes.is_empty() {
            continue;
        }
        if bytes.len() > MAX_PARTNERS {
            return Err(Refused::Large);
        }
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Refused::OtherKind)?;
        return if text.contains('\0') { Err(Refused::OtherKind) } else { Ok(text) };
    }
    Err(Refused::Empty)
}
