//! Files of rejected rows: each row as it came, byte for byte, behind what is wrong with it, in the encoding and with the
//! separator of the file it came from. Such a file can be corrected and handed in again; handed in unchanged, its rows are
//! rejected again.

use std::borrow::Cow;

use csv::ByteRecord;
use domain::{
    csv::defuse,
    lead_imports::{REJECT_COLUMNS, RejectedRow},
};

use super::{
    Dialect,
    encoding::{decode, encode, is_wide, mark, narrow},
};

/// Writes the file.
#[derive(Debug, Clone, Copy)]
pub struct RejectSheet {
    dialect: Dialect,
}

impl RejectSheet {
    /// One for the rows of a file that is read like this.
    #[must_use]
    pub const fn new(dialect: Dialect) -> Self {
        Self { dialect }
    }

    /// How it begins: the columns' names.
    #[must_use]
    pub fn header(&self, names: &[String]) -> Vec<u8> {
        let names: Vec<Cow<'_, [u8]>> = names.iter().map(|name| Cow::Owned(self.inner(&defuse(name)))).collect();
        [mark(self.dialect.encoding).to_vec(), self.row(REJECT_COLUMNS, &names)].concat()
    }

    /// A rejected row.
    #[must_use]
    pub fn reject(&self, rejected: &RejectedRow) -> Vec<u8> {
        let (columns, reasons) = rejected.columns_and_reasons();
        let line = rejected.line.to_string();
        let cells = self.cells_of(rejected);
        let cells: Vec<Cow<'_, [u8]>> = cells.iter().map(|cell| self.defused(cell)).collect();
        self.row([&line, &defuse(&columns), &defuse(&reasons)], &cells)
    }

    /// The cells of a rejected row as bytes that are joined.
    fn cells_of(&self, rejected: &RejectedRow) -> Vec<Vec<u8>> {
        if rejected.raw.is_empty() {
            // One from before rows were kept as they came.
            return rejected.cells.iter().map(|cell| self.inner(cell)).collect();
        }
        let text = if is_wide(self.dialect.encoding) {
            Cow::Owned(narrow(&rejected.raw, self.dialect.encoding, true))
        } else {
            Cow::Borrowed(&rejected.raw[..])
        };
        if rejected.endless {
            return vec![text.into_owned()];
        }
        let mut cells = ByteRecord::new();
        // Bytes in memory can always be read; without a row there are no cells.
        let _ = self.dialect.reader(&text).read_byte_record(&mut cells);
        cells.iter().skip(usize::from(self.dialect.numbered)).map(<[u8]>::to_vec).collect()
    }

    /// A cell that no spreadsheet runs. What is no text stays as it is.
    fn defused<'a>(&self, cell: &'a [u8]) -> Cow<'a, [u8]> {
        match decode(cell, self.dialect.encoding) {
            Some(text) => match defuse(&text) {
                Cow::Owned(defused) => Cow::Owned(self.inner(&defused)),
                Cow::Borrowed(_) => Cow::Borrowed(cell),
            },
            None => Cow::Borrowed(cell),
        }
    }

    /// A text as bytes that are joined: of wide encodings it stays UTF-8 until the row is whole.
    fn inner(&self, text: &str) -> Vec<u8> {
        if is_wide(self.dialect.encoding) { text.as_bytes().to_vec() } else { encode(text, self.dialect.encoding) }
    }

    fn row(&self, ours: [&str; 3], cells: &[Cow<'_, [u8]>]) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.dialect.separator)
            .terminator(csv::Terminator::CRLF)
            .double_quote(!self.dialect.backslash)
            .escape(b'\\')
            .flexible(true)
            .from_writer(Vec::new());
        let ours = ours.map(|text| Cow::Owned(self.inner(text)));
        // Writing into memory cannot fail.
        let _ = writer.write_record(ours.iter().chain(cells));
        let bytes = writer.into_inner().unwrap_or_default();
        if !is_wide(self.dialect.encoding) {
            return bytes;
        }
        // What is no text in UTF-16 has no bytes that could be written back but a lone surrogate.
        let (mut wide, mut rest) = (Vec::with_capacity(bytes.len() * 2), bytes.as_slice());
        while !rest.is_empty() {
            let good = std::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
            wide.extend(encode(std::str::from_utf8(&rest[..good]).unwrap_or_default(), self.dialect.encoding));
            rest = &rest[good..];
            if !rest.is_empty() {
                let lone = 0xd800_u16;
                wide.extend(if self.dialect.encoding == encoding_rs::UTF_16LE {
                    lone.to_le_bytes()
                } else {
                    lone.to_be_bytes()
                });
                rest = &rest[1..];
            }
        }
        wide
    }
}
