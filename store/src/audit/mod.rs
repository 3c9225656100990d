//! The audit log: who did what to which object, when, from where, with what result.
//!
//! Events are written in the transaction of the change they tell of. Nothing here changes or removes one.

mod chain;
pub(crate) mod event;
mod former;
mod heads;
pub(crate) mod key;
mod query;
mod seal;

pub use chain::{BadHead, Broken, Head, Verdict, purge, verify};
pub(crate) use chain::{begin as begin_chain, write as write_events};
pub use event::{Event, Who};
pub use former::{former, keep_former};
pub use heads::{HeadMails, head, head_mails, note_head_mailed};
pub use key::{AuditKey, AuditKeys};
pub(crate) use query::latest_entries;
pub use query::{entries, export_batch};
pub use seal::{SealedBy, adopt, seal_anew};

use chrono::{DateTime, Utc};
use domain::{
    access::Permission,
    audit::{Activity, ActivityKind, AuditAction, AuditResult},
    ids::AccountId,
};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminSession, PartnerSession},
    error::parse_stored,
    sql::sql,
};

impl From<&PartnerSession> for Who {
    fn from(session: &PartnerSession) -> Self {
        let (id, name) = (session.user_id(), session.user_name().to_owned());
        match session.key_id() {
            Some(id) => Self::ApiKey { id, name },
            None if session.is_by_admin() => Self::Admin { id, name },
            None => Self::PartnerUser { id, name },
        }
    }
}

impl From<&AdminSession> for Who {
    fn from(session: &AdminSession) -> Self {
        let name = session.user_name().to_owned();
        match session.key_id() {
            Some(id) => Self::ApiKey { id, name },
            None => Self::Admin { id: session.user_id(), name },
        }
    }
}

impl Event {
    /// Something a partner user did and that went well.
    #[must_use]
    pub fn by_partner(
        session: &PartnerSession,
        address: &str,
        action: AuditAction,
        object: (&'static str, Option<Uuid>),
    ) -> Self {
        Self {
            account_id: session.account_id(),
            partner_id: Some(session.partner_id()),
            who: session.into(),
            action,
            object,
            result: AuditResult::Success,
            address: address.to_owned(),
            detail: serde_json::json!({}),
            occurred_at: None,
        }
    }

    /// Something an admin did and that went well.
    #[must_use]
    pub fn by_admin(
        session: &AdminSession,
        address: &str,
        action: AuditAction,
        object: (&'static str, Option<Uuid>),
    ) -> Self {
        Self {
            account_id: session.account_id(),
            partner_id: None,
            who: session.into(),
            action,
            object,
            result: AuditResult::Success,
            address: address.to_owned(),
            detail: serde_json::json!({}),
            occurred_at: None,
        }
    }
}

/// Notes an event. It is written with the transaction's commit, as the last thing before it: the account's chain is
/// locked for a moment only, and never while something else is waited for.
pub fn record(tx: &mut Tx, event: &Event) {
    record_all(tx, std::slice::from_ref(event));
}

/// Notes events, as [`record`] does.
pub fn record_all(tx: &mut Tx, events: &[Event]) {
    tx.events.extend_from_slice(events);
}

/// An event as the log keeps it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredEvent {
    /// `partner`, `admin`, `system` or `visitor`.
    pub actor_kind: String,
    /// Who, by name.
    pub actor_name: String,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// To which one.
    pub object_id: Option<Uuid>,
    /// How it went.
    pub result: String,
    /// From where.
    pub address: String,
    /// A JSON object.
    pub detail: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// The latest events of an account, newest first. For operators and tests.
pub async fn latest(read: &mut Reader, account: AccountId, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
    sql("SELECT actor_kind, actor_name, action, object_kind, object_id, result, address, detail, occurred_at
        FROM audit_events WHERE account_id = $1 ORDER BY sequence DESC LIMIT $2")
    .bind(account)
    .bind(limit)
    .all(read.conn())
    .await
}

/// Which events of a partner to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Only those about this.
    pub kind: Option<ActivityKind>,
    /// How many to skip: the log only grows at its other end, and nobody pages far.
    pub skip: u32,
    /// How many at most.
    pub rows: u32,
}

#[derive(sqlx::FromRow)]
struct ActivityRow {
    actor_name: String,
    action: String,
    result: String,
    address: String,
    detail: String,
    occurred_at: DateTime<Utc>,
}

/// What happened at the reader's partner, newest first: everything for whoever manages its users, else only what the
/// reader did. Needs no other permission: these are the reader's own actions.
pub async fn activity(
    read: &mut Reader,
    session: &PartnerSession,
    query: ActivityQuery,
) -> Result<Vec<Activity>, StoreError> {
    let mut events = sql("SELECT actor_name, action, result, address, detail, occurred_at FROM audit_events
        WHERE account_id = ")
    .arg(session.account_id())
    .push(" AND partner_id = ")
    .arg(session.partner_id());
    // What admins do is for admins alone.
    events = events.push(" AND actor_kind <> 'admin'");
    if !session.permissions().has(Permission::ManageUsers) && !session.is_by_admin() {
        events = events.push(" AND actor_id = ").arg(session.user_id());
    }
    if let Some(kind) = query.kind {
        events = events.push(" AND action IN ").list(AuditAction::of_kind(kind).map(AuditAction::as_str));
    }
    let rows = events
        .push(" ORDER BY occurred_at DESC, id DESC LIMIT ")
        .arg(i64::from(query.rows))
        .push(" OFFSET ")
        .arg(i64::from(query.skip))
        .all::<ActivityRow>(read.conn())
        .await?;
    let activity = |row: ActivityRow| {
        Ok(Activity {
            at: session.zone().local(row.occurred_at),
            by: row.actor_name,
            action: parse_stored(&row.action)?,
            result: parse_stored(&row.result)?,
            address: row.address,
            detail: in_words(&row.detail),
        })
    };
    rows.into_iter().map(activity).collect()
}

/// The part of an event's detail that says something to people.
fn in_words(detail: &str) -> String {
    let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
    let number = |key: &str| detail.get(key).and_then(serde_json::Value::as_u64);
    let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
    let changed = detail.get("changed").and_then(serde_json::Value::as_array).map(|fields| {
        fields.iter().filter_map(serde_json::Value::as_str).map(|field| field.replace('_', " ")).collect::<Vec<_>>()
    });
    let parts = [
        number("rows").map(|rows| format!("{rows} rows")),
        number("invoices").map(|invoices| format!("{invoices} invoices")),
        text("format").map(|format| format.to_uppercase()),
        text("reason").map(|reason| reason.replace('_', " ")),
        text("permission").map(|permission| permission.replace('_', " ")),
        text("role"),
        number("count").filter(|count| *count > 1).map(|count| format!("{count} times within an hour")),
        changed.map(|fields| fields.join(", ")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
