//! An invoice as a PDF: A4, selectable text in embedded fonts, as many pages as it takes.
//!
//! `content` says what stands in it and `table` sets its lines, both as blocks (`block`) of text broken into lines
//! (`wrap`); `flow` puts the blocks on pages, and `document` writes the pages as a file. `measure` measures, `style` says
//! how it all looks.
//!
//! What the built-in typeface has, from left to right, is a glyph for each character. Other scripts are drawn in the fonts
//! of this machine (`library`): `line` puts a line in the order it is drawn in and its letters together, `text` embeds the
//! glyphs and says what they mean. `script` knows what is written how.

mod block;
mod content;
mod document;
mod error;
mod face;
mod flow;
mod fonts;
mod library;
mod line;
mod logo;
mod measure;
mod script;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod wrap;

use std::path::PathBuf;

use domain::invoices::Invoice;

pub(crate) use self::error::PdfError;
use self::fonts::Fonts;
pub(crate) use self::logo::Logo;

/// Says in which folders fonts are looked for. It has to be said before the first invoice is drawn.
pub(crate) fn look_in(folders: &[PathBuf]) {
    library::look_in(folders);
}

/// Looks for fonts, which takes as long as some hundred files take to be opened. Whoever draws an invoice meanwhile waits.
pub(crate) fn find_fonts() {
    let count = library::Library::get().len();
    tracing::debug!("found {count} fonts to draw invoices with");
}

/// Where fonts are looked for unless a setting says otherwise.
pub(crate) fn standard_folders() -> Vec<PathBuf> {
    library::standard_folders()
}

/// The first character of a text that invoices cannot be drawn with. What is never seen, such as a mark of direction, does not
/// count.
#[must_use]
pub fn unprintable(text: &str) -> Option<char> {
    Fonts::get().ok().and_then(|fonts| fonts.unprintable(text))
}

/// Draws an invoice: the bytes of a PDF file. The same invoice and logo give the same bytes, in any process, at any time, as
/// long as the machine has the same fonts.
///
/// It computes for some milliseconds, and for longer where there are thousands of lines; it does not wait for anything.
///
/// # Errors
/// When the built-in typeface or the PDF's structure is broken; never because of what the invoice holds.
pub(crate) fn render(invoice: &Invoice, logo: Option<&Logo>) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::get()?;
    document::write(invoice, fonts, logo, &content::pages(invoice, fonts, logo))
}
