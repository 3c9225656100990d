//! Files that people upload: plain routes, for they must work without WebAssembly.

mod lead_files;

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
    files::shown_name,
    ids::{LeadImportId, PartnerId},
    lead_imports::MAX_FILE,
    logo::BadLogo,
    tables::{Reading, Sheet},
};
use services::{
    AdminActor, ClientAddress,
    tables::{self, BadFile, BadWorkbook, Sniffer},
};
use store::{
    Db,
    access::{AdminScope, AdminSession},
    lead_imports::{self, NewFile, PIECE},
    partners,
};
use tokio::sync::mpsc;
use uuid::Uuid;

pub use lead_files::{account_lead_file, partner_lead_file};

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
async fn keep_partners(db: &Db, scope: &AdminScope, content: Vec<u8>) -> Result<Option<Uuid>, AppError> {
    let currency = scope.session().currency();
    let opened = tokio::task::spawn_blocking(move || services::partner_imports::opened(content, currency)).await;
    let Ok((content, reading)) = opened.map_err(|error| AppError::internal(&error))? else { return Ok(None) };
    let mut tx = db.begin_write().await?;
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
    match keep_leads(&state.db, &actor, form).await {
        Ok(Ok(id)) => Redirect::to(&format!("/admin/leads/import/{id}")).into_response(),
        Ok(Err(word)) => Redirect::to(&format!("/admin/leads/import?wrong={word}")).into_response(),
        Err(error) => error_response(&error, &headers, "/admin"),
    }
}

/// The import that was made of the file, or a word that says why there is none.
async fn keep_leads(
    db: &Db,
    actor: &AdminActor,
    mut form: Multipart,
) -> Result<Result<LeadImportId, &'static str>, AppError> {
    let (mut partner, mut push) = (None, false);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("partner") => partner = short(field).await?.parse::<PartnerId>().ok(),
            Some("push") => push = true,
            Some("file") => {
                let Some(partner) = partner else {
                    drain(field).await?;
                    return Ok(Err("partner"));
                };
                let file =
                    NewFile { partner, name: shown_name(field.file_name().unwrap_or_default(), "leads.csv"), push };
                let mut tx = db.begin_write().await?;
                let id = lead_imports::begin(&mut tx, actor.scope(), &file).await?.ok_or(AppError::NotFound)?;
                tx.commit().await?;
                let kept = keep_file(db, actor, id, field).await;
                if !matches!(kept, Ok(Ok(()))) {
                    let mut tx = db.begin_write().await?;
                    lead_imports::discard(&mut tx, actor.scope(), id).await?;
                    tx.commit().await?;
                }
                return kept.map(|refused| refused.map(|()| id));
            }
            _ => {}
        }
    }
    Ok(Err("empty"))
}

/// Maximum number of bytes of a workbook: it is unpacked in memory.
const MAX_WORKBOOK: usize = 25 * 1024 * 1024;

/// Maximum number of bytes of a workbook's text.
const MAX_SHEETS: u64 = 4 * MAX_FILE;

