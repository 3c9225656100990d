//! Invoices as admins write, issue and mark them paid.

use chrono::{Datelike, Days, NaiveDate};
use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{
        AdminInvoice, AdminInvoicePage, AdminInvoiceQuery, AdminInvoiceRow, AdminInvoiceStatus, Draft, DraftView,
        InvoiceLine, InvoiceState, InvoiceStatus, Payment, Totals,
    },
    money::{Currency, Money},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Keys, NewInvoice, insert_lines, insert_payment, lines_of};
use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Conn, Sql, insert, sql, update},
};

fn today(read: &Reader, scope: &AdminScope) -> NaiveDate {
    scope.session().zone().day(read.now())
}

fn matching(read: &Reader, scope: &AdminScope, select: Sql, query: &AdminInvoiceQuery) -> Sql {
    let mut list = select.push(" WHERE i.account_id = ").arg(scope.account_id());
    if let Some(partner) = query.partner {
        list = list.push(" AND i.partner_id = ").arg(partner);
    }
    let Some(status) = query.status else { return list };
    list = list.push(" AND i.status = ").arg(status.stored().as_str());
    match status {
        AdminInvoiceStatus::Pending => list.push(" AND i.due_on >= ").arg(today(read, scope)),
        AdminInvoiceStatus::Overdue => list.push(" AND i.due_on < ").arg(today(read, scope)),
        AdminInvoiceStatus::Draft | AdminInvoiceStatus::Paid | AdminInvoiceStatus::Void => list,
    }
}

#[derive(FromRow)]
struct ListRow {
    id: Uuid,
    partner_id: Uuid,
    partner_name: String,
    number: Option<String>,
    status: String,
    currency: String,
    issued_on: NaiveDate,
    due_on: NaiveDate,
    total_minor: i64,
    paid_minor: i64,
}

/// A page of the account's invoices, drafts among them, latest first.
pub async fn list_for_admins(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AdminInvoiceQuery,
) -> Result<AdminInvoicePage, StoreError> {
    let select =
        sql("SELECT i.id, i.partner_id, p.name AS partner_name, i.number, i.status, i.currency, i.issued_on, i.due_on,
            i.total_minor, i.paid_minor
        FROM invoices i JOIN partners p ON p.id = i.partner_id");
    let mut list = matching(read, scope, select, query);
    if let Some(after) = query.after {
        let anchor = sql("SELECT issued_on FROM invoices WHERE account_id = $1 AND id = $2")
            .bind(scope.account_id())
            .bind(after)
            .optional::<(NaiveDate,)>(read.conn())
            .await?;
        if let Some((day,)) = anchor {
            list = list.push(" AND (i.issued_on, i.id) < (").arg(day).push(", ").arg(after).push(")");
        }
    }
    let rows = i64::try_from(AdminInvoiceQuery::ROWS).unwrap_or(50) + 1;
    let mut found =
        list.push(" ORDER BY i.issued_on DESC, i.id DESC LIMIT ").arg(rows).all::<ListRow>(read.conn()).await?;
    let has_next = found.len() > AdminInvoiceQuery::ROWS;
    found.truncate(AdminInvoiceQuery::ROWS);
    let count = matching(read, scope, sql("SELECT COUNT(*) FROM invoices i"), query).number(read.conn()).await?;
    let today = today(read, scope);
    let row = |row: ListRow| {
        let currency: Currency = parse_stored(&row.currency)?;
        let state = InvoiceState::on(parse_stored(&row.status)?, row.due_on, today);
        let open = match state {
            Some(InvoiceState::Pending | InvoiceState::Overdue) => row.total_minor.saturating_sub(row.paid_minor),
            Some(InvoiceState::Paid | InvoiceState::Void) | None => 0,
        };
        Ok(AdminInvoiceRow {
            id: InvoiceId(row.id),
            partner: (PartnerId(row.partner_id), row.partner_name),
            number: row.number,
            issued_on: row.issued_on,
            due_on: row.due_on,
            total: Money { minor: row.total_minor, currency },
            open: Money { minor: open, currency },
            state,
        })
    };
    Ok(AdminInvoicePage {
        invoices: found.into_iter().map(row).collect::<Result<_, StoreError>>()?,
        count: u64::try_from(count).unwrap_or(0),
        has_next,
    })
}

#[derive(FromRow)]
struct DraftRow {
    partner_id: Uuid,
    partner_name: String,
    status: String,
    currency: String,
    begun_on: NaiveDate,
    due_on: NaiveDate,
    note: String,
    payment_terms: i64,
}

async fn draft_row(conn: Conn<'_>, scope: &AdminScope, id: InvoiceId) -> Result<Option<DraftRow>, StoreError> {
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
    fn draft(&self, lines: Vec<InvoiceLine>) -> Draft {
        Draft { due_on: (self.due_on >= self.begun_on).then_some(self.due_on), note: self.note.clone(), lines }
    }

    fn due(&self, draft: &Draft, today: NaiveDate) -> NaiveDate {
        let days = Days::new(u64::try_from(self.payment_terms).unwrap_or(0));
        draft.due_on.unwrap_or_else(|| today.checked_add_days(days).unwrap_or(today))
    }
}

/// One of the account's invoices, draft or issued; nothing for any other id.
pub async fn get_for_admins(
    read: &mut Reader,
    scope: &AdminScope,
    id: InvoiceId,
) -> Result<Option<AdminInvoice>, StoreError> {
    let Some(row) = draft_row(read.conn(), scope, id).await? else { return Ok(None) };
    let partner = PartnerId(row.partner_id);
    if parse_stored::<InvoiceStatus>(&row.status)? != InvoiceStatus::Draft {
        let Some(partner_scope) = scope.for_partner(read, partner).await? else { return Ok(None) };
        let invoice = super::get(read, &partner_scope, id).await?;
        return Ok(invoice
            .map(|invoice| AdminInvoice::Issued { invoice: Box::new(invoice), partner: (partner, row.partner_name) }));
    }
    let lines = lines_of(read.conn(), Keys(scope.account_id(), partner, id)).await?;
    let today = today(read, scope);
    let currency = parse_stored(&row.currency)?;
    let draft = row.draft(lines);
    Ok(Some(AdminInvoice::Draft(Box::new(DraftView {
        id,
        partner: (partner, row.partner_name.clone()),
        currency,
        form: draft.form(currency),
        totals: Totals::of(&draft.lines),
        due_if_issued: row.due(&draft, today),
        missing: draft.missing(today).map(ToOwned::to_owned),
    }))))
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
    super::insert_unscoped(tx, scope.account_id(), partner.partner_id(), &draft).await?;
    Ok(id)
}

/// What was found where a draft, or an issued invoice, was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<T> {
    /// It, and what was done.
    Done(T),
    /// The invoice is there, but in another status by now.
    OtherStatus,
    /// There is no such invoice in the account.
    Nothing,
}

