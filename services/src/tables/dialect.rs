//! How a file's text is rows: found out by trying.

use csv::{ByteRecord, Reader, ReaderBuilder};
use domain::{
    lead_imports::suggest,
    tables::{Reading, Separator},
};
use encoding_rs::{Encoding, UTF_8};

use super::encoding::known_encoding;

/// How bytes are read as rows of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The encoding of the text.
    pub encoding: &'static Encoding,
    /// The byte between cells.
    pub separator: u8,
    /// Whether `\"` is a quotation mark within a quoted cell.
    pub backslash: bool,
    /// Whether the first cell of each row is the number of the sheet's row.
    pub numbered: bool,
}

impl Dialect {
    /// The dialect that a reading describes.
    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        Self {
            encoding: known_encoding(&reading.encoding).unwrap_or(UTF_8),
            separator: reading.separator.byte(),
            backslash: reading.backslash,
            numbered: !reading.sheets.is_empty(),
        }
    }

    pub(super) fn reader<'a>(&self, text: &'a [u8]) -> Reader<&'a [u8]> {
        ReaderBuilder::new()
            .delimiter(self.separator)
            .escape(self.backslash.then_some(b'\\'))
            .flexible(true)
            .has_headers(false)
            .from_reader(text)
    }

    /// Whether the quotation marks of a row do not pair: something else than a separator behind a closing one, or none that
    /// closes.
    pub(super) fn is_open(&self, row: &[u8]) -> bool {
        let mut bytes = row.iter().copied().peekable();
        loop {
            // At the beginning of a cell.
            if bytes.peek() == Some(&b'"') {
                bytes.next();
                loop {
                    match bytes.next() {
                        None => return true,
                        Some(b'\\') if self.backslash => drop(bytes.next()),
                        Some(b'"') if bytes.peek() == Some(&b'"') => drop(bytes.next()),
                        Some(b'"') => break,
                        Some(_) => {}
                    }
                }
                while bytes.peek().is_some_and(|byte| *byte == b' ') {
                    bytes.next();
                }
                if bytes.peek().is_some_and(|byte| *byte != self.separator && !matches!(byte, b'\r' | b'\n')) {
                    return true;
                }
            }
            match bytes.find(|byte| *byte == self.separator || matches!(byte, b'\r' | b'\n')) {
                None => return false,
                Some(_) if bytes.peek().is_none() => return false,
                Some(_) => {}
            }
        }
    }
}

/// Rows that are tried.
const TRIED: usize = 200;

/// Rows at the beginning of a file among which its header is: a title and what else people write above it come first.
pub(super) const ABOVE: usize = 10;

/// The separator that makes the most even table of a text, and whether `\"` is a quotation mark in it.
///
/// Counting signs in the first line is misled by a list within a cell. So each is tried: how many rows have as many cells as the
/// header, then how many columns have a name that is known, then how many there are.
pub(super) fn guess(text: &[u8]) -> (Separator, bool) {
    let escapes: &[bool] = if text.windows(2).any(|pair| pair == b"\\\"") { &[false, true] } else { &[false] };
    let mut best = (Separator::Comma, false);
    let mut best_score = (false, 0, 0, 0);
    for separator in Separator::ALL {
        for backslash in escapes {
            let score = score(text, *separator, *backslash);
            if score > best_score {
                (best, best_score) = ((*separator, *backslash), score);
            }
        }
    }
    best
}

/// Whether there are several columns, how even the rows are in percent, how many names are known, how many columns there are.
fn score(text: &[u8], separator: Separator, backslash: bool) -> (bool, usize, usize, usize) {
    let dialect = Dialect { encoding: UTF_8, separator: separator.byte(), backslash, numbered: false };
    let mut reader = dialect.reader(text);
    let (mut record, mut header) = (ByteRecord::new(), None::<Vec<String>>);
    let (mut rows, mut even, mut above) = (0_usize, 0_usize, 0_usize);
    let header_width = widest(&dialect, text);
    let mut before = 0;
    while rows < TRIED && reader.read_byte_record(&mut record).unwrap_or(false) {
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(text.len());
        let row = &text[before.min(end)..end];
        before = end;
        let width = width_of(&record);
        if width == 0 {
            continue;
        }
        if header.is_none() && width * 2 <= header_width {
            // A title, perhaps, or a header that was not split.
            above += 1;
            continue;
        }
        let Some(header) = &header else {
            header = Some(record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect());
            continue;
        };
        rows += 1;
        // A row that ends early has lost only empty cells, perhaps; one that is longer was split too often. Quotation marks
        // that do not pair tell that this is not how it was written.
        even += match width.cmp(&header.len()) {
            _ if dialect.is_open(row) && end < text.len() => 0,
            std::cmp::Ordering::Equal => 4,
            std::cmp::Ordering::Less if record.len() == header.len() => 4,
            std::cmp::Ordering::Less => 1,
            std::cmp::Ordering::Greater => 0,
        };
    }
    let header = header.unwrap_or_default();
    let known = suggest(&header, &[]).iter().filter(|found| found.column.as_str() != "field").count();
    if above > 0 && known == 0 {
        return (false, 0, 0, 0);
    }
    // A row that nobody knows the meaning of is uneven as well.
    let even = ((even + above) * 25).checked_div(rows + above).unwrap_or(100);
    (header.len() > 1 && even >= 25, even / 10, known, header.len())
}

