//! The webhook worker's side: whose turn it is, what is due there, how it went.
//!
//! **Bypass:** nothing here takes a scope. It is for the worker, which acts for the portal itself.
//!
//! One process at a time works on an endpoint: it holds the endpoint's lease, and nobody else takes anything from its
//! queue. So two processes never push the same attempt, and one that dies holds up its endpoints for a lease at most.

mod due;
mod outcome;

pub use due::{Due, Snapshot, due};
pub use outcome::{Attempted, Health, Next, WebhookOwners, give_up_leads, note, switch_off, webhook_owners};

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Permission,
    delivery::LeadField,
    ids::{AccountId, PartnerId},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::stored_fields;
use crate::{
    Reader, StoreError, Tx,
    access::{GRANTS, Grants},
    sql::sql,
};

/// An endpoint a worker has the lease of.
#[derive(Clone)]
pub struct Endpoint {
    /// Whose it is.
    pub account_id: AccountId,
    /// Whose it is.
    pub partner_id: PartnerId,
    /// Where to post to.
    pub url: String,
    /// Name and password to send along, encrypted.
    pub credentials: Option<Vec<u8>>,
    /// Headers to send along, encrypted.
    pub headers: Option<Vec<u8>>,
    /// The secrets to sign with, encrypted: the current one, and the one before while it is valid.
    pub secrets: Vec<Vec<u8>>,
    /// Which parts of a lead it gets.
    pub fields: Vec<LeadField>,
    /// Whether the partner may see leads at all; if not, only tests go there.
    pub sees_leads: bool,
    /// How many attempts have failed since the last good one.
    pub failures: i64,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
}

/// The address may hold a secret of the receiver's: it is never printed.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("partner_id", &self.partner_id)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct EndpointRow {
    account_id: Uuid,
    partner_id: Uuid,
    webhook_url: String,
    webhook_credentials: Option<Vec<u8>>,
    webhook_headers: Option<Vec<u8>>,
    webhook_secret: Option<Vec<u8>>,
    previous_secret: Option<Vec<u8>>,
    previous_secret_until_at: Option<DateTime<Utc>>,
    webhook_fields: String,
    failures: i64,
    failing_since_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    grants: Grants,
}

impl EndpointRow {
    fn endpoint(self, now: DateTime<Utc>) -> Result<Endpoint, StoreError> {
        let previous = self.previous_secret.filter(|_| self.previous_secret_until_at.is_some_and(|until| until > now));
        let mut fields = stored_fields(&self.webhook_fields)?;
        // What a partner may not see on its pages its webhook does not get either.
        fields.retain(|field| *field != LeadField::Price || self.grants.has(Permission::ViewLeadPrice));
        Ok(Endpoint {
            account_id: AccountId(self.account_id),
            partner_id: PartnerId(self.partner_id),
            url: self.webhook_url,
            credentials: self.webhook_credentials,
            headers: self.webhook_headers,
            secrets: self.webhook_secret.into_iter().chain(previous).collect(),
            fields,
            sees_leads: self.grants.has(Permission::ViewLeads),
            failures: self.failures,
            failing_since: self.failing_since_at,
        })
    }
}

/// Which endpoints are somebody's turn now.
const TURN: &str = "s.due_at <= $1 AND (s.leased_until_at IS NULL OR s.leased_until_at <= $1)
    AND (s.rests_until_at IS NULL OR s.rests_until_at <= $1) AND s.webhook_off_at IS NULL";

/// Endpoints that have something due, those first that have waited longest. What a paused partner gets waits until it is
/// active again.
pub async fn candidates(read: &mut Reader, most: i64) -> Result<Vec<PartnerId>, StoreError> {
    let now = read.now();
    let found = sql("SELECT s.partner_id FROM delivery_settings s JOIN partners p ON p.id = s.partner_id
        WHERE p.status = 'active' AND s.account_id NOT IN (SELECT id FROM accounts WHERE is_synthetic) AND ")
    .push(TURN)
    .push(" ORDER BY s.due_at, s.partner_id LIMIT $2")
    .bind(now)
    .bind(most)
    .all::<(Uuid,)>(read.conn())
    .await?;
    Ok(found.into_iter().map(|(partner,)| PartnerId(partner)).collect())
}

/// Takes the lease of those [`candidates`] that nobody else has taken since.
pub async fn lease(
    tx: &mut Tx,
    owner: Uuid,
    lease: TimeDelta,
    candidates: &[PartnerId],
) -> Result<Vec<PartnerId>, StoreError> {
    let now = tx.now();
    let mut leased = Vec::new();
    // In one order for all: two who take several must not wait for each other.
    for partner in &BTreeSet::from_iter(candidates) {
        // Asked again: somebody else may have been faster.
        let taken = sql(
            "UPDATE delivery_settings AS s SET lease_owner = $2, leased_until_at = $3 WHERE s.partner_id = $4 AND ",
        )
        .push(TURN)
        .bind(now)
        .bind(owner)
        .bind(now + lease)
        .bind(**partner)
        .execute(tx.conn())
        .await?;
        if taken == 1 {
            leased.push(**partner);
        }
    }
    Ok(leased)
}

/// An endpoint as it is now, while the lease is the owner's and it is switched on.
pub async fn leased(read: &mut Reader, owner: Uuid, partner: PartnerId) -> Result<Option<Endpoint>, StoreError> {
    let now = read.now();
    let row = sql(
        "SELECT s.account_id, s.partner_id, s.webhook_url, s.webhook_credentials, s.webhook_headers, s.webhook_secret,
            s.previous_secret, s.previous_secret_until_at, s.webhook_fields, s.failures, s.failing_since_at, ",
    )
    .push(GRANTS)
    .push(
        "
        FROM delivery_settings s JOIN partners p ON p.id = s.partner_id JOIN accounts a ON a.id = s.account_id
        WHERE s.partner_id = $1 AND s.lease_owner = $2 AND s.leased_until_at > $3 AND s.webhook_off_at IS NULL
            AND s.webhook_url <> '' AND p.status = 'active' AND (s.rests_until_at IS NULL OR s.rests_until_at <= $3)",
    )
    .bind(partner)
    .bind(owner)
    .bind(now)
    .optional::<EndpointRow>(read.conn())
    .await?;
    row.map(|row| row.endpoint(now)).transpose()
}

/// Gives the lease back, noting when the endpoint is due again.
pub async fn release(tx: &mut Tx, owner: Uuid, partner: PartnerId) -> Result<(), StoreError> {
    // Two statements: the first waits for whoever is queueing something here, and the second then sees it.
    let mine = sql("UPDATE delivery_settings SET lease_owner = NULL, leased_until_at = NULL
        WHERE partner_id = $1 AND lease_owner = $2")
    .bind(partner)
    .bind(owner)
    .execute(tx.conn())
    .await?;
    if mine == 1 {
        sql("UPDATE delivery_settings SET due_at = (SELECT MIN(next_attempt_at) FROM deliveries
                WHERE partner_id = $1 AND channel = 'webhook' AND next_attempt_at IS NOT NULL)
            WHERE partner_id = $1")
        .bind(partner)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
