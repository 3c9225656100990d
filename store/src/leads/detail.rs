//! One lead: its data, and its neighbours in the list.

use chrono::{DateTime, Utc};
use domain::{
    ids::LeadId,
    leads::{LeadDetail, LeadListQuery, Neighbours, StatusEvent},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    fields::field_rules,
    list::{self, Side},
    outcomes,
    row::{self, LeadRow},
    search,
    whose::of_partner,
};
use crate::{Reader, StoreError, access::PartnerScope, error::parse_stored, sql::sql};

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
    let found =
        of_partner(list::select(row::LEAD), scope).push(" AND id = ").arg(id).optional::<LeadRow>(read.conn()).await?;
    let Some(row) = found else { return Ok(None) };
    let rules = field_rules(read, scope).await?;
    let row = list::export(row, scope, &rules)?;
    let events = sql("SELECT e.status, COALESCE(r.label, e.reason) AS reason, e.comment, e.user_name, e.occurred_at
        FROM lead_status_events e LEFT JOIN reject_reasons r ON r.account_id = e.account_id AND r.code = e.reason
        WHERE e.account_id = $1 AND e.partner_id = $2 AND e.lead_id = $3 ORDER BY e.occurred_at, e.id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .all::<EventRow>(read.conn())
    .await?;
    let event = |event: EventRow| {
        Ok::<_, StoreError>(StatusEvent {
            status: parse_stored(&event.status)?,
            reason: event.reason,
            comment: event.comment,
            by: event.user_name,
            at: scope.session().zone().local(event.occurred_at),
        })
    };
    Ok(Some(LeadDetail {
        summary: row.summary,
        external_id: row.more.external_id,
        fields: rules.shown(row.fields),
        price: row.more.price,
        outcome: row.more.outcome,
        outcomes: outcomes::outcome_history(read, scope, id).await?,
        next_step: outcomes::next_step(read, scope, id).await?,
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
