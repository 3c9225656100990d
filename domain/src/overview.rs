//! The admin start page: how the portal does, and what needs attention.

use serde::{Deserialize, Serialize};

use crate::{audit::AuditEntry, ids::PartnerId, money::Money, time::LocalTime};

/// The figures of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Whether the portal is on at all.
    pub portal_enabled: bool,
    /// Partners that take part.
    pub active: u64,
    /// Of those, how many have never had a login.
    pub never_logged_in: u64,
    /// Partners set aside.
    pub paused: u64,
    /// Leads delivered today, in the account's time zone.
    pub leads_today: u64,
    /// Leads delivered this month so far.
    pub leads_this_month: u64,
    /// Invoices past their due day.
    pub overdue: u64,
    /// What is still to be paid on them, one entry a currency.
    pub overdue_sums: Vec<Money>,
    /// Invoices being written.
    pub drafts: u64,
    /// Active partners nobody of whom has ever logged in: the first few.
    pub silent: Vec<(PartnerId, String)>,
    /// Invitations that ended before anybody came.
    pub expired_invitations: u64,
    /// Mails that could not be sent.
    pub failed_mails: u64,
    /// Deliveries of the last seven days that were given up.
    pub failed_deliveries: u64,
    /// Whose they were: the first few.
    pub failing: Vec<(PartnerId, String)>,
    /// Requests to return a lead that nobody has decided on.
    pub open_returns: u64,
    /// Until when the first of them is to be decided.
    pub returns_due: Option<LocalTime>,
    /// How the account's own webhook is, when it does not get through.
    pub webhook: Option<WebhookTrouble>,
    /// What happened last.
    pub recent: Vec<AuditEntry>,
}

/// Why the account's own webhook gets no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookTrouble {
    /// Attempts fail; they go on.
    Failing,
    /// It was switched off: events wait.
    Off,
}
