//! The log as admins read it.

use chrono::{DateTime, Utc};
use domain::{
    audit::{AuditEntry, AuditFilter, AuditQuery},
    ids::PartnerId,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError,
    access::AdminScope,
    db::Reader,
    error::parse_stored,
    sql::{Conn, Sql, sql},
};

const ENTRY: &str =
    "SELECT e.sequence, e.occurred_at, e.actor_kind, e.actor_name, e.partner_id, p.name AS partner_name, \
                     e.action, e.object_kind, e.object_id, e.result, e.address, e.detail
        FROM audit_events e LEFT JOIN partners p ON p.id = e.partner_id AND p.account_id = e.account_id";

#[derive(FromRow)]
struct EntryRow {
    sequence: Option<i64>,
    occurred_at: DateTime<Utc>,
    actor_kind: String,
    actor_name: String,
    partner_id: Option<Uuid>,
    partner_name: Option<String>,
    action: String,
    object_kind: String,
    object_id: Option<Uuid>,
    result: String,
    address: String,
    detail: String,
}

impl EntryRow {
    fn entry(self, zone: Zone) -> Result<AuditEntry, StoreError> {
        let detail: serde_json::Value = serde_json::from_str(&self.detail).unwrap_or_default();
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(parts) => {
                let parts = parts.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), ToOwned::to_owned));
                parts.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        let pairs = detail.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        Ok(AuditEntry {
            sequence: self.sequence.unwrap_or(0),
            at: zone.local(self.occurred_at),
            actor_kind: parse_stored(&self.actor_kind)?,
            actor: self.actor_name,
            partner: self.partner_id.map(|id| (PartnerId(id), self.partner_name.unwrap_or_default())),
            action: parse_stored(&self.action)?,
            object_kind: self.object_kind,
            object: self.object_id.map(|id| id.to_string()).unwrap_or_default(),
            result: parse_stored(&self.result)?,
            address: self.address,
            detail: pairs.map(|(name, value)| (name.clone(), shown(value))).collect(),
        })
    }
}

/// Whoever has the name or address the filter asks for; nothing when it asks for nobody.
async fn actors(conn: Conn<'_>, scope: &AdminScope, filter: &AuditFilter) -> Result<Option<Vec<Uuid>>, StoreError> {
    if filter.actor.is_empty() {
        return Ok(None);
    }
    let found = sql("SELECT id FROM users WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND (lower(name) = lower(")
        .arg(filter.actor.as_str())
        .push(") OR email_key = ")
        .arg(filter.actor.to_lowercase())
        // More people of one name than anybody reads about.
        .push(") ORDER BY id LIMIT 200")
        .all::<(Uuid,)>(conn)
        .await?;
    Ok(Some(found.into_iter().map(|(id,)| id).collect()))
}

fn matching(scope: &AdminScope, filter: &AuditFilter, actors: Option<&[Uuid]>) -> Sql {
    let zone = scope.session().zone();
    let mut query = sql(ENTRY).push(" WHERE e.account_id = ").arg(scope.account_id());
    if let Some(kind) = filter.actor_kind {
        query = query.push(" AND e.actor_kind = ").arg(kind.as_str());
    }
    match actors {
        None => {}
        // One alone is asked for by itself: the index then gives its events in the order they are shown.
        Some([one]) => query = query.push(" AND e.actor_id = ").arg(*one),
        Some([]) => query = query.push(" AND 1 = 0"),
        Some(several) => query = query.push(" AND e.actor_id IN ").list(several.iter().copied()),
    }
    if let Some(partner) = filter.partner {
        query = query.push(" AND e.partner_id = ").arg(partner);
    }
    if let Some(action) = filter.action {
        query = query.push(" AND e.action = ").arg(action.as_str());
    }
    if let Some(object) = filter.object {
        query = query.push(" AND e.object_id = ").arg(object);
    }
    query = match filter.result {
        // Written out, for the index of failures to be found by it.
        Some(domain::audit::AuditResult::Failure) => query.push(" AND e.result = 'failure'"),
        Some(domain::audit::AuditResult::Success) => query.push(" AND e.result = 'success'"),
        None => query,
    };
    if let Some(day) = filter.from {
        query = query.push(" AND e.occurred_at >= ").arg(zone.day_start(day));
    }
    if let Some(day) = filter.to {
        query = query.push(" AND e.occurred_at < ").arg(zone.day_end(day));
    }
    query
}

async fn page(
    reader: &mut Reader,
    scope: &AdminScope,
    filter: &AuditFilter,
    anchor: Option<(DateTime<Utc>, i64)>,
    rows: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let actors = actors(reader.conn(), scope, filter).await?;
    let mut query = matching(scope, filter, actors.as_deref());
    if let Some((at, sequence)) = anchor {
        // The first half lets the index find its place, the second parts events of the same instant.
        query = query.push(" AND e.occurred_at <= ").arg(at).push(" AND (e.occurred_at < ").arg(at);
        query = query.push(" OR e.sequence < ").arg(sequence).push(")");
    }
    let found = query
        .push(" ORDER BY e.occurred_at DESC, e.sequence DESC LIMIT ")
        .arg(rows)
        .all::<EntryRow>(reader.conn())
        .await?;
    found.into_iter().map(|row| row.entry(scope.session().zone())).collect()
}

async fn anchor(
    conn: Conn<'_>,
    scope: &AdminScope,
    before: Option<i64>,
) -> Result<Option<(DateTime<Utc>, i64)>, StoreError> {
    let Some(sequence) = before else { return Ok(None) };
    let found = sql("SELECT occurred_at FROM audit_events WHERE account_id = $1 AND sequence = $2")
        .bind(scope.account_id())
        .bind(sequence)
        .optional::<(DateTime<Utc>,)>(conn)
        .await?;
    Ok(found.map(|(at,)| (at, sequence)))
}

/// A page of the account's log, latest first, and whether there is more.
pub async fn entries(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AuditQuery,
) -> Result<(Vec<AuditEntry>, bool), StoreError> {
    let anchor = anchor(read.conn(), scope, query.before).await?;
    let mut found = page(read, scope, &query.filter, anchor, AuditQuery::ROWS + 1).await?;
    let rows = usize::try_from(AuditQuery::ROWS).unwrap_or(50);
    let more = found.len() > rows;
    found.truncate(rows);
    Ok((found, more))
}

/// The next rows of an export of the log, latest first: those before `before`, or the first ones.
pub async fn export_batch(
    read: &mut Reader,
    scope: &AdminScope,
    filter: &AuditFilter,
    before: Option<i64>,
    rows: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let anchor = anchor(read.conn(), scope, before).await?;
    page(read, scope, filter, anchor, rows).await
}

/// The latest events of the account.
pub(crate) async fn latest_entries(
    read: &mut Reader,
    scope: &AdminScope,
    rows: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    page(read, scope, &AuditFilter::default(), None, rows).await
}
