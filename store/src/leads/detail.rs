//! One lead: its data, its neighbours in the list, opening and reviewing it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::LeadId,
    leads::{LeadDetail, LeadListQuery, LeadStatus, Neighbours, Review, StatusEvent},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    counts::Deltas,
    list::{self, Side},
    row::{self, LeadRow},
    search,
};
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{insert, sql},
};

#[derive(FromRow)]
struct EventRow {
    status: String,
    reason: Option<String>,
    comment: String,
    user_name: String,
    occurred_at: DateTime<Utc>,
}

/// One of the partner's leads; nothing for any other id.
pub async fn get(read: &mut Reader, scope: &PartnerScope, id: LeadId) -> Result<Option<LeadDetail>, StoreError> {
    let found = sql("SELECT ")
        .push(row::LEAD)
        .push(" FROM leads WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .push(" AND id = ")
        .arg(id)
        .optional::<LeadRow>(read.conn())
        .await?;
    let Some(row) = found else { return Ok(None) };
    let row = list::export(row, scope)?;
    let events = sql("SELECT status, reason, comment, user_name, occurred_at FROM lead_status_events
        WHERE account_id = $1 AND partner_id = $2 AND lead_id = $3 ORDER BY occurred_at, id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .all::<EventRow>(read.conn())
    .await?;
    let event = |event: EventRow| {
        Ok::<_, StoreError>(StatusEvent {
            status: parse_stored(&event.status)?,
            reason: event.reason.as_deref().map(parse_stored).transpose()?,
            comment: event.comment,
            by: event.user_name,
            at: scope.session().zone().local(event.occurred_at),
        })
    };
    Ok(Some(LeadDetail {
        summary: row.summary,
        external_id: row.external_id,
        fields: row.fields,
        price: row.price,
        history: events.into_iter().map(event).collect::<Result<_, _>>()?,
    }))
}

/// The leads before and after one, in the list of this query.
pub async fn neighbours(
    read: &mut Reader,
    scope: &PartnerScope,
    query: &LeadListQuery,
    id: LeadId,
) -> Result<Neighbours, StoreError> {
    let Some(anchor) = list::anchor(read, scope, id).await? else { return Ok(Neighbours::default()) };
    let search = search::plan(read, scope, &query.filter).await?;
    let mut found = [None, None];
    for (slot, side) in found.iter_mut().zip([Side::Before, Side::After]) {
        let from = (anchor.clone(), side);
        *slot =
            list::page(read, scope, sql("SELECT id FROM leads"), &query.filter, &search, query.sort, Some(&from), 1)
                .optional::<(Uuid,)>(read.conn())
                .await?
                .map(|(id,)| LeadId(id));
    }
    let [previous, next] = found;
    Ok(Neighbours { previous, next })
}

/// Notes that somebody at the partner opened the lead. Says whether that was the first time.
pub async fn open(tx: &mut Tx, scope: &PartnerScope, id: LeadId) -> Result<bool, StoreError> {
    let changed = set_status(tx, scope, id, LeadStatus::Viewed, &[LeadStatus::New]).await?;
    if changed.is_some() {
        let now = tx.now();
        add_event(tx, scope, (id, now), LeadStatus::Viewed, None, "").await?;
    }
    Ok(changed.is_some())
}

/// Notes the partner's decision, as made at that instant, which several decisions may share. A decision can be changed; the history
/// keeps every one. Answers nothing for an id that is not one of the partner's leads.
pub async fn review(
    tx: &mut Tx,
    scope: &PartnerScope,
    id: LeadId,
    review: &Review,
    at: DateTime<Utc>,
) -> Result<Option<()>, StoreError> {
    let (reason, comment) = match review {
        Review::Accept => (None, ""),
        Review::Reject { reason, comment } => (Some(reason.as_str()), comment.as_str()),
    };
    if set_status(tx, scope, id, review.status(), LeadStatus::ALL).await?.is_none() {
        return Ok(None);
    }
    add_event(tx, scope, (id, at), review.status(), reason, comment).await?;
    Ok(Some(()))
}

/// Takes back what the scope's user decided at that instant, on every lead that nothing has happened to since: each gets the status
/// it had before, and the history keeps all of it. Answers which leads those are.
pub async fn undo_reviews(tx: &mut Tx, scope: &PartnerScope, at: DateTime<Utc>) -> Result<Vec<LeadId>, StoreError> {
    let decided = sql("SELECT e.lead_id FROM lead_status_events e
        WHERE e.account_id = $1 AND e.partner_id = $2 AND e.user_id = $3 AND e.occurred_at = $4
            AND e.status IN ('accepted', 'rejected') AND NOT EXISTS (
                SELECT 1 FROM lead_status_events later WHERE later.lead_id = e.lead_id AND later.occurred_at > e.occurred_at)
        ORDER BY e.lead_id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(scope.session().user_id())
    .bind(at)
    .all::<(Uuid,)>(tx.conn())
    .await?;
    let mut undone = Vec::with_capacity(decided.len());
    for (lead,) in decided {
        let lead = LeadId(lead);
        let before = sql("SELECT status, reason, comment FROM lead_status_events
            WHERE account_id = $1 AND partner_id = $2 AND lead_id = $3 AND occurred_at < $4
            ORDER BY occurred_at DESC, id DESC LIMIT 1")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(lead)
        .bind(at)
        .optional::<(String, Option<String>, String)>(tx.conn())
        .await?;
        let (status, reason, comment) = before.unwrap_or_else(|| (LeadStatus::New.to_string(), None, String::new()));
        let status: LeadStatus = parse_stored(&status)?;
        if set_status(tx, scope, lead, status, &[LeadStatus::Accepted, LeadStatus::Rejected]).await?.is_some() {
            let now = tx.now();
            add_event(tx, scope, (lead, now), status, reason.as_deref(), &comment).await?;
            undone.push(lead);
        }
    }
    Ok(undone)
}

#[derive(FromRow)]
struct Before {
    delivered_on: NaiveDate,
    campaign: String,
    status: String,
}

/// Moves a lead to a status from one of these, keeping the counts true.
async fn set_status(
    tx: &mut Tx,
    scope: &PartnerScope,
    id: LeadId,
    to: LeadStatus,
    from: &[LeadStatus],
) -> Result<Option<()>, StoreError> {
    // The first statement takes the row's lock on PostgreSQL (SQLite's transaction holds the only write lock
    // already), so that what is read after it cannot change before the end of the transaction.
    let locked = sql("UPDATE leads SET status = status WHERE account_id = $1 AND partner_id = $2 AND id = $3
        RETURNING delivered_on, campaign, status")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .optional::<Before>(tx.conn())
    .await?;
    let Some(before) = locked else { return Ok(None) };
    let was: LeadStatus = parse_stored(&before.status)?;
    if !from.contains(&was) {
        return Ok(None);
    }
    sql("UPDATE leads SET status = $1 WHERE account_id = $2 AND partner_id = $3 AND id = $4")
        .bind(to.as_str())
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    let mut deltas = Deltas::default();
    deltas.add(before.delivered_on, &before.campaign, was, -1);
    deltas.add(before.delivered_on, &before.campaign, to, 1);
    deltas.apply(tx, scope.account_id(), scope.partner_id()).await?;
    Ok(Some(()))
}

async fn add_event(
    tx: &mut Tx,
    scope: &PartnerScope,
    (id, at): (LeadId, DateTime<Utc>),
    status: LeadStatus,
    reason: Option<&str>,
    comment: &str,
) -> Result<(), StoreError> {
    let event = tx.new_id()?;
    let row = [
        ("id", event.into()),
        ("lead_id", id.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", scope.partner_id().into()),
        ("status", status.as_str().into()),
        ("reason", reason.into()),
        ("comment", comment.into()),
        ("user_id", scope.session().user_id().into()),
        ("user_name", scope.session().user_name().into()),
        ("occurred_at", at.into()),
    ];
    insert("lead_status_events", row).execute(tx.conn()).await?;
    Ok(())
}
