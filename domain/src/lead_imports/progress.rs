//! Files of leads that admins upload: how far reading one has come, and what became of its rows.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{LeadImportId, PartnerId},
    money::Price,
    tables::Reading,
    time::LocalTime,
};

/// Maximum number of bytes of a file.
pub const MAX_FILE: u64 = 100 * 1024 * 1024;

/// What a column of such a file can be: the identifier that forms and the database use, and the label.
pub const COLUMNS: [(&str, &str); 12] = [
    ("external_id", "Your CRM’s id"),
    ("name", "Name"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("campaign", "Campaign"),
    ("delivered_at", "Delivered at"),
    ("price", "Price"),
    ("currency", "Currency"),
    ("field", "Extra field"),
    ("left_out", "Ignored"),
];

/// What is wrong with one cell or row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellError {
    /// The header's name of the column, or nothing when the whole row is meant.
    pub column: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::fmt::Display for CellError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

text_enum! {
    /// What the rows of a file are.
    ImportKind {
        /// Leads that the staff brings to a partner.
        Leads = "leads",
        /// What became of leads, as their partner says.
        Outcomes = "outcomes",
    }
}

text_enum! {
    /// Where an import stands.
    ImportState {
        /// Its file is still coming.
        Uploading = "uploading",
        /// Its file is there, and nothing was read yet.
        Ready = "ready",
        /// It is being read.
        Running = "running",
        /// Somebody stopped it. It can be resumed where it was.
        Cancelled = "cancelled",
        /// It cannot continue by itself.
        Failed = "failed",
        /// All of it was read.
        Done = "done",
    }
}

impl ImportState {
    /// The state as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Uploading => "Uploading",
            Self::Ready => "Not started",
            Self::Running => "Running",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
            Self::Done => "Done",
        }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// Where it stands.
    pub state: ImportState,
    /// Rows that became leads.
    pub added: u64,
    /// Rows whose leads the partner had already.
    pub known: u64,
    /// Rows that cannot be leads.
    pub rejected: u64,
    /// Leads that were added though something about them could not be used.
    pub warned: u64,
    /// Where the part of the file that is read begins, in bytes.
    pub from_bytes: u64,
    /// How far the file was read, in bytes.
    pub read_bytes: u64,
    /// Where the part of it that is read ends, in bytes.
    pub size_bytes: u64,
    /// What was done since it was last started: rows, bytes, and in how many milliseconds.
    pub lately: (u64, u64, u64),
}

impl ImportProgress {
    /// Rows that were read.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.added + self.known + self.rejected
    }

    /// How much was read, in whole percent, rounded down: 100 is all.
    #[must_use]
    pub fn percent(&self) -> u64 {
        let read = self.read_bytes.saturating_sub(self.from_bytes);
        (read * 100).checked_div(self.size_bytes.saturating_sub(self.from_bytes)).unwrap_or(0)
    }

    /// Rows per second since it was last started; none while that says nothing.
    #[must_use]
    pub const fn rate(&self) -> Option<u64> {
        let (rows, _, millis) = self.lately;
        if rows == 0 || millis == 0 { None } else { Some(rows * 1_000 / millis) }
    }

    /// How many seconds it still takes at this speed; none while nobody knows.
    #[must_use]
    pub const fn seconds_left(&self) -> Option<u64> {
        let (_, bytes, millis) = self.lately;
        if bytes == 0 || millis == 0 {
            return None;
        }
        let left = self.size_bytes.saturating_sub(self.read_bytes);
        Some((left * millis).div_ceil(bytes * 1_000))
    }
}

/// An import as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Its id.
    pub id: LeadImportId,
    /// What the file is called.
    pub file_name: String,
    /// Whose leads are in it.
    pub partner: (PartnerId, String),
    /// Who handed it in.
    pub created_by: String,
    /// When.
    pub created: LocalTime,
    /// When it was done, stopped or failed.
    pub ended: Option<LocalTime>,
    /// Why it failed; else empty.
    pub error: String,
    /// Whether the file is still there, to start or to resume.
    pub has_file: bool,
    /// How far it is.
    pub progress: ImportProgress,
}

impl ImportSummary {
    /// Whether it can be resumed where it was stopped.
    #[must_use]
    pub const fn can_resume(&self) -> bool {
        self.has_file && matches!(self.progress.state, ImportState::Cancelled | ImportState::Failed)
    }
}

/// A row that cannot be a lead.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Where it begins in the file, in bytes.
    pub at: u64,
    /// On which line, counted from 1 as an editor does.
    pub line: u64,
    /// What is wrong with it.
    pub errors: Vec<CellError>,
    /// Its cells as they are shown, long ones cut.
    pub cells: Vec<String>,
    /// Its bytes as they came. They stay on the server.
    #[serde(skip)]
    pub raw: Vec<u8>,
    /// Whether it has no end, so that the bytes are how its first line begins.
    #[serde(skip)]
    pub endless: bool,
}

