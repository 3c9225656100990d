//! Mails about invoices.

use chrono::NaiveDate;
use domain::{ids::InvoiceId, money::Money, time};

use super::frame::templates;

/// An invoice was issued.
#[derive(Clone, Copy)]
pub struct InvoiceIssued<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The invoice's id.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: &'a str,
    /// How much is to be paid.
    pub total: Money,
    /// Until when.
    pub due_on: NaiveDate,
    /// Where the portal is found, without a slash at the end.
    pub public_url: &'a str,
}
templates!(InvoiceIssued, "mail/invoice_issued.txt", "mail/invoice_issued.html");

impl InvoiceIssued<'_> {
    fn due(&self) -> String {
        time::date(self.due_on)
    }

    fn link(&self) -> String {
        format!("{}/partner/invoices/{}", self.public_url, self.invoice)
    }
}
