//! One line of text as it is drawn: in which order, in which fonts, with which glyphs.

use std::ops::Range;

use unicode_bidi::{Direction, Level, ParagraphBidiInfo, get_base_direction};
use unicode_script::Script;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    face::Face,
    fonts::{Fonts, REPLACEMENT},
    script::{is_direction_mark, is_simple, script_of},
    style::Weight,
};

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// The text, clean, in the order it is read in.
    pub(super) text: String,
    /// How it is drawn, from left to right; nothing where the typeface has a glyph for each character, one after the other.
    pub(super) runs: Vec<Run>,
}

/// A part of a line in one font.
#[derive(Clone)]
pub(super) struct Run {
    /// The font.
    pub(super) face: &'static Face,
    /// Which way it is read.
    pub(super) right_to_left: bool,
    /// Its letters, from left to right.
    pub(super) letters: Vec<Letter>,
}

/// What is drawn as one: a character, a letter with its signs, several letters grown together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Letter {
    /// The characters it stands for, in the order they are read in.
    pub(super) text: String,
    /// What draws it, from left to right.
    pub(super) glyphs: Vec<Placed>,
}

/// A glyph and where it stands, in thousandths of the type's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    /// Its number in the font's file; 0 is the box that stands for what the font lacks.
    pub(super) id: u16,
    /// How far it moves the pen.
    pub(super) advance: i32,
    /// How far to the right of the pen it stands.
    pub(super) right: i32,
    /// How far above the baseline it stands.
    pub(super) up: i32,
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.face, other.face) && self.letters == other.letters
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple(self.face.name()).field(&self.letters).finish()
    }
}

impl Run {
    /// How far it moves the pen.
    pub(super) fn advance(&self) -> u64 {
        let sum: i64 =
            self.letters.iter().flat_map(|letter| &letter.glyphs).map(|glyph| i64::from(glyph.advance)).sum();
        sum.try_into().unwrap_or_default()
    }
}

impl Line {
    /// The first character that a font could not draw where it stands.
    pub(super) fn undrawn(&self) -> Option<char> {
        let letters = self.runs.iter().flat_map(|run| &run.letters);
        let mut undrawn = letters.filter(|letter| letter.glyphs.iter().any(|glyph| glyph.id == 0));
        undrawn.find_map(|letter| letter.text.chars().next())
    }
}

/// Whether a text by itself runs from right to left: its first letter says so.
pub(super) fn is_right_to_left(text: &str) -> bool {
    get_base_direction(text) == Direction::Rtl
}

/// Sets a clean text on one line.
pub(super) fn set(fonts: &Fonts, weight: Weight, text: &str, right_to_left: bool) -> Vec<Run> {
    let base = if right_to_left { Level::rtl() } else { Level::ltr() };
    let info = ParagraphBidiInfo::new(text, Some(base));
    let (levels, ranges) = info.visual_runs(0..text.len());
    let setting = Setting { fonts, weight, language: language(text) };
    let mut runs = Vec::new();
    for range in ranges {
        let right_to_left = levels.get(range.start).is_some_and(Level::is_rtl);
        let Some(text) = text.get(range) else { continue };
        let mut parts = setting.parts(text);
        if right_to_left {
            parts.reverse();
        }
        runs.extend(parts.into_iter().map(|part| part.set(text, right_to_left)));
    }
    runs
}

/// Whose shapes a text's Chinese characters have: the last word of the name of a font that draws them.
fn language(text: &str) -> &'static str {
    let mut language = "SC";
    for c in text.chars() {
        match c {
            '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => return "JP",
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => language = "KR",
            _ => {}
        }
    }
    language
}

/// What a character looks like from right to left.
const fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        _ => c,
    }
}

struct Setting<'a> {
    fonts: &'a Fonts,
    weight: Weight,
    language: &'static str,
}

/// A piece of a text in one script and one font.
struct Part {
    range: Range<usize>,
    script: Option<Script>,
    face: &'static Face,
    is_space: bool,
}

/// Whether two pieces can be of one script: signs and figures go with any.
fn agree(one: Option<Script>, other: Option<Script>) -> bool {
    one.is_none() || other.is_none() || one == other
}

