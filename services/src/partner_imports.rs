//! What becomes of a file of partners: read, checked row by row, and imported.

use csv::ReaderBuilder;
use domain::{
    audit::AuditAction,
    partners::import::{ImportPreview, ReadTable, read_table},
};
use store::{Reader, StoreError, Tx, partners};
use uuid::Uuid;

use crate::{AdminActor, Object, ServiceError, lead_imports::rows};

/// The names shown before the import.
const SHOWN: usize = 10;

async fn table(actor: &AdminActor, read: &mut Reader, id: Uuid) -> Result<ReadTable, ServiceError> {
    let content = partners::import(read, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let wrong = |message: String| ServiceError::field("file", message);
    let content = content.trim_start_matches('\u{feff}');
    let delimiter = u8::try_from(rows::delimiter(content.as_bytes())).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(content.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
        Err(error) => return Err(wrong(format!("This is not a CSV file: {error}"))),
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(format!("This is not a CSV file: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.iter().map(ToOwned::to_owned).collect()));
    }
    let (names, references) = partners::taken(read, actor.scope()).await?;
    read_table(&header, &rows, &names, &references).map_err(|error| wrong(error.to_string()))
}

/// What importing a file would do.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's, [`ServiceError::Invalid`] when the file is no table of
/// partners.
pub async fn preview(actor: &AdminActor, read: &mut Reader, id: Uuid) -> Result<ImportPreview, ServiceError> {
    let table = table(actor, read, id).await?;
    Ok(ImportPreview {
        columns: table.columns,
        first: table.records.iter().take(SHOWN).map(|(_, record)| record.name.clone()).collect(),
        ready: table.records.len() as u64,
        wrong: table.wrong,
    })
}

/// Creates the partners of all rows that are right, or of none. Says how many.
///
/// # Errors
/// As [`preview`]; [`ServiceError::Changed`] when it was imported already or a name was taken since.
pub async fn run(actor: &AdminActor, tx: &mut Tx, id: Uuid) -> Result<usize, ServiceError> {
    let table = table(actor, tx, id).await?;
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
