//! The typeface: what text measures in it, which of its characters can be shown, and the part of it that a document embeds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use allsorts::{
    binary::read::ReadScope,
    font_data::FontData,
    subset::{CmapTarget, SubsetProfile, subset},
    tag,
};
use printpdf::{FontMetrics, ParsedFont, PdfFontMetricsStub};
use unicode_normalization::UnicodeNormalization;

use super::{
    error::PdfError,
    style::{Style, Weight},
};

/// Stands for what the typeface lacks; it has a glyph for this one.
const REPLACEMENT: char = '\u{fffd}';
const NO_BREAK_SPACE: char = '\u{a0}';
const WEIGHTS: [Weight; 2] = [Weight::Regular, Weight::Bold];

/// Read once: parsing takes longer than setting a short invoice.
static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(|| {
    let regular = Face::read("NotoSans-Regular", notosans::REGULAR_TTF)?;
    let bold = Face::read("NotoSans-Bold", notosans::BOLD_TTF)?;
    Some(Fonts { regular, bold })
});

/// A glyph of a face.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    /// Its number in the face's file.
    id: u16,
    /// How far it moves the pen, in thousandths of the type's size.
    advance: u16,
}

/// One weight of the typeface.
pub(super) struct Face {
    name: &'static str,
    file: &'static [u8],
    glyphs: BTreeMap<char, Glyph>,
    metrics: FontMetrics,
    descriptor: PdfFontMetricsStub,
}

/// The typeface: Noto Sans, with Latin, Greek and Cyrillic and with figures of one width.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    /// The typeface, read when it is first asked for.
    pub(super) fn get() -> Result<&'static Self, PdfError> {
        FONTS.as_ref().ok_or(PdfError::Typeface)
    }

    /// One of its weights.
    pub(super) const fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The first character of a text that one of the weights lacks.
    pub(super) fn unprintable(&self, text: &str) -> Option<char> {
        let lacks = |c: &char| {
            *c != REPLACEMENT && WEIGHTS.iter().any(|weight| self.face(*weight).shown(*c) == Some(REPLACEMENT))
        };
        text.nfc().find(lacks)
    }

    /// How wide a text is, in points.
    pub(super) fn width(&self, style: Style, text: &str) -> f32 {
        points(self.face(style.weight).advance(text), style.size)
    }

    /// The text as one line of at most so many points, its end replaced by `…` where it is longer.
    pub(super) fn shortened(&self, style: Style, text: &str, width: f32) -> String {
        let face = self.face(style.weight);
        let text = face.clean(text);
        let room = thousandths(width, style.size);
        if face.advance(&text) <= room {
            return text;
        }
        let mut used = face.advance("…");
        let fits = |c: &char| {
            used += face.advance_of(*c);
            used <= room
        };
        let mut short: String = text.chars().take_while(fits).collect();
        short.truncate(short.trim_end().len());
        short.push('…');
        short
    }
}

/// The width of an advance in points.
fn points(advance: u64, size: f32) -> f32 {
    advance as f32 * size / 1_000.0
}

/// How much advance fits in so many points, rounded down: what is measured with it never sticks out.
pub(super) fn thousandths(width: f32, size: f32) -> u64 {
    (width * 1_000.0 / size) as u64
}

impl Face {
    fn read(name: &'static str, file: &'static [u8]) -> Option<Self> {
        let font = ParsedFont::from_bytes(file, 0, &mut Vec::new())?;
        // PDF counts in thousandths of the size, the file in its own units. All that is measured and all that is written
        // is converted here, once, so that the reader's pen stands where ours stood.
        let per_em = i32::from(font.units_per_em).max(1);
        let scaled = |units: i32| {
            let half = if units < 0 { -per_em / 2 } else { per_em / 2 };
            i16::try_from((units * 1_000 + half) / per_em).unwrap_or_default()
        };
        let glyph = |(&code, &id): (&u32, &u16)| {
            let advance = scaled(i32::from(font.get_glyph_width(id)?));
            Some((char::from_u32(code)?, Glyph { id, advance: advance.unsigned_abs() }))
        };
        let bounds = &font.pdf_font_metrics;
        let descriptor = PdfFontMetricsStub {
            units_per_em: 1_000,
            x_min: scaled(bounds.x_min.into()),
            y_min: scaled(bounds.y_min.into()),
            x_max: scaled(bounds.x_max.into()),
            y_max: scaled(bounds.y_max.into()),
            ..bounds.clone()
        };
        let ascent = scaled(font.font_metrics.ascent.into());
        let descent = scaled(font.font_metrics.descent.into());
        let glyphs = font.codepoint_to_glyph.iter().filter_map(glyph).collect();
        Some(Self { name, file, glyphs, metrics: FontMetrics { ascent, descent }, descriptor })
    }

