//! The table of an invoice's lines.

use domain::invoices::{Invoice, InvoiceLine, TaxRate};

use super::{
    block::Block,
    flow::Flow,
    fonts::Fonts,
    style::{Align, Frame, HAIRLINE, RULE, Style, colors},
};

/// How many columns of figures there are.
const FIGURES: usize = 5;
/// Their heads. The position stands before the description, the others behind it.
const HEADS: [&str; FIGURES] = ["Pos.", "Quantity", "Unit price", "VAT", "Amount"];
/// Between two columns, in points.
const GAP: f32 = 14.0;
/// What the description has left when figures are enormous, in points.
const LEAST_DESCRIPTION: f32 = 130.0;
/// Above and below the text of a row, in points.
const PADDING: f32 = 4.2;

/// A percentage. A rate beyond all sense is shown as the largest that can be: its own `Display` would overflow.
pub(super) fn percent(rate: TaxRate) -> String {
    TaxRate(rate.0.clamp(i64::MIN / 10, i64::MAX / 10)).to_string()
}

/// The lines of an invoice, and where their columns stand.
pub(super) struct Table<'a> {
    invoice: &'a Invoice,
    fonts: &'a Fonts,
    /// The figures of each line.
    rows: Vec<[String; FIGURES]>,
    /// How figures are set: smaller than words where they are enormous, and all of them alike.
    figure: Style,
    columns: [Frame; FIGURES],
    description: Frame,
}

impl<'a> Table<'a> {
    /// The table of an invoice's lines. Its columns are as wide as their figures; the description has the rest.
    pub(super) fn of(invoice: &'a Invoice, fonts: &'a Fonts) -> Self {
        let rows: Vec<_> =
            invoice.lines.iter().zip(1..).map(|(line, position)| figures(invoice, line, position)).collect();
        let widest = |column: usize| {
            let widths = rows.iter().map(|row| fonts.width(Style::BODY, &row[column]));
            widths.fold(0.0, f32::max)
        };
        let natural: [f32; FIGURES] = std::array::from_fn(widest);
        let room = Frame::PAGE.width - LEAST_DESCRIPTION - 5.0 * GAP;
        let scale = (room / natural.iter().sum::<f32>().max(1.0)).min(1.0);
        let [position, quantity, price, rate, amount] =
            std::array::from_fn(|column| (natural[column] * scale).max(fonts.width(Style::SMALL, HEADS[column])));
        let amount = Frame::PAGE.last(amount);
        let rate = amount.before(GAP, rate);
        let price = rate.before(GAP, price);
        let quantity = price.before(GAP, quantity);
        let position = Frame::PAGE.first(position);
        let left = position.right() + GAP;
        let description = Frame { left, width: quantity.left - GAP - left };
        let columns = [position, quantity, price, rate, amount];
        Self { invoice, fonts, rows, figure: Style::BODY.sized(Style::BODY.size * scale), columns, description }
    }

    /// Puts the table on the pages, its head on each of them. Its last line stays on one page with what follows it, which
    /// takes `below` points: sums do not stand on a page by themselves.
    pub(super) fn place(&self, flow: &mut Flow<'a>, below: f32) {
        let head = self.head();
        let rows: Vec<_> = self.invoice.lines.iter().zip(&self.rows).map(|(line, row)| self.row(line, row)).collect();
        let start = head.height + rows.first().map_or(0.0, |row| row.height);
        if rows.len() < 2 {
            flow.keep(start + below);
        }
        flow.keep(start);
        flow.pour(head.clone());
        flow.set_running_head(Some(head));
        let count = rows.len();
        for (row, number) in rows.into_iter().zip(1..) {
            if number == count {
                flow.keep(row.height + below);
            }
            flow.place(row);
        }
        flow.set_running_head(None);
    }

    fn head(&self) -> Block<'a> {
        let mut description = Block::new(self.fonts);
        description.text(Style::SMALL, self.description, "Description");
        let figures = self.columns.iter().zip(HEADS).map(|(frame, head)| {
            let mut cell = Block::new(self.fonts);
            cell.line(Style::SMALL, *frame, Align::Right, head.to_owned());
            cell
        });
        let mut block = Block::new(self.fonts);
        block.row(in_order(figures, description));
        block.skip(4.0);
        block.rule(Frame::PAGE, RULE, colors::INK);
        block
    }

    fn row(&self, line: &InvoiceLine, figures: &[String; FIGURES]) -> Block<'a> {
        let mut words = Block::new(self.fonts);
        words.text(Style::BODY, self.description, &line.description);
        let figures = self.columns.iter().zip(figures).map(|(frame, figure)| {
            let mut cell = Block::new(self.fonts);
            cell.figure(self.figure, *frame, figure.clone());
            cell
        });
        let mut block = Block::new(self.fonts);
        block.skip(PADDING);
        block.row(in_order(figures, words));
        block.skip(PADDING);
        block.rule(Frame::PAGE, HAIRLINE, colors::HAIRLINE);
        block
    }
}

/// The cells in the order they are read in, and copied in: the description comes after the position.
fn in_order<'a>(figures: impl Iterator<Item = Block<'a>>, description: Block<'a>) -> Vec<Block<'a>> {
    let mut cells: Vec<_> = figures.collect();
    cells.insert(1, description);
    cells
}

fn figures(invoice: &Invoice, line: &InvoiceLine, position: usize) -> [String; FIGURES] {
    [
        position.to_string(),
        line.quantity.to_string(),
        line.unit_price.to_string(),
        percent(line.tax_rate),
        line.net().map_or_else(|error| error.to_string(), |net| invoice.money(net).to_string()),
    ]
}
