//! Invoices as they are stored, and the rows that belong to one.

use chrono::NaiveDate;
use domain::{
    ids::{AccountId, InvoiceId, LeadId, PartnerId},
    invoices::{InvoiceLine, InvoiceStatus, Party, Payment, Quantity, TaxRate, Totals},
    money::Currency,
};
use sqlx::FromRow;

use crate::{
    StoreError, Tx,
    error::stored_price,
    sql::{Conn, insert, sql},
};

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
    let paid = invoice
        .payments
        .iter()
        .try_fold(0_i64, |sum, payment| sum.checked_add(payment.amount))
        .ok_or_else(too_large)?;
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
        ("total_minor", sums(&lines)?.total.into()),
        ("paid_minor", paid.into()),
        ("created_at", now.into()),
        ("logo", parties.logo.clone().into()),
    ];
    insert("invoices", row).execute(tx.conn()).await?;
    let keys = Keys(account, partner, invoice.id);
    insert_lines(tx, keys, lines.iter().zip(1..)).await?;
    insert_line_leads(tx, keys, &invoice.lines).await?;
    for payment in &invoice.payments {
        insert_payment(tx, keys, payment).await?;
    }
    Ok(())
}

fn too_large() -> StoreError {
    StoreError::Corrupt("an invoice's sums do not fit".to_owned())
}

/// The sums of lines, which were checked before they were stored.
pub(super) fn sums(lines: &[InvoiceLine]) -> Result<Totals, StoreError> {
    Totals::of(lines).map_err(|_| too_large())
}

/// What is still to be paid.
pub(super) fn open(total: i64, paid: i64) -> Result<i64, StoreError> {
    total.checked_sub(paid).ok_or_else(too_large)
}

/// Seller and buyer as they stand.
pub(super) async fn parties(conn: Conn<'_>, account: AccountId, partner: PartnerId) -> Result<PartiesRow, StoreError> {
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
pub(super) struct Keys(pub(super) AccountId, pub(super) PartnerId, pub(super) InvoiceId);

/// Stores lines, each at its position, from 1 on.
pub(super) async fn insert_lines<'a>(
    tx: &mut Tx,
    Keys(account, partner, invoice): Keys,
    lines: impl Iterator<Item = (&'a InvoiceLine, i64)>,
) -> Result<(), StoreError> {
    let rows = lines.map(|(line, position)| {
        [
            ("invoice_id", invoice.into()),
            ("position", position.into()),
            ("account_id", account.into()),
            ("partner_id", partner.into()),
            ("description", line.description.as_str().into()),
            ("quantity", line.quantity.0.into()),
            ("unit_price", line.unit_price.minor().into()),
            ("unit_price_parts", line.unit_price.parts().into()),
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

pub(super) async fn insert_payment(
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

pub(super) async fn lines_of(
    conn: Conn<'_>,
    Keys(account, partner, invoice): Keys,
) -> Result<Vec<InvoiceLine>, StoreError> {
    let rows =
        sql("SELECT l.description, l.quantity, l.unit_price, l.unit_price_parts, i.currency, l.tax_rate, l.leads
        FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
        WHERE l.account_id = $1 AND l.partner_id = $2 AND l.invoice_id = $3 ORDER BY l.position")
        .bind(account)
        .bind(partner)
        .bind(invoice)
        .all::<LineRow>(conn)
        .await?;
    rows.into_iter().map(InvoiceLine::try_from).collect()
}

#[derive(FromRow)]
struct LineRow {
    description: String,
    quantity: i64,
    unit_price: i64,
    unit_price_parts: i64,
    currency: String,
    tax_rate: i64,
    leads: i64,
}

impl TryFrom<LineRow> for InvoiceLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        Ok(Self {
            unit_price: stored_price(row.unit_price, row.unit_price_parts, &row.currency)?,
            description: row.description,
            quantity: Quantity(row.quantity),
            tax_rate: TaxRate(row.tax_rate),
            leads: u32::try_from(row.leads).unwrap_or(0),
        })
    }
}

#[derive(FromRow)]
pub(super) struct PartiesRow {
    account_name: String,
    seller_name: String,
    seller_address: String,
    seller_vat_id: String,
    pub(super) payment_details: String,
    pub(super) accent: String,
    pub(super) logo: Option<Vec<u8>>,
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
    pub(super) fn seller(&self) -> Party {
        Party {
            name: first_given(&self.seller_name, &self.account_name),
            address: self.seller_address.lines().map(ToOwned::to_owned).collect(),
            vat_id: self.seller_vat_id.clone(),
        }
    }

    pub(super) fn buyer(&self) -> Party {
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
