//! The typeface and the fonts that stand in for it: which of them draws what, and which characters can be shown.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_script::Script;

use super::{
    error::PdfError,
    face::Face,
    library::Library,
    script::{has_right_to_left, is_direction_mark, is_ignorable, is_joiner, is_simple, script_of},
    style::Weight,
};

/// Stands for what no font has; the typeface has a glyph for this one.
pub(super) const REPLACEMENT: char = '\u{fffd}';
const NO_BREAK_SPACE: char = '\u{a0}';

/// Read once: parsing takes longer than setting a short invoice.
static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(|| {
    // Lines keep the fonts they are drawn in, those of this machine as well; all of them live as long as the process.
    let read = |name, file| Some(&*Box::leak(Box::new(Face::read(name, file, 0)?)));
    let regular = read("NotoSans-Regular", notosans::REGULAR_TTF)?;
    Some(Fonts { regular, bold: read("NotoSans-Bold", notosans::BOLD_TTF)? })
});

/// The typeface: Noto Sans, with Latin, Greek and Cyrillic and with figures of one width.
pub(super) struct Fonts {
    regular: &'static Face,
    bold: &'static Face,
}

impl Fonts {
    /// The typeface, read when it is first asked for.
    pub(super) fn get() -> Result<&'static Self, PdfError> {
        FONTS.as_ref().ok_or(PdfError::Typeface)
    }

    /// One of its weights.
    pub(super) const fn face(&self, weight: Weight) -> &'static Face {
        match weight {
            Weight::Regular => self.regular,
            Weight::Bold => self.bold,
        }
    }

    /// Whether the typeface itself draws characters that stand together.
    pub(super) fn has(&self, weight: Weight, script: Option<Script>, text: &str) -> bool {
        let face = self.face(weight);
        text.chars().all(|c| is_ignorable(c) || face.glyph(c).is_some())
            && script.is_none_or(|script| face.can_set(script))
    }

    /// The font to draw characters with that stand together: the typeface where it has them all, else one of this machine.
    pub(super) fn face_for(
        &self,
        weight: Weight,
        script: Option<Script>,
        language: &str,
        text: &str,
    ) -> Option<&'static Face> {
        if self.has(weight, script, text) {
            return Some(self.face(weight));
        }
        Library::get().face_for(weight, script, language, text)
    }

    /// The text as it can be shown, on one line: composed, without what is never seen, every kind of white space a space, and
    /// U+FFFD for what no font has.
    pub(super) fn clean(&self, weight: Weight, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        for c in text.nfc() {
            if is_joiner(c) {
                // Between letters that may be joined they are part of the word; elsewhere, as in emoji, they are nothing.
                let joins = |before: char| script_of(before).is_some_and(|script| !is_simple(script));
                if clean.chars().next_back().is_some_and(|before| is_joiner(before) || joins(before)) {
                    clean.push(c);
                }
            } else if is_direction_mark(c) {
                clean.push(c);
            } else {
                clean.extend(self.shown(weight, c));
            }
        }
        if clean.contains(is_direction_mark) && !has_right_to_left(&clean) {
            clean.retain(|c| !is_direction_mark(c));
        }
        clean
    }

    /// What stands for a character on paper, if anything does.
    pub(super) fn shown(&self, weight: Weight, c: char) -> Option<char> {
        let face = self.face(weight);
        match c {
            // Figure space and narrow no-break space: the face may lack them, and they must hold together too.
            NO_BREAK_SPACE | '\u{2007}' | '\u{202f}' => Some(NO_BREAK_SPACE),
            _ if c.is_whitespace() => Some(' '),
            // The two hyphens that Unicode has beside ASCII's.
            '\u{2010}' | '\u{2011}' => Some('-'),
            _ if c.is_control() || is_ignorable(c) => None,
            _ if face.plain_advance(c).is_some() => Some(c),
            _ if self.face_for(weight, script_of(c), "", c.encode_utf8(&mut [0; 4])).is_some() => Some(c),
            _ => Some(REPLACEMENT),
        }
    }

    /// Whether the typeface's own glyphs do for a text, one for each character from left to right.
    pub(super) fn is_plain(&self, weight: Weight, text: &str) -> bool {
        let face = self.face(weight);
        text.chars().all(|c| face.plain_advance(c).is_some())
    }
}
