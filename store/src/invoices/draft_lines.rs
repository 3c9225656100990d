//! The lines of a draft: those that bill leads stand first, numbered from 1 on, and those that were written by hand behind them.

use domain::invoices::{InvoiceLine, MAX_LINES, are_billable};

use super::stored::{Keys, insert_lines, lines_of, sums};
use crate::{
    StoreError, Tx,
    sql::{Conn, Sql, sql},
};

/// `… WHERE` a line's, or what stands behind a line, of one invoice.
pub(super) fn of_invoice(query: Sql, Keys(account, partner, invoice): Keys) -> Sql {
    query
        .push(" WHERE account_id = ")
        .arg(account)
        .push(" AND partner_id = ")
        .arg(partner)
        .push(" AND invoice_id = ")
        .arg(invoice)
}

/// Takes the lines that were written by hand off a draft, to be put behind the others again.
pub(super) async fn take_off_written(tx: &mut Tx, keys: Keys) -> Result<Vec<InvoiceLine>, StoreError> {
    let lines = lines_of(tx.conn(), keys).await?;
    of_invoice(sql("DELETE FROM invoice_lines"), keys).push(" AND leads = 0").execute(tx.conn()).await?;
    Ok(lines.into_iter().filter(|line| line.leads == 0).collect())
}

/// Numbers the lines that bill leads from 1 on, and answers with the next number. Lines written by hand must have been taken off.
pub(super) async fn settle_billed(tx: &mut Tx, keys: Keys) -> Result<i64, StoreError> {
    let positions = of_invoice(sql("SELECT position FROM invoice_lines"), keys).push(" ORDER BY position");
    let mut next = 1;
    for (position,) in positions.all::<(i64,)>(tx.conn()).await? {
        if position != next {
            // A line's number is part of its key, and what stands behind it names it: so a new one, and the old one goes.
            let copy = sql("INSERT INTO invoice_lines (invoice_id, position, account_id, partner_id, description, quantity, unit_price,
                unit_price_parts, tax_rate, leads) SELECT invoice_id, ")
            .arg(next)
            .push(", account_id, partner_id, description, quantity, unit_price, unit_price_parts, tax_rate, leads FROM invoice_lines");
            of_invoice(copy, keys).push(" AND position = ").arg(position).execute(tx.conn()).await?;
            let behind = sql("UPDATE invoice_line_leads SET position = ").arg(next);
            of_invoice(behind, keys).push(" AND position = ").arg(position).execute(tx.conn()).await?;
            let old = sql("DELETE FROM invoice_lines");
            of_invoice(old, keys).push(" AND position = ").arg(position).execute(tx.conn()).await?;
        }
        next += 1;
    }
    Ok(next)
}

/// Puts lines written by hand behind those that bill leads, and the draft's total right. Answers with whether an invoice can have all of
/// them; otherwise nothing is to be kept.
pub(super) async fn put_written(tx: &mut Tx, keys: Keys, written: &[InvoiceLine]) -> Result<bool, StoreError> {
    let first = settle_billed(tx, keys).await?;
    insert_lines(tx, keys, written.iter().zip(first..)).await?;
    let lines = lines_of(tx.conn(), keys).await?;
    if lines.len() > MAX_LINES || !are_billable(&lines) {
        return Ok(false);
    }
    let total = sums(&lines)?.total;
    sql("UPDATE invoices SET total_minor = $1 WHERE account_id = $2 AND id = $3")
        .bind(total)
        .bind(keys.0)
        .bind(keys.2)
        .execute(tx.conn())
        .await?;
    Ok(true)
}

/// Makes what lines say of their leads what stands behind them; a line with nothing behind it goes.
pub(super) async fn recount(tx: &mut Tx, keys: Keys) -> Result<(), StoreError> {
    const BEHIND: &str = "(SELECT COUNT(*) FROM invoice_line_leads b WHERE b.invoice_id = invoice_lines.invoice_id
        AND b.position = invoice_lines.position)";
    let empty = of_invoice(sql("DELETE FROM invoice_lines"), keys).push(" AND leads > 0 AND 0 = ").push(BEHIND);
    empty.execute(tx.conn()).await?;
    let counted = sql("UPDATE invoice_lines SET leads = ").push(BEHIND).push(", quantity = 1000 * ").push(BEHIND);
    of_invoice(counted, keys).push(" AND leads > 0").execute(tx.conn()).await?;
    Ok(())
}

/// How many leads of a draft were returned since they were put on it.
pub(super) async fn returned(conn: Conn<'_>, keys: Keys) -> Result<u64, StoreError> {
    let count = of_invoice(sql("SELECT COUNT(*) FROM invoice_line_leads b"), keys)
        .push(" AND EXISTS (SELECT 1 FROM leads l WHERE l.id = b.lead_id AND l.return_state = 'approved')")
        .number(conn)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}
