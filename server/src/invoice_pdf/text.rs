//! Lines of text as PDF operations, and the fonts they need.
//!
//! What is copied out of a PDF is what its glyphs are said to mean. A glyph that always means the same says so once, in its
//! font; where several glyphs draw one letter, or a glyph means now this and now that, the letter says so itself
//! (`ActualText`, ISO 32000-1, 14.9.4).

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    Codepoint, DictItem, FontId, Op, ParsedFont, PdfFontHandle, Pt, TextItem, TextMatrix, TextRenderingMode,
};

use super::{
    block::Mark,
    error::PdfError,
    face::Face,
    flow::Page,
    fonts::Fonts,
    line::{Letter, Line},
    style::{Style, Weight},
};

const WEIGHTS: [(Weight, &str); 2] = [(Weight::Regular, "Regular"), (Weight::Bold, "Bold")];
/// Stands for a glyph that means nothing without the one before it.
const NOTHING: &str = "\u{200b}";

/// The font and size that text is set in.
pub(super) type Current = Option<(FontId, f32)>;

/// The fonts of a document.
pub(super) struct Text {
    fonts: Vec<Used>,
}

/// A font, and what of it is used.
struct Used {
    face: &'static Face,
    id: FontId,
    /// Characters that are set one glyph for each.
    characters: BTreeSet<char>,
    /// Glyphs that are set by their numbers, and what each of them means.
    meanings: BTreeMap<u16, String>,
    /// A glyph that has no width.
    silent: Option<u16>,
    /// The glyphs' numbers in the document.
    numbers: BTreeMap<u16, u16>,
}

impl Used {
    const fn new(face: &'static Face, id: String) -> Self {
        Self {
            face,
            id: FontId(id),
            characters: BTreeSet::new(),
            meanings: BTreeMap::new(),
            silent: None,
            numbers: BTreeMap::new(),
        }
    }

    /// Whether a letter means what its glyph does wherever it stands.
    fn is_said_by_glyph(&self, letter: &Letter) -> bool {
        let [glyph] = letter.glyphs.as_slice() else { return false };
        // What several characters became is read in one order here and in another there, unless it says so itself.
        let is_one = letter.text.chars().nth(1).is_none();
        is_one && glyph.up == 0 && self.meanings.get(&glyph.id) == Some(&letter.text)
    }

    /// Sees to it that there is a glyph to say something with that is not drawn.
    fn need_silent(&mut self) {
        let unseen = ['\u{200c}', '\u{200d}', '\u{200b}'].into_iter().find_map(|c| self.face.glyph(c));
        self.silent = self.silent.or(unseen.filter(|id| self.face.advance_of_glyph(*id) == 0));
        if let Some(id) = self.silent {
            self.meanings.entry(id).or_insert_with(|| NOTHING.to_owned());
        }
    }
}

impl Text {
    /// Looks through the pages for what they are drawn with. With it come the fonts to be embedded.
    ///
    /// # Errors
    /// When a font's file cannot be taken apart.
    pub(super) fn embed(fonts: &Fonts, pages: &[Page]) -> Result<(Self, Vec<(FontId, ParsedFont)>), PdfError> {
        let own = WEIGHTS.map(|(weight, name)| Used::new(fonts.face(weight), name.to_owned()));
        let mut text = Self { fonts: own.into() };
        let mut together = Vec::new();
        for mark in pages.iter().flatten() {
            let Mark::Text { style, line, .. } = mark else { continue };
            if line.runs.is_empty()
                && let Some(used) = text.used_mut(fonts.face(style.weight))
            {
                used.characters.extend(line.text.chars());
            }
            for run in &line.runs {
                let used = text.add(run.face);
                for letter in &run.letters {
                    match letter.glyphs.as_slice() {
                        [glyph] => drop(used.meanings.entry(glyph.id).or_insert_with(|| letter.text.clone())),
                        _ => together.push((run.face, letter)),
                    }
                    let is_turned_round = run.right_to_left && letter.text.chars().nth(1).is_some();
                    if is_turned_round || letter.glyphs.len() > 1 {
                        used.need_silent();
                    }
                }
            }
        }
        // What a glyph means by itself goes before what it has a part in.
        for (face, letter) in together {
            let used = text.add(face);
            for (index, glyph) in letter.glyphs.iter().enumerate() {
                used.meanings.entry(glyph.id).or_insert_with(|| match face.character(glyph.id) {
                    Some(c) => c.to_string(),
                    None if index == 0 => letter.text.clone(),
                    None => NOTHING.to_owned(),
                });
            }
        }
        let mut embedded = Vec::with_capacity(text.fonts.len());
        for used in &mut text.fonts {
            let (font, numbers) = used.face.embed(&used.characters, used.meanings.keys().copied())?;
            used.numbers = numbers;
            embedded.push((used.id.clone(), font));
        }
        Ok((text, embedded))
    }

