//! Files of rows, whatever they come from: one way of reading them for uploads and the command line, leads and partners.
//!
//! `encoding` finds out how bytes are text, `dialect` how text is rows, `rows` reads them a window at a time, `workbook` turns
//! the sheets of a spreadsheet into rows of text, and `layout` puts it together for a file that has just come. `choice` is what
//! somebody says otherwise.

mod choice;
mod dialect;
mod encoding;
mod layout;
mod rejects;
mod rows;
mod workbook;

pub use choice::ReadingChoice;
pub use dialect::Dialect;
pub use encoding::{Sniffer, known_encoding};
pub use layout::{BEGIN, BadFile, Layout, TextRow, begin, lay_out, sample, whole};
pub use rejects::RejectSheet;
pub use rows::{MAX_ROW, Position, ReadRows, Row, read, skip};
pub use workbook::{BadWorkbook, is_workbook, write_sheets};
