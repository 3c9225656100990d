//! Text broken into lines.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    fonts::Fonts,
    line::{Line, is_right_to_left},
    measure::thousandths,
    script::may_break,
    style::Weight,
};

/// What ends a paragraph, besides CR LF together.
const BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// The lines of a text set at a size in a width, both in points. No line is wider, unless a single letter is. Words that are
/// too wide by themselves are broken; empty lines stay, but never two of them in a row and none at either end.
pub(super) fn wrap(fonts: &Fonts, weight: Weight, size: f32, text: &str, width: f32) -> Vec<Line> {
    let room = thousandths(width, size);
    let space = fonts.face(weight).advance_of(' ');
    let mut lines =
        Lines { fonts, weight, room, space, done: Vec::new(), line: String::new(), used: 0, right_to_left: false };
    for paragraph in text.replace("\r\n", "\n").split(BREAKS) {
        let paragraph = fonts.clean(weight, paragraph);
        lines.right_to_left = is_right_to_left(&paragraph);
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let mut space = lines.space;
            for part in parts(word) {
                lines.add(part, space);
                space = 0;
            }
        }
        lines.end();
    }
    if lines.done.last().is_some_and(|line| line.text.is_empty()) {
        lines.done.pop();
    }
    lines.done
}

/// The parts of a word between which a line may end.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut rest, mut before) = (word, None);
    for (index, c) in word.char_indices() {
        let start = word.len() - rest.len();
        if before.is_some_and(|before| may_break(before, c))
            && let Some((part, after)) = rest.split_at_checked(index - start)
        {
            parts.push(part);
            rest = after;
        }
        before = Some(c);
    }
    parts.push(rest);
    parts
}

struct Lines<'a> {
    fonts: &'a Fonts,
    weight: Weight,
    /// What fits on a line, in thousandths of the type's size.
    room: u64,
    /// What a space takes.
    space: u64,
    done: Vec<Line>,
    line: String,
    /// What the line takes.
    used: u64,
    /// Which way the paragraph runs.
    right_to_left: bool,
}

impl Lines<'_> {
    /// Adds a word, or a part of one, so far behind what is there.
    fn add(&mut self, word: &str, space: u64) {
        let advance = self.fonts.advance(self.weight, word);
        let space = if self.line.is_empty() { 0 } else { space };
        if self.used + space + advance <= self.room {
            if space > 0 {
                self.line.push(' ');
            }
            self.line.push_str(word);
            self.used += space + advance;
            return;
        }
        if !self.line.is_empty() {
            self.end();
        }
        let mut rest = word;
        loop {
            let fitting = self.fonts.fitting(self.weight, rest, self.room);
            // A letter that is wider than the line stands on one by itself.
            let least = rest.graphemes(true).next().map_or(0, str::len);
            let (start, after) = rest.split_at_checked(fitting.max(least)).unwrap_or((rest, ""));
            self.line.push_str(start);
            if after.is_empty() {
                self.used = self.fonts.advance(self.weight, start);
                return;
            }
            self.end();
            rest = after;
        }
    }

    fn end(&mut self) {
        let follows_text = self.done.last().is_some_and(|line| !line.text.is_empty());
        if !self.line.is_empty() || follows_text {
            let text = std::mem::take(&mut self.line);
            self.done.push(self.fonts.line(self.weight, text, Some(self.right_to_left)));
        }
        self.used = 0;
    }
}
