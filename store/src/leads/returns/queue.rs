//! Requests as they are read: those for one lead, the account's queue, and what is to be credited.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::{LeadId, PartnerId, ReturnId},
    money::{Money, sum_of_prices},
    returns::{Credit, LeadReturn, QueuedReturn, ReturnQuery, ReturnView},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::super::{row::price, whose::of_account};
use crate::{
    Reader, StoreError,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Sql, sql},
};

#[derive(FromRow)]
struct ReturnRow {
    id: Uuid,
    state: String,
    reason: String,
    comment: String,
    requested_at: DateTime<Utc>,
    requested_by_name: String,
    due_at: Option<DateTime<Utc>>,
    decided_at: Option<DateTime<Utc>>,
    decided_by_name: String,
    answer: String,
}

/// The columns of a [`ReturnRow`].
const RETURN: &str = "r.id, r.state, COALESCE((SELECT one.label FROM reject_reasons one WHERE one.account_id = r.account_id
    AND one.code = r.reason), r.reason) AS reason, r.comment, r.requested_at, r.requested_by_name, r.due_at, r.decided_at,
    r.decided_by_name, r.answer";

impl ReturnRow {
    fn told(self, zone: Zone) -> Result<LeadReturn, StoreError> {
        let by = (!self.decided_by_name.is_empty()).then_some(self.decided_by_name);
        Ok(LeadReturn {
            id: ReturnId(self.id),
            state: parse_stored(&self.state)?,
            reason: self.reason,
            comment: self.comment,
            requested: (self.requested_by_name, zone.local(self.requested_at)),
            decide_by: self.due_at.map(|at| zone.local(at)),
            decided: self.decided_at.map(|at| (by, zone.local(at))),
            answer: self.answer,
        })
    }
}

/// What was asked for one of the partner's leads and what became of it, oldest first.
pub async fn returns_of(read: &mut Reader, scope: &PartnerScope, lead: LeadId) -> Result<Vec<LeadReturn>, StoreError> {
    let rows = sql("SELECT ")
        .push(RETURN)
        .push(" FROM lead_returns r WHERE r.account_id = ")
        .arg(scope.account_id())
        .push(" AND r.partner_id = ")
        .arg(scope.partner_id())
        .push(" AND r.lead_id = ")
        .arg(lead)
        .push(" ORDER BY r.requested_at, r.id")
        .all::<ReturnRow>(read.conn())
        .await?;
    rows.into_iter().map(|row| row.told(scope.session().zone())).collect()
}

#[derive(FromRow)]
struct QueuedRow {
    #[sqlx(flatten)]
    told: ReturnRow,
    lead_id: Uuid,
    name: String,
    campaign: String,
    external_id: String,
    delivered_at: DateTime<Utc>,
    price_minor: Option<i64>,
    price_parts: i64,
    price_currency: Option<String>,
    partner_id: Uuid,
    partner_name: String,
    files: i64,
    invoice: Option<String>,
}

/// The invoices on which a lead was billed.
const BILLED: &str = " FROM invoice_line_leads b JOIN invoices i ON i.id = b.invoice_id
    WHERE b.lead_id = r.lead_id AND b.account_id = r.account_id AND i.status IN ('issued', 'paid')";

/// A page of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPage {
    /// The requests, in the queue's order.
    pub returns: Vec<QueuedReturn>,
    /// How many there are in all.
    pub count: u64,
    /// Whether there are more after the last.
    pub has_next: bool,
}

/// How many requests a page has.
const PAGE: usize = 50;

/// The account's own requests that a query asks for.
fn asked(select: Sql, scope: &AdminScope, query: &ReturnQuery) -> Sql {
    let own = select.push(" WHERE r.account_id = ").arg(scope.account_id());
    let own = match query.view {
        ReturnView::Open => own.push(" AND r.state = 'requested'"),
        ReturnView::Decided => own.push(" AND r.state <> 'requested'"),
        ReturnView::Credit => own.push(" AND r.state = 'approved' AND EXISTS (SELECT 1").push(BILLED).push(")"),
    };
    match query.partner {
        Some(partner) => own.push(" AND r.partner_id = ").arg(partner),
        None => own,
    }
}

