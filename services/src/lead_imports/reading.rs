//! From the rows of a file to leads and rejected rows.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use domain::{
    lead_imports::{CellError, Column, Mapping, ReadLead, RejectedRow, Rules},
    leads::{Defaults, NewLead},
    search::fold,
    tables::Reading,
};
use sha2::{Digest, Sha256};
use store::lead_imports::LeadImport;

use crate::tables::{Dialect, Row};

/// Characters of a rejected cell that are shown: enough to recognise the row by.
const SHOWN: usize = 1_000;

/// Reads rows as leads.
#[derive(Debug, Clone)]
pub struct LeadReader {
    /// How the file is read.
    pub dialect: Dialect,
    mapping: Mapping,
    rules: Rules,
}

impl LeadReader {
    /// One for a file with such columns: their names and what each holds, an identifier of
    /// [`domain::lead_imports::COLUMNS`].
    ///
    /// # Errors
    /// When no lead can be read that way.
    pub fn new<'a>(
        reading: &Reading,
        columns: impl Iterator<Item = (&'a String, &'a String)>,
        defaults: Defaults,
    ) -> Result<Self, String> {
        let columns = columns.map(|(name, word)| Some((name.clone(), Column::parse(word, name)?)));
        let columns: Vec<_> = columns.collect::<Option<_>>().ok_or("a column is of an unknown kind")?;
        let mapping = Mapping::new(columns).map_err(|error| error.to_string())?;
        let rules = Rules { defaults, decimal: reading.decimal, dates: reading.dates };
        Ok(Self { dialect: Dialect::of(reading), mapping, rules })
    }

    /// One for an import, as somebody has said its columns are.
    ///
    /// # Errors
    /// As [`LeadReader::new`], as a sentence.
    pub fn of(import: &LeadImport) -> Result<Self, String> {
        Self::new(&import.reading, import.header.iter().zip(&import.columns), import.defaults).map_err(|mut text| {
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text + "."
        })
    }

    /// The columns with their names.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        self.mapping.columns()
    }

    /// Reads a row of a window as a lead. One without an id of its own gets one by whom it is about, so that it is known again
    /// in another order of columns, with more of them, or with another price.
    ///
    /// # Errors
    /// The row with everything that is wrong with it.
    pub fn read(&self, row: &Row, window: &[u8]) -> Result<ReadLead, RejectedRow> {
        let mut found = guarded(&self.dialect, row, window, |cells| self.mapping.read(cells, &self.rules))?;
        if found.lead.external_id.is_empty() {
            found.lead.external_id = row_id(&found);
        }
        Ok(found)
    }

    /// A row whose id belongs to another person's lead.
    #[must_use]
    pub fn stranger(&self, row: &Row, window: &[u8]) -> RejectedRow {
        let column =
            self.columns().iter().find(|(_, column)| *column == Column::ExternalId).map(|(name, _)| name.clone());
        let message = "another person’s lead has this id already: correct the id, or leave it empty".to_owned();
        rejected(&self.dialect, row, window, vec![CellError { column, message }])
    }
}

