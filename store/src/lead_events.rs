//! What happened to an account's leads, in the order in which it became true: read from the audit log, which is numbered without a gap in
//! the order of the commits, so that whoever goes on after a number misses nothing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    audit::AuditAction,
    delivery::OffReason,
    ids::{AccountId, LeadId, PartnerId},
    lead_events::{AccountWebhook, FEED},
    leads::{LeadStatus, NoteAuthor},
    money::Money,
    returns::ReturnState,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    error::parse_stored,
    leads::{money, return_state},
    sql::{Sql, insert, sql, update},
};

/// How many entries of the log are looked at for a page: most are about leads.
const LOOKED_AT: i64 = 5_000;

/// Something that happened to a lead.
#[derive(Debug, Clone)]
pub struct LeadEvent {
    /// Its number in the account's log.
    pub number: i64,
    /// Its id.
    pub id: Uuid,
    /// What was done.
    pub action: AuditAction,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, by name; empty for a rule.
    pub by: String,
    /// The code of the reason or the outcome that was named with it.
    pub code: Option<String>,
    /// What was written, where it is a note that both sides read: which side wrote it, and what.
    pub note: Option<(NoteAuthor, String)>,
    /// The lead as it is now; nothing where it is not about one.
    pub lead: Option<EventLead>,
}

/// A lead as it is now, as far as events tell.
#[derive(Clone)]
pub struct EventLead {
    /// Its id.
    pub id: LeadId,
    /// Whom it was delivered to.
    pub partner: PartnerId,
    /// The CRM's own id.
    pub external_id: String,
    /// What the partner made of it.
    pub status: LeadStatus,
    /// The code of its outcome; empty where there is none.
    pub outcome: String,
    /// What it was sold for.
    pub sale: Option<Money>,
    /// Its return: the state, the code of the reason, the partner's words, the account's answer.
    pub returned: Option<(ReturnState, String, String, String)>,
}

/// It is personal data: it is never printed.
impl std::fmt::Debug for EventLead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventLead").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct Row {
    sequence: i64,
    id: Uuid,
    action: String,
    occurred_at: DateTime<Utc>,
    actor_kind: String,
    actor_name: String,
    detail: String,
    lead_id: Option<Uuid>,
    partner_id: Option<Uuid>,
    external_id: Option<String>,
    status: Option<String>,
    outcome: Option<String>,
    sale_minor: Option<i64>,
    sale_currency: Option<String>,
    return_state: Option<String>,
    return_reason: Option<String>,
    return_comment: Option<String>,
    return_answer: Option<String>,
}

impl Row {
    fn lead(&self) -> Result<Option<EventLead>, StoreError> {
        let (Some(id), Some(partner)) = (self.lead_id, self.partner_id) else { return Ok(None) };
        let sale = money(self.sale_minor, self.sale_currency.as_deref())?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let state = return_state(self.return_state.as_deref().unwrap_or_default())?;
        let returned = state
            .map(|state| (state, text(&self.return_reason), text(&self.return_comment), text(&self.return_answer)));
        Ok(Some(EventLead {
            id: LeadId(id),
            partner: PartnerId(partner),
            external_id: text(&self.external_id),
            status: parse_stored(self.status.as_deref().unwrap_or_default())?,
            outcome: text(&self.outcome),
            sale,
            returned,
        }))
    }
}

/// A page of events, and where the next one begins.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, in their order.
    pub events: Vec<LeadEvent>,
    /// The number after which the next page begins.
    pub after: i64,
    /// Whether there may be more already.
    pub more: bool,
}

/// The account's events after a number, so many at the most.
pub async fn events(read: &mut Reader, scope: &AdminScope, after: i64, most: i64) -> Result<EventPage, StoreError> {
    events_unscoped(read, scope.account_id(), after, most).await
}

