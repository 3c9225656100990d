//! Files in which partners say what became of their leads.

use serde::{Deserialize, Serialize};

use crate::{
    lead_imports::{ImportColumn, ImportSummary, RejectedRow},
    tables::Reading,
};

#[cfg(feature = "server")]
mod mapping;

#[cfg(feature = "server")]
pub use mapping::{OutcomeMapping, ReadOutcome, suggest};

text_enum! {
    /// What a column of such a file holds.
    OutcomeColumn {
        /// The id that the account's system knows the lead by, or the portal's own.
        LeadId = "lead_id",
        /// The lead's email address.
        Email = "email",
        /// The lead's phone number.
        Phone = "phone",
        /// What became of it: one of the account's outcomes.
        Outcome = "outcome",
        /// What it was sold for.
        Value = "value",
        /// The currency of that.
        Currency = "currency",
        /// Why, in the partner's own words.
        Comment = "comment",
        /// Nothing that is read.
        LeftOut = "left_out",
    }
}

impl OutcomeColumn {
    /// The column as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::LeadId => "Lead ID",
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::Outcome => "Outcome",
            Self::Value => "Sale value",
            Self::Currency => "Sale currency",
            Self::Comment => "Comment",
            Self::LeftOut => "Ignored",
        }
    }
}

/// A row that would say something new.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeSample {
    /// Its line.
    pub line: u64,
    /// The lead's name; may be empty.
    pub name: String,
    /// The outcome it has; none for nothing yet.
    pub before: Option<String>,
    /// The outcome it would get; none takes back what it has.
    pub after: Option<String>,
    /// What it was sold for.
    pub value: Option<crate::money::Money>,
    /// In the partner's own words; may be empty.
    pub comment: String,
}

/// What a file would do, judged by how it begins.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomePreview {
    /// How it is read.
    pub reading: Reading,
    /// Its columns.
    pub columns: Vec<ImportColumn>,
    /// Why it cannot be read that way, if so.
    pub problem: Option<String>,
    /// The first rows that say something new.
    pub samples: Vec<OutcomeSample>,
    /// The first rows that cannot be used, or whose lead cannot be told.
    pub rejects: Vec<RejectedRow>,
    /// How many rows say something new, what is known, and nothing that can be used.
    pub counts: (u64, u64, u64),
    /// Whether these were all rows.
    pub whole: bool,
}

/// An import as its page shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeImportView {
    /// What lists show.
    pub summary: ImportSummary,
    /// What it would do, while it was not started.
    pub preview: Option<OutcomePreview>,
    /// The first rows that could not be used.
    pub rejects: Vec<RejectedRow>,
}

unprinted!(OutcomeSample, OutcomePreview, OutcomeImportView);