/// Reads a row, unless it has no end. A fault of ours costs its row, not the import: it is rejected, and the log says where we went wrong.
pub(crate) fn guarded<T>(
    dialect: &Dialect,
    row: &Row,
    window: &[u8],
    read: impl FnOnce(&[Option<Cow<'_, str>>]) -> Result<T, Vec<CellError>>,
) -> Result<T, RejectedRow> {
    let refused = |message: &str| vec![CellError { column: None, message: message.to_owned() }];
    if row.endless {
        let message = "the row does not end: it is longer than 256 KiB, or has a quotation mark that is never closed";
        return Err(rejected(dialect, row, window, refused(message)));
    }
    let read = catch_unwind(AssertUnwindSafe(|| read(&row.texts(dialect))));
    let read =
        read.unwrap_or_else(|_| Err(refused("could not be read because of an error in the portal; please report it")));
    read.map_err(|errors| rejected(dialect, row, window, errors))
}

/// A row that cannot be used, as it came.
pub(crate) fn rejected(dialect: &Dialect, row: &Row, window: &[u8], errors: Vec<CellError>) -> RejectedRow {
    let shown = |cell: Option<Cow<'_, str>>| match cell {
        // NUL is a character PostgreSQL has no text for.
        Some(text) => text.chars().take(SHOWN).map(|c| if c == '\0' { ' ' } else { c }).collect(),
        None => "(not readable)".to_owned(),
    };
    RejectedRow {
        at: row.position.byte,
        line: row.position.line,
        errors,
        cells: row.texts(dialect).into_iter().map(shown).collect(),
        raw: window.get(row.bytes.clone()).unwrap_or_default().to_vec(),
        endless: row.endless,
    }
}

/// Whom a lead is about: its email address, else its phone number, its name and campaign, and when it was delivered if the row
/// says so.
fn row_id(found: &ReadLead) -> String {
    let NewLead { email, phone, name, campaign, .. } = &found.lead;
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let contact = if email.is_empty() { digits.trim_start_matches("00").to_owned() } else { email.to_lowercase() };
    let delivered = if found.dated { found.lead.delivered_at.timestamp_micros().to_string() } else { String::new() };
    let mut hash = Sha256::new();
    for part in [contact, fold(name), fold(campaign), delivered] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest[..12].iter().fold(String::from("row-"), |mut id, byte| {
        id.push_str(&format!("{byte:02x}"));
        id
    })
}

#[cfg(test)]
mod tests {
    use domain::lead_imports::suggest;

    use super::*;
    use crate::tables::{self, Position};

    fn reader(header: &[&str], reading: &Reading) -> LeadReader {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let columns: Vec<_> =
            suggest(&header, &[]).into_iter().map(|found| (found.name, found.column.as_str().to_owned())).collect();
        let defaults = Defaults {
            zone: "UTC".parse().unwrap(),
            currency: domain::money::Currency::EUR,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        };
        LeadReader::new(reading, columns.iter().map(|(name, word)| (name, word)), defaults).unwrap()
    }

    fn only(header: &[&str], line: &[u8]) -> Result<ReadLead, RejectedRow> {
        let reader = reader(header, &Reading::default());
        let found = tables::read(line, true, Position::START, &reader.dialect, 1);
        reader.read(&found.rows[0], line)
    }

    #[test]
    fn a_row_without_an_id_is_known_again_by_whom_it_is_about() {
        let id = |header: &[&str], line: &str| only(header, line.as_bytes()).unwrap().lead.external_id;
        let first = id(&["Name", "Email", "Price"], "Ada,ada@mail.example,12.50");
        assert_eq!(first, id(&["Email", "Price", "Name", "Checked"], "ADA@mail.example,9,ada,yes"));
        assert_ne!(first, id(&["Name", "Email"], "Ada,eve@mail.example"));
        assert_ne!(first, id(&["Name", "Email", "Date"], "Ada,ada@mail.example,2026-11-20"));
        let by_phone = id(&["Name", "Phone"], "Ada,+49 (171) 1");
        assert_eq!(by_phone, id(&["Name", "Phone"], "Ada,0049-171-1"));
        assert_ne!(by_phone, id(&["Name", "Phone"], "Ada1,49171"));
    }

    #[test]
    fn a_rejected_row_is_kept_byte_for_byte() {
        let line = b"A\xff\0da;,n\xf6pe,\r\n";
        let rejected = only(&["Name", "Email"], line).unwrap_err();
        assert_eq!(rejected.raw, b"A\xff\0da;,n\xf6pe,");
        assert_eq!(rejected.cells, ["(not readable)", "(not readable)", ""]);
        let sheet = tables::RejectSheet::new(reader(&["Name", "Email"], &Reading::default()).dialect);
        let file = sheet.reject(&rejected);
        assert!(file.windows(8).any(|part| part == b"A\xff\0da;,n"), "{}", String::from_utf8_lossy(&file));
    }
}
