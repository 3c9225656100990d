//! An invoice as a PDF: A4, selectable text in embedded fonts, as many pages as it takes.
//!
//! `content` says what stands in it and `table` sets its lines, both as blocks (`block`) of text broken into lines
//! (`wrap`); `flow` puts the blocks on pages, and `document` writes the pages as a file. `fonts` measures, `style` says
//! how it all looks.

mod block;
mod content;
mod document;
mod error;
mod flow;
mod fonts;
mod logo;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

use domain::invoices::Invoice;

pub(crate) use self::error::PdfError;
use self::fonts::Fonts;
pub(crate) use self::logo::Logo;

/// The first character of a text that invoices cannot be drawn with. What is never seen, such as a mark of direction, does not
/// count.
#[must_use]
pub fn unprintable(text: &str) -> Option<char> {
    Fonts::get().ok().and_then(|fonts| fonts.unprintable(text))
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
