//! What text measures, as a line or as part of one.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    fonts::{Fonts, REPLACEMENT},
    line::{self, Line},
    style::{Style, Weight},
};

const WEIGHTS: [Weight; 2] = [Weight::Regular, Weight::Bold];

impl Fonts {
    /// The first character of a text that cannot be drawn in one of the weights.
    pub(super) fn unprintable(&self, text: &str) -> Option<char> {
        let text: String = text.nfc().collect();
        WEIGHTS.into_iter().find_map(|weight| {
            let lacks = |c: &char| *c != REPLACEMENT && self.shown(weight, *c) == Some(REPLACEMENT);
            text.chars().find(lacks).or_else(|| {
                // A font may have each of some characters, but not what they make together.
                let clean = self.clean(weight, &text);
                self.line(weight, clean, None).undrawn()
            })
        })
    }

    /// A clean text as a line. Whether it runs from right to left says the paragraph it is of; a line by itself says so by
    /// its first letter.
    pub(super) fn line(&self, weight: Weight, text: String, right_to_left: Option<bool>) -> Line {
        let runs = if self.is_plain(weight, &text) {
            Vec::new()
        } else {
            let right_to_left = right_to_left.unwrap_or_else(|| line::is_right_to_left(&text));
            line::set(self, weight, &text, right_to_left)
        };
        Line { text, runs }
    }

    /// How far a clean text moves the pen, in thousandths of the type's size.
    pub(super) fn advance(&self, weight: Weight, text: &str) -> u64 {
        if self.is_plain(weight, text) {
            return self.face(weight).advance(text);
        }
        line::set(self, weight, text, false).iter().map(line::Run::advance).sum()
    }

    /// How wide a line is, in points.
    pub(super) fn line_width(&self, style: Style, line: &Line) -> f32 {
        let advance = if line.runs.is_empty() {
            self.face(style.weight).advance(&line.text)
        } else {
            line.runs.iter().map(line::Run::advance).sum()
        };
        points(advance, style.size)
    }

    /// How wide a clean text is, in points.
    pub(super) fn width(&self, style: Style, text: &str) -> f32 {
        points(self.advance(style.weight, text), style.size)
    }

    /// How many bytes of a text, whole letters with all their signs, fit in an advance.
    pub(super) fn fitting(&self, weight: Weight, text: &str, room: u64) -> usize {
        if self.is_plain(weight, text) {
            let face = self.face(weight);
            let mut used = 0;
            let fits = |c: &char| {
                used += face.advance_of(*c);
                used <= room
            };
            return text.chars().take_while(fits).map(char::len_utf8).sum();
        }
        // Letters change with what stands beside them, so that only the whole start of a word can be measured. Not all of a
        // long text at once: no line holds so much.
        const MOST: usize = 512;
        let ends: Vec<usize> =
            text.grapheme_indices(true).take(MOST).map(|(start, letter)| start + letter.len()).collect();
        let count =
            ends.partition_point(|&end| text.get(..end).is_some_and(|start| self.advance(weight, start) <= room));
        count.checked_sub(1).and_then(|last| ends.get(last).copied()).unwrap_or_default()
    }

    /// The text as one line of at most so many points, its end replaced by `…` where it is longer.
    pub(super) fn shortened(&self, style: Style, text: &str, width: f32) -> String {
        let weight = style.weight;
        let mut text = self.clean(weight, text);
        let room = thousandths(width, style.size);
        if self.advance(weight, &text) <= room {
            return text;
        }
        let left = room.saturating_sub(self.advance(weight, "…"));
        text.truncate(self.fitting(weight, &text, left));
        text.truncate(text.trim_end().len());
        text.push('…');
        text
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
