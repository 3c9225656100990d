//! What happens to an account's leads, as programs hear of it.

use serde::{Deserialize, Serialize};

use crate::{audit::AuditAction, delivery::OffReason, time::LocalTime};

/// The events that programs hear of, by what the audit log calls them.
pub const FEED: [AuditAction; 13] = [
    AuditAction::LeadViewed,
    AuditAction::LeadAccepted,
    AuditAction::LeadRejected,
    AuditAction::LeadReviewUndone,
    AuditAction::LeadReturnRequested,
    AuditAction::LeadReturnWithdrawn,
    AuditAction::LeadReturnApproved,
    AuditAction::LeadReturnDeclined,
    AuditAction::LeadReturnExpired,
    AuditAction::LeadOutcomeSet,
    AuditAction::LeadNoteWritten,
    AuditAction::LeadFileAttached,
    // Of the account's own webhook.
    AuditAction::WebhookTested,
];

/// The type of an event, as programs know it; nothing for what they do not hear of.
#[must_use]
pub const fn event_type(action: AuditAction) -> Option<&'static str> {
    Some(match action {
        AuditAction::LeadViewed => "lead.viewed",
        AuditAction::LeadAccepted => "lead.accepted",
        AuditAction::LeadRejected => "lead.rejected",
        AuditAction::LeadReviewUndone => "lead.review_undone",
        AuditAction::LeadReturnRequested => "lead.return_requested",
        AuditAction::LeadReturnWithdrawn => "lead.return_withdrawn",
        AuditAction::LeadReturnApproved => "lead.return_approved",
        AuditAction::LeadReturnDeclined => "lead.return_declined",
        AuditAction::LeadReturnExpired => "lead.return_expired",
        AuditAction::LeadOutcomeSet => "lead.outcome",
        AuditAction::LeadNoteWritten => "lead.note",
        AuditAction::LeadFileAttached => "lead.file_attached",
        AuditAction::WebhookTested => "webhook.test",
        _ => return None,
    })
}

/// The account's own webhook, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountWebhook {
    /// Where events are sent; empty for nowhere.
    pub url: String,
    /// How many events wait, up to a few thousand.
    pub waiting: u64,
    /// When one arrived last.
    pub sent: Option<LocalTime>,
    /// Since when it fails, why, and when it is tried again.
    pub failing: Option<(LocalTime, String, LocalTime)>,
    /// When it switched itself off, and why.
    pub off: Option<(LocalTime, OffReason)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_feed_has_a_type_of_its_own() {
        let types: std::collections::BTreeSet<_> = FEED.iter().filter_map(|action| event_type(*action)).collect();
        assert_eq!(types.len(), FEED.len());
        assert!(AuditAction::ALL.iter().all(|action| event_type(*action).is_some() == FEED.contains(action)));
    }
}
