//! What stands in an invoice, from the letterhead to the footer.

use domain::{
    color::Color,
    invoices::{Invoice, InvoiceState, Party},
    time::date,
};

use super::{
    block::Block,
    flow::{Flow, Page},
    fonts::Fonts,
    logo::Logo,
    style::{Align, Frame, HAIRLINE, MARGIN, PAGE_HEIGHT, RULE, Style, colors, is_legible},
    table::{Table, percent},
};

/// On the left: the heading, the buyer, how to pay.
const LEFT: Frame = Frame::PAGE.first(232.0);
/// On the right: the seller, number and dates, the sums.
const RIGHT: Frame = Frame::PAGE.last(222.0);
/// Running text does not go over the whole page: lines of a hundred characters are hard to read.
const TEXT: Frame = Frame::PAGE.first(380.0);
/// A piece that is higher than this starts where it stands, rather than leave half a page empty.
const MAX_UNBROKEN: f32 = 240.0;

/// The pages of an invoice, footers included.
pub(super) fn pages(invoice: &Invoice, fonts: &Fonts, logo: Option<&Logo>) -> Vec<Page> {
    let content = Content {
        invoice,
        fonts,
        logo: logo.map(Logo::size),
        accent: invoice.accent.parse().unwrap_or(colors::ACCENT),
    };
    let mut flow = Flow::new();
    flow.pour(content.letterhead());
    flow.skip(24.0);
    if let Some(banner) = content.banner() {
        place(&mut flow, banner);
        flow.skip(20.0);
    }
    content.lines_and_sums(&mut flow);
    if let Some(note) = content.remark("Note", &invoice.note, TEXT) {
        flow.skip(20.0);
        place(&mut flow, note);
    }
    let mut pages = flow.finish();
    content.add_footers(&mut pages);
    pages
}

fn place<'a>(flow: &mut Flow<'a>, block: Block<'a>) {
    if block.height <= MAX_UNBROKEN {
        flow.place(block);
    } else {
        flow.pour(block);
    }
}

struct Content<'a> {
    invoice: &'a Invoice,
    fonts: &'a Fonts,
    /// How large the logo is drawn.
    logo: Option<(f32, f32)>,
    accent: Color,
}

