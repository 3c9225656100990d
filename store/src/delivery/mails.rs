//! The mail worker's side: which leads are to be mailed now.
//!
//! **Bypass:** nothing here takes a scope. It is for the worker, which acts for the portal itself.

use chrono::{DateTime, Utc};
use domain::{
    access::Permission,
    delivery::{Channel, EmailMode},
    email::Email,
    ids::{AccountId, PartnerId},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{GRANTS, Grants},
    delivery::LEADS_HIDDEN,
    error::parse_stored,
    sql::sql,
};

/// Maximum number of leads of one partner that are taken at once.
const MAX_LEADS: i64 = 5_000;

/// A lead as a mail tells of it.
#[derive(Clone, FromRow)]
pub struct MailedLead {
    /// The portal's id of it.
    pub lead_id: Uuid,
    /// The person's name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub campaign: String,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
    /// When it came in, which says to which digest it belongs.
    pub created_at: DateTime<Utc>,
}

/// It is personal data: it is never printed.
impl std::fmt::Debug for MailedLead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailedLead").field("lead_id", &self.lead_id).finish_non_exhaustive()
    }
}

/// What one partner is to be mailed.
#[derive(Debug, Clone)]
pub struct DueMails {
    /// Whose partner it is.
    pub account_id: AccountId,
    /// The account's name.
    pub account_name: String,
    /// The partner's name.
    pub partner_name: String,
    /// The addresses; none when mails were switched off since, or the partner may not see leads any more.
    pub recipients: Vec<Email>,
    /// Where the account's days begin.
    pub zone: Zone,
    /// The leads, in the order in which they came.
    pub leads: Vec<MailedLead>,
}

#[derive(FromRow)]
struct DueMailsRow {
    account_id: Uuid,
    account_name: String,
    time_zone: String,
    partner_name: String,
    email_mode: String,
    email_recipients: String,
    #[sqlx(flatten)]
    grants: Grants,
}

/// Partners that have something due in one of the mail channels.
pub async fn due_partners(read: &mut Reader, channel: Channel) -> Result<Vec<PartnerId>, StoreError> {
    let rows = sql("SELECT DISTINCT d.partner_id FROM deliveries d JOIN partners p ON p.id = d.partner_id
        WHERE d.channel = $1 AND d.next_attempt_at <= $2 AND p.status = 'active'
            AND d.account_id NOT IN (SELECT id FROM accounts WHERE is_synthetic) ORDER BY d.partner_id LIMIT 500")
    .bind(channel.as_str())
    .bind(read.now())
    .all::<(Uuid,)>(read.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| PartnerId(id)).collect())
}

/// Takes what is due for one partner: it counts as delivered with this transaction, in which the mail has to be put into the
/// outbox. Of two workers that come at once, the second finds nothing left.
pub async fn take(tx: &mut Tx, partner: PartnerId, channel: Channel) -> Result<Option<DueMails>, StoreError> {
    let now = tx.now();
    let taken = sql(
        "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, tries = tries + 1, next_attempt_at = NULL,
            settled_at = $1, outcome = 'mailed'
        WHERE next_attempt_at IS NOT NULL AND id IN (SELECT id FROM deliveries
            WHERE partner_id = $2 AND channel = $3 AND next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $4)
        RETURNING lead_id, created_at",
    )
    .bind(now)
    .bind(partner)
    .bind(channel.as_str())
    .bind(MAX_LEADS)
    .all::<(Option<Uuid>, DateTime<Utc>)>(tx.conn())
    .await?;
    if taken.is_empty() {
        return Ok(None);
    }
    let row =
        sql("SELECT a.id AS account_id, a.name AS account_name, a.time_zone, p.name AS partner_name, s.email_mode,
            s.email_recipients, ")
        .push(GRANTS)
        .push(
            "
        FROM delivery_settings s JOIN partners p ON p.id = s.partner_id JOIN accounts a ON a.id = s.account_id
        WHERE s.partner_id = $1",
        )
        .bind(partner)
        .one::<DueMailsRow>(tx.conn())
        .await?;
    let mut leads = Vec::with_capacity(taken.len());
    let ids: Vec<Uuid> = taken.iter().filter_map(|(lead, _)| *lead).collect();
    for chunk in ids.chunks(500) {
        let query = sql("SELECT l.id AS lead_id, l.name, l.email, l.phone, l.campaign, l.delivered_at, d.created_at
            FROM leads l JOIN deliveries d ON d.lead_id = l.id AND d.channel = ")
        .arg(channel.as_str())
        .push(" WHERE l.partner_id = ")
        .arg(partner)
        .push(" AND l.id IN ")
        .list(chunk.iter().copied());
        leads.extend(query.all::<MailedLead>(tx.conn()).await?);
    }
    leads.sort_by_key(|lead| (lead.created_at, lead.lead_id));
    let recipients: Vec<Email> =
        serde_json::from_str(&row.email_recipients).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let off = parse_stored::<EmailMode>(&row.email_mode)? == EmailMode::Off;
    let hidden = !row.grants.has(Permission::ViewLeads);
    let recipients = if off || hidden { Vec::new() } else { recipients };
    if recipients.is_empty() {
        // Nobody is told any more, and the log says why.
        let outcome = if hidden { LEADS_HIDDEN } else { "emails were switched off" };
        for chunk in ids.chunks(500) {
            sql("UPDATE deliveries SET state = 'failed', outcome = ")
                .arg(outcome)
                .push(" WHERE channel = ")
                .arg(channel.as_str())
                .push(" AND lead_id IN ")
                .list(chunk.iter().copied())
                .execute(tx.conn())
                .await?;
        }
    }
    Ok(Some(DueMails {
        account_id: AccountId(row.account_id),
        account_name: row.account_name,
        partner_name: row.partner_name,
        recipients,
        zone: parse_stored(&row.time_zone)?,
        leads,
    }))
}
