//! Lists as workbooks (Office Open XML): numbers and dates are what they are, and words are never formulas.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use domain::money::Price;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{
    sheet::{Cell, Column, Row},
    stream::{Output, Stopped},
};

/// The rows that a sheet of a workbook can have, the head among them.
const ROWS: u32 = 1_048_576;
/// The UTF-16 units that a cell can have.
const TEXT: usize = 32_767;
/// Bytes sent at once.
const PIECE: usize = 64 * 1_024;

/// A workbook under construction. Its rows lie in a temporary file, so that it takes no more memory the more there are.
pub(super) struct Book {
    workbook: Workbook,
    title: &'static str,
    columns: Vec<Column>,
    /// How many sheets there are.
    sheets: usize,
    /// The next row of the last sheet.
    row: u32,
    /// How many rows a sheet has at most.
    limit: u32,
    formats: Formats,
}

struct Formats {
    head: Format,
    count: Format,
    tenths: Format,
    day: Format,
    time: Format,
    /// By the number of decimals.
    amounts: BTreeMap<usize, Format>,
}

impl Book {
    /// One with a sheet of this title, and the columns' names on it.
    pub(super) fn new(title: &'static str, columns: Vec<Column>) -> Result<Self, XlsxError> {
        let format = |pattern: &str| Format::new().set_num_format(pattern);
        let formats = Formats {
            head: Format::new().set_bold(),
            count: format("0"),
            tenths: format("0.0"),
            day: format("yyyy-mm-dd"),
            time: format("yyyy-mm-dd hh:mm:ss"),
            amounts: BTreeMap::new(),
        };
        let mut book = Self { workbook: Workbook::new(), title, columns, sheets: 0, row: 0, limit: ROWS, formats };
        book.add_sheet()?;
        Ok(book)
    }

    fn add_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = if self.sheets == 1 { self.title.to_owned() } else { format!("{} {}", self.title, self.sheets) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, at) in self.columns.iter().zip(0..) {
            sheet.set_column_width(at, column.width)?;
        }
        for (column, at) in self.columns.iter().zip(0..) {
            sheet.write_string_with_format(0, at, fitting(column.name.clone()), &self.formats.head)?;
        }
        self.row = 1;
        Ok(())
    }

    /// Adds rows. When a sheet is full, the next one begins.
    pub(super) fn add(&mut self, rows: Vec<Row>) -> Result<(), XlsxError> {
        for row in rows {
            if self.row == self.limit {
                self.add_sheet()?;
            }
            let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
            for (cell, at) in row.into_iter().zip(0..) {
                write(sheet, (self.row, at), cell, &mut self.formats)?;
            }
            self.row += 1;
        }
        Ok(())
    }

    /// The whole of it, in a file that is gone when it is closed.
    pub(super) fn finish(mut self) -> Result<File, XlsxError> {
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

fn write(sheet: &mut Worksheet, (row, at): (u32, u16), cell: Cell, formats: &mut Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string(row, at, fitting(text))?,
        Cell::Count(count) => sheet.write_number_with_format(row, at, count as f64, &formats.count)?,
        Cell::Tenths(tenths) => sheet.write_number_with_format(row, at, tenths as f64 / 10.0, &formats.tenths)?,
        Cell::Amount(money) => return write(sheet, (row, at), Cell::Price(money.into()), formats),
        Cell::Price(price) => {
            // A price that is finer shows its places.
            let decimal = price.decimal();
            let decimals = decimal.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let places = || format!("#,##0.{}", "0".repeat(decimals));
            let pattern = || Format::new().set_num_format(places().trim_end_matches('.'));
            let (units, _) = price.units();
            let amount = units as f64 / 10_f64.powi(Price::decimals(price.currency).try_into().unwrap_or(0));
            sheet.write_number_with_format(row, at, amount, formats.amounts.entry(decimals).or_insert_with(pattern))?
        }
        // A workbook's days begin in 1900; those before are words.
        Cell::Day(day) => match excel_day(day) {
            Some(excel) => sheet.write_datetime_with_format(row, at, excel, &formats.day)?,
            None => sheet.write_string(row, at, day.to_string())?,
        },
        // It knows no time zones: what is shown is the account's clock.
        Cell::Time(time) => match excel_time(time.clock()) {
            Some(excel) => sheet.write_datetime_with_format(row, at, excel, &formats.time)?,
            None => sheet.write_string(row, at, time.rfc3339())?,
        },
        Cell::Empty => sheet,
    };
    Ok(())
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let [month, of_month] = [day.month(), day.day()].map(u8::try_from);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month.ok()?, of_month.ok()?).ok()
}

fn excel_time(time: NaiveDateTime) -> Option<ExcelDateTime> {
    let [minute, second] = [time.minute(), time.second()].map(u8::try_from);
    let hour = u16::try_from(time.hour()).ok()?;
    excel_day(time.date())?.and_hms(hour, minute.ok()?, second.ok()?).ok()
}

/// What fits into a cell of a text.
fn fitting(text: String) -> String {
    if text.len() <= TEXT || text.encode_utf16().count() <= TEXT {
        return text;
    }
    let mut room = TEXT;
    let fits = |c: &char| {
        room = room.saturating_sub(c.len_utf16());
        room > 0
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// Sends a finished workbook. No thread waits for a slow reader: only reading the file is left to those that may.
pub(super) async fn send(mut file: File, output: &Output) -> Result<(), Stopped> {
    loop {
        let read = move || {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, std::io::Error>((file, piece))
        };
        let (next, piece) = blocking(read).await?;
        if piece.is_empty() {
            return Ok(());
        }
        output.send(piece).await?;
        file = next;
    }
}

/// Does what takes long where it holds up no other request.
pub(super) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, Stopped>
where
    T: Send + 'static,
    E: std::fmt::Display + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Stopped::failed(&error)),
        Err(error) => Err(Stopped::failed(&error)),
    }
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader as _, Xlsx};

    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(fitting("ß".repeat(TEXT)), "ß".repeat(TEXT));
        let cut = fitting("🦊".repeat(TEXT));
        assert!(cut.ends_with("🦊…") && cut.encode_utf16().count() <= TEXT, "{}", cut.len());
    }

    #[test]
    fn a_full_sheet_is_followed_by_another() {
        let mut book = Book::new("Leads", Column::all(&[("Name", 10)])).unwrap();
        book.limit = 3;
        book.add((0..5).map(|n| vec![Cell::Count(n)]).collect()).unwrap();
        let mut read: Xlsx<_> = calamine::open_workbook_from_rs(book.finish().unwrap()).unwrap();
        assert_eq!(read.sheet_names(), ["Leads", "Leads 2", "Leads 3"]);
        let rows = |range: calamine::Range<Data>| range.rows().map(|row| row[0].to_string()).collect::<Vec<_>>();
        assert_eq!(rows(read.worksheet_range("Leads 2").unwrap()), ["Name", "2", "3"]);
        assert_eq!(rows(read.worksheet_range("Leads 3").unwrap()), ["Name", "4"]);
    }

    #[test]
    fn days_that_no_workbook_knows_are_words() {
        assert!(excel_day(NaiveDate::MIN).is_none() && excel_day(NaiveDate::MAX).is_none());
        assert!(excel_day(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()).is_some());
    }
}
