//! What importing a file would do, judged by how it begins.

use std::collections::HashMap;

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
pub(crate) async fn first_rows(read: &mut Reader, import: &LeadImport) -> Result<(Vec<u8>, ReadRows), ServiceError> {
    let window = lead_imports::window(read, import, import.position.0).await?;
    let is_last = import.position.0 + window.len() as u64 >= import.summary.progress.size_bytes;
    let position = Position { byte: import.position.0, line: import.position.1 };
    let rows = tables::read(&window, is_last, position, &Dialect::of(&import.reading), LOOKED_AT);
    Ok((window, rows))
}

/// Why a file cannot be imported the way it is read, if so.
pub(super) async fn problem(read: &mut Reader, import: &LeadImport) -> Result<Option<String>, ServiceError> {
    let (_, found) = first_rows(read, import).await?;
    let values = tables::sample(&found.rows, &Dialect::of(&import.reading));
    Ok(judge(import, &found, &values).problem)
}

/// Whether a file can be imported.
#[derive(Default)]
struct Judged {
    /// What reads its rows, also while a question is open.
    reader: Option<LeadReader>,
    /// Why it cannot be imported, if so: as a sentence.
    problem: Option<String>,
    /// The columns of which somebody has to say whether they are when the leads were delivered.
    dates: Vec<String>,
}

fn judge(import: &LeadImport, found: &ReadRows, values: &[Vec<String>]) -> Judged {
    let reader = match LeadReader::of(import) {
        Ok(reader) => reader,
        Err(text) => return Judged { problem: Some(text), ..Judged::default() },
    };
    if found.rows.is_empty() {
        return Judged { problem: Some("The file has a header and no rows.".to_owned()), ..Judged::default() };
    }
    let dates = if import.reading.undated { Vec::new() } else { dates_to_ask_about(reader.columns(), values) };
    let problem = (!dates.is_empty()).then(|| {
        let names: Vec<String> = dates.iter().map(|name| format!("“{name}”")).collect();
        format!(
            "No column says when the leads were delivered, and {} holds dates. Choose “Delivered at” for the column that \
             says so, or tick that none does: then the leads count as delivered now.",
            names.join(", ")
        )
    });
    Judged { reader: Some(reader), problem, dates }
}

/// The columns of a file, each with its first values.
pub(crate) fn columns_of(import: &LeadImport, values: &[Vec<String>]) -> Vec<ImportColumn> {
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
    columns.collect()
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
    let Judged { reader, problem, dates } = judge(import, &found, &values);
    let mut preview = ImportPreview {
        reading: import.reading.clone(),
        columns: columns_of(import, &values),
        problem,
        dates,
        samples: Vec::new(),
        doubtful: Vec::new(),
        known: Vec::new(),
        rejects: Vec::new(),
        counts: ImportCounts::default(),
        whole: found.ended,
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
    let ids: Vec<String> = rows.iter().flatten().map(|found| found.lead.external_id.clone()).collect();
    let account = actor.scope().session().account_id();
    let mut there = HashMap::new();
    for ids in ids.chunks(500) {
        let partner = import.summary.partner.0;
        there.extend(leads::known_unscoped(read, account, partner, ids.iter().map(String::as_str)).await?);
    }
    let counts = &mut preview.counts;
    for (row, outcome) in found.rows.iter().zip(rows) {
        let outcome = outcome.and_then(|found| match there.get(&found.lead.external_id) {
            Some(known) if !known.is(&found.lead) => Err(reader.stranger(row, window)),
            _ => Ok(found),
        });
        let found = match outcome {
            Ok(found) => found,
            Err(rejected) => {
                counts.invalid += 1;
                if preview.rejects.len() < SHOWN {
                    preview.rejects.push(rejected);
                }
                continue;
            }
        };
        // A second row of one id meets the first one, as it will when they are stored.
        let is_known = there.insert(found.lead.external_id.clone(), KnownLead::of(&found.lead)).is_some();
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
    Ok(())
}

fn sample(import: &LeadImport, line: u64, found: ReadLead) -> ImportSample {
    let lead = found.lead;
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
