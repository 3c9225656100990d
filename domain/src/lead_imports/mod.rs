//! Imports of leads from files.
//!
//! `progress` says how far reading a file has come and what became of its rows: pages and database speak of it. `columns`
//! finds out which column is what, `mapping` reads the rows and says what is wrong with one. Only the server does that.

#[cfg(feature = "server")]
mod column;
#[cfg(feature = "server")]
mod column_names;
#[cfg(feature = "server")]
mod columns;
#[cfg(feature = "server")]
mod mapping;
mod progress;

#[cfg(feature = "server")]
pub use column::Column;
#[cfg(feature = "server")]
pub use columns::{EXPORTED, EXPORTED_SINCE, SuggestedColumn, dates_to_ask_about, suggest};
#[cfg(feature = "server")]
pub(crate) use mapping::cell_text;
#[cfg(feature = "server")]
pub use mapping::{BadHeader, Mapping, REJECT_COLUMNS, ReadLead, Rules};
pub use progress::{
    COLUMNS, CellError, ImportColumn, ImportCounts, ImportKind, ImportPreview, ImportProgress, ImportSample,
    ImportState, ImportSummary, ImportView, MAX_FILE, RejectedRow,
};
