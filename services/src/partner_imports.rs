//! What becomes of a file of partners: read, checked row by row, and imported.

use domain::{
    audit::AuditAction,
    money::Currency,
    partners::import::{ImportPreview, ReadTable, read_table},
    tables::Reading,
};
use store::{Reader, StoreError, Tx, partners};
use uuid::Uuid;

use crate::{
    AdminActor, Object, ServiceError,
    tables::{self, BadFile, BadWorkbook, ReadingChoice},
};

/// The names shown before the import.
const SHOWN: usize = 10;

/// Maximum number of bytes of a workbook's text.
const MAX_TEXT: usize = 16 * 1024 * 1024;

/// A file that is to be kept: its bytes, of a workbook its sheets as text, and how they are read.
///
/// # Errors
/// When it is no table: as a sentence's second half.
pub fn opened(bytes: Vec<u8>, currency: Currency) -> Result<(Vec<u8>, Reading), String> {
    if bytes.is_empty() {
        return Err(BadFile::Empty.to_string());
    }
    if tables::is_workbook(&bytes) {
        let mut text = Vec::new();
        let sheets = tables::write_sheets(&bytes, &mut |part| {
            text.extend_from_slice(part);
            if text.len() > MAX_TEXT { Err("the workbook is too large".to_owned()) } else { Ok(()) }
        });
        let sheets = sheets.map_err(|error: BadWorkbook| error.to_string())?;
        return Ok((text, Reading { sheets, ..Reading::default() }));
    }
    let mut sniffer = tables::Sniffer::default();
    sniffer.feed(&bytes);
    let reading = tables::begin(sniffer.finish(), &bytes, currency);
    Ok((bytes, reading))
}

async fn table(actor: &AdminActor, read: &mut Reader, id: Uuid) -> Result<(ReadTable, Reading), ServiceError> {
    let (content, reading) = partners::import(read, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let wrong = |message: String| ServiceError::field("file", message);
    let (header, rows) =
        tables::whole(&content, &reading).map_err(|error| wrong(format!("This cannot be imported: {error}.")))?;
    let (names, references) = partners::taken(read, actor.scope()).await?;
    let table = read_table(&header, &rows, &names, &references).map_err(|error| wrong(error.to_string()))?;
    Ok((table, reading))
}

/// What importing a file would do.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's, [`ServiceError::Invalid`] when the file is no table of
/// partners.
pub async fn preview(actor: &AdminActor, read: &mut Reader, id: Uuid) -> Result<ImportPreview, ServiceError> {
    let (table, reading) = table(actor, read, id).await?;
    Ok(ImportPreview {
        reading,
        columns: table.columns,
        first: table.records.iter().take(SHOWN).map(|(_, record)| record.name.clone()).collect(),
        ready: table.records.len() as u64,
        wrong: table.wrong,
    })
}

/// How a file that waits is read.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn reading(actor: &AdminActor, read: &mut Reader, id: Uuid) -> Result<Reading, ServiceError> {
    let found = partners::import(read, actor.scope(), id).await?;
    found.map(|(_, reading)| reading).ok_or(ServiceError::NotFound)
}

/// Says how a file that waits is read.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's, [`ServiceError::BadRequest`] for unknown values.
pub async fn read_as(actor: &AdminActor, tx: &mut Tx, id: Uuid, choice: &ReadingChoice) -> Result<(), ServiceError> {
    let reading = choice.applied(&reading(actor, tx, id).await?)?;
    if partners::read_import_as(tx, actor.scope(), id, &reading).await? { Ok(()) } else { Err(ServiceError::NotFound) }
}

/// Creates the partners of all rows that are right, or of none. Says how many.
///
/// # Errors
/// As [`preview`]; [`ServiceError::Changed`] when it was imported already or a name was taken since.
pub async fn run(actor: &AdminActor, tx: &mut Tx, id: Uuid) -> Result<usize, ServiceError> {
    let (table, _) = table(actor, tx, id).await?;
    if !partners::delete_import(tx, actor.scope(), id).await? {
        return Err(ServiceError::Changed);
    }
    for (_, record) in &table.records {
        match partners::create(tx, actor.scope(), record).await {
            Ok(partner) => {
                let detail = serde_json::json!({ "name": record.name });
                actor.record_about(tx, partner, AuditAction::PartnerCreated, partner, detail);
            }
            // Somebody has taken the name since it was looked up.
            Err(StoreError::Conflict) => return Err(ServiceError::Changed),
            Err(error) => return Err(error.into()),
        }
    }
    let detail = serde_json::json!({ "rows": table.records.len(), "left_out": table.wrong.len() });
    actor.record(tx, AuditAction::PartnersImported, Object("partners", None), detail);
    Ok(table.records.len())
}
