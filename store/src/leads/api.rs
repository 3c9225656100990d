//! Leads as the HTTP API reads them: in the order in which they came in, page after page.

use chrono::{DateTime, Utc};
use domain::{
    ids::{LeadId, PartnerId},
    leads::LeadStatus,
    money::Money,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::key_range;
use crate::{
    Reader, StoreError,
    access::AdminScope,
    error::word,
    sql::{Sql, sql},
};

/// A lead with everything that was delivered.
#[derive(Clone)]
pub struct MachineLead {
    /// Its id.
    pub id: LeadId,
    /// Whom it was delivered to.
    pub partner: PartnerId,
    /// The CRM's own id.
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
    pub price: Option<Money>,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
    /// What the partner made of it.
    pub status: LeadStatus,
}

/// It is personal data: it is never printed.
impl std::fmt::Debug for MachineLead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MachineLead").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    partner_id: Uuid,
    external_id: String,
    name: String,
    email: String,
    phone: String,
    campaign: String,
    fields: String,
    price_minor: Option<i64>,
    price_currency: Option<String>,
    delivered_at: DateTime<Utc>,
    status: String,
}

impl TryFrom<Row> for MachineLead {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let price = match (row.price_minor, row.price_currency) {
            (Some(minor), Some(currency)) => Some(Money { minor, currency: word(&currency)? }),
            _ => None,
        };
        Ok(Self {
            id: LeadId(row.id),
            partner: PartnerId(row.partner_id),
            external_id: row.external_id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            campaign: row.campaign,
            fields: serde_json::from_str(&row.fields).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            price,
            delivered_at: row.delivered_at,
            status: word(&row.status)?,
        })
    }
}

fn rows(scope: &AdminScope) -> Sql {
    sql("SELECT id, partner_id, external_id, name, email, phone, campaign, fields, price_minor, price_currency, delivered_at,
            status
        FROM leads WHERE account_id = ")
    .arg(scope.account_id())
}

/// One of the account's leads; nothing for any other id.
pub async fn machine_get(read: &mut Reader, scope: &AdminScope, id: LeadId) -> Result<Option<MachineLead>, StoreError> {
    let row = rows(scope).push(" AND id = ").arg(id).optional::<Row>(read.conn()).await?;
    row.map(MachineLead::try_from).transpose()
}

/// The account's leads, or those of one of its partners, after one of them, oldest first.
pub async fn machine_list(
    read: &mut Reader,
    scope: &AdminScope,
    partner: Option<PartnerId>,
    after: Option<LeadId>,
    most: i64,
) -> Result<Vec<MachineLead>, StoreError> {
    let mut list = rows(scope);
    list = match partner {
        // By the key, which keeps one partner's leads together and in order.
        Some(partner) => {
            let number = sql("SELECT number FROM partners WHERE account_id = $1 AND id = $2")
                .bind(scope.account_id())
                .bind(partner)
                .optional::<(i64,)>(read.conn())
                .await?;
            let Some((number,)) = number else { return Ok(Vec::new()) };
            let (mut first, last) = key_range(number);
            if let Some(after) = after {
                let anchor = sql("SELECT lead_key FROM leads WHERE account_id = $1 AND partner_id = $2 AND id = $3")
                    .bind(scope.account_id())
                    .bind(partner)
                    .bind(after)
                    .optional::<(i64,)>(read.conn())
                    .await?;
                first = anchor.map_or(first, |(key,)| key + 1);
            }
            list.push(" AND partner_id = ")
                .arg(partner)
                .push(" AND lead_key >= ")
                .arg(first)
                .push(" AND lead_key <= ")
                .arg(last)
                .push(" ORDER BY lead_key")
        }
        // Ids begin with the time at which they were made.
        None => match after {
            Some(after) => list.push(" AND id > ").arg(after).push(" ORDER BY id"),
            None => list.push(" ORDER BY id"),
        },
    };
    let found = list.push(" LIMIT ").arg(most).all::<Row>(read.conn()).await?;
    found.into_iter().map(MachineLead::try_from).collect()
}
