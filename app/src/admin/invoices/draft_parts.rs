//! What the form of a draft and what moves in it have in common.

use domain::{
    invoices::Totals,
    money::{Currency, Money},
};

/// The fields of a line: how each is named, labelled, how long it may be.
pub(super) const FIELDS: [(&str, &str, usize); 4] = [
    ("description", "Description", 300),
    ("quantity", "Quantity", 20),
    ("unit_price", "Unit price", 20),
    ("tax_rate", "Tax %", 20),
];

/// The sums of a draft, each with its name; the last one is the total.
pub(super) fn sum_rows(totals: &Totals, currency: Currency) -> Vec<(String, String)> {
    let money = |minor: i64| Money { minor, currency }.to_string();
    let taxes = totals.taxes.iter().map(|share| (format!("Tax {}", share.rate), money(share.tax)));
    std::iter::once(("Before tax".to_owned(), money(totals.net)))
        .chain(taxes)
        .chain([("Total".to_owned(), money(totals.total))])
        .collect()
}
