//! Leads on drafts: a line for each campaign and price, with the leads that it bills behind it.
//!
//! A lead is billed once: drafts of a partner are filled one after the other, under the partner's row lock, and take only what is on no
//! invoice that is not void.

use std::num::TryFromIntError;

use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{
        BilledLine, Billing, InvoiceLine, InvoiceStatus, LeadBilling, MAX_LINES, Quantity, TaxRate, are_billable,
    },
};
use sqlx::FromRow;

use super::{
    draft_lines::{of_invoice, put_written, recount, settle_billed, take_off_written},
    drafts::draft_row,
    status::{Found, lock},
    stored::{Keys, insert_lines, lines_of},
};
use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    error::stored_price,
    partners,
    sql::{Conn, Sql, sql},
};

/// Why leads cannot be put on a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotBilled {
    /// There are none to be billed.
    None,
    /// They would be more lines than an invoice has.
    TooManyLines,
    /// They would come to more than an invoice can.
    TooLarge,
}

/// `SELECT …` of the partner's leads that were asked for, each with its `state`: a field of [`Billing`].
fn asked(select: Sql, scope: &AdminScope, Keys(account, partner, invoice): Keys, which: &LeadBilling) -> Sql {
    let zone = scope.session().zone();
    let leads = select
        .push(
            " FROM (SELECT l.id, l.campaign, l.price_minor, l.price_parts, CASE
            WHEN EXISTS (SELECT 1 FROM invoice_line_leads b WHERE b.lead_id = l.id AND b.invoice_id = ",
        )
        .arg(invoice)
        .push(
            ") THEN 'here'
            WHEN EXISTS (SELECT 1 FROM invoice_line_leads b JOIN invoices i ON i.id = b.invoice_id
                WHERE b.lead_id = l.id AND i.status <> 'void') THEN 'elsewhere'
            WHEN l.return_state = 'approved' THEN 'returned'
            WHEN l.return_state = 'requested' THEN 'undecided'
            WHEN l.status = 'rejected' AND l.return_state = '' AND ",
        )
        .arg(!which.rejected)
        .push(
            " THEN 'rejected'
            WHEN l.price_minor IS NULL THEN 'unpriced'
            WHEN l.price_currency <> (SELECT i.currency FROM invoices i WHERE i.id = ",
        )
        .arg(invoice)
        .push(") THEN 'foreign' ELSE 'open' END AS state FROM leads l WHERE l.account_id = ")
        .arg(account)
        .push(" AND l.partner_id = ")
        .arg(partner)
        .push(" AND l.delivered_at < ")
        .arg(zone.day_end(which.to));
    let leads = match which.from {
        Some(from) => leads.push(" AND l.delivered_at >= ").arg(zone.day_start(from)),
        None => leads,
    };
    let leads = match &which.campaign {
        Some(campaign) => leads.push(" AND l.campaign = ").arg(campaign.as_str()),
        None => leads,
    };
    leads.push(") AS asked")
}

/// What has become of the leads that were asked for. None for what is no draft of the account.
pub async fn billing(
    read: &mut Reader,
    scope: &AdminScope,
    id: InvoiceId,
    which: &LeadBilling,
) -> Result<Option<Billing>, StoreError> {
    let Some(row) = draft_row(read.conn(), scope, id).await? else { return Ok(None) };
    let keys = Keys(scope.account_id(), PartnerId(row.partner_id), id);
    let counts = asked(sql("SELECT state, COUNT(*)"), scope, keys, which)
        .push(" GROUP BY state")
        .all::<(String, i64)>(read.conn())
        .await?;
    let mut billing = Billing::default();
    for (state, count) in counts {
        let place = match state.as_str() {
            "here" => &mut billing.here,
            "elsewhere" => &mut billing.elsewhere,
            "returned" => &mut billing.returned,
            "undecided" => &mut billing.undecided,
            "rejected" => &mut billing.rejected,
            "unpriced" => &mut billing.unpriced,
            "foreign" => &mut billing.foreign,
            _ => &mut billing.open,
        };
        *place = u64::try_from(count).unwrap_or(0);
    }
    Ok(Some(billing))
}

#[derive(FromRow)]
struct GroupRow {
    campaign: String,
    price_minor: i64,
    price_parts: i64,
    leads: i64,
}

/// Puts the leads that are asked for and to be billed on a draft: a line for each campaign and price. Answers with whose they are and
/// how many.
pub async fn bill_leads(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    which: &LeadBilling,
) -> Result<Found<Result<(PartnerId, u64), NotBilled>>, StoreError> {
    let (partner, keys) = match lock_draft(tx, scope, id).await? {
        Found::Done(locked) => locked,
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    };
    let Some(row) = draft_row(tx.conn(), scope, id).await? else { return Ok(Found::Nothing) };
    let groups = asked(sql("SELECT campaign, price_minor, price_parts, COUNT(*) AS leads"), scope, keys, which)
        .push(" WHERE state = 'open' GROUP BY campaign, price_minor, price_parts ORDER BY campaign, price_minor DESC, price_parts DESC")
        .all::<GroupRow>(tx.conn())
        .await?;
    let too_large = |_: TryFromIntError| StoreError::Corrupt("more leads than an invoice can have".to_owned());
    let line = |group: &GroupRow| {
        let leads = u32::try_from(group.leads).map_err(too_large)?;
        let unit_price = stored_price(group.price_minor, group.price_parts, &row.currency)?;
        let (description, quantity) = (which.description(&group.campaign), Quantity::pieces(group.leads));
        Ok::<_, StoreError>(InvoiceLine { description, quantity, unit_price, tax_rate: which.tax_rate, leads })
    };
    let new = groups.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let stored = lines_of(tx.conn(), keys).await?;
    let all: Vec<_> = stored.iter().chain(&new).cloned().collect();
    let refused = if new.is_empty() {
        Some(NotBilled::None)
    } else if all.len() > MAX_LINES {
        Some(NotBilled::TooManyLines)
    } else {
        (!are_billable(&all)).then_some(NotBilled::TooLarge)
    };
    if let Some(refused) = refused {
        return Ok(Found::Done(Err(refused)));
    }
    let written = take_off_written(tx, keys).await?;
    let first = settle_billed(tx, keys).await?;
    for ((group, line), position) in groups.into_iter().zip(&new).zip(first..) {
        insert_lines(tx, keys, [line].into_iter().zip(position..)).await?;
        let columns = " (invoice_id, position, lead_id, account_id, partner_id) SELECT ";
        let mut behind = sql("INSERT INTO invoice_line_leads").push(columns).arg(id).push(", ").arg(position);
        behind = behind.push(", id, ").arg(keys.0).push(", ").arg(partner);
        behind = asked(behind, scope, keys, which).push(" WHERE state = 'open' AND campaign = ");
        behind = behind.arg(group.campaign).push(" AND price_minor = ").arg(group.price_minor);
        behind.push(" AND price_parts = ").arg(group.price_parts).execute(tx.conn()).await?;
    }
    recount(tx, keys).await?;
    // With leads that came in meanwhile it may be more than was looked at.
    if !put_written(tx, keys, &written).await? {
        return Ok(Found::Done(Err(NotBilled::TooLarge)));
    }
    Ok(Found::Done(Ok((partner, new.iter().map(|line| u64::from(line.leads)).sum()))))
}

/// A draft's lock, and its partner's: whoever else fills a draft of this partner waits.
async fn lock_draft(tx: &mut Tx, scope: &AdminScope, id: InvoiceId) -> Result<Found<(PartnerId, Keys)>, StoreError> {
    let partner = match lock(tx, scope, id, InvoiceStatus::Draft).await? {
        Found::Done(partner) => partner,
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    };
    let Some(its) = scope.for_partner(tx, partner).await? else { return Ok(Found::Nothing) };
    partners::lock(tx, &its).await?;
    Ok(Found::Done((partner, Keys(scope.account_id(), partner, id))))
}

/// What of the leads on a draft is taken off it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenOff {
    /// Those behind the line at this position, as long as it says this about so many leads: positions change.
    Line(u32, String, u32),
    /// Those that were returned since they were put there.
    Returned,
}

/// Takes leads off a draft: they are to be billed again, unless they were returned. Answers with whose they are and how many.
pub async fn take_leads_off(
    tx: &mut Tx,
    scope: &AdminScope,
    id: InvoiceId,
    which: TakenOff,
) -> Result<Found<(PartnerId, u64)>, StoreError> {
    let (partner, keys) = match lock_draft(tx, scope, id).await? {
        Found::Done(locked) => locked,
        Found::OtherStatus => return Ok(Found::OtherStatus),
        Found::Nothing => return Ok(Found::Nothing),
    };
    if let TakenOff::Line(position, description, leads) = &which {
        let line = of_invoice(sql("SELECT description, leads FROM invoice_lines"), keys);
        let line = line.push(" AND leads > 0 AND position = ").arg(i64::from(*position));
        let line = line.optional::<(String, i64)>(tx.conn()).await?;
        if line != Some((description.clone(), i64::from(*leads))) {
            return Ok(Found::OtherStatus);
        }
    }
    let behind = of_invoice(sql("DELETE FROM invoice_line_leads"), keys);
    let behind = match which {
        TakenOff::Line(position, ..) => behind.push(" AND position = ").arg(i64::from(position)),
        TakenOff::Returned => behind
            .push(" AND lead_id IN (SELECT l.id FROM leads l WHERE l.return_state = 'approved' AND l.partner_id = ")
            .arg(partner)
            .push(")"),
    };
    let taken = behind.execute(tx.conn()).await?;
    recount(tx, keys).await?;
    let written = take_off_written(tx, keys).await?;
    put_written(tx, keys, &written).await?;
    Ok(Found::Done((partner, taken)))
}

#[derive(FromRow)]
struct BilledRow {
    position: i64,
    description: String,
    unit_price: i64,
    unit_price_parts: i64,
    tax_rate: i64,
    leads: i64,
    returned: i64,
}

/// The lines of a draft that bill leads, in their order.
pub(super) async fn billed_lines(conn: Conn<'_>, keys: Keys, currency: &str) -> Result<Vec<BilledLine>, StoreError> {
    let select = sql("SELECT position, description, unit_price, unit_price_parts, tax_rate, leads, (SELECT COUNT(*)
        FROM invoice_line_leads b JOIN leads l ON l.id = b.lead_id WHERE b.invoice_id = invoice_lines.invoice_id
        AND b.position = invoice_lines.position AND l.return_state = 'approved') AS returned FROM invoice_lines");
    let rows = of_invoice(select, keys).push(" AND leads > 0 ORDER BY position").all::<BilledRow>(conn).await?;
    let line = |row: BilledRow| {
        let unit_price = stored_price(row.unit_price, row.unit_price_parts, currency)?;
        let (leads, tax_rate) = (u32::try_from(row.leads).unwrap_or(0), TaxRate(row.tax_rate));
        let line = InvoiceLine {
            description: row.description,
            quantity: Quantity::pieces(row.leads),
            unit_price,
            tax_rate,
            leads,
        };
        let net = line.net().map_err(|_| StoreError::Corrupt("an invoice's line does not fit".to_owned()))?;
        Ok(BilledLine {
            position: u32::try_from(row.position).unwrap_or(0),
            description: line.description,
            leads,
            unit_price,
            tax_rate,
            net,
            returned: u32::try_from(row.returned).unwrap_or(0),
        })
    };
    rows.into_iter().map(line).collect()
}
