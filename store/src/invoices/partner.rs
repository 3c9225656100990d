//! Invoices as the partner they are for reads them. Drafts are not among them.

use chrono::{Datelike, NaiveDate};
use domain::{
    ids::{InvoiceId, LeadId},
    invoices::{
        BilledLead, Due, Invoice, InvoiceCursor, InvoiceFilter, InvoiceListQuery, InvoicePage, InvoiceState,
        InvoiceSummary, Payment,
    },
    money::{Currency, Money},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::stored::{Keys, lines_of, open, sums};
use crate::{
    Reader, StoreError,
    access::PartnerScope,
    error::parse_stored,
    sql::{Conn, Sql, sql},
};

/// How many of the leads behind a line are listed with it.
pub const LEADS_SHOWN: i64 = 20;

/// One page of a partner's invoices, newest first. Drafts are not among them.
pub async fn list(
    read: &mut Reader,
    scope: &PartnerScope,
    query: &InvoiceListQuery,
) -> Result<InvoicePage, StoreError> {
    let today = today(read, scope);
    let (mut found, side) = page(read, scope, query, InvoiceListQuery::ROWS + 1).await?;
    let backwards = side == Some(Side::Before);
    let more = found.len() > InvoiceListQuery::ROWS;
    found.truncate(InvoiceListQuery::ROWS);
    if backwards {
        found.reverse();
    }
    let count = matching(scope, sql("SELECT COUNT(*) FROM invoices"), query.filter, today).number(read.conn()).await?;
    Ok(InvoicePage {
        invoices: found.into_iter().map(|row| row.summary(today)).collect::<Result<_, _>>()?,
        count: u64::try_from(count).unwrap_or(0),
        has_previous: if backwards { more } else { side.is_some() },
        has_next: backwards || more,
    })
}

/// The next rows of an export of the list: those after the query's cursor, or the first ones.
pub async fn export_batch(
    read: &mut Reader,
    scope: &PartnerScope,
    query: &InvoiceListQuery,
    rows: usize,
) -> Result<Vec<InvoiceSummary>, StoreError> {
    let today = today(read, scope);
    let (found, _) = page(read, scope, query, rows).await?;
    found.into_iter().map(|row| row.summary(today)).collect()
}

/// Which side of a row a page lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    Before,
}

/// So many rows from the query's cursor on, and on which side of it they lie, if there is such a row.
async fn page(
    read: &mut Reader,
    scope: &PartnerScope,
    query: &InvoiceListQuery,
    rows: usize,
) -> Result<(Vec<SummaryRow>, Option<Side>), StoreError> {
    let anchor = match query.cursor {
        Some(InvoiceCursor::After(id)) => anchor(read.conn(), scope, id).await?.map(|day| (day, id, Side::After)),
        Some(InvoiceCursor::Before(id)) => anchor(read.conn(), scope, id).await?.map(|day| (day, id, Side::Before)),
        None => None,
    };
    let side = anchor.map(|(.., side)| side);
    let backwards = side == Some(Side::Before);
    let mut list = matching(scope, sql(SUMMARY), query.filter, today(read, scope));
    if let Some((day, id, _)) = anchor {
        list = list.push(if backwards { " AND (issued_on, id) > (" } else { " AND (issued_on, id) < (" });
        list = list.arg(day).push(", ").arg(id).push(")");
    }
    let order = if backwards { " ORDER BY issued_on, id LIMIT " } else { " ORDER BY issued_on DESC, id DESC LIMIT " };
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    Ok((list.push(order).arg(limit).all::<SummaryRow>(read.conn()).await?, side))
}

