//! Workbooks: the sheets of `.xlsx`, `.xlsb`, `.xls` and `.ods` files as rows of text, so that everything behind reads one kind of
//! file alone.

use std::io::{Cursor, Read, Seek};

use calamine::{Data, DataRef, Reader, Sheets, open_workbook_auto_from_rs};
use domain::tables::Sheet;

/// A workbook that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWorkbook {
    /// It is damaged, locked by a password, or something else than a workbook.
    #[error("the workbook cannot be read; save it as .xlsx without a password, or as CSV")]
    Unreadable,
    /// No sheet has a row.
    #[error("the workbook has no rows")]
    Empty,
    /// Its rows could not be kept.
    #[error("{0}")]
    Kept(String),
}

/// Maximum number of columns that are read of a sheet.
const MAX_COLUMNS: u32 = 1_000;

/// Whether a file that begins so is a workbook: a ZIP archive (`.xlsx`, `.ods`) or an OLE compound file (`.xls`).
#[must_use]
pub fn is_workbook(begin: &[u8]) -> bool {
    begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// Writes the rows of all sheets one behind the other, as CSV in UTF-8 whose first cell is the row's number, and says which
/// bytes are which sheet. Sheets without rows are left out. `keep` takes the bytes as they come.
///
/// Dates become ISO 8601, numbers what they are; a number too long for a spreadsheet's fifteen digits is written with an
/// exponent, as the spreadsheet shows it, so that nobody takes it for whole.
///
/// # Errors
/// [`BadWorkbook`]; that of `keep` as [`BadWorkbook::Kept`].
pub fn write_sheets(
    bytes: &[u8],
    keep: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<Vec<Sheet>, BadWorkbook> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| BadWorkbook::Unreadable)?;
    let mut at = 0_u64;
    let mut found = Vec::new();
    for name in book.sheet_names() {
        let from = at;
        let mut lines = Lines { row: Row::default(), buffer: Vec::new(), written: 0, keep: &mut *keep };
        write_sheet(&mut book, &name, &mut lines)?;
        lines.flush().map_err(BadWorkbook::Kept)?;
        at += lines.written;
        if at > from {
            found.push(Sheet { name, from, to: at });
        }
    }
    if found.is_empty() { Err(BadWorkbook::Empty) } else { Ok(found) }
}

fn write_sheet<RS: Read + Seek + Clone>(
    book: &mut Sheets<RS>,
    name: &str,
    lines: &mut Lines<'_>,
) -> Result<(), BadWorkbook> {
    if let Sheets::Xlsx(xlsx) = book {
        // Cell by cell: a sheet of any length takes little memory.
        let mut cells = match xlsx.worksheet_cells_reader(name) {
            Ok(cells) => cells,
            // A sheet that is a chart has no cells.
            Err(_) => return Ok(()),
        };
        while let Some(cell) = cells.next_cell().map_err(|_| BadWorkbook::Unreadable)? {
            let (row, column) = cell.get_position();
            lines.cell(row, column, text_of(cell.get_value())).map_err(BadWorkbook::Kept)?;
        }
    } else {
        let Ok(range) = book.worksheet_range(name) else { return Ok(()) };
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let row = first_row + u32::try_from(row).unwrap_or(u32::MAX);
            let column = first_column + u32::try_from(column).unwrap_or(u32::MAX);
            lines.cell(row, column, text_of(&reference(value))).map_err(BadWorkbook::Kept)?;
        }
    }
    lines.end_row().map_err(BadWorkbook::Kept)
}

fn reference(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(yes) => DataRef::Bool(*yes),
        Data::DateTime(at) => DataRef::DateTime(*at),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// Digits a spreadsheet keeps of a number.
const EXACT: f64 = 1e15;

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() >= EXACT => format!("{number:E}").replace('E', "E+"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        DataRef::DateTime(at) if at.is_duration() => at.as_f64().to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        // What a formula could not say is nothing.
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

#[derive(Default)]
struct Row {
    number: Option<u32>,
    cells: Vec<String>,
}

/// Rows on their way out.
struct Lines<'a> {
    row: Row,
    buffer: Vec<u8>,
    written: u64,
    keep: &'a mut dyn FnMut(&[u8]) -> Result<(), String>,
}

impl Lines<'_> {
    fn cell(&mut self, row: u32, column: u32, text: String) -> Result<(), String> {
        if text.is_empty() || column >= MAX_COLUMNS {
            return Ok(());
        }
        if self.row.number != Some(row) {
            self.end_row()?;
            self.row.number = Some(row);
        }
        let column = column as usize;
        if self.row.cells.len() <= column {
            self.row.cells.resize(column + 1, String::new());
        }
        self.row.cells[column] = text;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), String> {
        let Some(number) = self.row.number.take() else { return Ok(()) };
        let mut writer = csv::Writer::from_writer(std::mem::take(&mut self.buffer));
        let number = (u64::from(number) + 1).to_string();
        let cells = std::iter::once(number.as_str()).chain(self.row.cells.iter().map(String::as_str));
        writer.write_record(cells).map_err(|error| error.to_string())?;
        self.buffer = writer.into_inner().map_err(|error| error.to_string())?;
        self.row.cells.clear();
        if self.buffer.len() > 64 * 1024 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), String> {
        self.written += self.buffer.len() as u64;
        (self.keep)(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
