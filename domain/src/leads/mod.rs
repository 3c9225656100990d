//! Leads: what was delivered to a partner, and what the partner made of it.

mod account_list;
mod choices;
mod columns;
#[cfg(feature = "server")]
mod command;
#[cfg(feature = "server")]
mod field_columns;
mod field_kinds;
mod field_rules;
mod filter;
mod outcome;
mod view;

use serde::{Deserialize, Serialize};

pub use account_list::{AccountLead, AccountLeadPage, AccountLeadQuery};
pub use choices::{Choice, ChoiceKind, ChoiceRow, MAX_LABEL};
pub use columns::{LeadColumn, LeadColumns};
#[cfg(feature = "server")]
pub use command::{CheckedLead, Defaults, LeadCommand, LeadFault, LeadPart};
#[cfg(feature = "server")]
pub(crate) use command::{SHORTENED, is_shortened};
#[cfg(feature = "server")]
pub use field_columns::{FieldColumns, PlacedFields};
pub use field_kinds::{FieldKind, FilterField, ShownField};
pub use field_rules::{FieldRule, FieldRules, SentRule};
pub use filter::{
    Cursor, DayRange, FieldBound, FieldFilter, LeadFilter, LeadListQuery, LeadSort, PageSize, Period, ReadQuery,
};
pub(crate) use filter::{keep, left_out};
pub use outcome::{
    DueLead, LeadOutcome, NextStep, Note, NoteAuthor, Outcome, OutcomeChoice, OutcomeEvent, OutcomeKind,
};

pub use view::{PinnedView, SavedView};

use crate::{
    ids::LeadId,
    money::{Price, grouped},
    return_state::ReturnState,
    time::LocalTime,
    validation::FieldErrors,
};

text_enum! {
    /// What the partner made of a lead.
    LeadStatus {
        /// Nobody at the partner has opened it.
        New = "new",
        /// Opened.
        Viewed = "viewed",
        /// Taken.
        Accepted = "accepted",
        /// Refused, with a reason.
        Rejected = "rejected",
    }
}

impl LeadStatus {
    /// The status as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Viewed => "Viewed",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
        }
    }

    /// What the status means for the partner, as one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::New => "Nobody at your company has opened it yet.",
            Self::Viewed => "Somebody at your company has opened it.",
            Self::Accepted => "Your company accepted it.",
            Self::Rejected => "Your company rejected it, with a reason.",
        }
    }
}

text_enum! {
    /// What a reason to refuse a lead has to come with.
    ReasonNeeds {
        /// The reason alone says it.
        Nothing = "nothing",
        /// The partner says more in its own words.
        Comment = "comment",
        /// The partner attaches a file that shows it.
        Evidence = "evidence",
    }
}

impl ReasonNeeds {
    /// What is needed, as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing more",
            Self::Comment => "A comment",
            Self::Evidence => "A file as evidence",
        }
    }
}

/// One of the reasons for which an account's partners can refuse a lead.
pub type RejectReason = Choice<ReasonNeeds>;

impl ChoiceKind for ReasonNeeds {
    const ALL: &'static [Self] = Self::ALL;
    const NOUN: &'static str = "reason";
    const FIRST: &'static [(&'static str, &'static str, Self)] = &[
        ("bad_contact", "Cannot be reached", Self::Nothing),
        ("duplicate", "Duplicate", Self::Nothing),
        ("out_of_area", "Out of area", Self::Nothing),
        ("wrong_product", "Wrong product", Self::Nothing),
        ("no_consent", "No consent", Self::Nothing),
        ("other", "Other", Self::Comment),
    ];

    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

/// A partner's decision on a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    /// Takes it.
    Accept,
    /// Refuses it.
    Reject {
        /// Why: one of the account's reasons, by its code.
        reason: String,
        /// In the partner's own words; may be empty unless the reason needs one.
        comment: String,
    },
}

impl Review {
    /// Maximum number of characters of a comment.
    pub const MAX_COMMENT: usize = 1_000;
    /// The most leads that are decided on at once.
    pub const MOST: usize = 10_000;

    /// Judges how many leads were selected, to be decided on or exported.
    ///
    /// # Errors
    /// A message on `leads` for none and for more than [`Self::MOST`].
    pub fn check_selected(leads: usize) -> Result<(), FieldErrors> {
        match leads {
            0 => Err(FieldErrors::one("leads", "Select the leads first.")),
            1..=Self::MOST => Ok(()),
            _ => Err(FieldErrors::one("leads", format!("Select at most {} leads.", Self::MOST))),
        }
    }

    /// Reads a comment.
    ///
    /// # Errors
    /// A message when it is too long.
    pub fn read_comment(comment: &str) -> Result<&str, FieldErrors> {
        let comment = comment.trim();
        if comment.chars().count() > Self::MAX_COMMENT || comment.contains('\0') {
            let message = format!("Use at most {} characters of plain text.", Self::MAX_COMMENT);
            return Err(FieldErrors::one("comment", message));
        }
        Ok(comment)
    }