impl<'a> Content<'a> {
    const fn block(&self) -> Block<'a> {
        Block::new(self.fonts)
    }

    fn letterhead(&self) -> Block<'a> {
        let mut block = self.block();
        block.rule(Frame::PAGE, 2.0, self.accent);
        block.skip(20.0);
        let mut heading = self.block();
        if let Some(size) = self.logo {
            heading.logo(LEFT, size);
            heading.skip(16.0);
        }
        let color = if is_legible(self.accent) { self.accent } else { Style::HEADING.color };
        heading.text(Style::HEADING.colored(color), LEFT, "Invoice");
        block.row([heading, self.party(&self.invoice.seller, RIGHT)]);
        block.skip(24.0);
        let mut buyer = self.block();
        buyer.text(Style::SMALL, LEFT, "Billed to");
        buyer.skip(2.0);
        let mut facts = self.block();
        // The first fact shares its baseline with the buyer's name.
        facts.skip(buyer.height + Style::NAME.ascent() - Style::BODY.ascent());
        facts.below(self.facts());
        buyer.below(self.party(&self.invoice.buyer, LEFT));
        block.row([buyer, facts]);
        block
    }

    fn party(&self, party: &Party, frame: Frame) -> Block<'a> {
        let mut block = self.block();
        block.text(Style::NAME, frame, &party.name);
        for line in &party.address {
            block.text(Style::BODY, frame, line);
        }
        if !party.vat_id.trim().is_empty() {
            block.text(Style::BODY.colored(colors::GREY), frame, &format!("VAT ID {}", party.vat_id));
        }
        block
    }

    fn facts(&self) -> Block<'a> {
        const LABEL: f32 = 84.0;
        let summary = &self.invoice.summary;
        let facts = [
            ("Invoice number", summary.number.clone()),
            ("Issue date", date(summary.issued_on)),
            ("Due date", date(summary.due_on)),
        ];
        let mut block = self.block();
        for (name, fact) in facts {
            let (mut label, mut value) = (self.block(), self.block());
            label.text(Style::BODY.colored(colors::GREY), RIGHT.first(LABEL), name);
            value.text(Style::BODY, RIGHT.after(LABEL), &fact);
            block.row([label, value]);
            block.skip(2.0);
        }
        block
    }

    /// What has to be seen before any figure: that the invoice is void, or paid.
    fn banner(&self) -> Option<Block<'a>> {
        let frame = Frame::PAGE.after(14.0);
        let mut block = self.block();
        block.skip(4.0);
        let color = match self.invoice.summary.state {
            InvoiceState::Void => {
                block.text(Style::TOTAL.colored(colors::RED), frame, "VOID");
                block.text(Style::BODY, frame, InvoiceState::Void.meaning());
                let reason = self.invoice.void_reason.trim();
                if !reason.is_empty() {
                    block.text(Style::BODY, frame, &format!("Reason: {reason}"));
                }
                colors::RED
            }
            InvoiceState::Paid => {
                let last = self.invoice.payments.iter().map(|payment| payment.paid_on).max();
                let on = last.map(|day| format!(" on {}", date(day))).unwrap_or_default();
                block.text(Style::NAME.colored(colors::GREEN), frame, &format!("Paid in full{on}"));
                colors::GREEN
            }
            InvoiceState::Pending | InvoiceState::Overdue => return None,
        };
        block.skip(4.0);
        block.bar_beside(Frame::PAGE.first(3.0), color);
        Some(block)
    }

    fn lines_and_sums(&self, flow: &mut Flow<'a>) {
        const GAP: f32 = 14.0;
        let (payments, long_payments) = by_height(self.payments());
        let details = self.remark("Payment details", &self.invoice.payment_details.join("\n"), LEFT);
        let (details, long_details) = by_height(details);
        let mut right = self.totals();
        if let Some(payments) = payments {
            right.below(payments);
        }
        let mut sums = self.block();
        sums.row([Some(right), details].into_iter().flatten());
        Table::of(self.invoice, self.fonts).place(flow, GAP + sums.height);
        flow.skip(GAP);
        flow.place(sums);
        for block in [long_payments, long_details].into_iter().flatten() {
            flow.skip(GAP);
            flow.pour(block);
        }
    }

    fn totals(&self) -> Block<'a> {
        const LABEL: f32 = 44.0;
        let totals = &self.invoice.totals;
        let mut block = self.block();
        block.below(self.sum(Style::BODY, "Net total", totals.net));
        for share in &totals.taxes {
            let label = format!("VAT {} on {}", percent(share.rate), self.invoice.money(share.net));
            block.below(self.sum(Style::BODY, &label, share.tax));
        }
        block.skip(4.0);
        block.rule(RIGHT, RULE, colors::INK);
        block.skip(5.0);
        let (mut label, mut figure) = (self.block(), self.block());
        label.text(Style::TOTAL.sized(Style::NAME.size), RIGHT.first(LABEL), "Total");
        figure.figure(Style::TOTAL, RIGHT.after(LABEL), self.invoice.money(totals.total).to_string());
        block.row([label, figure]);
        block
    }

    fn payments(&self) -> Option<Block<'a>> {
        if self.invoice.payments.is_empty() {
            return None;
        }
        let mut block = self.block();
        block.skip(6.0);
        block.rule(RIGHT, HAIRLINE, colors::HAIRLINE);
        block.skip(6.0);
        for payment in &self.invoice.payments {
            let label = format!("Payment received {}", date(payment.paid_on));
            block.below(self.sum(Style::BODY, &label, payment.amount));
            if !payment.reference.trim().is_empty() {
                block.text(Style::SMALL, RIGHT.first(RIGHT.width * 0.65), &payment.reference);
                block.skip(3.0);
            }
        }
        // Nothing is owed on a void invoice, whatever came in for it.
        if self.invoice.summary.state != InvoiceState::Void {
            block.skip(3.0);
            block.rule(RIGHT, HAIRLINE, colors::HAIRLINE);
            block.skip(6.0);
            block.below(self.sum(Style::BODY.bold(), "Still open", self.invoice.summary.open.minor));
        }
        Some(block)
    }

    /// A line of the sums. The figure takes what it needs, the label the rest.
    fn sum(&self, style: Style, name: &str, minor: i64) -> Block<'a> {
        const GAP: f32 = 12.0;
        const LEAST_LABEL: f32 = 80.0;
        let amount = self.invoice.money(minor).to_string();
        let width = self.fonts.width(style, &amount).min(RIGHT.width - GAP - LEAST_LABEL);
        let (mut label, mut figure) = (self.block(), self.block());
        label.text(style, RIGHT.first(RIGHT.width - GAP - width), name);
        figure.figure(style, RIGHT.last(width), amount);
        let mut block = self.block();
        block.row([label, figure]);
        block.skip(2.0);
        block
    }

    fn remark(&self, title: &str, text: &str, frame: Frame) -> Option<Block<'a>> {
        if text.trim().is_empty() {
            return None;
        }
        let mut block = self.block();
        block.text(Style::BODY.bold(), frame, title);
        block.skip(2.0);
        block.text(Style::BODY, frame, text);
        Some(block)
    }

    /// Says at the foot of each page whose invoice it belongs to, which one, and which page of how many it is.
    fn add_footers(&self, pages: &mut [Page]) {
        const MOST_NUMBER: f32 = 240.0;
        const GAP: f32 = 16.0;
        const VOID: &str = "VOID";
        let style = Style::SMALL;
        let count = pages.len();
        let number = self.fonts.shortened(style, &self.invoice.summary.number, MOST_NUMBER);
        let place = |page: usize| format!("Invoice {number} — page {page} of {count}");
        // Figures are all of one width, so the last page's number is as wide as any.
        let mut frame = Frame::PAGE.first(Frame::PAGE.width - GAP - self.fonts.width(style, &place(count)));
        let mut base = self.block();
        base.rule(Frame::PAGE, HAIRLINE, colors::HAIRLINE);
        base.skip(6.0);
        let mut cells = Vec::with_capacity(2);
        if self.invoice.summary.state == InvoiceState::Void {
            let style = style.bold().colored(colors::RED);
            let mut mark = self.block();
            mark.line(style, frame, Align::Left, VOID.to_owned());
            frame = frame.after(self.fonts.width(style, VOID) + GAP / 2.0);
            cells.push(mark);
        }
        let mut seller = self.block();
        let name = self.fonts.shortened(style, &self.invoice.seller.name, frame.width);
        seller.line(style, frame, Align::Left, name);
        cells.push(seller);
        let top = PAGE_HEIGHT - MARGIN - base.height - style.leading;
        for (page, number) in pages.iter_mut().zip(1..) {
            let mut which = self.block();
            which.line(style, Frame::PAGE, Align::Right, place(number));
            let mut footer = base.clone();
            footer.row(cells.iter().cloned().chain([which]));
            page.extend(footer.marks.into_iter().map(|mark| mark.lowered(top)));
        }
    }
}

/// The block first if it is low enough to be kept together with others, else second.
fn by_height(block: Option<Block<'_>>) -> (Option<Block<'_>>, Option<Block<'_>>) {
    if block.as_ref().is_some_and(|block| block.height > MAX_UNBROKEN) { (None, block) } else { (block, None) }
}
