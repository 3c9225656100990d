//! Mails about invoices.

use chrono::NaiveDate;
use domain::{ids::InvoiceId, money::Money, time};

use super::frame::templates;
use crate::links::AccountUrl;

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
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(InvoiceIssued, "mail/invoice_issued.txt", "mail/invoice_issued.html");

impl InvoiceIssued<'_> {
    fn due(&self) -> String {
        time::date(self.due_on)
    }

    fn link(&self) -> String {
        self.urls.page(&format!("/partner/invoices/{}", self.invoice))
    }
}
