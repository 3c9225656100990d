//! Tables as people hand them in: how a file's bytes become rows, and its texts values.
//!
//! [`Reading`] says how one file is read: found out from its bytes, shown, and changed by whoever looks it over. The values
//! themselves are read by `amounts` and `times`, on the server alone.

#[cfg(feature = "server")]
pub mod amounts;
#[cfg(feature = "server")]
pub mod times;

use serde::{Deserialize, Serialize};

/// The character encodings that can be chosen: the label of the WHATWG Encoding Standard, and what people call it.
pub const ENCODINGS: [(&str, &str); 16] = [
    ("UTF-8", "Unicode (UTF-8)"),
    ("UTF-16LE", "Unicode (UTF-16, little endian)"),
    ("UTF-16BE", "Unicode (UTF-16, big endian)"),
    ("windows-1252", "Western European (Windows-1252, Latin-1)"),
    ("ISO-8859-15", "Western European (ISO 8859-15)"),
    ("macintosh", "Western European (Mac)"),
    ("windows-1250", "Central European (Windows-1250)"),
    ("ISO-8859-2", "Central European (ISO 8859-2)"),
    ("windows-1251", "Cyrillic (Windows-1251)"),
    ("windows-1253", "Greek (Windows-1253)"),
    ("windows-1254", "Turkish (Windows-1254)"),
    ("windows-1257", "Baltic (Windows-1257)"),
    ("Shift_JIS", "Japanese (Shift JIS)"),
    ("GBK", "Simplified Chinese (GBK)"),
    ("Big5", "Traditional Chinese (Big5)"),
    ("EUC-KR", "Korean (EUC-KR)"),
];

text_enum! {
    /// The sign between the cells of a row.
    Separator: (&'static str, u8) {
        /// `,`
        Comma = "comma" => ("Comma", b','),
        /// `;`
        Semicolon = "semicolon" => ("Semicolon", b';'),
        /// A tab.
        Tab = "tab" => ("Tab", b'\t'),
        /// `|`
        Pipe = "pipe" => ("Vertical bar", b'|'),
    }
}

impl Separator {
    /// As a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.row().0
    }

    /// The sign itself.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.row().1
    }

    /// The separator of that sign.
    #[must_use]
    pub fn of(sign: char) -> Option<Self> {
        Self::ALL.iter().copied().find(|separator| char::from(separator.byte()) == sign)
    }
}

text_enum! {
    /// The sign before a number's decimals.
    DecimalMark: &'static str {
        /// `1,250.00`
        Point = "point" => "1,250.00",
        /// `1.250,00`
        Comma = "comma" => "1.250,00",
    }
}

impl DecimalMark {
    /// An example of it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.row()
    }

    /// The sign itself.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

text_enum! {
    /// The order of day and month in dates that do not begin with the year.
    DateOrder: &'static str {
        /// `20.11.2026`, `20/11/2026`
        DayFirst = "day_first" => "Day, month, year",
        /// `11/20/2026`
        MonthFirst = "month_first" => "Month, day, year",
    }
}

impl DateOrder {
    /// As a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.row()
    }
}

/// A sheet of a workbook, kept as rows of text one behind the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// What it is called.
    pub name: String,
    /// Its first byte.
    pub from: u64,
    /// The byte behind its last one.
    pub to: u64,
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The encoding of its text: a label of [`ENCODINGS`].
    pub encoding: String,
    /// The sign between cells.
    pub separator: Separator,
    /// Whether `\"` is a quotation mark within a quoted cell.
    pub backslash: bool,
    /// How its numbers are written.
    pub decimal: DecimalMark,
    /// How its dates are written.
    pub dates: DateOrder,
    /// The sheets of a workbook; none for a file of text.
    pub sheets: Vec<Sheet>,
    /// Which of them is read.
    pub sheet: usize,
    /// Whether somebody has said that no column says when the leads were delivered.
    pub undated: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            encoding: "UTF-8".to_owned(),
            separator: Separator::Comma,
            backslash: false,
            decimal: DecimalMark::Point,
            dates: DateOrder::DayFirst,
            sheets: Vec::new(),
            sheet: 0,
            undated: false,
        }
    }
}

impl Reading {
    /// The bytes of a file of so many bytes that are read: all of them, or those of the chosen sheet.
    #[must_use]
    pub fn span(&self, size: u64) -> (u64, u64) {
        self.sheets.get(self.sheet).map_or((0, size), |sheet| (sheet.from, sheet.to))
    }
}