    /// How far a character moves the pen, in thousandths of the type's size.
    pub(super) fn advance_of(&self, c: char) -> u64 {
        self.glyphs.get(&c).map_or(0, |glyph| glyph.advance.into())
    }

    /// How far a text moves the pen, in thousandths of the type's size.
    pub(super) fn advance(&self, text: &str) -> u64 {
        text.chars().map(|c| self.advance_of(c)).sum()
    }

    /// The text as this face can show it, on one line: composed, without what is never seen, every kind of white space a
    /// space, and U+FFFD for what the face lacks.
    pub(super) fn clean(&self, text: &str) -> String {
        text.nfc().filter_map(|c| self.shown(c)).collect()
    }

    fn shown(&self, c: char) -> Option<char> {
        match c {
            // Figure space and narrow no-break space: the face may lack them, and they must hold together too.
            NO_BREAK_SPACE | '\u{2007}' | '\u{202f}' => Some(NO_BREAK_SPACE),
            _ if c.is_whitespace() => Some(' '),
            // The two hyphens that Unicode has beside ASCII's.
            '\u{2010}' | '\u{2011}' => Some('-'),
            _ if c.is_control() || is_ignorable(c) => None,
            _ if self.glyphs.contains_key(&c) => Some(c),
            _ => Some(REPLACEMENT),
        }
    }

    /// The font to be embedded for these characters: their glyphs and no others, renumbered.
    ///
    /// # Errors
    /// When the face's file cannot be taken apart.
    pub(super) fn embed(&self, used: &BTreeSet<char>) -> Result<ParsedFont, PdfError> {
        let used: Vec<(char, Glyph)> =
            used.iter().filter_map(|c| self.glyphs.get(c).map(|glyph| (*c, *glyph))).collect();
        // Glyph 0 stands for unknown characters and has to be in every font.
        let ids: BTreeSet<u16> = std::iter::once(0).chain(used.iter().map(|(_, glyph)| glyph.id)).collect();
        let ids: Vec<u16> = ids.into_iter().collect();
        // The PDF has its own tables of characters, names and style, so those of the file are left out.
        let profile = SubsetProfile::Custom(vec![tag::HEAD, tag::HHEA, tag::HMTX, tag::MAXP]);
        let file = ReadScope::new(self.file).read::<FontData<'_>>()?;
        let bytes = subset(&file.table_provider(0)?, &ids, &profile, CmapTarget::Unicode)?;
        let new_id = |glyph: &Glyph| ids.binary_search(&glyph.id).ok().and_then(|index| u16::try_from(index).ok());
        let new_ids: Vec<(char, u16, u16)> =
            used.iter().filter_map(|(c, glyph)| Some((*c, new_id(glyph)?, glyph.advance))).collect();
        let mut font = ParsedFont::with_glyph_data(
            bytes,
            0,
            Some(format!("{}+{}", subset_tag(&ids), self.name)),
            new_ids.iter().map(|&(c, id, _)| (c.into(), id)).collect(),
            new_ids.iter().map(|&(_, id, advance)| (id, advance)).collect(),
            1_000,
            self.metrics.clone(),
        );
        font.pdf_font_metrics = self.descriptor.clone();
        Ok(font)
    }
}

/// Characters that Unicode says are not seen: marks of direction, joiners, variation selectors, tags. A font that lacks
/// them must not show a replacement for them.
const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The six letters by which PDF readers tell one subset of a font from another (ISO 32000-1, 9.6.4): of the glyphs' ids,
/// so that the same glyphs have the same tag.
fn subset_tag(ids: &[u16]) -> String {
    // FNV-1a: spread well enough for a tag, and the same in every process.
    let mut hash =
        ids.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, id| (hash ^ u64::from(*id)).wrapping_mul(0x0100_0000_01b3));
    let mut letter = || {
        let letter = u8::try_from(hash % 26).unwrap_or_default();
        hash /= 26;
        char::from(b'A' + letter)
    };
    std::iter::repeat_with(&mut letter).take(6).collect()
}
