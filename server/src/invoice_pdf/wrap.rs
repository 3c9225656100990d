//! Text broken into lines.

use super::fonts::{Face, thousandths};

/// What ends a paragraph, besides CR LF together.
const BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// The lines of a text set at a size in a width, both in points. No line is wider, unless a single character is. Words
/// that are too wide by themselves are broken; empty lines stay, but never two of them in a row and none at either end.
pub(super) fn wrap(face: &Face, size: f32, text: &str, width: f32) -> Vec<String> {
    let mut lines = Lines { face, room: thousandths(width, size), done: Vec::new(), line: String::new(), used: 0 };
    for paragraph in text.replace("\r\n", "\n").split(BREAKS) {
        for word in face.clean(paragraph).split(' ').filter(|word| !word.is_empty()) {
            lines.add(word);
        }
        lines.end();
    }
    if lines.done.last().is_some_and(String::is_empty) {
        lines.done.pop();
    }
    lines.done
}

struct Lines<'a> {
    face: &'a Face,
    /// What fits on a line, in thousandths of the type's size.
    room: u64,
    done: Vec<String>,
    line: String,
    /// What the line takes.
    used: u64,
}

impl Lines<'_> {
    fn add(&mut self, word: &str) {
        let advance = self.face.advance(word);
        let space = if self.line.is_empty() { 0 } else { self.face.advance_of(' ') };
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
        for c in word.chars() {
            let advance = self.face.advance_of(c);
            if self.used + advance > self.room && !self.line.is_empty() {
                self.end();
            }
            self.line.push(c);
            self.used += advance;
        }
    }

    fn end(&mut self) {
        let follows_text = self.done.last().is_some_and(|line| !line.is_empty());
        if !self.line.is_empty() || follows_text {
            self.done.push(std::mem::take(&mut self.line));
        }
        self.used = 0;
    }
}
