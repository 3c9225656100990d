//! An invoice as a PDF: A4, selectable text in embedded fonts, as many pages as it takes.
//!
//! `content` says what stands in it and `table` sets its lines, both as blocks (`block`) of text broken into lines
//! (`wrap`); `flow` puts the blocks on pages, and `document` writes the pages as a file. `fonts` measures, `style` says
//! how it all looks.

mod block;
mod content;
mod document;
mod flow;
mod fonts;
mod logo;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

use domain::invoices::Invoice;

use self::fonts::Fonts;
pub(crate) use self::logo::Logo;

/// Why an invoice could not be drawn. It is never the invoice's fault: any content can be drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PdfError {
    /// The typeface that is built in cannot be read.
    #[error("the typeface cannot be read")]
    Typeface,
    /// Its file cannot be parsed.
    #[error("the typeface's file cannot be parsed: {0}")]
    FontFile(#[from] allsorts::error::ParseError),
    /// Its tables cannot be found.
    #[error("the typeface's tables cannot be read: {0}")]
    FontTables(#[from] allsorts::error::ReadWriteError),
    /// The part that the invoice needs cannot be taken from it.
    #[error("the typeface cannot be cut down: {0}")]
    Subset(#[from] allsorts::subset::SubsetError),
    /// The PDF's own structure is not as it must be.
    #[error("the PDF is malformed: {0}")]
    Structure(#[from] lopdf::Error),
    /// The file cannot be written into memory.
    #[error("the PDF cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Draws an invoice: the bytes of a PDF file. The same invoice and logo give the same bytes, in any process, at any time.
///
/// It computes for some milliseconds, and for longer where there are thousands of lines; it does not wait for anything.
///
/// # Errors
/// When the built-in typeface or the PDF's structure is broken; never because of what the invoice holds.
pub(crate) fn render(invoice: &Invoice, logo: Option<&Logo>) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::get()?;
    document::write(invoice, fonts, logo, &content::pages(invoice, fonts, logo))
}
