//! Mails about returns.

use chrono::NaiveDate;
use domain::{ids::PartnerId, leads::Count, time};

use super::frame::templates;
use crate::links::AccountUrl;

/// A partner asks for leads to be taken back.
#[derive(Clone, Copy)]
pub struct ReturnsRequested<'a> {
    /// Whom it greets: the account.
    pub name: &'a str,
    /// The partner.
    pub partner: (PartnerId, &'a str),
    /// Who asked.
    pub by: &'a str,
    /// For how many leads.
    pub leads: u64,
    /// Why, as the account calls it.
    pub reason: &'a str,
    /// The partner's own words; may be empty.
    pub comment: &'a str,
    /// The last day to decide.
    pub until: Option<NaiveDate>,
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(ReturnsRequested, "mail/returns_requested.txt", "mail/returns_requested.html");

impl ReturnsRequested<'_> {
    fn counted(&self) -> String {
        if self.leads == 1 { "a lead".to_owned() } else { Count::Exactly(self.leads).to_string() }
    }

    fn until(&self) -> Option<String> {
        self.until.map(time::date)
    }

    fn link(&self) -> String {
        self.urls.page(&format!("/admin/returns?partner={}", self.partner.0))
    }
}
