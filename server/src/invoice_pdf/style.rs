//! How an invoice looks: measures in points (1/72 inch), colours, and the few sizes of type it is set in.

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

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) [u8; 3]);

impl Colour {
    /// What is to be read first.
    pub(super) const INK: Self = Self([0x17, 0x1c, 0x26]);
    /// Labels and what is secondary; 6.5 : 1 against the paper.
    pub(super) const GREY: Self = Self([0x56, 0x5f, 0x6e]);
    /// Thin rules between rows.
    pub(super) const HAIRLINE: Self = Self([0xd9, 0xdd, 0xe3]);
    /// A withdrawn invoice's mark.
    pub(super) const RED: Self = Self([0xb4, 0x23, 0x18]);
    /// A paid invoice's line.
    pub(super) const GREEN: Self = Self([0x18, 0x6f, 0x43]);
    /// The accent of accounts that have none, or none that can be read.
    pub(super) const ACCENT: Self = Self([0x1f, 0x4f, 0xd8]);

    /// The colour that `#rrggbb` stands for.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        // `from_str_radix` would take a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Whether large type in this colour can be read on white paper: a contrast of 3 : 1, as WCAG 2 reckons it.
    pub(super) fn is_legible(self) -> bool {
        let linear = |channel: u8| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        1.05 / (luminance + 0.05) >= 3.0
    }
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
    pub(super) colour: Colour,
}

impl Style {
    /// The word at the top of the first page.
    pub(super) const HEADING: Self = Self::new(Weight::Bold, 24.0, 28.0, Colour::INK);
    /// The total, and the mark of a withdrawn invoice.
    pub(super) const TOTAL: Self = Self::new(Weight::Bold, 15.0, 20.0, Colour::INK);
    /// The parties' names.
    pub(super) const NAME: Self = Self::new(Weight::Bold, 10.5, 15.0, Colour::INK);
    /// Everything else.
    pub(super) const BODY: Self = Self::new(Weight::Regular, 9.0, 12.8, Colour::INK);
    /// Labels, the table's head, the footer.
    pub(super) const SMALL: Self = Self::new(Weight::Regular, 7.5, 10.6, Colour::GREY);

    const fn new(weight: Weight, size: f32, leading: f32, colour: Colour) -> Self {
        Self { weight, size, leading, colour }
    }

    /// The same in bold.
    pub(super) const fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// The same in another colour.
    pub(super) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
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
