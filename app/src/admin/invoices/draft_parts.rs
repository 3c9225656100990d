//! What the form of a draft and what moves in it have in common.

use domain::{
    invoices::Totals,
    money::{Currency, Money},
};

use crate::ui::markup::Markup;

/// The fields of a line: how each is named, labelled, how long it may be.
pub(super) const FIELDS: [(&str, &str, usize); 4] = [
    ("description", "Description", 300),
    ("quantity", "Quantity", 20),
    ("unit_price", "Unit price", 20),
    ("tax_rate", "Tax %", 20),
];

/// The name of a field of the line at this place, as it is sent.
pub(super) fn name_of(index: usize, field: &str) -> String {
    format!("lines[{index}][{field}]")
}

/// The id of a field, or of what else belongs to the line at this place.
pub(super) fn id_of(index: usize, what: &str) -> String {
    format!("line-{index}-{what}")
}

/// What is heard before the label of whatever belongs to the line at this place.
pub(super) fn line_name(index: usize) -> String {
    format!("Line {}: ", index + 1)
}

/// The sums of a draft as HTML; the last one is the total.
pub(super) fn sums(totals: &Totals, currency: Currency) -> String {
    let mut rows = Markup::default();
    let mut row = |label: &str, minor: i64| {
        let amount = Money { minor, currency }.to_string();
        rows.open("div", &[]).element("dt", &[], label);
        rows.element("dd", &[("class", "cell-amount")], &amount).close("div");
    };
    row("Before tax", totals.net);
    for share in &totals.taxes {
        row(&format!("Tax {}", share.rate), share.tax);
    }
    row("Total", totals.total);
    rows.finish()
}
