//! Reading the rows of a file of leads, a section of it at a time: so that a file of any length takes little memory, and
//! can be left at any row and resumed.

use csv::{ByteRecord, ReaderBuilder};
use domain::{
    lead_imports::{CellError, Column, Mapping, RejectedRow},
    leads::{Defaults, NewLead},
};
use sha2::{Digest, Sha256};
use store::lead_imports::LeadImport;

/// Maximum number of bytes of a row that is read whole. A longer one is, most likely, a quotation mark that nobody closed.
pub const MAX_ROW: usize = store::lead_imports::PIECE;

/// Bytes of a rejected cell that are kept: enough to recognise the row by.
const KEPT: usize = 1_000;

/// A position between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub byte: u64,
    /// The line of that byte, counted from 1 as an editor does.
    pub line: u64,
}

impl Position {
    /// Where a file begins.
    pub const START: Self = Self { byte: 0, line: 1 };
}

/// A row.
#[derive(Debug)]
pub struct Row {
    /// Where it begins.
    pub position: Position,
    /// What is in it.
    pub cells: ByteRecord,
    /// Whether it has no end. Then its cells are how its first line begins.
    pub endless: bool,
}

/// Rows that were read.
#[derive(Debug)]
pub struct ReadRows {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// The position after them.
    pub next: Position,
    /// Whether the rest of the line there belongs to the last row, and is to be skipped ([`skip`]).
    pub cut: bool,
    /// Whether the file ends there.
    pub ended: bool,
}

/// Reads up to `most` rows from a `window` on the file that begins at `position`; `is_last` when it reaches the file's end.
/// A row that the window cuts off is left to the next one.
///
/// Of a row that is longer than the window, or that a quotation mark leaves open to the file's end, only the first line is
/// taken for that row: what follows is read on its own, so that one slip costs one line.
#[must_use]
pub fn read(window: &[u8], is_last: bool, position: Position, delimiter: char, most: usize) -> ReadRows {
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(window);
    let mut lines = Lines { window, at: 0, line: position.line };
    let (mut rows, mut next, mut cut) = (Vec::new(), 0, false);
    while rows.len() < most {
        let mut cells = ByteRecord::new();
        // Bytes in memory can always be read, whatever they are.
        let more = reader.read_byte_record(&mut cells).unwrap_or(false);
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(window.len());
        if !more {
            next = end;
            break;
        }
        let begin = cells.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(next);
        let begin = lines.skip_breaks(begin);
        let position = Position { byte: position.byte + begin as u64, line: lines.line };
        if end < window.len() || (is_last && !is_open(&window[begin..end])) {
            rows.push(Row { position, cells, endless: false });
            next = end;
            continue;
        }
        if is_last || (rows.is_empty() && begin == 0) {
            let line = window[begin..].split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
            cut = !is_last && !line.ends_with(b"\n");
            next = begin + line.len();
            let beginning = &line.trim_ascii_end()[..line.trim_ascii_end().len().min(KEPT)];
            rows.push(Row { position, cells: ByteRecord::from(vec![beginning]), endless: true });
        } else {
            // Whole, perhaps, in the next window.
            next = begin;
        }
        break;
    }
    lines.go_to(next);
    let next = Position { byte: position.byte + next as u64, line: lines.line };
    ReadRows { rows, next, cut, ended: is_last && next.byte == position.byte + window.len() as u64 }
}

/// Whether a row at a file's end is one that a quotation mark has left open: over several lines, with a mark that has no
/// fellow.
fn is_open(row: &[u8]) -> bool {
    let row = row.trim_ascii_end();
    row.contains(&b'\n') && row.iter().filter(|byte| **byte == b'"').count() % 2 == 1
}

/// Where the next line begins; none if not in this window.
#[must_use]
pub fn skip(window: &[u8], position: Position) -> Option<Position> {
    let end = window.iter().position(|byte| *byte == b'\n')? as u64;
    Some(Position { byte: position.byte + end + 1, line: position.line + 1 })
}

/// Counts lines as an editor does. The CSV reader's own count is late by one in files whose lines end in CR LF, and points at
/// the blank lines before a row.
struct Lines<'a> {
    window: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn go_to(&mut self, byte: usize) {
        let passed = self.window.get(self.at..byte).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = self.at.max(byte);
    }

    /// Goes to the first byte from `byte` on that breaks no line.
    fn skip_breaks(&mut self, byte: usize) -> usize {
        let breaks = self.window.get(byte..).unwrap_or_default().iter();
        let byte = byte + breaks.take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.go_to(byte);
        byte
    }
}

