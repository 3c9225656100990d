//! Invoices as admins list and read them.

use chrono::NaiveDate;
use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{
        AdminInvoice, AdminInvoicePage, AdminInvoiceQuery, AdminInvoiceRow, AdminInvoiceStatus, DraftView,
        InvoiceState, InvoiceStatus,
    },
    money::{Currency, Money},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    billing::billed_lines,
    drafts::{RETURNED, draft_row},
    partner::get,
    status::today,
    stored::{Keys, lines_of, open, sums},
};
use crate::{
    Reader, StoreError,
    access::AdminScope,
    error::parse_stored,
    sql::{Sql, sql},
};

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
    let after = match query.after {
        Some(id) => day_of(read, scope, id).await?.map(|day| (day, id)),
        None => None,
    };
    let mut found = rows_after(read, scope, query, after, AdminInvoiceQuery::ROWS + 1).await?;
    let has_next = found.len() > AdminInvoiceQuery::ROWS;
    found.truncate(AdminInvoiceQuery::ROWS);
    let count = matching(read, scope, sql("SELECT COUNT(*) FROM invoices i"), query).number(read.conn()).await?;
    Ok(AdminInvoicePage { invoices: found, count: u64::try_from(count).unwrap_or(0), has_next })
}

/// The next rows of an export of the list: those after this one, which may have gone meanwhile, or the first ones.
pub async fn export_batch_for_admins(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AdminInvoiceQuery,
    after: Option<(NaiveDate, InvoiceId)>,
    rows: usize,
) -> Result<Vec<AdminInvoiceRow>, StoreError> {
    rows_after(read, scope, query, after, rows).await
}

async fn day_of(read: &mut Reader, scope: &AdminScope, id: InvoiceId) -> Result<Option<NaiveDate>, StoreError> {
    let row = sql("SELECT issued_on FROM invoices WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .optional::<(NaiveDate,)>(read.conn())
        .await?;
    Ok(row.map(|(day,)| day))
}

async fn rows_after(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AdminInvoiceQuery,
    after: Option<(NaiveDate, InvoiceId)>,
    rows: usize,
) -> Result<Vec<AdminInvoiceRow>, StoreError> {
    let select =
        sql("SELECT i.id, i.partner_id, p.name AS partner_name, i.number, i.status, i.currency, i.issued_on, i.due_on,
            i.total_minor, i.paid_minor
        FROM invoices i JOIN partners p ON p.id = i.partner_id");
    let mut list = matching(read, scope, select, query);
    if let Some((day, id)) = after {
        list = list.push(" AND (i.issued_on, i.id) < (").arg(day).push(", ").arg(id).push(")");
    }
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    let found =
        list.push(" ORDER BY i.issued_on DESC, i.id DESC LIMIT ").arg(limit).all::<ListRow>(read.conn()).await?;
    let today = today(read, scope);
    let row = |row: ListRow| {
        let currency: Currency = parse_stored(&row.currency)?;
        let state = InvoiceState::on(parse_stored(&row.status)?, row.due_on, today);
        let still_open = match state {
            Some(InvoiceState::Pending | InvoiceState::Overdue) => open(row.total_minor, row.paid_minor)?,
            Some(InvoiceState::Paid | InvoiceState::Void) | None => 0,
        };
        Ok(AdminInvoiceRow {
            id: InvoiceId(row.id),
            partner: (PartnerId(row.partner_id), row.partner_name),
            number: row.number,
            issued_on: row.issued_on,
            due_on: row.due_on,
            total: Money { minor: row.total_minor, currency },
            open: Money { minor: still_open, currency },
            state,
        })
    };
    found.into_iter().map(row).collect()
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
        let invoice = get(read, &partner_scope, id).await?;
        return Ok(invoice
            .map(|invoice| AdminInvoice::Issued { invoice: Box::new(invoice), partner: (partner, row.partner_name) }));
    }
    let keys = Keys(scope.account_id(), partner, id);
    let lines = lines_of(read.conn(), keys).await?;
    let billed = billed_lines(read.conn(), keys, &row.currency).await?;
    let returned = billed.iter().any(|line| line.returned > 0).then_some(RETURNED);
    let today = today(read, scope);
    let currency = parse_stored(&row.currency)?;
    let draft = row.draft(lines);
    Ok(Some(AdminInvoice::Draft(Box::new(DraftView {
        id,
        partner: (partner, row.partner_name.clone()),
        currency,
        billed,
        form: draft.form(),
        totals: sums(&draft.lines)?,
        due_if_issued: row.due(&draft, today),
        missing: draft.missing(today).or(returned).map(ToOwned::to_owned),
    }))))
}
