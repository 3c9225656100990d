//! Files that admins upload: plain routes, for they must work without WebAssembly.

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
use domain::{
    admin::AdminPermission,
    ids::{LeadImportId, PartnerId},
    lead_imports::{MAX_FILE, Mapping},
    logo::BadLogo,
};
use services::{
    ClientAddress,
    lead_imports::rows::{self, Position},
};
use store::{
    Db, StoreError,
    access::{AdminScope, AdminSession},
    lead_imports::{self, Layout, NewFile, PIECE},
    partners,
};

use uuid::Uuid;

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
    let actor = match check_admin(&state, &session, AdminPermission::ManagePartners, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/admin"),
    };
    let word = match content(form).await {
        Ok(content) => match keep_partners(&state.db, actor.scope(), &content).await {
            Ok(id) => return Redirect::to(&format!("/admin/partners/import?id={id}")).into_response(),
            Err(error) => return error_response(&error.into(), &headers, "/admin"),
        },
        Err(Refused::Broken(error)) => return error_response(&error, &headers, "/admin"),
        Err(Refused::Large) => "large",
        Err(Refused::Empty) => "empty",
        Err(Refused::OtherKind) => "text",
    };
    Redirect::to(&format!("/admin/partners/import?wrong={word}")).into_response()
}

async fn keep_partners(db: &Db, scope: &AdminScope, content: &str) -> Result<Uuid, StoreError> {
    let mut tx = db.begin_write().await?;
    let id = partners::keep_import(&mut tx, scope, content).await?;
    tx.commit().await?;
    Ok(id)
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
    let actor = check_admin(state, session, AdminPermission::ManageSettings, address).await?;
    let png = match logo(form).await {
        Ok(png) => png,
        Err(Refused::Broken(error)) => return Err(error),
        Err(Refused::Large) => return Ok("logo-large"),
        Err(Refused::Empty) => return Ok("logo-empty"),
        Err(Refused::OtherKind) => return Ok("logo-other"),
    };
    let mut tx = state.db.begin_write().await?;
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

/// `POST /admin/leads/import`: takes a file of leads, piece by piece, and goes on to what is in it. Its fields come in this
/// order: `partner`, `push`, `file`.
pub async fn leads_file(
    State(state): State<AppState>,
    Extension(session): Extension<AdminSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let actor = match check_admin(&state, &session, AdminPermission::ImportLeads, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/admin"),
    };
    match keep_leads(&state.db, actor.scope(), form).await {
        Ok(Ok(id)) => Redirect::to(&format!("/admin/leads/import/{id}")).into_response(),
        Ok(Err(word)) => Redirect::to(&format!("/admin/leads/import?wrong={word}")).into_response(),
        Err(error) => error_response(&error, &headers, "/admin"),
    }
}

/// The import that was made of the file, or a word that says why there is none.
async fn keep_leads(
    db: &Db,
    scope: &AdminScope,
    mut form: Multipart,
) -> Result<Result<LeadImportId, &'static str>, AppError> {
    let broken = |_: MultipartError| AppError::BadRequest;
    let (mut partner, mut push) = (None, false);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("partner") => partner = short(field).await?.parse::<PartnerId>().ok(),
            Some("push") => push = true,
            Some("file") => {
                let Some(partner) = partner else {
                    drain(field).await?;
                    return Ok(Err("partner"));
                };
                let file = NewFile { partner, name: file_name(field.file_name()), push };
                let mut tx = db.begin_write().await?;
                let id = lead_imports::begin(&mut tx, scope, &file).await?.ok_or(AppError::NotFound)?;
                tx.commit().await?;
                let layout = match keep_pieces(db, scope, id, field).await {
                    Ok(Ok(layout)) => layout,
                    failed => {
                        let mut tx = db.begin_write().await?;
                        lead_imports::discard(&mut tx, scope, id).await?;
                        tx.commit().await?;
                        return failed.map(|refused| refused.map(|_| id));
                    }
                };
                let mut tx = db.begin_write().await?;
                lead_imports::finish(&mut tx, scope, id, &layout).await?;
                tx.commit().await?;
                return Ok(Ok(id));
            }
            _ => {}
        }
    }
    Ok(Err("empty"))
}

async fn keep_pieces(
    db: &Db,
    scope: &AdminScope,
    id: LeadImportId,
    mut field: Field<'_>,
) -> Result<Result<Layout, &'static str>, AppError> {
    let (mut begin, mut piece, mut size) = (Vec::new(), Vec::with_capacity(PIECE), 0_u64);
    let mut position = 0_i64;
    while let Some(chunk) = field.chunk().await.map_err(|_| AppError::BadRequest)? {
        size += chunk.len() as u64;
        if size > MAX_FILE {
            drain(field).await?;
            return Ok(Err("large"));
        }
        if begin.len() < 2 * PIECE {
            begin.extend_from_slice(&chunk[..chunk.len().min(2 * PIECE - begin.len())]);
        }
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(PIECE - piece.len()));
            piece.extend_from_slice(now);
            rest = later;
            if piece.len() == PIECE {
                keep_piece(db, scope, id, position, &piece).await?;
                piece.clear();
                position += 1;
            }
        }
    }
    if !piece.is_empty() {
        keep_piece(db, scope, id, position, &piece).await?;
    }
    Ok(layout(&begin, size))
}

/// Keeps a piece in a transaction of its own: nobody waits for a slow upload.
async fn keep_piece(
    db: &Db,
    scope: &AdminScope,
    id: LeadImportId,
    position: i64,
    piece: &[u8],
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    lead_imports::keep_piece(&mut tx, scope, id, position, piece).await?;
    tx.commit().await
}

/// A field of a few characters.
async fn short(mut field: Field<'_>) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| AppError::BadRequest)? {
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
    while let Some(chunk) = field.chunk().await.map_err(|_| AppError::BadRequest)? {
        drained += chunk.len() as u64;
        if drained > DRAINED {
            return Err(AppError::BadRequest);
        }
    }
    Ok(())
}

/// What a file's beginning says of its rows, or a word that says why it cannot be read.
fn layout(begin: &[u8], size: u64) -> Result<Layout, &'static str> {
    if begin.is_empty() {
        return Err("empty");
    }
    let is_last = begin.len() as u64 == size;
    let delimiter = rows::delimiter(begin);
    let first = rows::read(begin, is_last, Position::START, delimiter, 1);
    let header = first.rows.first().ok_or("rows")?;
    if header.endless {
        return Err("quote");
    }
    let header = rows::header(header).filter(|names| !names.iter().any(|name| name.contains('\0'))).ok_or("text")?;
    if header.len() > Mapping::MAX_COLUMNS {
        return Err("columns");
    }
    if first.ended {
        return Err("rows");
    }
    let (header, columns) =
        Mapping::suggest(&header).into_iter().map(|(name, column)| (name, column.as_str().to_owned())).unzip();
    Ok(Layout { size, delimiter, header, columns, first: (first.next.byte, first.next.line) })
}

/// A file's name as it is shown: its last part, without what no name needs.
fn file_name(given: Option<&str>) -> String {
    let last = given.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if name.trim().is_empty() { "leads.csv".to_owned() } else { name }
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
