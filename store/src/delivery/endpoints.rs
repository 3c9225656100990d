//! The webhook worker's side: whose turn it is, what is due there, how it went.
//!
//! **Bypass:** nothing here takes a scope. It is for the worker, which acts for the portal itself.
//!
//! One process at a time works on an endpoint: it holds the endpoint's lease, and nobody else takes anything from its
//! queue. So two processes never push the same attempt, and one that dies holds up its endpoints for a lease at most.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Overrides, Permission, Permissions},
    delivery::{LeadField, OffReason},
    ids::{AccountId, DeliveryId, PartnerId},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::stored_fields;
use crate::{Reader, StoreError, Tx, sql::sql};

/// An endpoint a worker has the lease of.
#[derive(Clone)]
pub struct Endpoint {
    /// Whose it is.
    pub account_id: AccountId,
    /// Whose it is.
    pub partner_id: PartnerId,
    /// Where to post to.
    pub url: String,
    /// The secrets to sign with, encrypted: the current one, and the one before while it is valid.
    pub secrets: Vec<Vec<u8>>,
    /// Which parts of a lead it gets.
    pub fields: Vec<LeadField>,
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
    webhook_secret: Option<Vec<u8>>,
    previous_secret: Option<Vec<u8>>,
    previous_secret_until_at: Option<DateTime<Utc>>,
    webhook_fields: String,
    failures: i64,
    failing_since_at: Option<DateTime<Utc>>,
    default_permissions: i64,
    allowed_permissions: i64,
    denied_permissions: i64,
}

impl EndpointRow {
    fn endpoint(self, now: DateTime<Utc>) -> Result<Endpoint, StoreError> {
        let previous = self.previous_secret.filter(|_| self.previous_secret_until_at.is_some_and(|until| until > now));
        let overrides = Overrides {
            allowed: Permissions::from_bits(self.allowed_permissions),
            denied: Permissions::from_bits(self.denied_permissions),
        };
        let permissions = overrides.apply(Permissions::from_bits(self.default_permissions));
        let mut fields = stored_fields(&self.webhook_fields)?;
        // What a partner may not see on its pages its webhook does not get either.
        fields.retain(|field| *field != LeadField::Price || permissions.has(Permission::ViewLeadPrice));
        Ok(Endpoint {
            account_id: AccountId(self.account_id),
            partner_id: PartnerId(self.partner_id),
            url: self.webhook_url,
            secrets: self.webhook_secret.into_iter().chain(previous).collect(),
            fields,
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
        WHERE p.status = 'active' AND ")
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
    for partner in candidates {
        // Asked again: somebody else may have been faster.
        let taken = sql(
            "UPDATE delivery_settings AS s SET lease_owner = $2, leased_until_at = $3 WHERE s.partner_id = $4 AND ",
        )
        .push(TURN)
        .bind(now)
        .bind(owner)
        .bind(now + lease)
        .bind(*partner)
        .execute(tx.conn())
        .await?;
        if taken == 1 {
            leased.push(*partner);
        }
    }
    Ok(leased)
}

/// An endpoint as it is now, while the lease is the owner's and it is switched on.
pub async fn leased(read: &mut Reader, owner: Uuid, partner: PartnerId) -> Result<Option<Endpoint>, StoreError> {
    let now = read.now();
    let row = sql("SELECT s.account_id, s.partner_id, s.webhook_url, s.webhook_secret, s.previous_secret,
            s.previous_secret_until_at, s.webhook_fields, s.failures, s.failing_since_at, a.default_permissions,
            p.allowed_permissions, p.denied_permissions
        FROM delivery_settings s JOIN partners p ON p.id = s.partner_id JOIN accounts a ON a.id = s.account_id
        WHERE s.partner_id = $1 AND s.lease_owner = $2 AND s.leased_until_at > $3 AND s.webhook_off_at IS NULL
            AND s.webhook_url <> '' AND p.status = 'active' AND (s.rests_until_at IS NULL OR s.rests_until_at <= $3)")
    .bind(partner)
    .bind(owner)
    .bind(now)
    .optional::<EndpointRow>(read.conn())
    .await?;
    row.map(|row| row.endpoint(now)).transpose()
}

/// Something to be pushed.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its id, which makes the `webhook-id`.
    pub id: DeliveryId,
    /// How often it was tried so far.
    pub attempts: i64,
    /// The same since it was last queued.
    pub tries: i64,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// The lead; none for a test.
    pub lead: Option<Snapshot>,
}

/// A lead as it was delivered.
#[derive(Clone, FromRow)]
pub struct Snapshot {
    /// The portal's id of it.
    pub lead_id: Uuid,
    /// The CRM's.
    pub external_id: String,
    /// The person's name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub campaign: String,
    /// A JSON array of pairs of name and value.
    pub fields: String,
    /// The price in minor units.
    pub price_minor: Option<i64>,
    /// The price's currency.
    pub price_currency: Option<String>,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
}

/// It is personal data: it is never printed.
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("lead_id", &self.lead_id).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct DueRow {
    id: Uuid,
    attempts: i64,
    tries: i64,
    created_at: DateTime<Utc>,
    lead: Option<Uuid>,
}

/// What is due at an endpoint, what has waited longest first.
pub async fn due(read: &mut Reader, endpoint: &Endpoint, most: i64) -> Result<Vec<Due>, StoreError> {
    let rows = sql("SELECT id, attempts, tries, created_at, lead_id AS lead FROM deliveries
        WHERE partner_id = $1 AND account_id = $2 AND channel = 'webhook' AND next_attempt_at <= $3
        ORDER BY next_attempt_at, id LIMIT $4")
    .bind(endpoint.partner_id)
    .bind(endpoint.account_id)
    .bind(read.now())
    .bind(most)
    .all::<DueRow>(read.conn())
    .await?;
    let leads: Vec<Uuid> = rows.iter().filter_map(|row| row.lead).collect();
    let query =
        sql("SELECT id AS lead_id, external_id, name, email, phone, campaign, fields, price_minor, price_currency,
            delivered_at FROM leads WHERE account_id = ")
        .arg(endpoint.account_id)
        .push(" AND partner_id = ")
        .arg(endpoint.partner_id)
        .push(" AND id IN ")
        .list(leads.iter().copied());
    let mut snapshots = if leads.is_empty() { Vec::new() } else { query.all::<Snapshot>(read.conn()).await? };
    rows.into_iter()
        .map(|row| {
            let lead = row.lead.map(|lead| {
                let place = snapshots.iter().position(|snapshot| snapshot.lead_id == lead);
                place
                    .map(|place| snapshots.swap_remove(place))
                    .ok_or_else(|| StoreError::Corrupt("a queued lead is gone".to_owned()))
            });
            Ok(Due {
                id: DeliveryId(row.id),
                attempts: row.attempts,
                tries: row.tries,
                created_at: row.created_at,
                lead: lead.transpose()?,
            })
        })
        .collect()
}

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