/// What the partner owes, one entry a currency. There is always one for the account's own.
pub async fn due(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<Due>, StoreError> {
    let own = scope.session().currency();
    let rows = sql("SELECT currency,
            CAST(SUM(CASE WHEN due_on < $1 THEN 0 ELSE total_minor - paid_minor END) AS BIGINT),
            CAST(SUM(CASE WHEN due_on < $1 THEN total_minor - paid_minor ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE WHEN due_on < $1 THEN 0 ELSE 1 END) AS BIGINT),
            CAST(SUM(CASE WHEN due_on < $1 THEN 1 ELSE 0 END) AS BIGINT)
        FROM invoices WHERE account_id = $2 AND partner_id = $3 AND status = 'issued' GROUP BY currency ORDER BY currency")
    .bind(today(read, scope))
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .all::<(String, i64, i64, i64, i64)>(read.conn())
    .await?;
    let mut all = Vec::with_capacity(rows.len() + 1);
    for (currency, pending, overdue, pending_count, overdue_count) in rows {
        let currency: Currency = parse_stored(&currency)?;
        all.push(Due {
            pending: Money { minor: pending, currency },
            overdue: Money { minor: overdue, currency },
            pending_count: u64::try_from(pending_count).unwrap_or(0),
            overdue_count: u64::try_from(overdue_count).unwrap_or(0),
        });
    }
    if !all.iter().any(|due| due.pending.currency == own) {
        all.push(Due::nothing(own));
    }
    all.sort_by_key(|due| due.pending.currency != own);
    Ok(all)
}

/// The years in which the partner may have been sent invoices, latest first: from the first one to the last.
pub async fn years(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<i32>, StoreError> {
    let select = sql("SELECT MIN(issued_on), MAX(issued_on) FROM invoices");
    let everything = matching(scope, select, InvoiceFilter::default(), today(read, scope));
    let (first, last) = everything.one::<(Option<NaiveDate>, Option<NaiveDate>)>(read.conn()).await?;
    Ok(match (first, last) {
        (Some(first), Some(last)) => (first.year()..=last.year()).rev().collect(),
        _ => Vec::new(),
    })
}

/// One of the partner's invoices, whole; nothing for a draft and for any other id.
pub async fn get(read: &mut Reader, scope: &PartnerScope, id: InvoiceId) -> Result<Option<Invoice>, StoreError> {
    let head = sql("SELECT id, number, status, currency, issued_on, due_on, total_minor, paid_minor, seller, buyer,
            payment_details, accent, note, void_reason, logo
        FROM invoices WHERE account_id = $1 AND partner_id = $2 AND id = $3 AND status <> 'draft'")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .optional::<HeadRow>(read.conn())
    .await?;
    let Some(head) = head else { return Ok(None) };
    let lines = lines_of(read.conn(), Keys(scope.account_id(), scope.partner_id(), id)).await?;
    let payments = sql("SELECT paid_on, amount_minor, reference FROM invoice_payments
        WHERE account_id = $1 AND partner_id = $2 AND invoice_id = $3 ORDER BY paid_on, id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .all::<(NaiveDate, i64, String)>(read.conn())
    .await?;
    Ok(Some(Invoice {
        summary: head.summary.summary(today(read, scope))?,
        seller: json(&head.seller)?,
        buyer: json(&head.buyer)?,
        payment_details: head.payment_details.lines().map(ToOwned::to_owned).collect(),
        note: head.note,
        totals: sums(&lines)?,
        lines,
        payments: payments
            .into_iter()
            .map(|(paid_on, amount, reference)| Payment { paid_on, amount, reference })
            .collect(),
        void_reason: head.void_reason,
        accent: head.accent,
        logo: crate::accounts::logo_hash(head.logo),
    }))
}

/// The first leads behind each line of one of the partner's invoices, by the line's position from 1 on.
pub async fn billed_leads(
    read: &mut Reader,
    scope: &PartnerScope,
    id: InvoiceId,
) -> Result<Vec<(usize, BilledLead)>, StoreError> {
    let rows = sql("SELECT position, id, name, delivered_at FROM (
            SELECT b.position, l.id, l.name, l.delivered_at,
                ROW_NUMBER() OVER (PARTITION BY b.position ORDER BY l.delivered_at, l.id) AS place
            FROM invoice_line_leads b
            JOIN invoices i ON i.id = b.invoice_id AND i.partner_id = b.partner_id AND i.status <> 'draft'
            JOIN leads l ON l.id = b.lead_id AND l.account_id = b.account_id AND l.partner_id = b.partner_id
            WHERE b.account_id = $1 AND b.partner_id = $2 AND b.invoice_id = $3
        ) AS behind WHERE place <= $4 ORDER BY position, place")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .bind(LEADS_SHOWN)
    .all::<(i64, Uuid, String, chrono::DateTime<chrono::Utc>)>(read.conn())
    .await?;
    let zone = scope.session().zone();
    Ok(rows
        .into_iter()
        .map(|(position, id, name, at)| {
            let lead = BilledLead { id: LeadId(id), name, received: zone.local(at) };
            (usize::try_from(position).unwrap_or(0), lead)
        })
        .collect())
}

const SUMMARY: &str = "SELECT id, number, status, currency, issued_on, due_on, total_minor, paid_minor FROM invoices";

fn today(read: &Reader, scope: &PartnerScope) -> NaiveDate {
    scope.session().zone().day(read.now())
}

/// The invoices a filter matches: the scope first, never a draft, then what was asked for.
fn matching(scope: &PartnerScope, select: Sql, filter: InvoiceFilter, today: NaiveDate) -> Sql {
    let mut query = select
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .push(" AND status <> 'draft'");
    query = match filter.state {
        None => query,
        Some(InvoiceState::Pending) => query.push(" AND status = 'issued' AND due_on >= ").arg(today),
        Some(InvoiceState::Overdue) => query.push(" AND status = 'issued' AND due_on < ").arg(today),
        Some(InvoiceState::Paid) => query.push(" AND status = 'paid'"),
        Some(InvoiceState::Void) => query.push(" AND status = 'void'"),
    };
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    match filter.year {
        Some(year) => {
            query.push(" AND issued_on >= ").arg(day(year, 1, 1)).push(" AND issued_on <= ").arg(day(year, 12, 31))
        }
        None => query,
    }
}

/// The day on which one of the partner's invoices was issued; nothing for any other id.
async fn anchor(conn: Conn<'_>, scope: &PartnerScope, id: InvoiceId) -> Result<Option<NaiveDate>, StoreError> {
    let found = sql(
        "SELECT issued_on FROM invoices WHERE account_id = $1 AND partner_id = $2 AND id = $3 AND status <> 'draft'",
    )
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(id)
    .optional::<(NaiveDate,)>(conn)
    .await?;
    Ok(found.map(|(day,)| day))
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

#[derive(FromRow)]
struct SummaryRow {
    id: Uuid,
    number: Option<String>,
    status: String,
    currency: String,
    issued_on: NaiveDate,
    due_on: NaiveDate,
    total_minor: i64,
    paid_minor: i64,
}

impl SummaryRow {
    fn summary(self, today: NaiveDate) -> Result<InvoiceSummary, StoreError> {
        let currency: Currency = parse_stored(&self.currency)?;
        let state = InvoiceState::on(parse_stored(&self.status)?, self.due_on, today);
        let (Some(state), Some(number)) = (state, self.number) else {
            return Err(StoreError::Corrupt(format!("the invoice {} is a draft", self.id)));
        };
        let still_open = if state == InvoiceState::Void { 0 } else { open(self.total_minor, self.paid_minor)? };
        Ok(InvoiceSummary {
            id: InvoiceId(self.id),
            number,
            issued_on: self.issued_on,
            due_on: self.due_on,
            total: Money { minor: self.total_minor, currency },
            open: Money { minor: still_open, currency },
            state,
        })
    }
}

#[derive(FromRow)]
struct HeadRow {
    #[sqlx(flatten)]
    summary: SummaryRow,
    seller: String,
    buyer: String,
    payment_details: String,
    accent: String,
    note: String,
    void_reason: String,
    logo: Option<Vec<u8>>,
}