    /// Reads a decision from a form's fields `decision`, `reason` and `comment`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(reasons: &[RejectReason], decision: &str, reason: &str, comment: &str) -> Result<Self, FieldErrors> {
        match decision {
            "accept" => Ok(Self::Accept),
            "reject" => {
                let (comment, mut errors) = match Self::read_comment(comment) {
                    Ok(comment) => (comment, FieldErrors::default()),
                    Err(errors) => (comment, errors),
                };
                let chosen = reasons.iter().find(|one| one.active && one.code == reason);
                if chosen.is_none() {
                    errors.add("reason", "Choose a reason.");
                }
                if chosen.is_some_and(|reason| reason.kind == ReasonNeeds::Comment) && comment.is_empty() {
                    errors.add("comment", "Say what is wrong with this lead.");
                }
                if errors.is_empty() {
                    Ok(Self::Reject { reason: reason.to_owned(), comment: comment.to_owned() })
                } else {
                    Err(errors)
                }
            }
            _ => Err(FieldErrors::one("decision", "Choose to accept or to reject.")),
        }
    }

    /// The status this decision leads to.
    #[must_use]
    pub const fn status(&self) -> LeadStatus {
        match self {
            Self::Accept => LeadStatus::Accepted,
            Self::Reject { .. } => LeadStatus::Rejected,
        }
    }
}

/// A lead as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadSummary {
    /// Its id.
    pub id: LeadId,
    /// The person's name.
    pub name: String,
    /// The person's email address; may be empty.
    pub email: String,
    /// The person's phone number as delivered; may be empty.
    pub phone: String,
    /// The campaign that brought it; may be empty.
    pub campaign: String,
    /// When it was delivered to the partner.
    pub received: LocalTime,
    /// What the partner made of it.
    pub status: LeadStatus,
    /// What else was asked for.
    pub more: Option<LeadMore>,
}

/// What lists show of a lead only where somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadMore {
    /// The CRM's own id.
    pub external_id: String,
    /// The price at delivery, if there was one and the reader may see it.
    pub price: Option<Price>,
    /// What became of it.
    pub outcome: Option<LeadOutcome>,
    /// Where its return stands, if there is one.
    pub returned: Option<ReturnState>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadPage {
    /// The rows, in the order asked for.
    pub leads: Vec<LeadSummary>,
    /// How many leads the filter matches.
    pub count: Count,
    /// Whether there are rows before the first.
    pub has_previous: bool,
    /// Whether there are rows after the last.
    pub has_next: bool,
}

/// A number of rows. Very common search words are counted only so far: the exact number would cost a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// This many.
    Exactly(u64),
    /// More than this many.
    MoreThan(u64),
}

impl Count {
    /// The figure, and what is counted: `1,234` and `leads`.
    #[must_use]
    pub fn figure(self) -> (String, &'static str) {
        match self {
            Self::Exactly(1) => ("1".to_owned(), "lead"),
            Self::Exactly(count) => (grouped(&count.to_string()), "leads"),
            Self::MoreThan(count) => (format!("more than {}", grouped(&count.to_string())), "leads"),
        }
    }
}

/// For people: `1 lead`, `1,234 leads`, `more than 1,000 leads`.
impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (figure, noun) = self.figure();
        write!(f, "{figure} {noun}")
    }
}

/// A campaign a partner has leads of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignCount {
    /// Its name; may be empty.
    pub campaign: String,
    /// How many leads.
    pub leads: u64,
}

/// One step in a lead's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEvent {
    /// The status it led to.
    pub status: LeadStatus,
    /// Why, for a rejection, as people call it.
    pub reason: Option<String>,
    /// In the partner's own words; may be empty.
    pub comment: String,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: LocalTime,
}

/// Everything a partner may know of one lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadDetail {
    /// What the list shows.
    pub summary: LeadSummary,
    /// The CRM's own id.
    pub external_id: String,
    /// The free-form fields, as people read them.
    pub fields: Vec<ShownField>,
    /// The price at delivery, if there was one and the reader may see it.
    pub price: Option<Price>,
    /// What happened to it, oldest first.
    pub history: Vec<StatusEvent>,
    /// What became of it.
    pub outcome: Option<LeadOutcome>,
    /// What was said of that, oldest first.
    pub outcomes: Vec<OutcomeEvent>,
    /// What is to be done next.
    pub next_step: NextStep,
}

/// The leads beside one in a filtered list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    /// The one listed before it.
    pub previous: Option<LeadId>,
    /// The one listed after it.
    pub next: Option<LeadId>,
}

/// A lead to be stored: the immutable snapshot of what was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLead {
    /// The CRM's own id, unique per partner.
    pub external_id: String,
    /// The person's name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub campaign: String,
    /// Free-form fields in their order.
    pub fields: Vec<(String, String)>,
    /// The price at delivery.
    pub price: Option<Price>,
    /// When it was delivered.
    pub delivered_at: chrono::DateTime<chrono::Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_says_what_is_missing() {
        let mut reasons = RejectReason::first_list();
        reasons[0].active = false;
        let parse = |decision, reason, comment: &str| Review::parse(&reasons, decision, reason, comment);
        assert_eq!(parse("accept", "", ""), Ok(Review::Accept));
        let rejected = parse("reject", "duplicate", " seen in May ").unwrap();
        assert_eq!(rejected, Review::Reject { reason: "duplicate".into(), comment: "seen in May".into() });
        assert!(parse("reject", "", "").unwrap_err().get("reason").is_some());
        assert!(parse("reject", "bad_contact", "").unwrap_err().get("reason").is_some(), "not offered any more");
        assert!(parse("reject", "other", "  ").unwrap_err().get("comment").is_some());
        assert!(parse("reject", "other", &"x".repeat(1_001)).unwrap_err().get("comment").is_some());
        assert!(parse("burn", "", "").unwrap_err().get("decision").is_some());
    }
}
