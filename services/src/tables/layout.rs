//! What a file's beginning says of all of it.

use domain::{
    email::Email,
    lead_imports::{Mapping, suggest},
    money::Currency,
    tables::{DateOrder, DecimalMark, Reading, amounts, times},
};
use encoding_rs::Encoding;

use super::{
    Dialect, Position, dialect,
    encoding::{is_wide, mark, narrow, widened},
    rows::{MAX_ROW, ReadRows, Row, read},
};

/// Bytes of a file that are looked at to find out how it is read.
pub const BEGIN: usize = 2 * MAX_ROW;

/// Rows that are looked at.
const LOOKED_AT: usize = 1_000;

/// A file that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Nothing but a header.
    #[error("the file has no rows below the header")]
    NoRows,
    /// Its header has a quotation mark that nobody closed.
    #[error("the header has a quotation mark that is never closed")]
    OpenQuote,
    /// Its first row is no header: it holds a lead.
    #[error("the first row holds values; add a row above it that names the columns")]
    NoHeader,
    /// Its header is no text in that encoding.
    #[error("the header is no text in this encoding; choose another one, or save the file as UTF-8")]
    NotText,
    /// It has too many columns.
    #[error("the file has more than {max} columns; remove those that are not needed", max = Mapping::MAX_COLUMNS)]
    TooManyColumns,
}

/// What was found out about a file.
#[derive(Debug, Clone)]
pub struct Layout {
    /// How it is read.
    pub reading: Reading,
    /// The names of its columns and what each holds: an identifier of [`domain::lead_imports::COLUMNS`].
    pub columns: Vec<(String, String)>,
    /// Where the first row below the header begins.
    pub first: Position,
}

/// The reading that a file's bytes suggest; the separator and what follows from it are [`lay_out`]'s.
#[must_use]
pub fn begin(encoding: &'static Encoding, window: &[u8], currency: Currency) -> Reading {
    let text = text_of(window, encoding);
    let reading = Reading { encoding: encoding.name().to_owned(), ..Reading::default() };
    let (separator, backslash) = dialect::hint(&text).map_or_else(
        || dialect::guess(&text[..text.len().min(MAX_ROW / 4)]),
        |(separator, end)| (separator, dialect::guess(&text[end..text.len().min(MAX_ROW / 4).max(end)]).1),
    );
    // In the files of one country both are the custom: where the cells are not separated by commas, decimals are.
    let decimal =
        if separator == domain::tables::Separator::Semicolon { DecimalMark::Comma } else { DecimalMark::Point };
    let dates = if currency.code() == "USD" { DateOrder::MonthFirst } else { DateOrder::DayFirst };
    Reading { separator, backslash, decimal, dates, ..reading }
}

/// A window's text as bytes that are split, without the byte order mark.
fn text_of(window: &[u8], encoding: &'static Encoding) -> Vec<u8> {
    let marked = window.strip_prefix(mark(encoding)).unwrap_or(window);
    if is_wide(encoding) { narrow(marked, encoding, true) } else { marked.to_vec() }
}

/// Where the header begins: behind the byte order mark and a hint line.
fn start(window: &[u8], dialect: &Dialect) -> Position {
    let mark = mark(dialect.encoding);
    let marked = if window.starts_with(mark) { mark.len() } else { 0 };
    let text = text_of(window, dialect.encoding);
    match dialect::hint(&text) {
        Some((_, end)) => {
            let bytes = if is_wide(dialect.encoding) { widened(&text[..end]) } else { end };
            let lines = text[..end].iter().filter(|byte| **byte == b'\n').count().max(1);
            Position { byte: (marked + bytes) as u64, line: 1 + lines as u64 }
        }
        None => Position { byte: marked as u64, line: 1 },
    }
}

/// The rows that a window on the beginning of a file (or of its chosen sheet) shows, the header first.
fn first_rows(window: &[u8], is_last: bool, reading: &Reading, most: usize) -> ReadRows {
    let dialect = Dialect::of(reading);
    let start = if reading.sheets.is_empty() { start(window, &dialect) } else { Position::START };
    let from = usize::try_from(start.byte).unwrap_or(0).min(window.len());
    read(&window[from..], is_last, start, &dialect, most)
}

/// The first rows below the header as text, for [`suggest`] and its like; what is no text is empty.
#[must_use]
pub fn sample(rows: &[Row], dialect: &Dialect) -> Vec<Vec<String>> {
    let texts = |row: &Row| row.texts(dialect).into_iter().map(|cell| cell.unwrap_or_default().into_owned()).collect();
    rows.iter().filter(|row| !row.endless).take(LOOKED_AT).map(texts).collect()
}

/// How many of the first rows stand above the header, such as a title: those before the first row that names a contact, if one does.
fn rows_above(rows: &[Row], dialect: &Dialect) -> usize {
    let rows = &rows[..rows.len().min(dialect::ABOVE)];
    let width = |row: &Row| row.cells.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
    let widest = rows.iter().map(width).max().unwrap_or(0);
    let names_a_contact = |row: &Row| {
        let names: Vec<String> =
            row.texts(dialect).into_iter().map(|name| name.unwrap_or_default().into_owned()).collect();
        // A sentence about emails is no header of a table.
        !row.endless && width(row) * 2 > widest && suggest(&names, &[]).iter().any(|found| found.column.is_contact())
    };
    rows.iter().position(names_a_contact).unwrap_or(0)
}

