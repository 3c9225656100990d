//! The CSV of an invoice: a row for each line, the invoice's own data repeated on it, as accounting programs read it.

use domain::{
    invoices::Invoice,
    money::{Currency, Money},
};

use super::sheet::{Cell, Sheet};

const HEADER: [&str; 18] = [
    "Invoice", "Issued", "Due", "Status", "Seller", "Buyer", "Buyer VAT id", "Position", "Description", "Quantity",
    "Unit price", "VAT %", "Net", "Currency", "Invoice net", "Invoice VAT", "Invoice total", "Still open",
];

/// The bytes of the file. The same invoice gives the same bytes. Amounts have a decimal point and no grouping.
pub(super) fn render(invoice: &Invoice) -> Vec<u8> {
    let summary = &invoice.summary;
    let mut sheet = Sheet::new(HEADER);
    let amount = |minor: i64| Cell::Amount(invoice.money(minor));
    let percent = |rate: i64| Cell::Amount(Money { minor: rate, currency: Currency::EUR });
    for (line, position) in invoice.lines.iter().zip(1..) {
        sheet.row([
            summary.number.as_str().into(),
            Cell::Day(summary.issued_on),
            Cell::Day(summary.due_on),
            summary.state.label().into(),
            invoice.seller.name.as_str().into(),
            invoice.buyer.name.as_str().into(),
            invoice.buyer.vat_id.as_str().into(),
            Cell::Count(position),
            line.description.as_str().into(),
            line.quantity.to_string().into(),
            Cell::Price(line.unit_price),
            percent(line.tax_rate.0),
            line.net().map_or_else(|error| error.to_string().into(), amount),
            summary.total.currency.code().into(),
            amount(invoice.totals.net),
            amount(invoice.totals.tax),
            amount(invoice.totals.total),
            Cell::Amount(summary.open),
        ]);
    }
    sheet.finish()
}