/// The same without a scope.
///
/// **Bypass:** it takes no scope. It is for the worker that pushes them to the account.
pub async fn events_unscoped(
    read: &mut Reader,
    account: AccountId,
    after: i64,
    most: i64,
) -> Result<EventPage, StoreError> {
    // The end of what is looked at is read first: what is written meanwhile is for the next page.
    let last = sql("SELECT MAX(sequence) FROM (SELECT sequence FROM audit_events WHERE account_id = ")
        .arg(account)
        .push(" AND sequence > ")
        .arg(after)
        .push(" ORDER BY sequence LIMIT ")
        .arg(LOOKED_AT)
        .push(") looked_at")
        .number(read.conn())
        .await?;
    if last <= after {
        return Ok(EventPage { events: Vec::new(), after, more: false });
    }
    let rows = sql("SELECT e.sequence, e.id, e.action, e.occurred_at, e.actor_kind, e.actor_name, e.detail, l.id AS lead_id,
            l.partner_id, l.external_id, l.status, l.outcome, l.sale_minor, l.sale_currency, l.return_state,
            r.reason AS return_reason, r.comment AS return_comment, r.answer AS return_answer
        FROM audit_events e LEFT JOIN leads l ON l.id = e.object_id AND l.account_id = e.account_id
        LEFT JOIN lead_returns r ON r.id = (SELECT one.id FROM lead_returns one WHERE one.lead_id = l.id
            ORDER BY one.requested_at DESC, one.id DESC LIMIT 1)
        WHERE e.account_id = ")
    .arg(account)
    .push(" AND e.sequence > ")
    .arg(after)
    .push(" AND e.sequence <= ")
    .arg(last)
    .push(" AND e.result = 'success' AND (l.id IS NOT NULL OR (e.action = 'webhook_tested' AND e.partner_id IS NULL)) AND e.action IN ")
    .list(FEED.map(AuditAction::as_str))
    .push(" ORDER BY e.sequence LIMIT ")
    .arg(most + 1)
    .all::<Row>(read.conn())
    .await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > most;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(usize::try_from(most).unwrap_or(0)) {
        let detail: serde_json::Value =
            serde_json::from_str(&row.detail).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        found.push((row, detail));
    }
    let end = if more { found.last().map_or(last, |(row, _)| row.sequence) } else { last };
    let notes = notes(read, account, &found).await?;
    let mut events = Vec::with_capacity(found.len());
    for (row, detail) in found {
        let action: AuditAction = parse_stored(&row.action)?;
        let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        let note = text("note").and_then(|id| Uuid::try_parse(&id).ok()).and_then(|id| notes.get(&id).cloned());
        // What one side writes for itself is not for programs either.
        if action == AuditAction::LeadNoteWritten && note.is_none() {
            continue;
        }
        events.push(LeadEvent {
            number: row.sequence,
            id: row.id,
            action,
            at: row.occurred_at,
            by: if row.actor_kind == "system" { String::new() } else { row.actor_name.clone() },
            code: text("reason").or_else(|| text("outcome")),
            note,
            lead: row.lead()?,
        });
    }
    Ok(EventPage { events, after: end, more: more || last >= after + LOOKED_AT })
}

/// The notes that events name and that both sides read.
async fn notes(
    read: &mut Reader,
    account: AccountId,
    found: &[(Row, serde_json::Value)],
) -> Result<HashMap<Uuid, (NoteAuthor, String)>, StoreError> {
    let ids = found.iter().filter_map(|(_, detail)| Uuid::try_parse(detail.get("note")?.as_str()?).ok());
    let ids: Vec<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sql("SELECT id, author, content FROM lead_notes WHERE account_id = ")
        .arg(account)
        .push(" AND shared AND id IN ")
        .list(ids)
        .all::<(Uuid, String, String)>(read.conn())
        .await?;
    rows.into_iter().map(|(id, author, content)| Ok((id, (parse_stored(&author)?, content)))).collect()
}

#[derive(FromRow)]
struct WebhookRow {
    url: String,
    position: i64,
    next_attempt_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    failing_since_at: Option<DateTime<Utc>>,
    last_error: String,
    off_at: Option<DateTime<Utc>>,
    off_reason: String,
}

/// The account's own webhook, if it has one.
pub async fn webhook(read: &mut Reader, scope: &AdminScope) -> Result<Option<AccountWebhook>, StoreError> {
    let row = sql("SELECT url, position, next_attempt_at, sent_at, failing_since_at, last_error, off_at, off_reason
        FROM account_webhooks WHERE account_id = ")
    .arg(scope.account_id())
    .optional::<WebhookRow>(read.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let zone = scope.session().zone();
    let off = row.off_at.map(|at| Ok::<_, StoreError>((zone.local(at), parse_stored::<OffReason>(&row.off_reason)?)));
    let waiting = sql("SELECT COUNT(*) FROM (SELECT 1 FROM audit_events e WHERE e.account_id = ")
        .arg(scope.account_id())
        .push(" AND e.sequence > ")
        .arg(row.position)
        .push(
            " AND e.result = 'success' AND e.detail NOT LIKE '%\"shared\":false%'
                AND (EXISTS (SELECT 1 FROM leads l WHERE l.id = e.object_id AND l.account_id = e.account_id)
                    OR (e.action = 'webhook_tested' AND e.partner_id IS NULL)) AND e.action IN ",
        )
        .list(FEED.map(AuditAction::as_str))
        .push(" LIMIT ")
        .arg(LOOKED_AT)
        .push(") waiting")
        .number(read.conn())
        .await?;
    Ok(Some(AccountWebhook {
        url: row.url,
        waiting: u64::try_from(waiting).unwrap_or(0),
        sent: row.sent_at.map(|at| zone.local(at)),
        failing: row.failing_since_at.map(|since| (zone.local(since), row.last_error, zone.local(row.next_attempt_at))),
        off: off.transpose()?,
    }))
}

fn own(query: Sql, scope: &AdminScope) -> Sql {
    query.push(" WHERE account_id = ").arg(scope.account_id())
}

/// Gives the account a webhook, or another address or secret; it is on again, and begins with what happens from now on where there was
/// none.
pub async fn set_webhook(tx: &mut Tx, scope: &AdminScope, url: &str, secret: Option<&[u8]>) -> Result<(), StoreError> {
    let now = tx.now();
    let changed = [
        ("url", url.into()),
        ("tries", 0_i64.into()),
        ("next_attempt_at", now.into()),
        ("failing_since_at", None::<DateTime<Utc>>.into()),
        ("last_error", "".into()),
        ("off_at", None::<DateTime<Utc>>.into()),
        ("off_reason", "".into()),
        // Whoever sends at this moment has it no longer.
        ("leased_until_at", None::<DateTime<Utc>>.into()),
        ("leased_by", None::<Uuid>.into()),
    ];
    let changed = changed.into_iter().chain(secret.map(|secret| ("secret", secret.into())));
    if own(update("account_webhooks", changed), scope).execute(tx.conn()).await? == 1 {
        return Ok(());
    }
    let Some(secret) = secret else { return Ok(()) };
    let position = sql("SELECT last_sequence FROM audit_chains WHERE account_id = ").arg(scope.account_id());
    let position = position.number(tx.conn()).await?;
    let row = [
        ("account_id", scope.account_id().into()),
        ("url", url.into()),
        ("secret", secret.into()),
        ("position", position.into()),
        ("tries", 0_i64.into()),
        ("next_attempt_at", now.into()),
        ("last_error", "".into()),
        ("off_reason", "".into()),
    ];
    insert("account_webhooks", row).execute(tx.conn()).await?;
    Ok(())
}

/// Takes the account's webhook away; says whether there was one.
pub async fn remove_webhook(tx: &mut Tx, scope: &AdminScope) -> Result<bool, StoreError> {
    Ok(own(sql("DELETE FROM account_webhooks"), scope).execute(tx.conn()).await? == 1)
}

/// A webhook that has something to be sent.
#[derive(Clone, FromRow)]
pub struct DueWebhook {
    account_id: Uuid,
    /// Where to.
    pub url: String,
    /// Sealed with the installation's key.
    pub secret: Vec<u8>,
    /// The number of the last event that has arrived.
    pub position: i64,
    /// Attempts of the next one.
    pub tries: i64,
    /// Since when it fails.
    pub failing_since_at: Option<DateTime<Utc>>,
    leased_by: Uuid,
}

impl DueWebhook {
    /// Whose it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        AccountId(self.account_id)
    }
}

/// Its secret, though sealed, is never printed.
impl std::fmt::Debug for DueWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueWebhook").field("account", &self.account_id).finish_non_exhaustive()
    }
}

