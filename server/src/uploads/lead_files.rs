//! Files that people attach to a lead.

use app::{
    access::{AppState, check, check_admin, error_response},
    error::AppError,
    ui::with_pair,
};
use axum::{
    Extension,
    extract::{Multipart, Path, RawQuery, State, multipart::MultipartError},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    access::Permission,
    admin::AdminPermission,
    files::{FileFault, MAX_FILE},
    ids::LeadId,
};
use services::{ClientAddress, returns};
use store::access::{AdminSession, PartnerSession};

use super::drain;

/// `POST /partner/leads/{id}/files`: attaches a file of the partner, and goes back to the lead.
pub async fn partner_lead_file(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    RawQuery(list): RawQuery,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let attached = async {
        let actor = check(&state, &session, Permission::ReviewLeads, &address).await?;
        let lead = id.parse::<LeadId>().map_err(|_| AppError::NotFound)?;
        let (name, content) = match file(form).await? {
            Ok(file) => file,
            Err(fault) => return Ok(Some(fault)),
        };
        let mut tx = state.db.begin_write(&actor).await?;
        let fault = returns::attach(&actor, &mut tx, lead, (&name, content)).await?;
        tx.commit().await?;
        Ok(fault)
    };
    answer(attached.await, &format!("/partner/leads/{id}"), list.as_deref(), &headers, "/partner")
}

/// `POST /admin/leads/{id}/files`: attaches a file of the account, and goes back to the lead.
pub async fn account_lead_file(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(id): Path<String>,
    RawQuery(list): RawQuery,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let attached = async {
        let actor = check_admin(&state, &session, AdminPermission::ManagePartners, &address).await?;
        let lead = id.parse::<LeadId>().map_err(|_| AppError::NotFound)?;
        let (name, content) = match file(form).await? {
            Ok(file) => file,
            Err(fault) => return Ok(Some(fault)),
        };
        let mut tx = state.db.begin_write(&actor).await?;
        let fault = returns::attach_for_account(&actor, &mut tx, lead, (&name, content)).await?;
        tx.commit().await?;
        Ok(fault)
    };
    answer(attached.await, &format!("/admin/leads/{id}"), list.as_deref(), &headers, "/admin")
}

/// Back to the lead, in the list it was opened from, with what came of the file.
fn answer(
    attached: Result<Option<FileFault>, AppError>,
    lead: &str,
    list: Option<&str>,
    headers: &HeaderMap,
    area: &str,
) -> Response {
    let back = list.filter(|list| !list.is_empty()).map_or_else(|| lead.to_owned(), |list| format!("{lead}?{list}"));
    match attached {
        Ok(None) => Redirect::to(&with_pair(&back, "done", "attached")).into_response(),
        Ok(Some(fault)) => Redirect::to(&with_pair(&back, "wrong", fault.as_str())).into_response(),
        Err(error) => error_response(&error, headers, area),
    }
}

/// The file in a form: its name and what is in it.
async fn file(mut form: Multipart) -> Result<Result<(String, Vec<u8>), FileFault>, AppError> {
    let too_large = |error: &MultipartError| error.status() == StatusCode::PAYLOAD_TOO_LARGE;
    loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(Err(FileFault::Empty)),
            Err(error) if too_large(&error) => return Ok(Err(FileFault::Large)),
            Err(_) => return Err(AppError::BadRequest),
        };
        if field.name() != Some("file") {
            continue;
        }
        let (name, mut content) = (field.file_name().unwrap_or_default().to_owned(), Vec::new());
        while let Some(chunk) = field.chunk().await.map_err(|_| AppError::BadRequest)? {
            content.extend_from_slice(&chunk);
            if content.len() > MAX_FILE {
                // Beyond the limit of the route the rest is not read: it is too large either way.
                let _ = drain(field).await;
                return Ok(Err(FileFault::Large));
            }
        }
        return Ok(Ok((name, content)));
    }
}
