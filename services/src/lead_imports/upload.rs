//! A file that has just come, or is to be read another way: what is found out about it.

use domain::{ids::LeadImportId, search::fold, tables::Reading};
use store::{
    Tx,
    lead_imports::{self, Layout, LeadImport},
};

use super::kept;
use crate::{
    AdminActor, ServiceError,
    tables::{self, BadFile},
};

/// What a window on the beginning of a file says of all of it, in the terms of the whole file: of a workbook the window is one on
/// the chosen sheet. What the partner's files were said to be before decides over what the names suggest.
///
/// # Errors
/// [`BadFile`] when it is no table.
pub fn laid_out(
    window: &[u8],
    size: u64,
    reading: Reading,
    remembered: &[(String, String)],
) -> Result<Layout, BadFile> {
    let span = reading.span(size);
    let is_last = window.len() as u64 >= span.1 - span.0;
    let found = tables::lay_out(window, is_last, reading)?;
    let columns = found.columns.into_iter().map(|(name, word)| {
        let known = remembered.iter().find(|(other, _)| *other == fold(&name)).map(|(_, word)| word.clone());
        (name, known.unwrap_or(word))
    });
    let (header, columns) = columns.unzip();
    Ok(Layout { span, reading: found.reading, header, columns, first: (span.0 + found.first.byte, found.first.line) })
}

/// The columns of an import as they are remembered: by what their names have in common in every spelling.
pub fn remembered<'a>(columns: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<(String, String)> {
    columns.map(|(name, word)| (fold(name), word.clone())).collect()
}

/// Remembers what the columns of an import are for the partner's next file. What other files of it are called stays known.
pub(super) async fn remember(actor: &AdminActor, tx: &mut Tx, import: &LeadImport) -> Result<(), ServiceError> {
    let partner = import.summary.partner.0;
    let mut columns = remembered(import.header.iter().zip(&import.columns));
    let before = lead_imports::mapping(tx, actor.scope(), partner).await?;
    columns.extend(before.into_iter().filter(|(name, _)| !import.header.iter().any(|other| fold(other) == *name)));
    // Far more than files have columns, and an end to what files of ever new columns could fill the database with.
    columns.truncate(500);
    Ok(lead_imports::keep_mapping(tx, actor.scope(), partner, &columns).await?)
}

/// All of an upload has come: it waits to be started.
///
/// # Errors
/// The outer one when the database does not answer, the inner one when the file is no table.
pub async fn finish_upload(
    actor: &AdminActor,
    tx: &mut Tx,
    id: LeadImportId,
    window: &[u8],
    size: u64,
    reading: Reading,
) -> Result<Result<(), BadFile>, ServiceError> {
    let import = kept::find(actor.scope(), tx, id).await?;
    let remembered = lead_imports::mapping(tx, actor.scope(), import.summary.partner.0).await?;
    let layout = match laid_out(window, size, reading, &remembered) {
        Ok(layout) => layout,
        Err(error) => return Ok(Err(error)),
    };
    kept::keep(actor.scope(), tx, id, &layout).await.map(Ok)
}

/// Reads a file that waits in another way: its columns are found out anew.
pub(super) async fn read_anew(
    actor: &AdminActor,
    tx: &mut Tx,
    import: &LeadImport,
    reading: Reading,
) -> Result<(), ServiceError> {
    let remembered = lead_imports::mapping(tx, actor.scope(), import.summary.partner.0).await?;
    let lay_out = |window: &[u8], size, reading| laid_out(window, size, reading, &remembered);
    kept::read_anew(actor.scope(), tx, import, reading, lay_out).await
}
