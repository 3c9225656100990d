//! What is to be pushed to an endpoint.

use chrono::{DateTime, Utc};
use domain::{ids::DeliveryId, leads::FieldRules};
use sqlx::FromRow;
use uuid::Uuid;

use super::Endpoint;
use crate::{Reader, StoreError, leads::rules_unscoped, sql::sql};

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
    /// What the price has beyond them.
    pub price_parts: i64,
    /// The price's currency.
    pub price_currency: Option<String>,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
}

impl Snapshot {
    /// Takes the fields away that the account hides from its partners.
    fn hide(&mut self, rules: &FieldRules) -> Result<(), StoreError> {
        if rules.0.iter().all(|rule| !rule.hidden) {
            return Ok(());
        }
        let fields = serde_json::from_str(&self.fields).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        self.fields = serde_json::json!(rules.open(fields)).to_string();
        Ok(())
    }
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

/// What is due at an endpoint, what has waited longest first: no leads where its partner may not see them.
pub async fn due(read: &mut Reader, endpoint: &Endpoint, most: i64) -> Result<Vec<Due>, StoreError> {
    let rows = sql("SELECT id, attempts, tries, created_at, lead_id AS lead FROM deliveries
        WHERE partner_id = $1 AND account_id = $2 AND channel = 'webhook' AND next_attempt_at <= $3
            AND ($5 OR lead_id IS NULL)
        ORDER BY next_attempt_at, id LIMIT $4")
    .bind(endpoint.partner_id)
    .bind(endpoint.account_id)
    .bind(read.now())
    .bind(most)
    .bind(endpoint.sees_leads)
    .all::<DueRow>(read.conn())
    .await?;
    let leads: Vec<Uuid> = rows.iter().filter_map(|row| row.lead).collect();
    let query =
        sql("SELECT id AS lead_id, external_id, name, email, phone, campaign, fields, price_minor, price_parts,
            price_currency, delivered_at FROM leads WHERE account_id = ")
        .arg(endpoint.account_id)
        .push(" AND partner_id = ")
        .arg(endpoint.partner_id)
        .push(" AND id IN ")
        .list(leads.iter().copied());
    let mut snapshots = if leads.is_empty() { Vec::new() } else { query.all::<Snapshot>(read.conn()).await? };
    if !snapshots.is_empty() {
        let rules = rules_unscoped(read, endpoint.account_id).await?;
        snapshots.iter_mut().try_for_each(|snapshot| snapshot.hide(&rules))?;
    }
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