/// The names in a header.
fn names_in(header: &Row, dialect: &Dialect) -> Result<Vec<String>, BadFile> {
    if header.endless {
        return Err(BadFile::OpenQuote);
    }
    let names = header.texts(dialect).into_iter().map(|name| name.map(|name| name.trim().to_owned()));
    let names: Option<Vec<String>> = names.collect();
    names.filter(|names| !names.iter().any(|name| name.contains('\0'))).ok_or(BadFile::NotText)
}

/// Finds out what the columns of a file are, and how its numbers and dates are written, from a window on its beginning: of a
/// workbook, on that of the chosen sheet. Positions are counted from there.
///
/// # Errors
/// [`BadFile`] when it is no table.
pub fn lay_out(window: &[u8], is_last: bool, mut reading: Reading) -> Result<Layout, BadFile> {
    let dialect = Dialect::of(&reading);
    let found = first_rows(window, is_last, &reading, dialect::ABOVE + LOOKED_AT);
    let above = rows_above(&found.rows, &dialect);
    let header = found.rows.get(above).ok_or(BadFile::Empty)?;
    let mut names = names_in(header, &dialect)?;
    if names.iter().any(|name| Email::parse(name).is_ok()) {
        return Err(BadFile::NoHeader);
    }
    let below = &found.rows[above + 1..];
    let rows = sample(below, &dialect);
    // Columns at the end without a name and without a value are separators too many.
    let is_used = |index: usize| rows.iter().any(|row| row.get(index).is_some_and(|cell| !cell.trim().is_empty()));
    while names.last().is_some_and(String::is_empty) && !is_used(names.len() - 1) {
        names.pop();
    }
    if names.len() > Mapping::MAX_COLUMNS {
        return Err(BadFile::TooManyColumns);
    }
    if below.is_empty() && found.ended {
        return Err(BadFile::NoRows);
    }
    let first = below.first().map_or(found.next, |row| row.position);
    let columns: Vec<_> =
        suggest(&names, &rows).into_iter().map(|found| (found.name, found.column.as_str().to_owned())).collect();
    let values = |wanted: &str| {
        let cells = rows.iter().flat_map(|row| columns.iter().zip(row));
        let cells = cells.filter(|((_, word), _)| word == wanted).map(|(_, cell)| cell.as_str());
        cells.collect::<Vec<_>>()
    };
    reading.decimal = amounts::mark_of(values("price").into_iter()).unwrap_or(reading.decimal);
    reading.dates = times::order_of(values("delivered_at").into_iter()).unwrap_or(reading.dates);
    Ok(Layout { reading, columns, first })
}

/// A row's line, and its cells; none of them where the bytes are no text.
pub type TextRow = (u64, Vec<Option<String>>);

/// All of a small file: its header, and its rows.
///
/// # Errors
/// [`BadFile`] when it is no table.
pub fn whole(bytes: &[u8], reading: &Reading) -> Result<(Vec<String>, Vec<TextRow>), BadFile> {
    let (from, to) = reading.span(bytes.len() as u64);
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
    let window = &bytes[place(from)..place(to)];
    let dialect = Dialect::of(reading);
    let found = first_rows(window, true, reading, usize::MAX);
    let mut rows = found.rows.into_iter();
    let names = names_in(&rows.next().ok_or(BadFile::Empty)?, &dialect)?;
    let texts = |row: &Row| -> Vec<Option<String>> {
        match row.endless {
            true => vec![None],
            false => row.texts(&dialect).into_iter().map(|cell| cell.map(|text| text.into_owned())).collect(),
        }
    };
    let rows = rows.map(|row| (row.position.line, texts(&row))).collect();
    Ok((names, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &[u8]) -> Result<Layout, BadFile> {
        let reading = begin(encoding_rs::UTF_8, text, Currency::EUR);
        lay_out(text, true, reading)
    }

    #[test]
    fn a_header_is_found_below_a_title() {
        let layout = laid_out(b"Email leads, all\n\nName;Email\nAda;a@b.de\n").unwrap();
        assert_eq!(layout.columns[0], ("Name".to_owned(), "name".to_owned()));
        assert_eq!((layout.first.byte, layout.first.line), (29, 4));
        assert_eq!(laid_out(b"Wer;Was\nAda;x\n").unwrap().first.line, 2, "a header of names that nobody knows is one");
    }

    #[test]
    fn a_file_that_is_no_table_is_refused() {
        for (text, error) in [
            (&b""[..], BadFile::Empty),
            (b"\n\n", BadFile::Empty),
            (b"Name;Email\n", BadFile::NoRows),
            (b"Ada,ada@mail.example\nBob,bob@mail.example\n", BadFile::NoHeader),
            (b"\"Name;Email\nAda;x\n", BadFile::OpenQuote),
            (b"Na\xffme\nAda\n", BadFile::NotText),
        ] {
            assert_eq!(laid_out(text).unwrap_err(), error, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_marks_of_columns_are_read_from_their_values() {
        let layout = laid_out(b"Name;Preis;Datum\nAda;1,250.00;11/20/2026\n").unwrap();
        assert_eq!((layout.reading.decimal, layout.reading.dates), (DecimalMark::Point, DateOrder::MonthFirst));
        let layout = laid_out(b"sep=;\nName;Preis\nAda;12\n").unwrap();
        assert_eq!((layout.reading.decimal, layout.first.line), (DecimalMark::Comma, 3));
    }
}
