//! Invoices as admins write and issue them.

use chrono::{Datelike, Days, NaiveDate};
use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{Draft, InvoiceLine, InvoiceStatus},
    money::{Currency, Money},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    draft_lines::{put_written, returned, take_off_written},
    status::{Found, lock, today},
    stored::{Keys, NewInvoice, insert_unscoped, lines_of, parties, sums},
};
use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Conn, insert, sql, update},
};

#[derive(FromRow)]
pub(super) struct DraftRow {
    pub(super) partner_id: Uuid,
    pub(super) partner_name: String,
    pub(super) status: String,
    pub(super) currency: String,
    begun_on: NaiveDate,
    due_on: NaiveDate,
    note: String,
    payment_terms: i64,
}

pub(super) async fn draft_row(
    conn: Conn<'_>,
    scope: &AdminScope,
    id: InvoiceId,
) -> Result<Option<DraftRow>, StoreError> {
    sql("SELECT i.partner_id, p.name AS partner_name, i.status, i.currency, i.issued_on AS begun_on, i.due_on, i.note,
            COALESCE(p.payment_terms, a.payment_terms) AS payment_terms
        FROM invoices i
        JOIN partners p ON p.id = i.partner_id AND p.account_id = i.account_id
        JOIN accounts a ON a.id = i.account_id
        WHERE i.account_id = $1 AND i.id = $2")
    .bind(scope.account_id())
    .bind(id)
    .optional(conn)
    .await
}

impl DraftRow {
    /// A draft's own due day is the one before it was begun when none was chosen: the column cannot be empty.
    pub(super) fn draft(&self, lines: Vec<InvoiceLine>) -> Draft {
        Draft { due_on: (self.due_on >= self.begun_on).then_some(self.due_on), note: self.note.clone(), lines }
    }

    pub(super) fn due(&self, draft: &Draft, today: NaiveDate) -> NaiveDate {
        let days = Days::new(u64::try_from(self.payment_terms).unwrap_or(0));
        draft.due_on.unwrap_or_else(|| today.checked_add_days(days).unwrap_or(today))
    }
}

/// Begins an empty draft for the scope's partner, in the account's currency.
pub async fn begin_draft(tx: &mut Tx, scope: &AdminScope, partner: &PartnerScope) -> Result<InvoiceId, StoreError> {
    let id = InvoiceId(tx.new_id()?);
    let today = today(tx, scope);
    let draft = NewInvoice {
        id,
        number: None,
        status: InvoiceStatus::Draft,
        currency: scope.session().currency(),
        issued_on: today,
        due_on: today.pred_opt().unwrap_or(today),
        note: String::new(),
        void_reason: String::new(),
        lines: Vec::new(),
        payments: Vec::new(),
    };
    insert_unscoped(tx, scope.account_id(), partner.partner_id(), &draft).await?;
    Ok(id)
}

/// Locks a draft until the transaction ends, and says its currency.
pub async fn lock_draft(tx: &mut Tx, scope: &AdminScope, id: InvoiceId) -> Result<Found<Currency>, StoreError> {
    match lock(tx, scope, id, InvoiceStatus::Draft).await? {
        Found::Done(_) => {}
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    }
    let (currency,) = sql("SELECT currency FROM invoices WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .one::<(String,)>(tx.conn())
        .await?;
    Ok(Found::Done(parse_stored(&currency)?))
}

/// Replaces what was written on a draft. What bills leads stays. None where an invoice cannot have all of that: nothing is to be kept.
pub async fn save_draft(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    draft: &Draft,
) -> Result<Found<Option<PartnerId>>, StoreError> {
    let partner = match lock(tx, scope, id, InvoiceStatus::Draft).await? {
        Found::Done(partner) => partner,
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    };
    let keys = Keys(scope.account_id(), partner, id);
    take_off_written(tx, keys).await?;
    if !put_written(tx, keys, &draft.lines).await? {
        return Ok(Found::Done(None));
    }
    let today = today(tx, scope);
    let due_on = draft.due_on.unwrap_or_else(|| today.pred_opt().unwrap_or(today));
    sql("UPDATE invoices SET issued_on = $1, due_on = $2, note = $3 WHERE account_id = $4 AND id = $5")
        .bind(if draft.due_on.is_some_and(|due| due < today) { due_on } else { today })
        .bind(due_on)
        .bind(draft.note.as_str())
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(Found::Done(Some(partner)))
}

/// Deletes a draft. Leads that it billed are to be billed again.
pub async fn delete_draft(tx: &mut Tx, scope: &AdminScope, id: InvoiceId) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Draft).await?;
    if let Found::Done(_) = found {
        for statement in [
            "DELETE FROM invoice_line_leads WHERE account_id = $1 AND invoice_id = $2",
            "DELETE FROM invoice_lines WHERE account_id = $1 AND invoice_id = $2",
            "DELETE FROM invoices WHERE account_id = $1 AND id = $2",
        ] {
            sql(statement).bind(scope.account_id()).bind(id).execute(tx.conn()).await?;
        }
    }
    Ok(found)
}