/// The accounts whose webhooks have something to be sent now and that no process has for itself.
///
/// **Bypass:** as [`events_unscoped`].
pub async fn due_unscoped(read: &mut Reader) -> Result<Vec<AccountId>, StoreError> {
    let now = read.now();
    let rows = sql("SELECT w.account_id FROM account_webhooks w JOIN audit_chains c ON c.account_id = w.account_id
        WHERE w.off_at IS NULL AND w.next_attempt_at <= $1 AND (w.leased_until_at IS NULL OR w.leased_until_at < $1)
            AND c.last_sequence > w.position AND w.account_id NOT IN (SELECT id FROM accounts WHERE is_synthetic)")
    .bind(now)
    .all::<(Uuid,)>(read.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| AccountId(id)).collect())
}

/// Takes a webhook for this process alone, for a while. Of several that try, one gets it.
///
/// **Bypass:** as [`events_unscoped`].
pub async fn lease_unscoped(
    tx: &mut Tx,
    account: AccountId,
    until: DateTime<Utc>,
) -> Result<Option<DueWebhook>, StoreError> {
    let (now, lease) = (tx.now(), tx.new_id()?);
    sql("UPDATE account_webhooks SET leased_until_at = $1, leased_by = $4
        WHERE account_id = $2 AND off_at IS NULL AND next_attempt_at <= $3 AND (leased_until_at IS NULL OR leased_until_at < $3)
        RETURNING account_id, url, secret, position, tries, failing_since_at, leased_by")
    .bind(until)
    .bind(account)
    .bind(now)
    .bind(lease)
    .optional::<DueWebhook>(tx.conn())
    .await
}

/// What came of sending.
#[derive(Debug, Clone)]
pub struct SentEvents {
    /// The number of the last event that has arrived or is none to be sent.
    pub position: i64,
    /// Whether any has arrived.
    pub any: bool,
    /// What went wrong, if anything did: why, how often by now, since when, when it is tried again, whether it is switched off.
    pub failed: Option<FailedEvents>,
    /// Until when the process keeps it for itself; not any more, where it is none.
    pub lease: Option<DateTime<Utc>>,
}

/// What went wrong.
#[derive(Debug, Clone)]
pub struct FailedEvents {
    /// Why, in a few words.
    pub error: String,
    /// How often the next event was tried.
    pub tries: i64,
    /// Since when it fails.
    pub since: DateTime<Utc>,
    /// When it is tried again.
    pub next: DateTime<Utc>,
    /// Why it is switched off, if it is.
    pub off: Option<OffReason>,
}

/// Notes what came of sending. Says whether the lease was still its own: nothing is noted of a webhook that was changed meanwhile, or
/// that somebody else has by now.
///
/// **Bypass:** as [`events_unscoped`].
pub async fn note_unscoped(tx: &mut Tx, webhook: &DueWebhook, sent: &SentEvents) -> Result<bool, StoreError> {
    let now = tx.now();
    let failed = sent.failed.as_ref();
    let error: String =
        failed.map(|failed| failed.error.chars().filter(|c| *c != '\0').take(500).collect()).unwrap_or_default();
    let off = failed.and_then(|failed| failed.off);
    let mut columns = vec![
        ("position", sent.position.into()),
        ("tries", failed.map_or(0, |failed| failed.tries).into()),
        ("next_attempt_at", failed.map_or(now, |failed| failed.next).into()),
        ("failing_since_at", failed.map(|failed| failed.since).into()),
        ("last_error", error.as_str().into()),
        ("off_at", off.map(|_| now).into()),
        ("off_reason", off.map_or("", OffReason::as_str).into()),
        ("leased_until_at", sent.lease.into()),
        ("leased_by", sent.lease.map(|_| webhook.leased_by).into()),
    ];
    if sent.any {
        columns.push(("sent_at", now.into()));
    }
    let own = update("account_webhooks", columns).push(" WHERE account_id = ").arg(webhook.account());
    Ok(own.push(" AND leased_by = ").arg(webhook.leased_by).execute(tx.conn()).await? == 1)
}
