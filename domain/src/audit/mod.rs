//! The words of the audit log: who did what to which object, and how it went.

mod action;
mod kind;
mod query;

pub use action::AuditAction;
pub use kind::{ActivityKind, AuditResult};
pub use query::{ActorKind, AuditEntry, AuditFilter, AuditQuery};

use serde::{Deserialize, Serialize};

use crate::time::LocalTime;

/// An event as a partner user reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: LocalTime,
    /// Who; empty for somebody who was not logged in.
    pub by: String,
    /// What was done.
    pub action: AuditAction,
    /// How it went.
    pub result: AuditResult,
    /// From which network address; empty for the portal itself.
    pub address: String,
    /// What else there is to say, such as how many rows or which fields; may be empty.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_actions_and_every_action_is_a_phrase() {
        for kind in ActivityKind::ALL {
            assert!(AuditAction::of_kind(*kind).count() > 0, "{kind}");
        }
        for action in AuditAction::ALL {
            for result in AuditResult::ALL {
                assert!(action.phrase(*result).starts_with(|c: char| c.is_ascii_lowercase()), "{action}");
            }
        }
    }
}
