//! One font: its glyphs, its rules for putting letters together, and the part of it that a document embeds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use allsorts::{
    binary::read::ReadScope,
    font_data::FontData,
    subset::{CmapTarget, SubsetProfile, subset},
    tag,
};
use printpdf::{FontMetrics, ParsedFont, PdfFontMetricsStub};
use rustybuzz::{Direction, Feature, GlyphBuffer, ShapePlan, UnicodeBuffer, ttf_parser::Tag};
use unicode_script::Script;

use super::{
    error::PdfError,
    script::{is_plain, is_simple, iso, tags},
};

/// Behind it are few characters that need no setting.
const LAST_PLAIN: char = '\u{2c00}';

/// A glyph of a face.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    /// Its number in the face's file.
    id: u16,
    /// How far it moves the pen, in thousandths of the type's size.
    advance: u16,
}

/// How a script's letters are put together in a face. Made once for each: it takes longer than setting a word.
type Plans = Mutex<BTreeMap<([u8; 4], bool), Arc<ShapePlan>>>;

/// One font: a weight of the typeface, or one of this machine.
pub(super) struct Face {
    name: String,
    file: &'static [u8],
    /// Which of the file's fonts it is.
    index: u32,
    glyphs: BTreeMap<char, Glyph>,
    /// How far characters move the pen that need no setting, by their codes: most text is of nothing else, and each of its
    /// characters is measured several times.
    plain: Vec<Option<u16>>,
    /// How far each glyph moves the pen.
    advances: Vec<u16>,
    units_per_em: i32,
    metrics: FontMetrics,
    descriptor: PdfFontMetricsStub,
    /// Its rules for putting letters together, read when first needed.
    rules: OnceLock<Option<rustybuzz::Face<'static>>>,
    plans: Plans,
}

/// A font's own units as thousandths of the type's size, to the nearest.
fn scaled(units: i32, per_em: i32) -> i32 {
    let half = if units < 0 { -per_em / 2 } else { per_em / 2 };
    (units * 1_000 + half) / per_em
}

impl Face {
    /// One of the fonts of a file.
    pub(super) fn read(name: &str, file: &'static [u8], index: u32) -> Option<Self> {
        let font = ParsedFont::from_bytes(file, usize::try_from(index).ok()?, &mut Vec::new())?;
        // PDF counts in thousandths of the size, the file in its own units. All that is measured and all that is written
        // is converted here, once, so that the reader's pen stands where ours stood.
        let units_per_em = i32::from(font.units_per_em).max(1);
        let scaled = |units: i32| i16::try_from(scaled(units, units_per_em)).unwrap_or_default();
        let last = font.glyph_widths.keys().next_back().copied().unwrap_or_default();
        let width = |id: u16| scaled(font.get_glyph_width(id).unwrap_or_default().into()).unsigned_abs();
        let advances: Vec<u16> = (0..=last).map(width).collect();
        let glyph = |(&code, &id): (&u32, &u16)| {
            let advance = *advances.get(usize::from(id)).filter(|_| id != 0)?;
            Some((char::from_u32(code)?, Glyph { id, advance }))
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
        let glyphs: BTreeMap<char, Glyph> = font.codepoint_to_glyph.iter().filter_map(glyph).collect();
        let plain =
            ('\0'..LAST_PLAIN).map(|c| glyphs.get(&c).filter(|_| is_plain(c)).map(|glyph| glyph.advance)).collect();
        // A font's name in a PDF has no spaces.
        let name = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let metrics = FontMetrics { ascent, descent };
        let (rules, plans) = (OnceLock::new(), Plans::default());
        Some(Self { name, file, index, glyphs, plain, advances, units_per_em, metrics, descriptor, rules, plans })
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The character that a glyph stands for by itself.
    pub(super) fn character(&self, id: u16) -> Option<char> {
        self.glyphs.iter().find_map(|(c, glyph)| (glyph.id == id).then_some(*c))
    }

    /// The glyph of a character by itself.
    pub(super) fn glyph(&self, c: char) -> Option<u16> {
        self.glyphs.get(&c).map(|glyph| glyph.id)
    }

    /// How far a glyph moves the pen, in thousandths of the type's size.
    pub(super) fn advance_of_glyph(&self, id: u16) -> u16 {
        self.advances.get(usize::from(id)).copied().unwrap_or_default()
    }

    /// How far a character moves the pen, in thousandths of the type's size.
    pub(super) fn advance_of(&self, c: char) -> u64 {
        let plain = self.plain_advance(c).or_else(|| self.glyphs.get(&c).map(|glyph| glyph.advance));
        plain.unwrap_or_default().into()
    }

    /// The same, where the character needs no setting.
    pub(super) fn plain_advance(&self, c: char) -> Option<u16> {
        if c < LAST_PLAIN {
            return usize::try_from(u32::from(c)).ok().and_then(|code| self.plain.get(code).copied().flatten());
        }
        self.glyphs.get(&c).filter(|_| is_plain(c)).map(|glyph| glyph.advance)
    }

    /// How far a text moves the pen that is set one glyph for each character, in thousandths of the type's size.
    pub(super) fn advance(&self, text: &str) -> u64 {
        text.chars().map(|c| self.advance_of(c)).sum()
    }

    /// A number of the font's own units in thousandths of the type's size.
    pub(super) fn scaled(&self, units: i32) -> i32 {
        scaled(units, self.units_per_em)
    }

    fn rules(&self) -> Option<&rustybuzz::Face<'static>> {
        self.rules.get_or_init(|| rustybuzz::Face::from_slice(self.file, self.index)).as_ref()
    }

    /// Whether it has the rules that a script needs.
    pub(super) fn can_set(&self, script: Script) -> bool {
        let wanted = tags(script);
        let has_rules = |face: &rustybuzz::Face<'static>| {
            let table = face.tables().gsub;
            table.is_some_and(|table| table.scripts.into_iter().any(|rules| wanted.contains(&rules.tag.to_bytes())))
        };
        is_simple(script) || self.rules().is_some_and(has_rules)
    }