/// The sign that stands most often in the first line.
#[must_use]
pub fn delimiter(window: &[u8]) -> char {
    let line = window.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: char| line.iter().filter(|byte| char::from(**byte) == sign).count();
    [',', ';', '\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(',')
}

/// The names in the first row; none when it is no text in UTF-8.
#[must_use]
pub fn header(row: &Row) -> Option<Vec<String>> {
    row.cells.iter().map(|name| std::str::from_utf8(name).ok().map(|name| name.trim().to_owned())).collect()
}

/// Reads a row as a lead. One without an id of its own gets one that the same row always gets.
///
/// # Errors
/// Everything that is wrong with it.
pub fn lead(row: &Row, mapping: &Mapping, defaults: &Defaults) -> Result<NewLead, Vec<CellError>> {
    if row.endless {
        let message =
            "the row does not end: it is longer than 256 KiB, or has a quotation mark that is never closed".to_owned();
        return Err(vec![CellError { column: None, message }]);
    }
    let cells: Vec<&[u8]> = row.cells.iter().collect();
    let mut lead = mapping.read(&cells, defaults)?;
    if lead.external_id.is_empty() {
        lead.external_id = row_id(&cells);
    }
    Ok(lead)
}

fn row_id(cells: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update((cell.len() as u64).to_be_bytes());
        hash.update(cell);
    }
    let digest = hash.finalize();
    digest[..12].iter().fold(String::from("row-"), |mut id, byte| {
        id.push_str(&format!("{byte:02x}"));
        id
    })
}

/// A rejected row's cells as they are kept.
fn kept(row: &Row) -> Vec<String> {
    // NUL is a character PostgreSQL has no text for.
    let text = |cell: &[u8]| String::from_utf8_lossy(&cell[..cell.len().min(KEPT)]).replace('\0', "\u{fffd}");
    row.cells.iter().map(text).collect()
}

/// What somebody has said the columns are.
///
/// # Errors
/// When no lead can be read that way: as a sentence.
pub fn mapping(import: &LeadImport) -> Result<Mapping, String> {
    let columns = import.header.iter().zip(&import.columns);
    let columns = columns.map(|(name, word)| Some((name.clone(), Column::parse(word, name)?))).collect();
    let columns: Option<Vec<_>> = columns;
    columns.ok_or_else(|| "a column is of an unknown kind".to_owned()).and_then(|columns| {
        Mapping::new(columns).map_err(|error| {
            let mut text = error.to_string();
            if let Some(first) = text.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            text + "."
        })
    })
}

