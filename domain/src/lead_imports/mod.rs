//! Imports of leads from files.
//!
//! `progress` says how far reading a file has come and what became of its rows: pages and database speak of it. `mapping`
//! reads the rows: which column is what, and what is wrong with a row. Only the server does that.

#[cfg(feature = "server")]
mod mapping;
mod progress;

#[cfg(feature = "server")]
pub use mapping::{BadHeader, Column, Mapping, REJECT_COLUMNS};
pub use progress::{
    COLUMNS, CellError, ImportColumn, ImportPreview, ImportProgress, ImportSample, ImportState, ImportSummary,
    ImportView, MAX_FILE, RejectedRow,
};
