//! What a partner makes of its leads: opening one, deciding on one or on thousands, and taking that back. All leads of a decision
//! are changed by the same few statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::LeadId,
    leads::{LeadStatus, Review},
};
use uuid::Uuid;

use super::{
    change::{self, Change},
    whose::of_partner,
};
use crate::{StoreError, Tx, access::PartnerScope, error::parse_stored, sql::sql};

/// A status, with the reason and the comment of a decision.
type Step = (LeadStatus, Option<String>, String);

/// A lead, and the status, reason and comment that it had before.
type Undone = (Uuid, Option<String>, Option<String>, Option<String>);

/// Notes that somebody at the partner opened the lead. Says whether that was the first time.
pub async fn open(tx: &mut Tx, scope: &PartnerScope, id: LeadId) -> Result<bool, StoreError> {
    let delivered = of_partner(sql("SELECT delivered_at FROM leads"), scope).push(" AND id = ").arg(id);
    let Some((delivered,)) = delivered.optional::<(DateTime<Utc>,)>(tx.conn()).await? else { return Ok(false) };
    let now = tx.now();
    let after = (now - delivered).num_seconds().max(0);
    let opened = change::apply(tx, scope, &[id], Change::Open { after }).await?;
    add_events(tx, scope, &opened, now, &(LeadStatus::Viewed, None, String::new())).await?;
    Ok(!opened.is_empty())
}

/// Notes the partner's decision on these leads, as made at one instant, which several decisions may share. A decision can be
/// changed; the history keeps every one. Answers nothing when one of them is not the partner's: then nothing is to be kept.
pub async fn review(
    tx: &mut Tx,
    scope: &PartnerScope,
    ids: &[LeadId],
    review: &Review,
    at: DateTime<Utc>,
) -> Result<Option<()>, StoreError> {
    let (reason, comment) = match review {
        Review::Accept => (None, String::new()),
        Review::Reject { reason, comment } => (Some(reason.clone()), comment.clone()),
    };
    let change = Change::Status { to: review.status(), from: LeadStatus::ALL };
    if change::apply(tx, scope, ids, change).await?.len() < ids.len() {
        return Ok(None);
    }
    add_events(tx, scope, ids, at, &(review.status(), reason, comment)).await?;
    Ok(Some(()))
}

/// Takes back what the scope's user decided at that instant, on every lead that nothing has happened to since, the account's word on a
/// return among it: each gets the status it had before, and the history keeps all of it. Answers which leads those are.
pub async fn undo_reviews(tx: &mut Tx, scope: &PartnerScope, at: DateTime<Utc>) -> Result<Vec<LeadId>, StoreError> {
    // Read again once they are locked: the account may have had its word meanwhile.
    let leads: Vec<_> = to_undo(tx, scope, at).await?.into_iter().map(|(lead, ..)| LeadId(lead)).collect();
    change::lock(tx, scope, &leads).await?;
    let decided = to_undo(tx, scope, at).await?;
    let mut steps: BTreeMap<Step, Vec<LeadId>> = BTreeMap::new();
    for (lead, status, reason, comment) in decided {
        let status = status.map_or(Ok(LeadStatus::New), |status| parse_stored(&status))?;
        steps.entry((status, reason, comment.unwrap_or_default())).or_default().push(LeadId(lead));
    }
    let (mut undone, now) = (Vec::new(), tx.now());
    for (step, leads) in steps {
        let change = Change::Status { to: step.0, from: &[LeadStatus::Accepted, LeadStatus::Rejected] };
        let back = change::apply(tx, scope, &leads, change).await?;
        add_events(tx, scope, &back, now, &step).await?;
        undone.extend(back);
    }
    Ok(undone)
}

/// What [`undo_reviews`] takes back: the leads, each with the step before. One that was a request before that decision ended it is not
/// among them: it would be rejected again, and nobody asked.
async fn to_undo(tx: &mut Tx, scope: &PartnerScope, at: DateTime<Utc>) -> Result<Vec<Undone>, StoreError> {
    sql("SELECT e.lead_id, earlier.status, earlier.reason, earlier.comment FROM lead_status_events e
        LEFT JOIN lead_status_events earlier ON earlier.id = (
            SELECT one.id FROM lead_status_events one WHERE one.lead_id = e.lead_id AND one.occurred_at < e.occurred_at
            ORDER BY one.occurred_at DESC, one.id DESC LIMIT 1)
        JOIN leads l ON l.id = e.lead_id AND (e.status = 'accepted' OR l.return_state NOT IN ('approved', 'declined'))
            AND (earlier.status IS NULL OR earlier.status <> 'rejected' OR l.return_state NOT IN ('requested', 'withdrawn'))
        WHERE e.account_id = $1 AND e.partner_id = $2 AND e.user_id = $3 AND e.occurred_at = $4
            AND e.status IN ('accepted', 'rejected') AND NOT EXISTS (
                SELECT 1 FROM lead_status_events later WHERE later.lead_id = e.lead_id AND later.occurred_at > e.occurred_at)
        ORDER BY e.lead_id")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(scope.session().user_id())
        .bind(at)
        .all::<Undone>(tx.conn())
        .await
}

/// Takes back that these leads were rejected: they are viewed.
pub async fn unreject(
    tx: &mut Tx,
    scope: &PartnerScope,
    ids: &[LeadId],
    at: DateTime<Utc>,
) -> Result<Vec<LeadId>, StoreError> {
    let change = Change::Status { to: LeadStatus::Viewed, from: &[LeadStatus::Rejected] };
    let back = change::apply(tx, scope, ids, change).await?;
    add_events(tx, scope, &back, at, &(LeadStatus::Viewed, None, String::new())).await?;
    Ok(back)
}

async fn add_events(
    tx: &mut Tx,
    scope: &PartnerScope,
    leads: &[LeadId],
    at: DateTime<Utc>,
    (status, reason, comment): &Step,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(leads.len());
    for lead in leads {
        rows.push([
            ("id", tx.new_id()?.into()),
            ("lead_id", (*lead).into()),
            ("account_id", scope.account_id().into()),
            ("partner_id", scope.partner_id().into()),
            ("status", status.as_str().into()),
            ("reason", reason.as_deref().into()),
            ("comment", comment.as_str().into()),
            ("user_id", scope.session().user_id().into()),
            ("user_name", scope.session().user_name().into()),
            ("occurred_at", at.into()),
        ]);
    }
    tx.insert_all("lead_status_events", rows, "").await
}