    /// A text's glyphs, put together by the font's rules. `None` where it has none that can be read.
    pub(super) fn shape(&self, text: &str, script: Script, right_to_left: bool) -> Option<GlyphBuffer> {
        let face = self.rules()?;
        let direction = if right_to_left { Direction::RightToLeft } else { Direction::LeftToRight };
        let name = iso(script);
        let script = rustybuzz::Script::from_iso15924_tag(Tag::from_bytes(&name))?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(direction);
        buffer.set_script(script);
        buffer.set_flags(rustybuzz::BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        // Held for as long as a plan takes to make. One that panicked has left the others whole.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = plans.entry((name, right_to_left)).or_insert_with(|| {
            // Without kerning a line is as wide as its words are together, wherever it is broken.
            let no_kerning = Feature::new(Tag::from_bytes(b"kern"), 0, ..);
            Arc::new(ShapePlan::new(face, direction, Some(script), None, &[no_kerning]))
        });
        let plan = plan.clone();
        drop(plans);
        Some(rustybuzz::shape_with_plan(face, &plan, buffer))
    }

    /// The font to be embedded for these characters and glyphs: they and no others, renumbered. With it, the new numbers.
    ///
    /// # Errors
    /// When the face's file cannot be taken apart.
    pub(super) fn embed(
        &self,
        used: &BTreeSet<char>,
        drawn: impl Iterator<Item = u16>,
    ) -> Result<(ParsedFont, BTreeMap<u16, u16>), PdfError> {
        let used: Vec<(char, Glyph)> =
            used.iter().filter_map(|c| self.glyphs.get(c).map(|glyph| (*c, *glyph))).collect();
        // Glyph 0 stands for unknown characters and has to be in every font.
        let ids: BTreeSet<u16> =
            std::iter::once(0).chain(used.iter().map(|(_, glyph)| glyph.id)).chain(drawn).collect();
        let ids: Vec<u16> = ids.into_iter().collect();
        // The PDF has its own tables of characters, names and style, so those of the file are left out.
        let profile = SubsetProfile::Custom(vec![tag::HEAD, tag::HHEA, tag::HMTX, tag::MAXP]);
        let file = ReadScope::new(self.file).read::<FontData<'_>>()?;
        let tables = file.table_provider(usize::try_from(self.index).unwrap_or_default())?;
        let bytes = subset(&tables, &ids, &profile, CmapTarget::Unicode)?;
        let new_ids: BTreeMap<u16, u16> = ids.iter().copied().zip(0..).collect();
        let characters = used.iter().filter_map(|(c, glyph)| Some((u32::from(*c), *new_ids.get(&glyph.id)?))).collect();
        let widths = new_ids.iter().map(|(old, new)| (*new, self.advance_of_glyph(*old))).collect();
        let name = format!("{}+{}", subset_tag(&ids), self.name);
        let mut font =
            ParsedFont::with_glyph_data(bytes, 0, Some(name), characters, widths, 1_000, self.metrics.clone());
        font.pdf_font_metrics = self.descriptor.clone();
        Ok((font, new_ids))
    }
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
