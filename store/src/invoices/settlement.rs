//! Invoices as admins note what became of them: paid, or withdrawn.

use chrono::NaiveDate;
use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{InvoiceStatus, Payment},
};

use super::{
    status::{Found, lock},
    stored::{Keys, insert_payment},
};
use crate::{StoreError, Tx, access::AdminScope, sql::sql};

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

/// Undoes the last payment of a paid invoice: it is open again. One over nothing was never paid, and stays settled.
pub async fn undo_payment(tx: &mut Tx, scope: &AdminScope, id: InvoiceId) -> Result<Found<PartnerId>, StoreError> {
    let found = lock(tx, scope, id, InvoiceStatus::Paid).await?;
    if let Found::Done(_) = found {
        let payments = sql("SELECT COUNT(*) FROM invoice_payments WHERE account_id = $1 AND invoice_id = $2")
            .bind(scope.account_id())
            .bind(id)
            .number(tx.conn())
            .await?;
        if payments == 0 {
            return Ok(Found::OtherStatus);
        }
    }
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