impl RejectedRow {
    /// The columns that are wrong, and why, as the file of rejected rows has them.
    #[must_use]
    pub fn columns_and_reasons(&self) -> (String, String) {
        let mut columns: Vec<&str> = self.errors.iter().filter_map(|error| error.column.as_deref()).collect();
        columns.dedup();
        let reasons: Vec<String> = if self.errors.len() == 1 {
            self.errors.iter().map(|error| error.message.clone()).collect()
        } else {
            self.errors.iter().map(ToString::to_string).collect()
        };
        (columns.join("; "), reasons.join("; "))
    }
}

/// A column of a file that was not read yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportColumn {
    /// Its name in the header.
    pub name: String,
    /// What it is taken for: an identifier of [`COLUMNS`].
    pub word: String,
    /// What the first rows have there.
    pub samples: Vec<String>,
}

/// A row as it would become a lead.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSample {
    /// Its line.
    pub line: u64,
    /// The person's name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub campaign: String,
    /// The price, if there is one.
    pub price: Option<Price>,
    /// When it counts as delivered.
    pub delivered: LocalTime,
    /// How many extra fields it has.
    pub fields: u64,
    /// What could not be used, as sentences; empty, if nothing.
    pub warnings: String,
}

/// What rows would become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// New leads with nothing to say about them.
    pub new: u64,
    /// New leads of which something could not be used.
    pub doubtful: u64,
    /// Leads the partner has already.
    pub known: u64,
    /// Rows that cannot be leads.
    pub invalid: u64,
}

impl ImportCounts {
    /// All rows that were looked at.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.new + self.doubtful + self.known + self.invalid
    }
}

/// What importing a file would do, judged by how it begins.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// How it is read.
    pub reading: Reading,
    /// Its columns.
    pub columns: Vec<ImportColumn>,
    /// Why it cannot be imported that way, if so.
    pub problem: Option<String>,
    /// The columns of which somebody has to say whether they are when the leads were delivered.
    pub dates: Vec<String>,
    /// The first new leads.
    pub samples: Vec<ImportSample>,
    /// The first new leads of which something could not be used.
    pub doubtful: Vec<ImportSample>,
    /// The first leads the partner has already.
    pub known: Vec<ImportSample>,
    /// The first rows that cannot be leads.
    pub rejects: Vec<RejectedRow>,
    /// What the rows that were looked at would become.
    pub counts: ImportCounts,
    /// Whether these were all.
    pub whole: bool,
}

/// An import as its page shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// What lists show.
    pub summary: ImportSummary,
    /// Whether its leads go out to the partner.
    pub push: bool,
    /// What it would do, while it was not started.
    pub preview: Option<ImportPreview>,
    /// The first rows that could not be leads.
    pub rejects: Vec<RejectedRow>,
}

unprinted!(RejectedRow, ImportColumn, ImportSample, ImportPreview, ImportView);

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(read: u64, lately: (u64, u64, u64)) -> ImportProgress {
        ImportProgress {
            state: ImportState::Running,
            added: 800,
            known: 150,
            rejected: 50,
            warned: 0,
            from_bytes: 0,
            read_bytes: read,
            size_bytes: 1_000_000,
            lately,
        }
    }

    #[test]
    fn speed_is_measured_from_where_it_was_started() {
        let second_half = progress(600_000, (100, 100_000, 2_000));
        assert_eq!((second_half.rows(), second_half.percent()), (1_000, 60));
        assert_eq!((second_half.rate(), second_half.seconds_left()), (Some(50), Some(8)));
        let just_begun = progress(500_000, (0, 0, 10));
        assert_eq!((just_begun.rate(), just_begun.seconds_left()), (None, None));
        assert_eq!(progress(999_999, (1, 1, 1)).percent(), 99, "100 only when all was read");
        let second_sheet = ImportProgress { from_bytes: 500_000, ..progress(750_000, (1, 1, 1)) };
        assert_eq!(second_sheet.percent(), 50);
        let empty = ImportProgress { size_bytes: 0, ..progress(0, (0, 0, 0)) };
        assert_eq!(empty.percent(), 0);
    }

    #[test]
    fn a_complaint_names_columns_once() {
        let error = |column: Option<&str>, message: &str| CellError {
            column: column.map(ToOwned::to_owned),
            message: message.to_owned(),
        };
        let row = |errors| RejectedRow { at: 0, line: 7, errors, cells: Vec::new(), raw: Vec::new(), endless: false };
        assert_eq!(
            row(vec![error(Some("Price"), "is no amount")]).columns_and_reasons(),
            ("Price".into(), "is no amount".into())
        );
        assert_eq!(
            row(vec![error(Some("Price"), "is no amount"), error(Some("Email"), "has no @")]).columns_and_reasons(),
            ("Price; Email".into(), "Price: is no amount; Email: has no @".into())
        );
        assert_eq!(
            row(vec![error(None, "has no contact")]).columns_and_reasons(),
            (String::new(), "has no contact".into())
        );
    }
}
