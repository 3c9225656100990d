//! Reading the rows of a file, a section of it at a time: so that a file of any length takes little memory, and can be left at
//! any row and resumed.

use std::{borrow::Cow, ops::Range};

use csv::ByteRecord;

use super::{
    Dialect,
    encoding::{decode, is_wide, narrow, widened},
};

/// Maximum number of bytes of a row that is read whole. A longer one is, most likely, a quotation mark that nobody closed.
pub const MAX_ROW: usize = store::lead_imports::PIECE;

/// Bytes of a row without an end that are kept: enough to recognise it by.
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
    /// Its bytes in the window.
    pub bytes: Range<usize>,
    /// Whether it has no end. Then its cells are how its first line begins.
    pub endless: bool,
}

impl Row {
    /// Its cells as text; none where the bytes are no text in the file's encoding.
    #[must_use]
    pub fn texts(&self, dialect: &Dialect) -> Vec<Option<Cow<'_, str>>> {
        self.cells.iter().map(|cell| decode(cell, dialect.encoding)).collect()
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.iter().all(|byte| byte.is_ascii_whitespace()))
    }
}

/// Rows that were read.
#[derive(Debug)]
pub struct ReadRows {
    /// The rows, in order. Those with nothing in them are left out.
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
/// Of a row that is longer than the window, or whose quotation marks do not pair over several lines, only the first line is
/// taken for that row: what follows is read on its own, so that one slip costs one line.
#[must_use]
pub fn read(window: &[u8], is_last: bool, position: Position, dialect: &Dialect, most: usize) -> ReadRows {
    if !is_wide(dialect.encoding) {
        return read_text(window, is_last, position, dialect, most);
    }
    let text = narrow(window, dialect.encoding, is_last);
    let mut found = read_text(&text, is_last, Position { byte: 0, ..position }, dialect, most);
    // Back to places in the file: each row lies behind the one before.
    let (mut at, mut wide) = (0, 0);
    let mut place = |byte: usize| {
        wide += widened(&text[at..byte]);
        at = byte;
        wide
    };
    for row in &mut found.rows {
        let (start, end) = (place(row.bytes.start), place(row.bytes.end));
        row.bytes = start..end.min(window.len());
        row.position.byte = position.byte + start as u64;
    }
    let next = place(usize::try_from(found.next.byte).unwrap_or(text.len()).min(text.len()));
    // An odd byte at the end is no character.
    let next = if found.ended { window.len() } else { next };
    found.next.byte = position.byte + next as u64;
    found
}

fn read_text(window: &[u8], is_last: bool, position: Position, dialect: &Dialect, most: usize) -> ReadRows {
    let (mut rows, mut next, mut cut) = (Vec::new(), 0, false);
    let mut lines = Lines { window, at: 0, line: position.line };
    // A slip in one row makes a new beginning behind its first line.
    'anew: loop {
        let base = next;
        let mut reader = dialect.reader(&window[base..]);
        while rows.len() < most {
            let mut cells = ByteRecord::new();
            // Bytes in memory can always be read, whatever they are.
            let more = reader.read_byte_record(&mut cells).unwrap_or(false);
            let end =
                usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).saturating_add(base).min(window.len());
            if !more {
                // A carriage return that the window cuts from its line feed would be counted twice.
                next = if !is_last && window[..end].ends_with(b"\r") { end - 1 } else { end };
                break;
            }
            let begin = cells.position().and_then(|position| usize::try_from(position.byte()).ok());
            let begin = lines.skip_breaks(begin.map_or(next, |begin| begin + base));
            let row = Position { byte: position.byte + begin as u64, line: lines.line };
            let bytes = without_break(&window[begin..end]);
            let lines_of_it = bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
            let whole = end < window.len() || is_last;
            if whole && !(lines_of_it && dialect.is_open(bytes)) {
                let row =
                    numbered(Row { position: row, cells, bytes: begin..begin + bytes.len(), endless: false }, dialect);
                if !row.is_blank() {
                    rows.push(row);
                }
                next = end;
                continue;
            }
            if !(whole || rows.is_empty() && begin == 0) {
                // Whole, perhaps, in the next window.
                next = begin;
                break 'anew;
            }
            let line = first_line(&window[begin..]);
            cut = !whole && begin + line.len() == window.len();
            next = begin + line.len();
            let text = line.trim_ascii_end();
            let cells = ByteRecord::from(vec![&text[..text.len().min(KEPT)]]);
            rows.push(Row { position: row, cells, bytes: begin..begin + text.len().min(KEPT), endless: true });
            if cut {
                break 'anew;
            }
            lines.go_to(next);
            continue 'anew;
        }
        break;
    }
    lines.go_to(next);
    let next = Position { byte: position.byte + next as u64, line: lines.line };
    ReadRows { rows, next, cut, ended: is_last && next.byte == position.byte + window.len() as u64 }
}