    fn used(&self, face: &Face) -> Option<&Used> {
        self.fonts.iter().find(|used| std::ptr::eq(used.face, face))
    }

    fn used_mut(&mut self, face: &Face) -> Option<&mut Used> {
        self.fonts.iter_mut().find(|used| std::ptr::eq(used.face, face))
    }

    fn add(&mut self, face: &'static Face) -> &mut Used {
        let known = self.fonts.iter().position(|used| std::ptr::eq(used.face, face));
        let index = known.unwrap_or_else(|| {
            // In the order they are first needed in: the same in every process.
            let name = format!("Font{}", self.fonts.len() + 1);
            self.fonts.push(Used::new(face, name));
            self.fonts.len() - 1
        });
        &mut self.fonts[index]
    }

    /// Draws a line from where it starts.
    pub(super) fn draw(&self, ops: &mut Vec<Op>, current: &mut Current, style: Style, line: &Line, start: TextMatrix) {
        if line.runs.is_empty() {
            let own = WEIGHTS.iter().find_map(|(weight, name)| (*weight == style.weight).then_some(*name));
            set_font(ops, current, &FontId(own.unwrap_or_default().to_owned()), style.size);
            ops.push(Op::SetTextMatrix { matrix: start });
            ops.push(Op::ShowText { items: vec![TextItem::Text(line.text.clone())] });
            return;
        }
        let mut start = Some(start);
        for run in &line.runs {
            let Some(used) = self.used(run.face) else { continue };
            set_font(ops, current, &used.id, style.size);
            ops.extend(start.take().map(|matrix| Op::SetTextMatrix { matrix }));
            for letters in run.letters.chunk_by(|a, b| used.is_said_by_glyph(a) && used.is_said_by_glyph(b)) {
                match letters {
                    [letter] if !used.is_said_by_glyph(letter) => say(ops, used, letter, run.right_to_left, style.size),
                    _ => show(ops, used, letters, style.size),
                }
            }
        }
    }
}

/// Shows a letter that says by itself what it means.
fn say(ops: &mut Vec<Op>, used: &Used, letter: &Letter, right_to_left: bool, size: f32) {
    let Some(id) = used.silent.filter(|_| right_to_left) else {
        ops.push(actual_text(&letter.text));
        show(ops, used, std::slice::from_ref(letter), size);
        ops.push(Op::EndMarkedContent);
        return;
    };
    // Readers take what stands on a page from left to right and turn it round, the characters of one letter, too. So each is
    // said by itself, from left to right: the last one read with what is drawn, the others with nothing, where it ends.
    for (index, character) in letter.text.chars().rev().enumerate() {
        ops.push(actual_text(character.encode_utf8(&mut [0; 4])));
        if index == 0 {
            show(ops, used, std::slice::from_ref(letter), size);
        } else {
            show_nothing(ops, used, id);
        }
        ops.push(Op::EndMarkedContent);
    }
}

