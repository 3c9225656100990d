//! Blocks put on pages, one below the other.

use super::{
    block::{Block, Mark},
    style::{FOOTER_HEIGHT, MARGIN, PAGE_HEIGHT, Style},
};

/// Where content ends, in points from the page's top.
const BOTTOM: f32 = PAGE_HEIGHT - MARGIN - FOOTER_HEIGHT;
/// What a line may reach below its baseline; a mark nearer to the page's end than this goes to the next page.
const DESCENT: f32 = 4.0;
/// Where the first line of what was broken stands on the next page, air below the running head included.
const FIRST_BASELINE: f32 = Style::BODY.ascent() + 4.0;

/// What a page draws, in points from its top left corner.
pub(super) type Page = Vec<Mark>;

/// The pages so far, and how far the last one is filled.
pub(super) struct Flow<'a> {
    pages: Vec<Page>,
    page: Page,
    y: f32,
    /// What stands at the top of every further page.
    running_head: Option<Block<'a>>,
}

impl<'a> Flow<'a> {
    /// One empty page.
    pub(super) const fn new() -> Self {
        Self { pages: Vec::new(), page: Page::new(), y: MARGIN, running_head: None }
    }

    /// All pages.
    pub(super) fn finish(mut self) -> Vec<Page> {
        self.pages.push(self.page);
        self.pages
    }

    /// Sets what stands at the top of every page that is started from now on.
    pub(super) fn set_running_head(&mut self, head: Option<Block<'a>>) {
        self.running_head = head;
    }

    /// Leaves so many points free.
    pub(super) fn skip(&mut self, points: f32) {
        self.y += points;
    }

    /// Starts a page if so many points are not left on this one but would be on a new one.
    pub(super) fn keep(&mut self, height: f32) {
        let head = self.running_head.as_ref().map_or(0.0, |head| head.height);
        if self.y + height > BOTTOM && MARGIN + head + height <= BOTTOM {
            self.start_page();
        }
    }

    /// Puts a block on one page: this one, or the next one. A block that no page can hold is broken between its lines.
    pub(super) fn place(&mut self, block: Block<'a>) {
        self.keep(block.height);
        self.pour(block);
    }

    /// Puts a block here, broken between its lines where a page ends.
    pub(super) fn pour(&mut self, block: Block<'a>) {
        let Block { mut marks, height, .. } = block;
        if self.y + height <= BOTTOM {
            self.put(marks);
            self.y += height;
            return;
        }
        // From top to bottom, so that lines which stand beside each other go to the same page.
        marks.sort_by(|a, b| a.y().total_cmp(&b.y()));
        let mut top = self.y;
        for mark in marks {
            if top + mark.y() > BOTTOM - DESCENT {
                self.start_page();
                top = self.y + FIRST_BASELINE - mark.y();
            }
            self.page.push(mark.lowered(top));
        }
        // What is left below the last line may be more than the page has.
        self.y = (top + height).min(BOTTOM);
    }

    fn put(&mut self, marks: Vec<Mark>) {
        let top = self.y;
        self.page.extend(marks.into_iter().map(|mark| mark.lowered(top)));
    }

    fn start_page(&mut self) {
        self.pages.push(std::mem::take(&mut self.page));
        self.y = MARGIN;
        if let Some(head) = self.running_head.clone() {
            self.put(head.marks);
            self.y += head.height;
        }
    }
}
