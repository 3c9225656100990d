//! What can go wrong in drawing.

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
