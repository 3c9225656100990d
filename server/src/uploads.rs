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
use domain::admin::AdminPermission;
use store::{access::AdminSession, partners};

/// Most bytes of a file of partners.
pub const MAX_PARTNERS: usize = 1_024 * 1_024;

/// Why a file was not taken, as the page's address says it.
enum Refused {
    Large,
    Empty,
    NoText,
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
        Err(Refused::NoText) => "text",
    };
    Redirect::to(&format!("/admin/partners/import?wrong={word}")).into_response()
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
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Refused::NoText)?;
        return if text.contains('\0') { Err(Refused::NoText) } else { Ok(text) };
    }
    Err(Refused::Empty)
}
