//! What was pushed, how often, and how it ended.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeliveryId, LeadId},
    time::LocalTime,
};

text_enum! {
    /// By which way a lead goes out.
    Channel {
        /// Posted to the partner's webhook.
        Webhook = "webhook",
        /// Mailed by itself.
        Email = "email",
        /// Mailed with the others of its day.
        Digest = "digest",
    }
}

impl Channel {
    /// The channel as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Webhook => "Webhook",
            Self::Email => "Email",
            Self::Digest => "Daily email",
        }
    }
}

text_enum! {
    /// How far it is.
    DeliveryState {
        /// It is, or will be, tried.
        Waiting = "waiting",
        /// It has arrived.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
}

impl DeliveryState {
    /// The state as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
        }
    }
}

/// One lead on its way by one channel, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id; `msg_` and this is the `webhook-id`.
    pub id: DeliveryId,
    /// The lead and its name; nothing for a test.
    pub lead: Option<(LeadId, String)>,
    /// By which way.
    pub channel: Channel,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// How the last attempt ended; empty before the first.
    pub outcome: String,
    /// When it was queued.
    pub queued: LocalTime,
    /// When it is tried next.
    pub next: Option<LocalTime>,
    /// When it arrived or was given up.
    pub settled: Option<LocalTime>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: LocalTime,
    /// Where it went.
    pub target: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// Why there was no answer; empty where there was one.
    pub failure: String,
    /// How the answer began.
    pub excerpt: String,
}

/// Rows of a page of the log.
pub const LOG_ROWS: usize = 50;

/// A page of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryPage {
    /// Latest first.
    pub deliveries: Vec<Delivery>,
    /// Whether there are more.
    pub has_next: bool,
    /// How many wait for their turn.
    pub waiting: u64,
    /// How many were given up.
    pub failed: u64,
}