/// Takes the number of the sheet's row from a row's first cell.
fn numbered(mut row: Row, dialect: &Dialect) -> Row {
    if dialect.numbered {
        let number =
            row.cells.get(0).and_then(|cell| std::str::from_utf8(cell).ok()).and_then(|text| text.parse().ok());
        row.position.line = number.unwrap_or(row.position.line);
        row.cells = row.cells.iter().skip(1).collect();
    }
    row
}

/// A row without what ends it.
fn without_break(mut row: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r' | b'\n'] = row {
        row = rest;
    }
    row
}

fn first_line(text: &[u8]) -> &[u8] {
    let Some(end) = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else { return text };
    let breaks = if text[end..].starts_with(b"\r\n") { 2 } else { 1 };
    &text[..end + breaks]
}

/// Where the next line begins; none if not in this window.
#[must_use]
pub fn skip(window: &[u8], position: Position, dialect: &Dialect) -> Option<Position> {
    let wide = is_wide(dialect.encoding);
    let text = if wide { Cow::Owned(narrow(window, dialect.encoding, true)) } else { Cow::Borrowed(window) };
    let line = first_line(&text);
    if !line.ends_with(b"\n") && !line.ends_with(b"\r") {
        return None;
    }
    let end = if wide { widened(line) } else { line.len() };
    Some(Position { byte: position.byte + end as u64, line: position.line + 1 })
}

