//! What becomes of a file of partners: read, judged row by row, and imported.

use csv::ReaderBuilder;
use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    partners::import::{ImportPreview, ReadTable, read_table},
    validation::FieldErrors,
};
use store::{StoreError, access::AdminScope, partners};
use uuid::Uuid;

use crate::{
    access::{require_admin, state},
    admin::deed::{note, note_about},
    error::AppError,
};

/// The names shown before the import.
const SHOWN: usize = 10;

/// The sign between cells: the one the first line has most of. Spreadsheets write commas, semicolons or tabs.
fn delimiter(content: &str) -> u8 {
    let first = content.lines().next().unwrap_or_default();
    let count = |sign: u8| first.bytes().filter(|byte| *byte == sign).count();
    [b';', b'\t', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

async fn table(scope: &AdminScope, id: Uuid) -> Result<ReadTable, AppError> {
    let db = state()?.db;
    let content = partners::import(&db, scope, id).await?.ok_or(AppError::NotFound)?;
    let wrong = |message: String| AppError::Invalid(FieldErrors::one("file", message));
    let content = content.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().delimiter(delimiter(content)).flexible(true).from_reader(content.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
        Err(error) => return Err(wrong(format!("This is no CSV file: {error}"))),
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(format!("This is no CSV file: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.iter().map(ToOwned::to_owned).collect()));
    }
    let (names, references) = partners::taken(&db, scope).await?;
    read_table(&header, &rows, &names, &references).map_err(|error| wrong(error.to_string()))
}

pub(super) async fn preview(id: Uuid) -> Result<ImportPreview, AppError> {
    let scope = require_admin(AdminPermission::ManagePartners).await?;
    let table = table(&scope, id).await?;
    Ok(ImportPreview {
        columns: table.columns,
        first: table.records.iter().take(SHOWN).map(|(_, record)| record.name.clone()).collect(),
        ready: table.records.len() as u64,
        wrong: table.wrong,
    })
}

/// Creates the partners of all rows that are right, or of none. Says how many.
pub(super) async fn run(id: Uuid) -> Result<usize, AppError> {
    let scope = require_admin(AdminPermission::ManagePartners).await?;
    let table = table(&scope, id).await?;
    let mut tx = state()?.db.begin_write().await?;
    if !partners::delete_import(&mut tx, &scope, id).await? {
        return Err(AppError::Changed);
    }
    for (_, record) in &table.records {
        match partners::create_by_staff(&mut tx, &scope, record).await {
            Ok(partner) => {
                let detail = serde_json::json!({ "name": record.name });
                note_about(
                    &mut tx,
                    &scope,
                    partner,
                    AuditAction::PartnerCreated,
                    ("partner", Some(partner.0)),
                    detail,
                )?;
            }
            // Somebody has taken the name since it was looked up.
            Err(StoreError::Conflict) => return Err(AppError::Changed),
            Err(error) => return Err(error.into()),
        }
    }
    let detail = serde_json::json!({ "rows": table.records.len(), "left_out": table.wrong.len() });
    note(&mut tx, &scope, AuditAction::PartnersImported, ("partners", None), detail)?;
    tx.commit().await?;
    Ok(table.records.len())
}
