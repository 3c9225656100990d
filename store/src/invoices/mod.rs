//! Invoices: what a partner owes, and what operators store of it.

mod admin;

pub use admin::{
    Found, Issued, begin_draft, delete_draft, get_for_admins, issue, list_for_admins, lock_draft, mark_paid,
    save_draft, undo_payment, void,
};

use chrono::{Datelike, NaiveDate};
use domain::{
    ids::{AccountId, InvoiceId, LeadId, PartnerId},
    invoices::{
        BilledLead, Due, Invoice, InvoiceCursor, InvoiceFilter, InvoiceLine, InvoiceListQuery, InvoicePage,
        InvoiceState, InvoiceStatus, InvoiceSummary, Party, Payment, Quantity, TaxRate, Totals,
    },
    money::{Currency, Money},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{Conn, Sql, insert, sql},
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
    let anchor = match query.cursor {
        Some(InvoiceCursor::After(id)) => anchor(read.conn(), scope, id).await?.map(|day| (day, id, false)),
        Some(InvoiceCursor::Before(id)) => anchor(read.conn(), scope, id).await?.map(|day| (day, id, true)),
        None => None,
    };
    let backwards = anchor.is_some_and(|(.., backwards)| backwards);
    let mut rows = matching(scope, sql(SUMMARY), query.filter, today);
    if let Some((day, id, _)) = anchor {
        rows = rows.push(if backwards { " AND (issued_on, id) > (" } else { " AND (issued_on, id) < (" });
        rows = rows.arg(day).push(", ").arg(id).push(")");
    }
    let limit = i64::try_from(InvoiceListQuery::ROWS).unwrap_or(50) + 1;
    let order = if backwards { " ORDER BY issued_on, id LIMIT " } else { " ORDER BY issued_on DESC, id DESC LIMIT " };
    let mut found = rows.push(order).arg(limit).all::<SummaryRow>(read.conn()).await?;
    let more = found.len() > InvoiceListQuery::ROWS;
    found.truncate(InvoiceListQuery::ROWS);
    if backwards {
        found.reverse();
    }
    let count = matching(scope, sql("SELECT COUNT(*) FROM invoices"), query.filter, today).number(read.conn()).await?;
    Ok(InvoicePage {
        invoices: found.into_iter().map(|row| row.summary(today)).collect::<Result<_, _>>()?,
        count: u64::try_from(count).unwrap_or(0),
        has_previous: if backwards { more } else { anchor.is_some() },
        has_next: backwards || more,
    })
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
        totals: Totals::of(&lines),
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

/// An invoice to be stored as it is: for operators and for filling in a past. Seller and buyer are taken from the account
/// and the partner as they stand.
#[derive(Debug, Clone)]
pub struct NewInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// Its number; none exactly when it is a draft.
    pub number: Option<String>,
    /// Its status.
    pub status: InvoiceStatus,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The day it is issued.
    pub issued_on: NaiveDate,
    /// The last day on which it is not overdue.
    pub due_on: NaiveDate,
    /// A remark under the lines; may be empty.
    pub note: String,
    /// Why it was voided; empty unless it is void.
    pub void_reason: String,
    /// The lines, each with the leads behind it.
    pub lines: Vec<(InvoiceLine, Vec<LeadId>)>,
    /// What was paid.
    pub payments: Vec<Payment>,
}

/// Stores an invoice of a partner.
///
/// **Bypass:** it takes no scope. It is for operators, who have their own checks.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has an invoice of that number; when there is no such partner.
pub async fn insert_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    invoice: &NewInvoice,
) -> Result<(), StoreError> {
    let parties = parties(tx.conn(), account, partner).await?;
    let lines: Vec<InvoiceLine> = invoice.lines.iter().map(|(line, _)| line.clone()).collect();
    let paid = invoice.payments.iter().fold(0_i64, |sum, payment| sum.saturating_add(payment.amount));
    let now = tx.now();
    let row = [
        ("id", invoice.id.into()),
        ("account_id", account.into()),
        ("partner_id", partner.into()),
        ("number", invoice.number.clone().into()),
        ("status", invoice.status.as_str().into()),
        ("currency", invoice.currency.code().into()),
        ("issued_on", invoice.issued_on.into()),
        ("due_on", invoice.due_on.into()),
        ("seller", serde_json::json!(parties.seller()).to_string().into()),
        ("buyer", serde_json::json!(parties.buyer()).to_string().into()),
        ("payment_details", parties.payment_details.as_str().into()),
        ("accent", parties.accent.as_str().into()),
        ("note", invoice.note.as_str().into()),
        ("void_reason", invoice.void_reason.as_str().into()),
        ("total_minor", Totals::of(&lines).total.into()),
        ("paid_minor", paid.into()),
        ("created_at", now.into()),
        ("logo", parties.logo.clone().into()),
    ];
    insert("invoices", row).execute(tx.conn()).await?;
    let keys = Keys(account, partner, invoice.id);
    insert_lines(tx, keys, lines.iter()).await?;
    insert_line_leads(tx, keys, &invoice.lines).await?;
    for payment in &invoice.payments {
        insert_payment(tx, keys, payment).await?;
    }
    Ok(())
}