/// Counts lines as an editor does, whatever ends them: LF, CR LF or CR alone.
struct Lines<'a> {
    window: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn go_to(&mut self, byte: usize) {
        for at in self.at..byte.min(self.window.len()) {
            let ends = match self.window[at] {
                b'\n' => true,
                b'\r' => self.window.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
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

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
    use proptest::prelude::*;

    use super::{super::encoding::encode, *};

    const COMMA: Dialect = Dialect { encoding: UTF_8, separator: b',', backslash: false, numbered: false };

    /// Reads a file through windows of so many bytes.
    fn all(file: &[u8], window: usize, most: usize) -> Vec<(u64, Vec<String>)> {
        all_in(file, window, most, &COMMA)
    }

    fn all_in(file: &[u8], window: usize, most: usize, dialect: &Dialect) -> Vec<(u64, Vec<String>)> {
        let (mut position, mut rows) = (Position::START, Vec::new());
        let view = |position: Position| {
            let from = usize::try_from(position.byte).unwrap();
            let to = (from + window).min(file.len());
            (&file[from..to], to == file.len())
        };
        loop {
            let (bytes, is_last) = view(position);
            let mut read_rows = read(bytes, is_last, position, dialect, most);
            for row in read_rows.rows {
                let cells = row
                    .texts(dialect)
                    .into_iter()
                    .map(|cell| cell.map_or("?".to_owned(), Cow::into_owned))
                    .collect::<Vec<_>>()
                    .into_iter();
                let cells = cells.chain(row.endless.then(|| "endless".to_owned()));
                rows.push((row.position.line, cells.collect()));
            }
            while read_rows.cut {
                let (bytes, is_last) = view(read_rows.next);
                let behind = Position { byte: read_rows.next.byte + bytes.len() as u64, line: read_rows.next.line };
                let found = skip(bytes, read_rows.next, dialect);
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
    fn an_open_mark_that_a_later_one_closes_costs_its_line_too() {
        let file = b"a,b\n1,\"open\n2,\"fine\"\n3,x\n4,\"y\"\n";
        let expected = rows(&[
            (1, &["a", "b"]),
            (2, &["1,\"open", "endless"]),
            (3, &["2", "fine"]),
            (4, &["3", "x"]),
            (5, &["4", "y"]),
        ]);
        for window in [20, 30, 300] {
            assert_eq!(all(file, window, 2), expected, "window {window}");
        }
    }

    #[test]
    fn lines_end_in_carriage_returns_too_and_empty_rows_are_none() {
        let expected = rows(&[(1, &["a", "b"]), (2, &["1", "2"]), (5, &["x\ry", "4"]), (7, &["5", "6"])]);
        assert_eq!(all(b"a,b\r1,2\r,\r\r\"x\ry\",4\r5,6", 100, 3), expected);
        assert_eq!(all(b"a,b\r1,2\r,\r\r\"x\ry\",4\r5,6\r", 14, 3), expected);
        let expected = rows(&[(1, &["a", "b"]), (3, &["1", "2"])]);
        assert_eq!(all(b"a,b\r\n ,\t\r\n1,2\r\n,,\r\n", 100, 9), expected);
    }

    #[test]
    fn rows_of_sheets_have_their_own_numbers() {
        let dialect = Dialect { numbered: true, ..COMMA };
        let expected = rows(&[(3, &["a", "b"]), (7, &["x\ny", "2"])]);
        assert_eq!(all_in(b"3,a,b\n5,,\n7,\"x\ny\",2\n", 100, 9, &dialect), expected);
    }

    #[test]
    fn what_is_no_text_is_none() {
        let file = b"a,b\nGro\xdf,x\n";
        assert_eq!(all(file, 100, 9), rows(&[(1, &["a", "b"]), (2, &["?", "x"])]));
        let western = Dialect { encoding: WINDOWS_1252, ..COMMA };
        assert_eq!(all_in(file, 100, 9, &western), rows(&[(1, &["a", "b"]), (2, &["Groß", "x"])]));
    }

    /// A table's cells: texts that Windows-1252 has, with everything that needs care.
    fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
        (1_usize..5).prop_flat_map(|width| {
            let cell = "[a-zA-ZäöüßéÇ0-9 ,;|'@.+\\-\t\"\n]{0,12}";
            prop::collection::vec(prop::collection::vec(cell, width), 1..12)
        })
    }

    proptest! {
        #[test]
        fn a_table_written_in_any_dialect_is_read_back(
            table in cells(), encoding in 0_usize..4, separator in 0_usize..4, ending in 0_usize..3, quoted: bool,
            window in 200_usize..400, most in 1_usize..5,
        ) {
            let encoding = [UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252][encoding];
            let dialect = Dialect { encoding, separator: b",;\t|"[separator], ..COMMA };
            let terminator = [csv::Terminator::CRLF, csv::Terminator::Any(b'\n'), csv::Terminator::Any(b'\r')][ending];
            let mut writer = csv::WriterBuilder::new()
                .delimiter(dialect.separator)
                .terminator(terminator)
                .quote_style(if quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
                .from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let file = encode(&text, encoding);
            let window = window / 2 * 2;
            let read: Vec<Vec<String>> = all_in(&file, window, most, &dialect).into_iter().map(|(_, cells)| cells).collect();
            let expected: Vec<Vec<String>> =
                table.into_iter().filter(|row| row.iter().any(|cell| !cell.trim_ascii().is_empty())).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn no_bytes_break_it(file in prop::collection::vec(any::<u8>(), 0..300), encoding in 0_usize..4, window in 16_usize..64) {
            let encoding = [UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252][encoding];
            let _ = all_in(&file, window / 2 * 2, 3, &Dialect { encoding, ..COMMA });
        }
    }
}