/// Shows a glyph that has no width and is not drawn, for readers to hold on to. Fonts may have a picture for it.
fn show_nothing(ops: &mut Vec<Op>, used: &Used, id: u16) {
    let number = used.numbers.get(&id).copied().unwrap_or_default();
    let glyph = TextItem::GlyphIds(vec![Codepoint::with_cid(number, 0.0, NOTHING.to_owned())]);
    ops.push(Op::SetTextRenderingMode { mode: TextRenderingMode::Invisible });
    ops.push(Op::ShowText { items: vec![glyph] });
    ops.push(Op::SetTextRenderingMode { mode: TextRenderingMode::Fill });
}

fn set_font(ops: &mut Vec<Op>, current: &mut Current, id: &FontId, size: f32) {
    if current.as_ref().is_none_or(|(font, of)| font != id || *of != size) {
        *current = Some((id.clone(), size));
        ops.push(Op::SetFont { font: PdfFontHandle::External(id.clone()), size: Pt(size) });
    }
}

/// Begins what stands for a text, whatever its glyphs mean.
fn actual_text(text: &str) -> Op {
    let bytes = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let map = BTreeMap::from([("ActualText".to_owned(), DictItem::Bytes(bytes))]);
    Op::BeginMarkedContentWithProperties { tag: "Span".to_owned(), properties: DictItem::Dict { map } }
}

/// Shows letters, each glyph where it has to stand. The reader moves its pen by the glyph's own width.
fn show(ops: &mut Vec<Op>, used: &Used, letters: &[Letter], size: f32) {
    let mut items = Vec::new();
    // Where the reader's pen is, and where it has to be.
    let (mut pen, mut start, mut height) = (0, 0, 0);
    for letter in letters {
        let mut placed = Vec::with_capacity(letter.glyphs.len());
        for glyph in &letter.glyphs {
            placed.push((*glyph, start + glyph.right));
            start += glyph.advance;
        }
        // The letter goes before its signs, and what is not seen ends it: readers take its place from the first and the last.
        let has_signs = placed.len() > 1;
        placed.sort_by_key(|(glyph, _)| glyph.advance == 0);
        for (glyph, place) in placed {
            raise(ops, &mut items, &mut height, glyph.up, size);
            move_pen(&mut items, &mut pen, place);
            let number = used.numbers.get(&glyph.id).copied().unwrap_or_default();
            let meaning = used.meanings.get(&glyph.id).cloned().unwrap_or_default();
            items.push(TextItem::GlyphIds(vec![Codepoint::with_cid(number, 0.0, meaning)]));
            pen += i32::from(used.face.advance_of_glyph(glyph.id));
        }
        if let Some(id) = used.silent.filter(|_| has_signs) {
            raise(ops, &mut items, &mut height, 0, size);
            move_pen(&mut items, &mut pen, start);
            flush(ops, &mut items);
            show_nothing(ops, used, id);
        }
    }
    raise(ops, &mut items, &mut height, 0, size);
    move_pen(&mut items, &mut pen, start);
    flush(ops, &mut items);
}

fn move_pen(items: &mut Vec<TextItem>, pen: &mut i32, place: i32) {
    if *pen != place {
        // What is subtracted moves it on.
        items.push(TextItem::Offset((*pen - place) as f32));
        *pen = place;
    }
}

fn flush(ops: &mut Vec<Op>, items: &mut Vec<TextItem>) {
    if !items.is_empty() {
        ops.push(Op::ShowText { items: std::mem::take(items) });
    }
}

/// Moves what follows up from the baseline. A thousandth of a point is as fine as the glyphs' own places.
fn raise(ops: &mut Vec<Op>, items: &mut Vec<TextItem>, height: &mut i32, up: i32, size: f32) {
    if *height != up {
        flush(ops, items);
        *height = up;
        ops.push(Op::SetLineOffset { multiplier: (up as f32 * size).round() / 1_000.0 });
    }
}
