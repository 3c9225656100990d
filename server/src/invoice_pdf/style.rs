//! How an invoice looks: measures in points (1/72 inch), colours, and the few sizes of type it is set in.

use domain::color::Color;

/// A4.
pub(super) const PAGE_WIDTH: f32 = 595.28;
/// A4.
pub(super) const PAGE_HEIGHT: f32 = 841.89;
/// 20 mm on all four sides.
pub(super) const MARGIN: f32 = 56.7;
/// What the footer takes above the bottom margin, its distance from the content included.
pub(super) const FOOTER_HEIGHT: f32 = 34.0;

/// A rule that closes: under the table's head, above the total.
pub(super) const RULE: f32 = 0.8;
/// A rule that only parts.
pub(super) const HAIRLINE: f32 = 0.5;

/// The horizontal extent that a piece of the page is set in, in points from the page's left edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    /// Its left edge.
    pub(super) left: f32,
    /// How wide it is.
    pub(super) width: f32,
}

impl Frame {
    /// All between the margins.
    pub(super) const PAGE: Self = Self { left: MARGIN, width: PAGE_WIDTH - 2.0 * MARGIN };

    /// The right edge.
    pub(super) const fn right(self) -> f32 {
        self.left + self.width
    }

    /// The part that starts so far from the left edge.
    pub(super) const fn after(self, indent: f32) -> Self {
        Self { left: self.left + indent, width: self.width - indent }
    }

    /// The first so many points.
    pub(super) const fn first(self, width: f32) -> Self {
        Self { left: self.left, width }
    }

    /// A frame of a width that ends so far before this one starts.
    pub(super) const fn before(self, gap: f32, width: f32) -> Self {
        Self { left: self.left - gap - width, width }
    }

    /// The last so many points.
    pub(super) const fn last(self, width: f32) -> Self {
        Self { left: self.right() - width, width }
    }
}

/// Which edge of its frame a line keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// The left one: words.
    Left,
    /// The right one: figures, so that their digits stand under each other.
    Right,
}

/// The colours an invoice is drawn in.
pub(super) mod colors {
    use domain::color::Color;

    /// What is to be read first.
    pub(in crate::invoice_pdf) const INK: Color = Color([0x17, 0x1c, 0x26]);
    /// Labels and what is secondary; 6.5 : 1 against the paper.
    pub(in crate::invoice_pdf) const GREY: Color = Color([0x56, 0x5f, 0x6e]);
    /// Thin rules between rows.
    pub(in crate::invoice_pdf) const HAIRLINE: Color = Color([0xd9, 0xdd, 0xe3]);
    /// A void invoice's mark.
    pub(in crate::invoice_pdf) const RED: Color = Color([0xb4, 0x23, 0x18]);
    /// A paid invoice's line.
    pub(in crate::invoice_pdf) const GREEN: Color = Color([0x18, 0x6f, 0x43]);
    /// The accent of accounts that have none, or none that can be read.
    pub(in crate::invoice_pdf) const ACCENT: Color = Color([0x1f, 0x4f, 0xd8]);
}

/// The contrast that large type needs: WCAG 2.2, level AA.
const LEGIBLE: f64 = 3.0;

/// Whether large type in a colour can be read on white paper.
pub(super) fn is_legible(color: Color) -> bool {
    color.contrast(Color::WHITE) >= LEGIBLE
}

/// The two weights of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// For reading.
    Regular,
    /// For names, headings and what is to be paid.
    Bold,
}

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// Its weight.
    pub(super) weight: Weight,
    /// The size of the type, in points.
    pub(super) size: f32,
    /// From one baseline to the next, in points.
    pub(super) leading: f32,
    /// Its colour.
    pub(super) color: Color,
}

impl Style {
    /// The word at the top of the first page.
    pub(super) const HEADING: Self = Self::new(Weight::Bold, 24.0, 28.0, colors::INK);
    /// The total, and the mark of a void invoice.
    pub(super) const TOTAL: Self = Self::new(Weight::Bold, 15.0, 20.0, colors::INK);
    /// The parties' names.
    pub(super) const NAME: Self = Self::new(Weight::Bold, 10.5, 15.0, colors::INK);
    /// Everything else.
    pub(super) const BODY: Self = Self::new(Weight::Regular, 9.0, 12.8, colors::INK);
    /// Labels, the table's head, the footer.
    pub(super) const SMALL: Self = Self::new(Weight::Regular, 7.5, 10.6, colors::GREY);

    const fn new(weight: Weight, size: f32, leading: f32, color: Color) -> Self {
        Self { weight, size, leading, color }
    }

    /// The same in bold.
    pub(super) const fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// The same in another colour.
    pub(super) const fn colored(self, color: Color) -> Self {
        Self { color, ..self }
    }

    /// The same in another size. The leading stays, so that it still shares its baseline with the original beside it.
    pub(super) const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// From the top of a line to its baseline, in points. It depends on the leading alone: lines of one leading that stand
    /// side by side share a baseline whatever their sizes.
    pub(super) const fn ascent(self) -> f32 {
        self.leading * 0.74
    }
}
