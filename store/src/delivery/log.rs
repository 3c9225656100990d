//! What was pushed to a partner and how it went; testing and replaying.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    access::Permission,
    delivery::{Attempt, Channel, Delivery, DeliveryPage, LOG_ROWS},
    ids::{DeliveryId, LeadId},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::queue;
use crate::{
    Reader, StoreError, Tx,
    access::{GRANTS, Grants, PartnerScope},
    error::parse_stored,
    sql::{Sql, insert, sql},
};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    lead_id: Option<Uuid>,
    lead_name: Option<String>,
    channel: String,
    state: String,
    attempts: i64,
    outcome: String,
    created_at: DateTime<Utc>,
    next_attempt_at: Option<DateTime<Utc>>,
    settled_at: Option<DateTime<Utc>>,
}

impl Row {
    fn delivery(self, zone: Zone) -> Result<Delivery, StoreError> {
        Ok(Delivery {
            id: DeliveryId(self.id),
            lead: self.lead_id.map(|id| (LeadId(id), self.lead_name.unwrap_or_default())),
            channel: parse_stored(&self.channel)?,
            state: parse_stored(&self.state)?,
            attempts: u32::try_from(self.attempts).unwrap_or(0),
            outcome: self.outcome,
            queued: zone.local(self.created_at),
            next: self.next_attempt_at.map(|at| zone.local(at)),
            settled: self.settled_at.map(|at| zone.local(at)),
        })
    }
}

/// The condition on which deliveries the reader sees: those of leads are for whoever may see leads.
fn visible(scope: &PartnerScope) -> &'static str {
    if scope.session().permissions().has(Permission::ViewLeads) { "" } else { " AND lead_id IS NULL" }
}