/// A row that cannot be a lead, as it is kept.
#[must_use]
pub fn reject(row: &Row, errors: Vec<CellError>) -> RejectedRow {
    RejectedRow { at: row.position.byte, line: row.position.line, errors, cells: kept(row) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file through windows of so many bytes.
    fn all(file: &[u8], window: usize, most: usize) -> Vec<(u64, Vec<String>)> {
        let (mut position, mut rows) = (Position::START, Vec::new());
        let view = |position: Position| {
            let from = usize::try_from(position.byte).unwrap();
            let to = (from + window).min(file.len());
            (&file[from..to], to == file.len())
        };
        loop {
            let (bytes, is_last) = view(position);
            let mut read_rows = read(bytes, is_last, position, ',', most);
            for row in read_rows.rows {
                let cells = row.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
                let cells = cells.chain(row.endless.then(|| "endless".to_owned()));
                rows.push((row.position.line, cells.collect()));
            }
            while read_rows.cut {
                let (bytes, is_last) = view(read_rows.next);
                let behind = Position { byte: read_rows.next.byte + bytes.len() as u64, line: read_rows.next.line };
                let found = skip(bytes, read_rows.next);
                (read_rows.next, read_rows.cut) = (found.unwrap_or(behind), found.is_none() && !is_last);
            }
            if read_rows.ended {
                return rows;
            }
            assert!(read_rows.next.byte > position.byte || position.byte == file.len() as u64, "it comes forward");
            position = read_rows.next;
        }
    }

    fn rows(lines: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        lines.iter().map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect()
    }

    #[test]
    fn rows_and_their_lines_are_the_same_through_windows_of_any_size() {
        let files: [(&[u8], _); 6] = [
            (b"a,b\n1,2\n3,4\n", rows(&[(1, &["a", "b"]), (2, &["1", "2"]), (3, &["3", "4"])])),
            (b"a,b\r\n\r\n1,2\r\n\r\n\r\n3,4", rows(&[(1, &["a", "b"]), (3, &["1", "2"]), (6, &["3", "4"])])),
            (
                b"\xef\xbb\xbfa,b\r\n\"x\r\ny\",2\r\nz,4\r\n",
                rows(&[(1, &["a", "b"]), (2, &["x\r\ny", "2"]), (4, &["z", "4"])]),
            ),
            (b"\n\n\"a\"\"a\",b\n\n", rows(&[(3, &["a\"a", "b"])])),
            (b"", Vec::new()),
            (b"\r\n\n", Vec::new()),
        ];
        for (file, expected) in files {
            for window in 14..40 {
                for most in 1..4 {
                    assert_eq!(all(file, window, most), expected, "window {window}, most {most}");
                }
            }
        }
    }

    #[test]
    fn a_row_that_never_ends_costs_its_first_line() {
        let file = b"a,b\n1,2\n\n3,\"never closed\n5,6\n7,8\n9,10\n";
        let expected = rows(&[
            (1, &["a", "b"]),
            (2, &["1", "2"]),
            (4, &["3,\"never closed", "endless"]),
            (5, &["5", "6"]),
            (6, &["7", "8"]),
            (7, &["9", "10"]),
        ]);
        // Through windows it does not end in, and through one that shows the file's end.
        for window in [18, 20, 25, 300] {
            for most in [1, 3, 100] {
                assert_eq!(all(file, window, most), expected, "window {window}, most {most}");
            }
        }
        let long = [b"a,b\r\n1,".as_slice(), &[b'x'; 500], b"\r\n3,4\r\n", &[b'y'; 300]].concat();
        let lines: Vec<_> = all(&long, 40, 5).into_iter().map(|(line, cells)| (line, cells.len())).collect();
        assert_eq!(lines, [(1, 2), (2, 2), (3, 2), (4, 2)]);
    }

    #[test]
    fn a_single_mark_in_the_last_row_is_no_open_one() {
        assert_eq!(all(b"a,b\n1,5\" pipe\n", 100, 9), rows(&[(1, &["a", "b"]), (2, &["1", "5\" pipe"])]));
        assert_eq!(all(b"a,b\n1,\"x\ny\"", 100, 9), rows(&[(1, &["a", "b"]), (2, &["1", "x\ny"])]));
    }

    #[test]
    fn the_sign_between_cells_is_guessed_from_the_first_line() {
        assert_eq!(delimiter(b"a;b;c\n1,2,3,4,5,6\n"), ';');
        assert_eq!(delimiter(b"a\tb\n"), '\t');
        assert_eq!(delimiter(b"only one"), ',');
        assert_eq!(delimiter(b""), ',');
    }

    #[test]
    fn a_row_without_an_id_always_gets_the_same() {
        let mapping = Mapping::guess(&["name", "phone"]).unwrap();
        let defaults = Defaults {
            zone: "UTC".parse().unwrap(),
            currency: domain::money::Currency::EUR,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        };
        let id = |cells: &[&str]| {
            let row = Row { position: Position::START, cells: ByteRecord::from(cells.to_vec()), endless: false };
            lead(&row, &mapping, &defaults).unwrap().external_id
        };
        assert_eq!(id(&["Ada", "1"]), id(&["Ada", "1"]));
        assert_ne!(id(&["Ada", "1"]), id(&["Ada1", ""]));
    }

    #[test]
    fn what_is_kept_of_a_rejected_row_is_short_text() {
        let long = "ä".repeat(2_000);
        let row = Row {
            position: Position::START,
            cells: ByteRecord::from(vec![long.as_bytes(), b"a\0b\xff"]),
            endless: false,
        };
        let kept = kept(&row);
        assert!(kept[0].len() < 1_010);
        assert_eq!(kept[1], "a\u{fffd}b\u{fffd}");
    }
}