impl Setting<'_> {
    /// The pieces of a text that runs in one direction, in the order it is read in. Spaces are pieces by themselves: words are
    /// set alone, so that a line is as wide as its words are together.
    fn parts(&self, text: &str) -> Vec<Part> {
        let own = self.fonts.face(self.weight);
        let mut parts: Vec<Part> = Vec::new();
        // What the typeface lacks, gathered as long as it is of one script.
        let mut lacking: Option<(Range<usize>, Option<Script>)> = None;
        for (start, letter) in text.grapheme_indices(true) {
            let range = start..start + letter.len();
            let script = letter.chars().find_map(script_of);
            let is_mark = letter.starts_with(is_direction_mark);
            if !is_mark && !self.fonts.has(self.weight, script, letter) {
                match &mut lacking {
                    Some((before, of)) if agree(*of, script) => {
                        before.end = range.end;
                        *of = of.or(script);
                    }
                    _ => {
                        self.find(text, lacking.replace((range, script)), &mut parts);
                    }
                }
                continue;
            }
            self.find(text, lacking.take(), &mut parts);
            if is_mark {
                continue;
            }
            let is_space = matches!(letter, " " | "\u{a0}");
            match parts.last_mut() {
                Some(last)
                    if std::ptr::eq(last.face, own)
                        && last.range.end == start
                        && last.is_space == is_space
                        && agree(last.script, script) =>
                {
                    last.range.end = range.end;
                    last.script = last.script.or(script);
                }
                _ => parts.push(Part { range, script, face: own, is_space }),
            }
        }
        self.find(text, lacking, &mut parts);
        parts
    }

    /// Finds a font for what the typeface lacks: one for all of it, else one for each letter.
    fn find(&self, text: &str, lacking: Option<(Range<usize>, Option<Script>)>, parts: &mut Vec<Part>) {
        let Some((range, script)) = lacking else { return };
        let Some(piece) = text.get(range.clone()) else { return };
        let face_for = |text: &str| self.fonts.face_for(self.weight, script, self.language, text);
        if let Some(face) = face_for(piece) {
            parts.push(Part { range, script, face, is_space: false });
            return;
        }
        for (start, letter) in piece.grapheme_indices(true) {
            // A letter whose signs no single font has is drawn in its first character's, and is not complete.
            let first = letter.chars().next().unwrap_or(REPLACEMENT);
            let face = face_for(letter).or_else(|| face_for(first.encode_utf8(&mut [0; 4])));
            let face = face.unwrap_or_else(|| self.fonts.face(self.weight));
            let start = range.start + start;
            parts.push(Part { range: start..start + letter.len(), script, face, is_space: false });
        }
    }
}

impl Part {
    /// Its letters, of the text it is a piece of.
    fn set(&self, text: &str, right_to_left: bool) -> Run {
        let text = text.get(self.range.clone()).unwrap_or_default();
        let alone = !right_to_left
            && self.script.is_none_or(|script| is_simple(script) && script != Script::Thai && script != Script::Lao)
            && text.graphemes(true).all(|letter| letter.chars().nth(1).is_none());
        let letters = if alone { None } else { self.put_together(text, right_to_left) };
        let letters = letters.unwrap_or_else(|| self.one_by_one(text, right_to_left));
        Run { face: self.face, right_to_left, letters }
    }

    /// A glyph for each character.
    fn one_by_one(&self, text: &str, right_to_left: bool) -> Vec<Letter> {
        let letter = |c: char| {
            let id = self.face.glyph(c).unwrap_or_default();
            let glyph = Placed { id, advance: self.face.advance_of_glyph(id).into(), right: 0, up: 0 };
            Letter { text: c.to_string(), glyphs: vec![glyph] }
        };
        let mut letters: Vec<Letter> = text.chars().map(letter).collect();
        if right_to_left {
            letters.reverse();
        }
        letters
    }

    /// Glyphs by the font's rules. `None` where it has none that can be read.
    fn put_together(&self, text: &str, right_to_left: bool) -> Option<Vec<Letter>> {
        let shaped = self.face.shape(text, self.script.unwrap_or(Script::Common), right_to_left)?;
        let start_of = |cluster: u32| usize::try_from(cluster).unwrap_or_default();
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| start_of(info.cluster)).collect();
        starts.sort_unstable();
        starts.dedup();
        let text_of = |start: usize| {
            let next = starts.get(starts.partition_point(|&other| other <= start)).copied();
            let letter = text.get(start..next.unwrap_or(text.len())).unwrap_or_default();
            // A bracket is drawn as its counterpart, and readers know it by what they see.
            if right_to_left { letter.chars().map(mirrored).collect() } else { letter.to_owned() }
        };
        let mut letters: Vec<(u32, Letter)> = Vec::new();
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let glyph = Placed {
                id: u16::try_from(info.glyph_id).unwrap_or_default(),
                advance: self.face.scaled(position.x_advance),
                right: self.face.scaled(position.x_offset),
                up: self.face.scaled(position.y_offset),
            };
            match letters.last_mut() {
                Some((cluster, letter)) if *cluster == info.cluster => letter.glyphs.push(glyph),
                _ => {
                    letters.push((info.cluster, Letter { text: text_of(start_of(info.cluster)), glyphs: vec![glyph] }))
                }
            }
        }
        Some(letters.into_iter().map(|(_, letter)| letter).collect())
    }
}
