//! Files of rows: leads, which admins hand in, and outcomes, which partners do. Both are kept piece by piece and looked over before
//! anything is stored.

use app::{
    access::{AppState, check, check_admin, error_response},
    error::AppError,
};
use axum::{
    Extension,
    extract::{Multipart, State, multipart::Field},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    access::Permission,
    admin::AdminPermission,
    files::shown_name,
    ids::{LeadImportId, PartnerId},
    lead_imports::MAX_FILE,
    money::Currency,
    tables::{Reading, Sheet},
};
use services::{
    AdminActor, ClientAddress, PartnerActor, ServiceError,
    tables::{self, BadFile, BadWorkbook, Sniffer},
};
use store::{
    GuardedDb, Tx,
    access::{AdminSession, PartnerSession},
    lead_imports::{self, Importer, NewFile, PIECE},
};
use tokio::sync::mpsc;

use super::{broken, drain, short};

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

/// `POST /partner/leads/outcomes`: takes a file of outcomes, piece by piece, and goes on to what is in it.
pub async fn outcomes_file(
    State(state): State<AppState>,
    Extension(session): Extension<PartnerSession>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let actor = match check(&state, &session, Permission::RecordOutcomes, &address).await {
        Ok(actor) => actor,
        Err(error) => return error_response(&error, &headers, "/partner"),
    };
    match keep_outcomes(&state.db, &actor, form).await {
        Ok(Ok(id)) => Redirect::to(&format!("/partner/leads/outcomes/{id}")).into_response(),
        Ok(Err(word)) => Redirect::to(&format!("/partner/leads/outcomes?wrong={word}")).into_response(),
        Err(error) => error_response(&error, &headers, "/partner"),
    }
}

/// Whoever hands a file in.
#[derive(Clone, Copy)]
enum Uploader<'a> {
    /// An admin, a file of leads.
    Leads(&'a AdminActor),
    /// A partner's user, a file of outcomes.
    Outcomes(&'a PartnerActor),
}

impl Uploader<'_> {
    fn importer(self) -> Importer {
        match self {
            Self::Leads(actor) => actor.scope().into(),
            Self::Outcomes(actor) => actor.scope().into(),
        }
    }

    fn currency(self) -> Currency {
        match self {
            Self::Leads(actor) => actor.scope().session().currency(),
            Self::Outcomes(actor) => actor.scope().session().currency(),
        }
    }

    /// All of it has come.
    async fn finish(
        self,
        tx: &mut Tx,
        id: LeadImportId,
        window: &[u8],
        size: u64,
        reading: Reading,
    ) -> Result<Result<(), BadFile>, ServiceError> {
        match self {
            Self::Leads(actor) => services::lead_imports::finish_upload(actor, tx, id, window, size, reading).await,
            Self::Outcomes(actor) => {
                services::outcome_imports::finish_upload(actor, tx, id, window, size, reading).await
            }
        }
    }
}

/// The import that was made of the file, or a word that says why there is none.
async fn keep_outcomes(
    db: &GuardedDb,
    actor: &PartnerActor,
    mut form: Multipart,
) -> Result<Result<LeadImportId, &'static str>, AppError> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() == Some("file") {
            let name = shown_name(field.file_name().unwrap_or_default(), "outcomes.csv");
            let file = NewFile { partner: actor.scope().session().partner_id(), name, push: false };
            return keep_field(db, Uploader::Outcomes(actor), &file, field).await;
        }
    }
    Ok(Err("empty"))
}

/// Takes a file; nothing stays of one that is refused.
async fn keep_field(
    db: &GuardedDb,
    by: Uploader<'_>,
    file: &NewFile,
    field: Field<'_>,
) -> Result<Result<LeadImportId, &'static str>, AppError> {
    let mut tx = db.begin_write(&by.importer()).await?;
    let id = lead_imports::begin(&mut tx, by.importer(), file).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    let kept = keep_file(db, by, id, field).await;
    if !matches!(kept, Ok(Ok(()))) {
        let mut tx = db.begin_write(&by.importer()).await?;
        lead_imports::discard(&mut tx, by.importer(), id).await?;
        tx.commit().await?;
    }
    kept.map(|refused| refused.map(|()| id))
}

/// The import that was made of the file, or a word that says why there is none.
async fn keep_leads(
    db: &GuardedDb,
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
                return keep_field(db, Uploader::Leads(actor), &file, field).await;
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
    db: &GuardedDb,
    by: Uploader<'_>,
    id: LeadImportId,
    mut field: Field<'_>,
) -> Result<Result<(), &'static str>, AppError> {
    let mut pieces = Pieces::new(db, by.importer(), id);
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
    // Unpacked in memory, a workbook can be far more than it looks: it is taken from the staff alone.
    if workbook.is_some() && matches!(by, Uploader::Outcomes(_)) {
        return Ok(Err("no-workbook"));
    }
    let (begin, size, reading) = match workbook {
        None => {
            let reading = tables::begin(sniffer.finish(), &begin, by.currency());
            (begin, size, reading)
        }
        Some(bytes) => match keep_sheets(db, by.importer(), id, bytes).await? {
            Ok((begin, size, sheets)) => (begin, size, Reading { sheets, ..Reading::default() }),
            Err(word) => return Ok(Err(word)),
        },
    };
    let end = usize::try_from(reading.span(size).1).unwrap_or(usize::MAX).min(begin.len());
    let mut tx = db.begin_write(&by.importer()).await?;
    let finished = by.finish(&mut tx, id, &begin[..end], size, reading).await?;
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
    db: &GuardedDb,
    importer: Importer,
    id: LeadImportId,
    bytes: Vec<u8>,
) -> Result<Result<Kept, &'static str>, AppError> {
    let mut tx = db.begin_write(&importer).await?;
    lead_imports::drop_pieces(&mut tx, importer.clone(), id).await?;
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
    let mut pieces = Pieces::new(db, importer, id);
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
    db: &'a GuardedDb,
    importer: Importer,
    id: LeadImportId,
    /// How it begins.
    begin: Vec<u8>,
    piece: Vec<u8>,
    position: i64,
    size: u64,
}

impl<'a> Pieces<'a> {
    fn new(db: &'a GuardedDb, importer: Importer, id: LeadImportId) -> Self {
        Self { db, importer, id, begin: Vec::new(), piece: Vec::with_capacity(PIECE), position: 0, size: 0 }
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
        let mut tx = self.db.begin_write(&self.importer).await?;
        lead_imports::keep_piece(&mut tx, self.importer.clone(), self.id, self.position, &self.piece).await?;
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
