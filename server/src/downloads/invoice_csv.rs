//! The CSV of an invoice: a row for each line, the invoice's own data repeated on it, as accounting programs read it.

use domain::{invoices::Invoice, money::Money};

use super::sheet::Sheet;

const HEADER: [&str; 18] = [
    "Invoice", "Issued", "Due", "Status", "Seller", "Buyer", "Buyer VAT id", "Position", "Description", "Quantity",
    "Unit price", "VAT %", "Net", "Currency", "Invoice net", "Invoice VAT", "Invoice total", "Still open",
];

/// The bytes of the file. The same invoice gives the same bytes. Amounts have a decimal point and no grouping.
pub(super) fn render(invoice: &Invoice) -> Vec<u8> {
    let summary = &invoice.summary;
    let mut sheet = Sheet::with_capacity(200 * (invoice.lines.len() + 1));
    sheet.row(&HEADER);
    let amount = |minor: i64| invoice.money(minor).decimal();
    let percent = |rate: i64| Money { minor: rate, currency: domain::money::Currency::EUR }.decimal();
    let (issued, due) = (summary.issued_on.to_string(), summary.due_on.to_string());
    let (net, tax, total) = (amount(invoice.totals.net), amount(invoice.totals.tax), amount(invoice.totals.total));
    let open = summary.open.decimal();
    for (line, position) in invoice.lines.iter().zip(1_usize..) {
        sheet.row(&[
            &summary.number,
            &issued,
            &due,
            summary.state.label(),
            &invoice.seller.name,
            &invoice.buyer.name,
            &invoice.buyer.vat_id,
            &position.to_string(),
            &line.description,
            &line.quantity.to_string(),
            &amount(line.unit_price),
            &percent(line.tax_rate.0),
            &line.net().map_or_else(|error| error.to_string(), amount),
            summary.total.currency.code(),
            &net,
            &tax,
            &total,
            &open,
        ]);
    }
    sheet.finish()
}