/// Takes a file piece by piece, then finds out what it is.
async fn keep_file(
    db: &Db,
    actor: &AdminActor,
    id: LeadImportId,
    mut field: Field<'_>,
) -> Result<Result<(), &'static str>, AppError> {
    let mut pieces = Pieces::new(db, actor.scope(), id);
    let (mut sniffer, mut workbook) = (Sniffer::default(), None::<Vec<u8>>);
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if pieces.size + chunk.len() as u64 > MAX_FILE {
            drain(field).await?;
            return Ok(Err("large"));
        }
        pieces.take(&chunk).await?;
        match &mut workbook {
            Some(bytes) if bytes.len() + chunk.len() > MAX_WORKBOOK => {
                drain(field).await?;
                return Ok(Err("workbook-large"));
            }
            Some(bytes) => bytes.extend_from_slice(&chunk),
            None if tables::is_workbook(&pieces.begin) && pieces.begin.len() as u64 == pieces.size => {
                workbook = Some(pieces.begin.clone());
            }
            None => sniffer.feed(&chunk),
        }
    }
    let (begin, size) = pieces.finish().await?;
    let (begin, size, reading) = match workbook {
        None => {
            let reading = tables::begin(sniffer.finish(), &begin, actor.scope().session().currency());
            (begin, size, reading)
        }
        Some(bytes) => match keep_sheets(db, actor.scope(), id, bytes).await? {
            Ok((begin, size, sheets)) => (begin, size, Reading { sheets, ..Reading::default() }),
            Err(word) => return Ok(Err(word)),
        },
    };
    let end = usize::try_from(reading.span(size).1).unwrap_or(usize::MAX).min(begin.len());
    let mut tx = db.begin_write().await?;
    let finished = services::lead_imports::finish_upload(actor, &mut tx, id, &begin[..end], size, reading).await?;
    if let Err(error) = finished {
        return Ok(Err(match error {
            BadFile::Empty => "empty",
            BadFile::NoRows => "rows",
            BadFile::OpenQuote => "quote",
            BadFile::NoHeader => "header",
            BadFile::NotText => "text",
            BadFile::TooManyColumns => "columns",
        }));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// How a workbook's text begins, how long it is, and which part of it is which sheet.
type Kept = (Vec<u8>, u64, Vec<Sheet>);

/// Keeps the sheets of a workbook as text in place of the workbook.
async fn keep_sheets(
    db: &Db,
    scope: &AdminScope,
    id: LeadImportId,
    bytes: Vec<u8>,
) -> Result<Result<Kept, &'static str>, AppError> {
    let mut tx = db.begin_write().await?;
    lead_imports::drop_pieces(&mut tx, scope, id).await?;
    tx.commit().await?;
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(2);
    // Unpacking takes long: not on the threads that answer requests.
    let unpacked = tokio::task::spawn_blocking(move || {
        let mut written = 0;
        tables::write_sheets(&bytes, &mut |part| {
            written += part.len() as u64;
            if written > MAX_SHEETS {
                return Err("too large".to_owned());
            }
            sender.blocking_send(part.to_vec()).map_err(|error| error.to_string())
        })
    });
    let mut pieces = Pieces::new(db, scope, id);
    while let Some(part) = receiver.recv().await {
        pieces.take(&part).await?;
    }
    let (begin, size) = pieces.finish().await?;
    Ok(match unpacked.await.map_err(|error| AppError::internal(&error))? {
        Ok(sheets) => Ok((begin, size, sheets)),
        Err(BadWorkbook::Unreadable) => Err("workbook"),
        Err(BadWorkbook::Empty) => Err("rows"),
        Err(BadWorkbook::Kept(_)) => Err("workbook-large"),
    })
}

/// A file on its way into the database, in pieces of equal length.
struct Pieces<'a> {
    db: &'a Db,
    scope: &'a AdminScope,
    id: LeadImportId,
    /// How it begins.
    begin: Vec<u8>,
    piece: Vec<u8>,
    position: i64,
    size: u64,
}

impl<'a> Pieces<'a> {
    fn new(db: &'a Db, scope: &'a AdminScope, id: LeadImportId) -> Self {
        Self { db, scope, id, begin: Vec::new(), piece: Vec::with_capacity(PIECE), position: 0, size: 0 }
    }

    async fn take(&mut self, chunk: &[u8]) -> Result<(), AppError> {
        self.size += chunk.len() as u64;
        if self.begin.len() < tables::BEGIN {
            self.begin.extend_from_slice(&chunk[..chunk.len().min(tables::BEGIN - self.begin.len())]);
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            rest = later;
            if self.piece.len() == PIECE {
                self.keep().await?;
            }
        }
        Ok(())
    }

    /// Keeps a piece in a transaction of its own: nobody waits for a slow upload.
    async fn keep(&mut self) -> Result<(), AppError> {
        let mut tx = self.db.begin_write().await?;
        lead_imports::keep_piece(&mut tx, self.scope, self.id, self.position, &self.piece).await?;
        tx.commit().await?;
        self.piece.clear();
        self.position += 1;
        Ok(())
    }

    /// How it begins, and how long it is.
    async fn finish(mut self) -> Result<(Vec<u8>, u64), AppError> {
        if !self.piece.is_empty() {
            self.keep().await?;
        }
        Ok((self.begin, self.size))
    }
}

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