/// Seller and buyer as they stand.
async fn parties(conn: Conn<'_>, account: AccountId, partner: PartnerId) -> Result<PartiesRow, StoreError> {
    sql("SELECT a.name AS account_name, a.legal_name AS seller_name, a.postal_address AS seller_address,
            a.vat_id AS seller_vat_id, a.payment_details, a.accent, a.logo,
            p.name AS partner_name, p.legal_name AS buyer_name, p.contact_name, p.street, p.postal_code, p.city, p.country,
            p.vat_id AS buyer_vat_id
        FROM partners p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1 AND p.id = $2")
    .bind(account)
    .bind(partner)
    .one::<PartiesRow>(conn)
    .await
}

/// An invoice's keys: its account's, its partner's and its own, which every row about it has.
#[derive(Clone, Copy)]
struct Keys(AccountId, PartnerId, InvoiceId);

async fn insert_lines<'a>(
    tx: &mut Tx,
    Keys(account, partner, invoice): Keys,
    lines: impl Iterator<Item = &'a InvoiceLine>,
) -> Result<(), StoreError> {
    let rows = lines.zip(1_i64..).map(|(line, position)| {
        [
            ("invoice_id", invoice.into()),
            ("position", position.into()),
            ("account_id", account.into()),
            ("partner_id", partner.into()),
            ("description", line.description.as_str().into()),
            ("quantity", line.quantity.0.into()),
            ("unit_price", line.unit_price.into()),
            ("tax_rate", line.tax_rate.0.into()),
            ("leads", i64::from(line.leads).into()),
        ]
    });
    let rows = rows.collect();
    tx.insert_all("invoice_lines", rows, "").await
}

/// The leads behind each line, by the line's position from 1 on.
async fn insert_line_leads(
    tx: &mut Tx,
    Keys(account, partner, invoice): Keys,
    lines: &[(InvoiceLine, Vec<LeadId>)],
) -> Result<(), StoreError> {
    let leads = lines.iter().zip(1_i64..);
    let leads = leads.flat_map(|((_, leads), position)| leads.iter().map(move |lead| (position, *lead)));
    let rows = leads.map(|(position, lead)| {
        [
            ("invoice_id", invoice.into()),
            ("position", position.into()),
            ("lead_id", lead.into()),
            ("account_id", account.into()),
            ("partner_id", partner.into()),
        ]
    });
    let rows = rows.collect();
    tx.insert_all("invoice_line_leads", rows, "").await
}

async fn insert_payment(
    tx: &mut Tx,
    Keys(account, partner, invoice): Keys,
    payment: &Payment,
) -> Result<(), StoreError> {
    let row = [
        ("id", tx.new_id()?.into()),
        ("invoice_id", invoice.into()),
        ("account_id", account.into()),
        ("partner_id", partner.into()),
        ("paid_on", payment.paid_on.into()),
        ("amount_minor", payment.amount.into()),
        ("reference", payment.reference.as_str().into()),
        ("created_at", tx.now().into()),
    ];
    insert("invoice_payments", row).execute(tx.conn()).await?;
    Ok(())
}

async fn lines_of(conn: Conn<'_>, Keys(account, partner, invoice): Keys) -> Result<Vec<InvoiceLine>, StoreError> {
    let rows = sql("SELECT description, quantity, unit_price, tax_rate, leads FROM invoice_lines
        WHERE account_id = $1 AND partner_id = $2 AND invoice_id = $3 ORDER BY position")
    .bind(account)
    .bind(partner)
    .bind(invoice)
    .all::<LineRow>(conn)
    .await?;
    Ok(rows.into_iter().map(InvoiceLine::from).collect())
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
        let open = if state == InvoiceState::Void { 0 } else { self.total_minor.saturating_sub(self.paid_minor) };
        Ok(InvoiceSummary {
            id: InvoiceId(self.id),
            number,
            issued_on: self.issued_on,
            due_on: self.due_on,
            total: Money { minor: self.total_minor, currency },
            open: Money { minor: open, currency },
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

#[derive(FromRow)]
struct LineRow {
    description: String,
    quantity: i64,
    unit_price: i64,
    tax_rate: i64,
    leads: i64,
}

impl From<LineRow> for InvoiceLine {
    fn from(row: LineRow) -> Self {
        Self {
            description: row.description,
            quantity: Quantity(row.quantity),
            unit_price: row.unit_price,
            tax_rate: TaxRate(row.tax_rate),
            leads: u32::try_from(row.leads).unwrap_or(0),
        }
    }
}

#[derive(FromRow)]
struct PartiesRow {
    account_name: String,
    seller_name: String,
    seller_address: String,
    seller_vat_id: String,
    payment_details: String,
    accent: String,
    logo: Option<Vec<u8>>,
    partner_name: String,
    buyer_name: String,
    contact_name: String,
    street: String,
    postal_code: String,
    city: String,
    country: String,
    buyer_vat_id: String,
}

impl PartiesRow {
    fn seller(&self) -> Party {
        Party {
            name: first_given(&self.seller_name, &self.account_name),
            address: self.seller_address.lines().map(ToOwned::to_owned).collect(),
            vat_id: self.seller_vat_id.clone(),
        }
    }

    fn buyer(&self) -> Party {
        let town = format!("{} {}", self.postal_code, self.city);
        let lines = [self.contact_name.as_str(), &self.street, town.trim(), &self.country];
        Party {
            name: first_given(&self.buyer_name, &self.partner_name),
            address: lines.into_iter().filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect(),
            vat_id: self.buyer_vat_id.clone(),
        }
    }
}

fn first_given(preferred: &str, otherwise: &str) -> String {
    if preferred.is_empty() { otherwise } else { preferred }.to_owned()
}

/// Notes up to which number invoices were given in a year, for a past that was filled in.
pub async fn set_counter_unscoped(tx: &mut Tx, account: AccountId, year: i32, last: u32) -> Result<(), StoreError> {
    let row =
        [("account_id", account.into()), ("year", i64::from(year).into()), ("last_number", i64::from(last).into())];
    insert("invoice_counters", row)
        .push(" ON CONFLICT (account_id, year) DO UPDATE SET last_number = excluded.last_number")
        .execute(tx.conn())
        .await?;
    Ok(())
}
