//! Pieces of a page: lines of text and rules, placed from the piece's top left corner downwards.

use super::{
    fonts::Fonts,
    line::Line,
    style::{Align, Frame, Style},
    wrap::wrap,
};
use domain::color::Color;

/// Something drawn. All measures are points; `y` grows downwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// One line of text.
    Text {
        /// Where its first character starts.
        x: f32,
        /// Its baseline.
        y: f32,
        /// How it is set.
        style: Style,
        /// The text, no wider than its frame.
        line: Line,
    },
    /// A filled rectangle: a rule, or a bar.
    Bar {
        /// Its left edge.
        x: f32,
        /// Its upper edge.
        y: f32,
        /// How wide it is.
        width: f32,
        /// How high it is.
        height: f32,
        /// Its colour.
        color: Color,
    },
    /// The account's logo.
    Logo {
        /// Its left edge.
        x: f32,
        /// Its upper edge.
        y: f32,
        /// How wide it is.
        width: f32,
        /// How high it is.
        height: f32,
    },
}

impl Mark {
    /// Where it stands: a line's baseline, a bar's upper edge.
    pub(super) const fn y(&self) -> f32 {
        match self {
            Self::Text { y, .. } | Self::Bar { y, .. } | Self::Logo { y, .. } => *y,
        }
    }

    /// The same, so many points lower.
    pub(super) fn lowered(mut self, by: f32) -> Self {
        match &mut self {
            Self::Text { y, .. } | Self::Bar { y, .. } | Self::Logo { y, .. } => *y += by,
        }
        self
    }
}

/// A piece of a page. What is added goes below what it has.
#[derive(Clone)]
pub(super) struct Block<'a> {
    fonts: &'a Fonts,
    /// What it draws.
    pub(super) marks: Vec<Mark>,
    /// How high it is.
    pub(super) height: f32,
}

impl<'a> Block<'a> {
    /// An empty one.
    pub(super) const fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, marks: Vec::new(), height: 0.0 }
    }

    /// Leaves so many points free.
    pub(super) fn skip(&mut self, points: f32) {
        self.height += points;
    }

    /// Draws a rule over the frame.
    pub(super) fn rule(&mut self, frame: Frame, thickness: f32, color: Color) {
        self.marks.push(Mark::Bar { x: frame.left, y: self.height, width: frame.width, height: thickness, color });
        self.height += thickness;
    }

    /// Draws the account's logo at the frame's left edge.
    pub(super) fn logo(&mut self, frame: Frame, (width, height): (f32, f32)) {
        self.marks.push(Mark::Logo { x: frame.left, y: self.height, width, height });
        self.height += height;
    }

    /// Draws a bar beside all that is there.
    pub(super) fn bar_beside(&mut self, frame: Frame, color: Color) {
        const PIECE: f32 = 12.0;
        let mut y = 0.0;
        // In pieces, so that a page may end between any two of them; they overlap, or a seam would be seen.
        while y < self.height {
            let height = (PIECE + 1.0).min(self.height - y);
            self.marks.push(Mark::Bar { x: frame.left, y, width: frame.width, height, color });
            y += PIECE;
        }
    }

    /// Sets a text in as many lines as it needs.
    pub(super) fn text(&mut self, style: Style, frame: Frame, text: &str) {
        for line in wrap(self.fonts, style.weight, style.size, text, frame.width) {
            self.set(style, frame, Align::Left, line);
        }
    }

    /// Sets one line, which has to be clean and to fit.
    pub(super) fn line(&mut self, style: Style, frame: Frame, align: Align, text: String) {
        self.set(style, frame, align, self.fonts.line(style.weight, text, None));
    }

    fn set(&mut self, style: Style, frame: Frame, align: Align, line: Line) {
        let x = match align {
            Align::Left => frame.left,
            Align::Right => frame.right() - self.fonts.line_width(style, &line),
        };
        self.marks.push(Mark::Text { x, y: self.height + style.ascent(), style, line });
        self.height += style.leading;
    }

    /// Sets a figure at the frame's right edge, smaller where it would not fit: broken into two lines it would be misread.
    pub(super) fn figure(&mut self, style: Style, frame: Frame, figure: String) {
        let natural = self.fonts.width(style, &figure);
        let style = if natural <= frame.width { style } else { style.sized(style.size * frame.width / natural) };
        self.line(style, frame, Align::Right, figure);
    }

    /// Puts a block below.
    pub(super) fn below(&mut self, other: Self) {
        let top = self.height;
        self.marks.extend(other.marks.into_iter().map(|mark| mark.lowered(top)));
        self.height += other.height;
    }

    /// Puts blocks beside each other, their tops aligned, below what is there.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Self>) {
        let top = self.height;
        for cell in cells {
            self.height = self.height.max(top + cell.height);
            self.marks.extend(cell.marks.into_iter().map(|mark| mark.lowered(top)));
        }
    }
}