/// A page of the account's requests: open ones with the longest waiting first, others with the latest first.
pub async fn queue(read: &mut Reader, scope: &AdminScope, query: &ReturnQuery) -> Result<ReturnPage, StoreError> {
    let select = sql("SELECT ").push(RETURN).push(
        ", r.lead_id, l.name, l.campaign, l.external_id, l.delivered_at, l.price_minor, l.price_parts, l.price_currency, r.partner_id,
        (SELECT p.name FROM partners p WHERE p.id = r.partner_id) AS partner_name,
        (SELECT COUNT(*) FROM lead_files f WHERE f.lead_id = r.lead_id) AS files, (SELECT MIN(i.number)",
    );
    let select = select.push(BILLED).push(") AS invoice FROM lead_returns r JOIN leads l ON l.id = r.lead_id");
    let mut page = asked(select, scope, query);
    let forwards = query.view == ReturnView::Open;
    if let Some(after) = query.after {
        let place = of_account(sql("SELECT requested_at FROM lead_returns"), scope).push(" AND id = ").arg(after);
        if let Some((at,)) = place.optional::<(DateTime<Utc>,)>(read.conn()).await? {
            page =
                page.push(if forwards { " AND (r.requested_at, r.id) > (" } else { " AND (r.requested_at, r.id) < (" });
            page = page.arg(at).push(", ").arg(after).push(")");
        }
    }
    let order = if forwards {
        " ORDER BY r.requested_at, r.id LIMIT "
    } else {
        " ORDER BY r.requested_at DESC, r.id DESC LIMIT "
    };
    let rows = page.push(order).arg(i64::try_from(PAGE).unwrap_or(50) + 1).all::<QueuedRow>(read.conn()).await?;
    let zone = scope.session().zone();
    let one = |row: QueuedRow| {
        Ok::<_, StoreError>(QueuedReturn {
            request: row.told.told(zone)?,
            lead: (LeadId(row.lead_id), row.name, row.campaign),
            external_id: row.external_id,
            received: zone.local(row.delivered_at),
            price: price(row.price_minor, row.price_parts, row.price_currency.as_deref())?,
            partner: (PartnerId(row.partner_id), row.partner_name),
            files: u64::try_from(row.files).unwrap_or(0),
            invoice: row.invoice,
        })
    };
    let mut returns = rows.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let has_next = returns.len() > PAGE;
    returns.truncate(PAGE);
    Ok(ReturnPage { returns, count: count_returns(read, scope, query).await?, has_next })
}

/// How many requests a query asks for.
pub async fn count_returns(read: &mut Reader, scope: &AdminScope, query: &ReturnQuery) -> Result<u64, StoreError> {
    let count = asked(sql("SELECT COUNT(*) FROM lead_returns r"), scope, query).number(read.conn()).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

#[derive(FromRow)]
struct CreditRow {
    partner_id: Uuid,
    partner_name: String,
    leads: i64,
    minor: i64,
    parts: i64,
    price_currency: Option<String>,
}

/// What is to be credited: the prices of returned leads that were billed, by partner.
pub async fn credits(read: &mut Reader, scope: &AdminScope) -> Result<Vec<Credit>, StoreError> {
    let select = sql("SELECT r.partner_id, p.name AS partner_name, l.price_currency, COUNT(*) AS leads,
        CAST(COALESCE(SUM(l.price_minor), 0) AS BIGINT) AS minor, CAST(COALESCE(SUM(l.price_parts), 0) AS BIGINT) AS parts
        FROM lead_returns r JOIN leads l ON l.id = r.lead_id JOIN partners p ON p.id = r.partner_id");
    let rows = asked(select, scope, &ReturnQuery { view: ReturnView::Credit, ..ReturnQuery::default() })
        .push(" GROUP BY r.partner_id, p.name, l.price_currency")
        .all::<CreditRow>(read.conn())
        .await?;
    let mut credits = BTreeMap::<(String, Uuid), (u64, Vec<Money>)>::new();
    for row in rows {
        let credit = credits.entry((row.partner_name, row.partner_id)).or_default();
        credit.0 += u64::try_from(row.leads).unwrap_or(0);
        if let Some(currency) = row.price_currency {
            credit.1.push(sum_of_prices(row.minor, row.parts, parse_stored(&currency)?));
        }
    }
    let credit = |((name, id), (leads, amounts))| Credit { partner: (PartnerId(id), name), leads, amounts };
    Ok(credits.into_iter().map(credit).collect())
}