fn rows(scope: &PartnerScope) -> Sql {
    sql("SELECT d.id, d.lead_id, l.name AS lead_name, d.channel, d.state, d.attempts, d.outcome, d.created_at,
            d.next_attempt_at, d.settled_at
        FROM deliveries d LEFT JOIN leads l ON l.id = d.lead_id AND l.partner_id = d.partner_id
        WHERE d.account_id = ")
    .arg(scope.account_id())
    .push(" AND d.partner_id = ")
    .arg(scope.partner_id())
    .push(visible(scope))
}

/// A page of the partner's log, latest first; `before` is the last delivery of the page before.
pub async fn page(
    read: &mut Reader,
    scope: &PartnerScope,
    before: Option<DeliveryId>,
) -> Result<DeliveryPage, StoreError> {
    let mut list = rows(scope);
    if let Some(before) = before {
        let anchor = sql("SELECT created_at FROM deliveries WHERE account_id = $1 AND partner_id = $2 AND id = $3")
            .bind(scope.account_id())
            .bind(scope.partner_id())
            .bind(before)
            .optional::<(DateTime<Utc>,)>(read.conn())
            .await?;
        if let Some((at,)) = anchor {
            list = list.push(" AND (d.created_at, d.id) < (").arg(at).push(", ").arg(before).push(")");
        }
    }
    let wanted = i64::try_from(LOG_ROWS).unwrap_or(50) + 1;
    let mut found =
        list.push(" ORDER BY d.created_at DESC, d.id DESC LIMIT ").arg(wanted).all::<Row>(read.conn()).await?;
    let has_next = found.len() > LOG_ROWS;
    found.truncate(LOG_ROWS);
    let waiting = sql(
        "SELECT COUNT(*) FROM deliveries WHERE account_id = $1 AND partner_id = $2 AND next_attempt_at IS NOT NULL",
    )
    .push(visible(scope))
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .number(read.conn())
    .await?;
    let failed = sql("SELECT COUNT(*) FROM deliveries WHERE account_id = $1 AND partner_id = $2 AND state = 'failed'")
        .push(visible(scope))
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .number(read.conn())
        .await?;
    let zone = scope.session().zone();
    Ok(DeliveryPage {
        deliveries: found.into_iter().map(|row| row.delivery(zone)).collect::<Result<_, _>>()?,
        has_next,
        waiting: u64::try_from(waiting).unwrap_or(0),
        failed: u64::try_from(failed).unwrap_or(0),
    })
}

/// How one of the partner's leads went out.
pub async fn of_lead(read: &mut Reader, scope: &PartnerScope, lead: LeadId) -> Result<Vec<Delivery>, StoreError> {
    let found =
        rows(scope).push(" AND d.lead_id = ").arg(lead).push(" ORDER BY d.channel").all::<Row>(read.conn()).await?;
    found.into_iter().map(|row| row.delivery(scope.session().zone())).collect()
}

#[derive(FromRow)]
struct AttemptRow {
    number: i64,
    started_at: DateTime<Utc>,
    target: String,
    millis: i64,
    status: Option<i64>,
    failure: String,
    excerpt: String,
}

/// One of the partner's deliveries with its attempts, latest first; nothing for any other id.
pub async fn get(
    read: &mut Reader,
    scope: &PartnerScope,
    id: DeliveryId,
) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
    let Some(row) = rows(scope).push(" AND d.id = ").arg(id).optional::<Row>(read.conn()).await? else {
        return Ok(None);
    };
    let attempts = sql("SELECT number, started_at, target, millis, status, failure, excerpt FROM delivery_attempts
        WHERE account_id = $1 AND partner_id = $2 AND delivery_id = $3 ORDER BY number DESC LIMIT 100")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .all::<AttemptRow>(read.conn())
    .await?;
    let zone = scope.session().zone();
    let attempt = |row: AttemptRow| Attempt {
        number: u32::try_from(row.number).unwrap_or(0),
        at: zone.local(row.started_at),
        target: row.target,
        millis: u64::try_from(row.millis).unwrap_or(0),
        status: row.status.and_then(|status| u16::try_from(status).ok()),
        failure: row.failure,
        excerpt: row.excerpt,
    };
    Ok(Some((row.delivery(zone)?, attempts.into_iter().map(attempt).collect())))
}

/// Queues a test for the partner's webhook. Answers nothing when it has none that is switched on.
pub async fn send_test(tx: &mut Tx, scope: &PartnerScope) -> Result<Option<DeliveryId>, StoreError> {
    if !has_webhook(tx, scope).await? {
        return Ok(None);
    }
    let (id, now) = (DeliveryId(tx.new_id()?), tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", scope.partner_id().into()),
        ("channel", Channel::Webhook.as_str().into()),
        ("state", "waiting".into()),
        ("attempts", 0_i64.into()),
        ("tries", 0_i64.into()),
        ("next_attempt_at", now.into()),
        ("created_at", now.into()),
        ("outcome", "".into()),
    ];
    insert("deliveries", row).execute(tx.conn()).await?;
    queue::wake(tx, scope.partner_id(), now).await?;
    Ok(Some(id))
}

async fn has_webhook(tx: &mut Tx, scope: &PartnerScope) -> Result<bool, StoreError> {
    let found =
        sql("SELECT COUNT(*) FROM delivery_settings WHERE account_id = $1 AND partner_id = $2 AND webhook_url <> ''
        AND webhook_secret IS NOT NULL AND webhook_off_at IS NULL")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .number(tx.conn())
        .await?;
    Ok(found == 1)
}

/// Whether anything has ever arrived at the partner's webhook or mailboxes.
pub async fn has_arrived(read: &mut Reader, scope: &PartnerScope) -> Result<bool, StoreError> {
    let found =
        sql("SELECT id FROM deliveries WHERE account_id = $1 AND partner_id = $2 AND state = 'delivered' LIMIT 1")
            .bind(scope.account_id())
            .bind(scope.partner_id())
            .optional::<(Uuid,)>(read.conn())
            .await?;
    Ok(found.is_some())
}

/// Whether the scope's partner may see leads, whoever acts for it.
pub async fn sees_leads(read: &mut Reader, scope: &PartnerScope) -> Result<bool, StoreError> {
    let grants = sql("SELECT ")
        .push(GRANTS)
        .push(" FROM partners p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1 AND p.id = $2")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .one::<Grants>(read.conn())
        .await?;
    Ok(grants.has(Permission::ViewLeads))
}

/// What is to be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One lead.
    Lead(LeadId),
    /// Every lead received on these days, of the account's time zone.
    Days(NaiveDate, NaiveDate),
    /// Whatever was given up.
    Failed,
}

/// Maximum number of leads that are replayed at once.
pub const MAX_REPLAY: i64 = 100_000;

/// Queues leads for the partner's webhook once more, each under the `webhook-id` it had. Says how many; nothing when the
/// partner has no webhook that is switched on.
pub async fn replay(tx: &mut Tx, scope: &PartnerScope, what: Replay) -> Result<Option<usize>, StoreError> {
    if !has_webhook(tx, scope).await? {
        return Ok(None);
    }
    let (account, partner, zone) = (scope.account_id(), scope.partner_id(), scope.session().zone());
    let leads = match what {
        Replay::Lead(lead) => sql("SELECT id FROM leads WHERE account_id = $1 AND partner_id = $2 AND id = $3")
            .bind(account)
            .bind(partner)
            .bind(lead),
        Replay::Days(from, to) => {
            sql("SELECT id FROM leads WHERE account_id = $1 AND partner_id = $2 AND delivered_at >= $3
            AND delivered_at < $4 ORDER BY delivered_at, lead_key LIMIT $5")
            .bind(account)
            .bind(partner)
            .bind(zone.day_start(from))
            .bind(zone.day_end(to))
            .bind(MAX_REPLAY)
        }
        Replay::Failed => sql("SELECT lead_id FROM deliveries WHERE account_id = $1 AND partner_id = $2
            AND channel = 'webhook' AND state = 'failed' AND lead_id IS NOT NULL ORDER BY created_at, id LIMIT $3")
        .bind(account)
        .bind(partner)
        .bind(MAX_REPLAY),
    };
    let leads: Vec<LeadId> = leads.all::<(Uuid,)>(tx.conn()).await?.into_iter().map(|(id,)| LeadId(id)).collect();
    let now = tx.now();
    queue::put(tx, account, partner, &leads, Channel::Webhook, now).await?;
    Ok(Some(leads.len()))
}