/// The texts that the invoice would hold if the draft was issued now: seller, buyer, payment details, lines, note. None for
/// what is no draft of the account.
pub async fn texts_of_draft(
    read: &mut Reader,
    scope: &AdminScope,
    id: InvoiceId,
) -> Result<Option<Vec<String>>, StoreError> {
    let Some(row) = draft_row(read.conn(), scope, id).await? else { return Ok(None) };
    if parse_stored::<InvoiceStatus>(&row.status)? != InvoiceStatus::Draft {
        return Ok(None);
    }
    let partner = PartnerId(row.partner_id);
    let lines = lines_of(read.conn(), Keys(scope.account_id(), partner, id)).await?;
    let parties = parties(read.conn(), scope.account_id(), partner).await?;
    let mut texts = Vec::new();
    for party in [parties.seller(), parties.buyer()] {
        texts.push(party.name);
        texts.extend(party.address);
        texts.push(party.vat_id);
    }
    texts.extend(lines.into_iter().map(|line| line.description));
    texts.extend([parties.payment_details, row.note]);
    Ok(Some(texts))
}

/// Why a draft cannot be issued that bills leads which were taken back.
pub(super) const RETURNED: &str = "Some of its leads have been returned since they were added: remove them first.";

/// An invoice that was just issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Whom to.
    pub partner: PartnerId,
    /// Under which number.
    pub number: String,
    /// The last day on which it is not overdue.
    pub due_on: NaiveDate,
    /// What is to be paid.
    pub total: Money,
}

/// Issues a draft: gives it the next number of its year, today as its day, seller and buyer as they stand. From now on it
/// never changes. `Err` holds what is missing.
///
/// The number is taken in this transaction, whose end the next one waits for: numbers have no gaps.
pub async fn issue(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
) -> Result<Found<Result<Issued, &'static str>>, StoreError> {
    let partner = match lock(tx, scope, id, InvoiceStatus::Draft).await? {
        Found::Done(partner) => partner,
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    };
    let Some(row) = draft_row(tx.conn(), scope, id).await? else { return Ok(Found::Nothing) };
    let keys = Keys(scope.account_id(), partner, id);
    let draft = row.draft(lines_of(tx.conn(), keys).await?);
    let today = today(tx, scope);
    if let Some(missing) = draft.missing(today) {
        return Ok(Found::Done(Err(missing)));
    }
    // Somebody who approves a return now has not seen that its lead is billed: then it stands in the list of what is to be credited.
    if returned(tx.conn(), keys).await? > 0 {
        return Ok(Found::Done(Err(RETURNED)));
    }
    let first = [
        ("account_id", scope.account_id().into()),
        ("year", i64::from(today.year()).into()),
        ("last_number", 1_i64.into()),
    ];
    let next = " ON CONFLICT (account_id, year) DO UPDATE SET last_number = invoice_counters.last_number + 1
        RETURNING last_number";
    let (last,) = insert("invoice_counters", first).push(next).one::<(i64,)>(tx.conn()).await?;
    let number = format!("{}-{last:04}", today.year());
    let due_on = row.due(&draft, today);
    let total = Money { minor: sums(&draft.lines)?.total, currency: parse_stored(&row.currency)? };
    // Nobody owes anything on an invoice over nothing.
    let status = if total.minor == 0 { InvoiceStatus::Paid } else { InvoiceStatus::Issued };
    let parties = parties(tx.conn(), scope.account_id(), partner).await?;
    let issued = [
        ("number", number.as_str().into()),
        ("status", status.as_str().into()),
        ("issued_on", today.into()),
        ("due_on", due_on.into()),
        ("seller", serde_json::json!(parties.seller()).to_string().into()),
        ("buyer", serde_json::json!(parties.buyer()).to_string().into()),
        ("payment_details", parties.payment_details.as_str().into()),
        ("accent", parties.accent.as_str().into()),
        ("logo", parties.logo.clone().into()),
    ];
    update("invoices", issued)
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND id = ")
        .arg(id)
        .execute(tx.conn())
        .await?;
    Ok(Found::Done(Ok(Issued { partner, number, due_on, total })))
}
