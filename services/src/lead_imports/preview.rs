//! What importing a file would do, judged by how it begins.

use domain::lead_imports::{
    ImportColumn, ImportCounts, ImportPreview, ImportSample, ReadLead, RejectedRow, dates_to_ask_about,
};
use store::{
    Reader,
    lead_imports::{self, LeadImport},
    leads::{self, KnownLead},
};

use super::LeadReader;
use crate::{
    AdminActor, ServiceError,
    tables::{self, Dialect, Position, ReadRows},
};

/// Rows that are looked at before an import.
const LOOKED_AT: usize = 1_000;
/// Leads and rejected rows that are shown, of each kind.
const SHOWN: usize = 10;
/// Values that are shown of a column, and the maximum number of characters of one.
const SAMPLES: usize = 3;
const SAMPLE: usize = 60;

/// The rows that an import begins with.
async fn first_rows(read: &mut Reader, import: &LeadImport) -> Result<(Vec<u8>, ReadRows), ServiceError> {
    let window = lead_imports::window(read, import, import.position.0).await?;
    let is_last = import.position.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let position = Position { byte: import.position.0, line: import.position.1 };
    let rows = tables::read(&window, is_last, position, &Dialect::of(&import.reading), LOOKED_AT);
    Ok((window, rows))
}

/// Why a file cannot be imported the way it is read, if so.
pub(super) async fn problem(read: &mut Reader, import: &LeadImport) -> Result<Option<String>, ServiceError> {
    let (_, found) = first_rows(read, import).await?;
    Ok(judge(import, &found).err().map(|(text, _)| text))
}

/// The reader of an import, or why there is none: as a sentence, and the columns that are asked about.
fn judge(import: &LeadImport, found: &ReadRows) -> Result<LeadReader, (String, Vec<String>)> {
    let reader = LeadReader::of(import).map_err(|text| (text, Vec::new()))?;
    if found.rows.is_empty() {
        return Err(("The file has a header and no rows.".to_owned(), Vec::new()));
    }
    if !import.reading.undated {
        let rows = tables::sample(&found.rows, &reader.dialect);
        let dates = dates_to_ask_about(reader.columns(), &rows);
        if !dates.is_empty() {
            let names: Vec<String> = dates.iter().map(|name| format!("“{name}”")).collect();
            let text = format!(
                "No column says when the leads were delivered, and {} holds dates. Choose “Delivered at” for the column that \
                 says so, or tick that none does: then the leads count as delivered now.",
                names.join(", ")
            );
            return Err((text, dates));
        }
    }
    Ok(reader)
}

/// What importing a file would do.
pub(super) async fn preview(
    actor: &AdminActor,
    read: &mut Reader,
    import: &LeadImport,
) -> Result<ImportPreview, ServiceError> {
    let (window, found) = first_rows(read, import).await?;
    let dialect = Dialect::of(&import.reading);
    let values = tables::sample(&found.rows, &dialect);
    let columns = import.header.iter().zip(&import.columns).enumerate();
    let columns = columns.map(|(index, (name, word))| ImportColumn {
        name: name.clone(),
        word: word.clone(),
        samples: values
            .iter()
            .filter_map(|row| row.get(index))
            .filter(|cell| !cell.trim().is_empty())
            .take(SAMPLES)
            .map(|cell| cell.chars().take(SAMPLE).collect())
            .collect(),
    });
    let mut preview = ImportPreview {
        reading: import.reading.clone(),
        columns: columns.collect(),
        problem: None,
        dates: Vec::new(),
        samples: Vec::new(),
        doubtful: Vec::new(),
        known: Vec::new(),
        rejects: Vec::new(),
        counts: ImportCounts::default(),
        whole: found.ended,
    };
    // While a question is open, the rows are shown as they would be read without an answer.
    let reader = match judge(import, &found) {
        Ok(reader) => Some(reader),
        Err((text, dates)) => {
            (preview.problem, preview.dates) = (Some(text), dates);
            if preview.dates.is_empty() { None } else { LeadReader::of(import).ok() }
        }
    };
    if let Some(reader) = reader {
        sort(actor, read, import, &reader, (&window, &found), &mut preview).await?;
    }
    Ok(preview)
}

/// Puts each row to those it belongs to.
async fn sort(
    actor: &AdminActor,
    read: &mut Reader,
    import: &LeadImport,
    reader: &LeadReader,
    (window, found): (&[u8], &ReadRows),
    preview: &mut ImportPreview,
) -> Result<(), ServiceError> {
    let rows: Vec<Result<ReadLead, RejectedRow>> = found.rows.iter().map(|row| reader.read(row, window)).collect();
    let ids: Vec<&str> = rows.iter().flatten().map(|found| found.lead.external_id.as_str()).collect();
    let account = actor.scope().session().account_id();
    let mut there = std::collections::HashMap::new();
    for ids in ids.chunks(500) {
        let partner = import.summary.partner.0;
        there.extend(leads::known_unscoped(read, account, partner, ids.iter().copied()).await?);
    }
    for (row, outcome) in found.rows.iter().zip(&rows) {
        let rejected = match outcome {
            Err(rejected) => Some(rejected.clone()),
            Ok(found) => match there.get(&found.lead.external_id) {
                Some(known) if !known.is(&found.lead) => Some(reader.stranger(row, window)),
                _ => None,
            },
        };
        let counts = &mut preview.counts;
        match (outcome, rejected) {
            (_, Some(rejected)) => {
                counts.invalid += 1;
                if preview.rejects.len() < SHOWN {
                    preview.rejects.push(rejected);
                }
            }
            (Ok(found), None) => {
                let id = found.lead.external_id.clone();
                // A second row of one id meets the first one, as it will when they are stored.
                let is_known = there.insert(id, KnownLead::of(&found.lead)).is_some();
                let (count, samples) = match (is_known, found.warnings.is_empty()) {
                    (true, _) => (&mut counts.known, &mut preview.known),
                    (false, true) => (&mut counts.new, &mut preview.samples),
                    (false, false) => (&mut counts.doubtful, &mut preview.doubtful),
                };
                *count += 1;
                if samples.len() < SHOWN {
                    samples.push(sample(import, row.position.line, found));
                }
            }
            (Err(_), None) => {}
        }
    }
    Ok(())
}

fn sample(import: &LeadImport, line: u64, found: &ReadLead) -> ImportSample {
    let lead = found.lead.clone();
    ImportSample {
        line,
        name: lead.name,
        email: lead.email,
        phone: lead.phone,
        campaign: lead.campaign,
        price: lead.price,
        delivered: import.defaults.zone.local(lead.delivered_at),
        fields: lead.fields.len() as u64,
        warnings: found.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}
