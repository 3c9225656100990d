//! An invoice that is only changed while it has a certain status.

use chrono::NaiveDate;
use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::InvoiceStatus,
};
use uuid::Uuid;

use crate::{Reader, StoreError, Tx, access::AdminScope, error::parse_stored, sql::sql};

pub(super) fn today(read: &Reader, scope: &AdminScope) -> NaiveDate {
    scope.session().zone().day(read.now())
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
pub(super) async fn lock(
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
