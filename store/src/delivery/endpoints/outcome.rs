//! How it went at an endpoint, and what follows from it.

use chrono::{DateTime, Utc};
use domain::{delivery::OffReason, ids::DeliveryId};

use super::Endpoint;
use crate::{StoreError, Tx, delivery::LEADS_HIDDEN, sql::sql};

/// What becomes of a push after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It has arrived.
    Delivered,
    /// It is tried again then.
    At(DateTime<Utc>),
    /// It was given up.
    GivenUp,
}

/// An attempt, to be written down.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// Of what.
    pub id: DeliveryId,
    /// Its number, from 1.
    pub number: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub millis: i64,
    /// The answer's status.
    pub status: Option<u16>,
    /// Why there was none.
    pub failure: String,
    /// How the answer began.
    pub excerpt: String,
    /// What follows.
    pub next: Next,
}

impl Attempted {
    fn outcome(&self) -> String {
        self.status.map_or_else(|| self.failure.clone(), |status| status.to_string())
    }
}

/// How an endpoint fares after a round of attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Attempts that failed since the last good one.
    pub failures: i64,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
    /// Until when it is left alone.
    pub rests_until: Option<DateTime<Utc>>,
}

/// Writes attempts down, what follows from them, and how the endpoint fares; the lease goes on until `leased_until`.
pub async fn note(
    tx: &mut Tx,
    endpoint: &Endpoint,
    attempts: &[Attempted],
    health: Health,
    leased_until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = tx.now();
    let rows = attempts.iter().map(|attempt| {
        [
            ("delivery_id", attempt.id.into()),
            ("number", attempt.number.into()),
            ("account_id", endpoint.account_id.into()),
            ("partner_id", endpoint.partner_id.into()),
            ("target", endpoint.url.as_str().into()),
            ("started_at", attempt.started_at.into()),
            ("millis", attempt.millis.into()),
            ("status", attempt.status.map(i64::from).into()),
            ("failure", attempt.failure.as_str().into()),
            ("excerpt", attempt.excerpt.as_str().into()),
        ]
    });
    // After a lost lease somebody else may have written one of this number.
    tx.insert_all("delivery_attempts", rows.collect(), " ON CONFLICT (delivery_id, number) DO NOTHING").await?;
    for attempt in attempts {
        let (state, next) = match attempt.next {
            Next::Delivered => ("delivered", None),
            Next::At(at) => ("waiting", Some(at)),
            Next::GivenUp => ("failed", None),
        };
        sql("UPDATE deliveries SET state = $1, next_attempt_at = $2, attempts = $3, tries = tries + 1, outcome = $4,
                settled_at = CASE WHEN $1 = 'waiting' THEN NULL ELSE $5 END
            WHERE id = $6 AND partner_id = $7 AND state = 'waiting'")
        .bind(state)
        .bind(next)
        .bind(attempt.number)
        .bind(attempt.outcome())
        .bind(now)
        .bind(attempt.id)
        .bind(endpoint.partner_id)
        .execute(tx.conn())
        .await?;
    }
    sql("UPDATE delivery_settings SET failures = $1, failing_since_at = $2, rests_until_at = $3, leased_until_at = $4
        WHERE partner_id = $5")
    .bind(health.failures)
    .bind(health.failing_since)
    .bind(health.rests_until)
    .bind(leased_until)
    .bind(endpoint.partner_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Switches an endpoint off, and gives up what waits there; it can be replayed.
pub async fn switch_off(tx: &mut Tx, endpoint: &Endpoint, reason: OffReason) -> Result<(), StoreError> {
    let now = tx.now();
    sql("UPDATE delivery_settings SET webhook_off_at = $1, webhook_off_reason = $2, due_at = NULL, rests_until_at = NULL
        WHERE partner_id = $3")
    .bind(now)
    .bind(reason.as_str())
    .bind(endpoint.partner_id)
    .execute(tx.conn())
    .await?;
    sql("UPDATE deliveries SET state = 'failed', next_attempt_at = NULL, settled_at = $1,
            outcome = CASE WHEN outcome = '' THEN 'the webhook was switched off' ELSE outcome END
        WHERE partner_id = $2 AND channel = 'webhook' AND next_attempt_at IS NOT NULL")
    .bind(now)
    .bind(endpoint.partner_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives up the leads that wait at an endpoint whose partner may not see leads any more. Once it may, they can be replayed.
pub async fn give_up_leads(tx: &mut Tx, endpoint: &Endpoint) -> Result<(), StoreError> {
    sql("UPDATE deliveries SET state = 'failed', next_attempt_at = NULL, settled_at = $1, outcome = $2
        WHERE partner_id = $3 AND account_id = $4 AND channel = 'webhook' AND lead_id IS NOT NULL
            AND next_attempt_at IS NOT NULL")
    .bind(tx.now())
    .bind(LEADS_HIDDEN)
    .bind(endpoint.partner_id)
    .bind(endpoint.account_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whom to tell that a webhook was switched off, and in whose name.
#[derive(Debug, Clone)]
pub struct WebhookOwners {
    /// The account's name.
    pub account_name: String,
    /// The partner's name.
    pub partner_name: String,
    /// The owners at the partner: name and address.
    pub recipients: Vec<(String, String)>,
}

/// The owners of the endpoint's partner.
pub async fn webhook_owners(tx: &mut Tx, endpoint: &Endpoint) -> Result<WebhookOwners, StoreError> {
    let (account_name, partner_name) =
        sql("SELECT a.name, p.name FROM partners p JOIN accounts a ON a.id = p.account_id WHERE p.id = $1")
            .bind(endpoint.partner_id)
            .one::<(String, String)>(tx.conn())
            .await?;
    let recipients = sql("SELECT name, email FROM users
        WHERE partner_id = $1 AND account_id = $2 AND kind = 'partner' AND status = 'active' AND role = 'owner'
        ORDER BY created_at, id LIMIT 20")
    .bind(endpoint.partner_id)
    .bind(endpoint.account_id)
    .all::<(String, String)>(tx.conn())
    .await?;
    Ok(WebhookOwners { account_name, partner_name, recipients })
}
