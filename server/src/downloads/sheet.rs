//! CSV as every download writes it: RFC 4180, CRLF, quotes where needed, cells that no spreadsheet runs.

use std::borrow::Cow;

use domain::csv::defuse;

/// A CSV file, or a part of one, in memory.
pub(super) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// An empty one with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let buffer = Vec::with_capacity(bytes);
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(buffer))
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: &[&str]) {
        // Writing into memory cannot fail.
        let _ = self.0.write_record(cells.iter().map(|cell| match defuse(cell) {
            Cow::Borrowed(cell) => Cow::Borrowed(cell.as_bytes()),
            Cow::Owned(cell) => Cow::Owned(cell.into_bytes()),
        }));
    }

    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}