/// The most cells of the first rows: a header has as many.
fn widest(dialect: &Dialect, text: &[u8]) -> usize {
    let rows = dialect.reader(text).into_byte_records().map_while(Result::ok);
    rows.take(ABOVE).map(|row| width_of(&row)).max().unwrap_or(0)
}

/// How many cells a row has, without the empty ones at its end.
fn width_of(row: &ByteRecord) -> usize {
    row.iter().rposition(|cell| !cell.trim_ascii().is_empty()).map_or(0, |last| last + 1)
}

/// What the hint line that spreadsheets write before the header says, and where it ends: `sep=;`.
pub(super) fn hint(text: &[u8]) -> Option<(Separator, usize)> {
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let line = text[..end].trim_ascii();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let sign = match line.get(..4) {
        Some(begin) if begin.eq_ignore_ascii_case(b"sep=") => &line[4..],
        _ => return None,
    };
    // A tab at the line's end is white space that was cut.
    let sign = sign.first().copied().unwrap_or(b'\t');
    let separator = Separator::of(char::from(sign))?;
    let breaks = text[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    Some((separator, end + breaks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_found_by_trying() {
        for (text, separator) in [
            ("a;b;c\n1,2;3;4,5\n", Separator::Semicolon),
            ("Name;Notes, wishes, and more\nAda;a\nBob;b, c\n", Separator::Semicolon),
            ("Name,Email,Notes\nAda,a@b.de,\"x; y; z; w\"\nBob,b@b.de,u;v\n", Separator::Comma),
            ("\"Last, first\"\tPhone\nByron, Ada\t030 1\n", Separator::Tab),
            ("name|email\nAda|a@b.de\n", Separator::Pipe),
            ("only one\nByron, Ada\nHopper, Grace\n", Separator::Semicolon),
            ("name,email\n", Separator::Comma),
            ("", Separator::Comma),
            ("Name;Preis\nAda;25,50\nBob;1.250,00\n", Separator::Semicolon),
            ("Leads of March, all\n\nName;Email\nAda;a@b.de\n", Separator::Semicolon),
            ("Name,Email,Phone,Roof\nAda,a@b.de,030 1,flat\nBob,b@b.de\nCid\n", Separator::Comma),
        ] {
            assert_eq!(guess(text.as_bytes()).0, separator, "{text:?}");
        }
    }

    #[test]
    fn a_backslash_is_taken_for_an_escape_where_that_makes_an_even_table() {
        assert_eq!(guess(b"a,b\n\"say \\\"hi, there\\\"\",2\n\"x\",3\n"), (Separator::Comma, true));
        assert_eq!(guess(b"a,b\n\"C:\\dir\\\",2\n\"D:\\\",3\n"), (Separator::Comma, false));
    }

    #[test]
    fn the_hint_line_of_spreadsheets() {
        assert_eq!(hint(b"sep=;\r\na;b\r\n"), Some((Separator::Semicolon, 7)));
        assert_eq!(hint(b"\"SEP=|\"\na|b\n"), Some((Separator::Pipe, 8)));
        assert_eq!(hint(b"sep=\t\na\tb"), Some((Separator::Tab, 6)));
        assert_eq!(hint(b"separator;b\n"), None);
        assert_eq!(hint(b"sep=x\n"), None);
        assert_eq!(hint(b"sep=;"), None);
    }

    #[test]
    fn quotation_marks_pair_or_not() {
        let dialect = Dialect { encoding: UTF_8, separator: b',', backslash: false, numbered: false };
        for fine in [
            "a,b\n", "\"a\",b", "\"x\ny\",2\n", "\"a\"\"b\" ,c\r\n", "", "5\" pipe,x\n", "a,\"b\"", "\"a\",\n",
            ",,\"\"\n",
        ] {
            assert!(!dialect.is_open(fine.as_bytes()), "{fine:?}");
        }
        for open in ["\"a,b\n", "1,\"open\n2,\"fine\"\n", "\"a\"b\"\n,", "x,\"y\n\"z"] {
            assert!(dialect.is_open(open.as_bytes()), "{open:?}");
        }
        let escaped = Dialect { backslash: true, ..dialect };
        assert!(!escaped.is_open(b"\"a\\\"b\",c\n"));
    }
}