/// Locks an invoice until the transaction ends and says its partner, if it has this status.
async fn lock(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    status: InvoiceStatus,
) -> Result<Found<PartnerId>, StoreError> {
    let found =
        sql("UPDATE invoices SET status = status WHERE account_id = $1 AND id = $2 RETURNING partner_id, status")
            .bind(scope.account_id())
            .bind(id)
            .optional::<(Uuid, String)>(tx.conn())
            .await?;
    Ok(match found {
        None => Found::Nothing,
        Some((partner, found)) if parse_stored::<InvoiceStatus>(&found)? == status => Found::Done(PartnerId(partner)),
        Some(_) => Found::OtherStatus,
    })
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

/// Replaces what a draft held with what was written.
pub async fn save_draft(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    draft: &Draft,
) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Draft).await?;
    let Found::Done(partner) = found else { return Ok(found) };
    sql("DELETE FROM invoice_lines WHERE account_id = $1 AND invoice_id = $2")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    insert_lines(tx, Keys(scope.account_id(), partner, id), draft.lines.iter()).await?;
    let today = today(tx, scope);
    let due_on = draft.due_on.unwrap_or_else(|| today.pred_opt().unwrap_or(today));
    sql("UPDATE invoices SET issued_on = $1, due_on = $2, note = $3, total_minor = $4 WHERE account_id = $5 AND id = $6")
        .bind(if draft.due_on.is_some_and(|due| due < today) { due_on } else { today })
        .bind(due_on)
        .bind(draft.note.as_str())
        .bind(Totals::of(&draft.lines).total)
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(found)
}

/// Deletes a draft.
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
    let draft = row.draft(lines_of(tx.conn(), Keys(scope.account_id(), partner, id)).await?);
    let today = today(tx, scope);
    if let Some(missing) = draft.missing(today) {
        return Ok(Found::Done(Err(missing)));
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
    let parties = super::parties(tx.conn(), scope.account_id(), partner).await?;
    let issued = [
        ("number", number.as_str().into()),
        ("status", InvoiceStatus::Issued.as_str().into()),
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
    let total = Money { minor: Totals::of(&draft.lines).total, currency: parse_stored(&row.currency)? };
    Ok(Found::Done(Ok(Issued { partner, number, due_on, total })))
}

/// Notes that an issued invoice was paid in full, whatever is still open of it.
pub async fn mark_paid(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    (paid_on, reference): (NaiveDate, &str),
) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Issued).await?;
    let Found::Done(partner) = found else { return Ok(found) };
    let (open,) = sql("SELECT total_minor - paid_minor FROM invoices WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .one::<(i64,)>(tx.conn())
        .await?;
    let payment = Payment { paid_on, amount: open, reference: reference.to_owned() };
    insert_payment(tx, Keys(scope.account_id(), partner, id), &payment).await?;
    sql("UPDATE invoices SET status = 'paid', paid_minor = total_minor WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(found)
}

/// Undoes the last payment of a paid invoice: it is open again.
pub async fn undo_payment(tx: &mut Tx, scope: &AdminScope, id: InvoiceId) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Paid).await?;
    if let Found::Done(_) = found {
        sql("DELETE FROM invoice_payments WHERE account_id = $1 AND id IN (SELECT id FROM invoice_payments
            WHERE account_id = $1 AND invoice_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1)")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
        sql(
            "UPDATE invoices SET status = 'issued', paid_minor = (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT)
            FROM invoice_payments WHERE account_id = $1 AND invoice_id = $2) WHERE account_id = $1 AND id = $2",
        )
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    }
    Ok(found)
}

/// Voids an issued invoice; its number stays taken.
pub async fn void(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    reason: &str,
) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Issued).await?;
    if let Found::Done(_) = found {
        sql("UPDATE invoices SET status = 'void', void_reason = $1 WHERE account_id = $2 AND id = $3")
            .bind(reason)
            .bind(scope.account_id())
            .bind(id)
            .execute(tx.conn())
            .await?;
    }
    Ok(found)
}
