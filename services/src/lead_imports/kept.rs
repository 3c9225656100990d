//! What files of leads and files of outcomes have in common while they wait to be read.

use domain::{
    ids::LeadImportId,
    tables::{Reading, Sheet},
};
use store::{
    Reader, Tx,
    lead_imports::{self, Importer, Layout, LeadImport},
};

use crate::{ServiceError, tables::BadFile};

/// One of the importer's files.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other id.
pub(crate) async fn find(
    by: impl Into<Importer>,
    read: &mut Reader,
    id: LeadImportId,
) -> Result<LeadImport, ServiceError> {
    lead_imports::get(read, by, id).await?.ok_or(ServiceError::NotFound)
}

/// What is known of an import, to be kept again.
pub(crate) fn layout_of(import: &LeadImport) -> Layout {
    let progress = &import.summary.progress;
    Layout {
        span: (progress.from_bytes, progress.size_bytes),
        reading: import.reading.clone(),
        header: import.header.clone(),
        columns: import.columns.clone(),
        first: import.position,
    }
}

/// Keeps what is known of a file that waits to be started.
///
/// # Errors
/// [`ServiceError::Changed`] when it waits no more.
pub(crate) async fn keep(
    by: impl Into<Importer>,
    tx: &mut Tx,
    id: LeadImportId,
    layout: &Layout,
) -> Result<(), ServiceError> {
    if lead_imports::finish(tx, by, id, layout).await? { Ok(()) } else { Err(ServiceError::Changed) }
}

/// Whether a file's rows are other ones when it is read like this: then its columns have to be found out anew.
pub(crate) fn is_other_text(one: &Reading, other: &Reading) -> bool {
    (&one.encoding, one.separator, one.sheet) != (&other.encoding, other.separator, other.sheet)
}

/// Reads a file that waits in another way: its columns are found out anew, by `lay_out` from how the file begins and how long it is.
///
/// # Errors
/// [`ServiceError::Invalid`] when the file is no table read that way; as [`keep`].
pub(crate) async fn read_anew(
    by: impl Into<Importer>,
    tx: &mut Tx,
    import: &LeadImport,
    reading: Reading,
    lay_out: impl FnOnce(&[u8], u64, Reading) -> Result<Layout, BadFile>,
) -> Result<(), ServiceError> {
    // A file of text is read to its end, a workbook to the end of its last sheet.
    let size = reading.sheets.last().map_or(import.summary.progress.size_bytes, |sheet: &Sheet| sheet.to);
    let (from, to) = reading.span(size);
    let mut whole = import.clone();
    whole.summary.progress.size_bytes = to;
    let window = lead_imports::window(tx, &whole, from).await?;
    let field = if reading.sheet == import.reading.sheet { "encoding" } else { "sheet" };
    let layout = lay_out(&window, size, reading)
        .map_err(|error| ServiceError::field(field, format!("Read this way, {error}.")))?;
    keep(by, tx, import.summary.id, &layout).await
}
