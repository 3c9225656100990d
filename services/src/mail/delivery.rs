//! Mails about leads and how they are delivered.

use std::fmt::Write as _;

use chrono::NaiveDate;
use domain::{delivery::OffReason, zone::Zone};
use store::delivery::mails::MailedLead;

use super::frame::templates;
use crate::links::AccountUrl;

/// How many leads a digest names one by one.
const NAMED: usize = 200;

/// A webhook was switched off by itself.
#[derive(Clone, Copy)]
pub struct WebhookSwitchedOff<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The partner's name.
    pub partner: &'a str,
    /// Why.
    pub reason: OffReason,
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(WebhookSwitchedOff, "mail/webhook_switched_off.txt", "mail/webhook_switched_off.html");

impl WebhookSwitchedOff<'_> {
    fn link(&self) -> String {
        self.urls.page("/partner/profile/delivery")
    }
}

/// Somebody changed where a partner's leads are delivered to.
#[derive(Clone, Copy)]
pub struct DeliveryChanged<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The partner's name.
    pub partner: &'a str,
    /// Who changed it.
    pub by: &'a str,
    /// When, in the account's time zone.
    pub at: &'a str,
    /// From which network address.
    pub address: &'a str,
    /// What was changed, each in a few words.
    pub changes: &'a [&'a str],
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(DeliveryChanged, "mail/delivery_changed.txt", "mail/delivery_changed.html");

impl DeliveryChanged<'_> {
    fn link(&self) -> String {
        self.urls.page("/partner/profile/delivery")
    }
}

/// One new lead.
#[derive(Clone, Copy)]
pub struct NewLead<'a> {
    /// Whom it greets: the partner.
    pub name: &'a str,
    /// The lead.
    pub lead: &'a MailedLead,
    /// The time zone of its times.
    pub zone: Zone,
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(NewLead, "mail/new_lead.txt", "mail/new_lead.html");

impl NewLead<'_> {
    /// The first thing that is known of the person.
    fn who(&self) -> &str {
        let MailedLead { name, email, phone, .. } = self.lead;
        [name, email, phone].into_iter().find(|text| !text.is_empty()).map_or("", |text| text)
    }

    fn described(&self) -> String {
        described(self.lead, self.zone)
    }

    fn link(&self) -> String {
        self.urls.page(&format!("/partner/leads/{}", self.lead.lead_id))
    }
}

/// The leads of a day together.
#[derive(Clone, Copy)]
pub struct LeadDigest<'a> {
    /// Whom it greets: the partner.
    pub name: &'a str,
    /// The day.
    pub day: NaiveDate,
    /// The leads that came on it.
    pub leads: &'a [MailedLead],
    /// The time zone of its times.
    pub zone: Zone,
    /// Where its account's pages are found.
    pub urls: &'a AccountUrl,
}
templates!(LeadDigest, "mail/lead_digest.txt", "mail/lead_digest.html");

impl LeadDigest<'_> {
    /// How many there are, with the noun.
    fn counted(&self, adjective: &str) -> String {
        let count = self.leads.len();
        format!("{count} {adjective}{}", if count == 1 { "lead" } else { "leads" })
    }

    fn named(&self) -> impl Iterator<Item = String> {
        self.leads.iter().take(NAMED).map(|lead| described(lead, self.zone))
    }

    fn more(&self) -> usize {
        self.leads.len().saturating_sub(NAMED)
    }

    fn link(&self) -> String {
        self.urls.page("/partner/leads")
    }
}

/// A lead in one line.
fn described(lead: &MailedLead, zone: Zone) -> String {
    let mut text = lead.name.clone();
    for part in [&lead.email, &lead.phone, &lead.campaign] {
        if !part.is_empty() {
            let separator = if text.is_empty() { "" } else { ", " };
            // Writing to a text cannot fail.
            let _ = write!(text, "{separator}{part}");
        }
    }
    format!("{text} ({})", zone.local(lead.delivered_at).exact())
}
