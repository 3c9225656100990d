//! CSV as every download writes it: RFC 4180, CRLF, quotes where needed, cells that no spreadsheet runs, and a byte order mark
//! at the beginning, for they are all for people.

use std::borrow::Cow;

use chrono::NaiveDate;
use domain::{
    csv::defuse,
    money::{Money, Price},
    time::LocalTime,
};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Words, from us or from anybody.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A number in tenths.
    Tenths(u64),
    /// An amount, without its currency.
    Amount(Money),
    /// A price of one, without its currency.
    Price(Price),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Time(LocalTime),
    /// Nothing.
    Empty,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Cell {
    /// The value, if there is one.
    pub(super) fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// As CSV has it: numbers with a decimal point and no grouping, days and instants by RFC 3339.
    fn text(self) -> String {
        match self {
            Self::Text(text) => match defuse(&text) {
                Cow::Owned(defused) => defused,
                Cow::Borrowed(_) => text,
            },
            Self::Count(count) => count.to_string(),
            Self::Tenths(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
            Self::Amount(amount) => amount.decimal(),
            Self::Price(price) => price.decimal(),
            Self::Day(day) => day.to_string(),
            Self::Time(time) => time.rfc3339(),
            Self::Empty => String::new(),
        }
    }
}

/// A column of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    /// In a workbook: how many figures fit beside each other.
    pub(super) width: f64,
}

impl Column {
    /// One that is so wide, and as its name at least.
    pub(super) fn new(name: impl Into<String>, width: u16) -> Self {
        let name = name.into();
        let width = f64::from(width).max(name.chars().count().min(60) as f64 + 2.0);
        Self { name, width }
    }

    /// Some of them.
    pub(super) fn all(columns: &[(&str, u16)]) -> Vec<Self> {
        columns.iter().map(|(name, width)| Self::new(*name, *width)).collect()
    }
}

/// A row of a list: a cell for each column.
pub(super) type Row = Vec<Cell>;

/// A CSV file, or a part of one, in memory.
pub(super) struct Sheet(csv::Writer<Vec<u8>>);

/// By this mark spreadsheets know UTF-8 from the encoding of the system they run on.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A part without a head.
impl Default for Sheet {
    fn default() -> Self {
        Self::after(Vec::with_capacity(4_096))
    }
}

impl Sheet {
    /// The beginning of a file, with the columns' names.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sheet = Self::after(BYTE_ORDER_MARK.as_bytes().to_vec());
        sheet.row(names.into_iter().map(Cell::from));
        sheet
    }

    fn after(bytes: Vec<u8>) -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(bytes))
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        // Writing into memory cannot fail.
        let _ = self.0.write_record(cells.into_iter().map(Cell::text));
    }

    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}
