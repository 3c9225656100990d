//! The days of partners whose leads have changed since they were last summed up.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::ids::{AccountId, PartnerId};
use uuid::Uuid;

use crate::{
    Db, Reader, StoreError, Tx,
    db::LeadDay,
    sql::{Column, sql},
};

/// Writes notes that days have changed, for as long as nobody has summed them up anew.
///
/// Noting it again changes the row on purpose: its lock keeps whoever sums up at that moment from taking away a note whose change it could
/// not see. Each note has a number of its own, also one that is made where another has just been taken away.
pub(crate) async fn note_pending(tx: &mut Tx, days: BTreeSet<LeadDay>) -> Result<(), StoreError> {
    if days.is_empty() {
        return Ok(());
    }
    // The random half of it.
    let number = i64::from_be_bytes(*tx.new_id()?.as_bytes().last_chunk().unwrap_or(&[0; 8]));
    let now = tx.now().timestamp();
    let row = |(account, day, partner): LeadDay| -> [Column; 8] {
        let (month, next) = super::months::month_of(day);
        [
            ("account_id", account.into()),
            ("day", day.into()),
            ("partner_id", partner.into()),
            ("month_on", month.into()),
            ("next_month_on", next.into()),
            ("changes", number.into()),
            ("noted_at", now.into()),
            ("first_noted_at", now.into()),
        ]
    };
    let again = " ON CONFLICT (account_id, day, partner_id) DO UPDATE SET changes = excluded.changes, noted_at = excluded.noted_at";
    tx.insert_all("lead_rollup_pending", days.into_iter().map(row).collect(), again).await
}

/// The accounts that have something to sum up.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn pending_unscoped(read: &mut Reader) -> Result<Vec<AccountId>, StoreError> {
    let accounts = sql("SELECT id FROM accounts a
        WHERE EXISTS (SELECT 1 FROM lead_rollup_pending p WHERE p.account_id = a.id) ORDER BY id");
    Ok(accounts.all::<(Uuid,)>(read.conn()).await?.into_iter().map(|(id,)| AccountId(id)).collect())
}

/// The accounts that have got another clock since their leads were last summed up.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn rezoned_unscoped(read: &mut Reader) -> Result<Vec<AccountId>, StoreError> {
    let accounts = sql("SELECT id FROM accounts WHERE counted_zone <> time_zone ORDER BY id");
    Ok(accounts.all::<(Uuid,)>(read.conn()).await?.into_iter().map(|(id,)| AccountId(id)).collect())
}

/// Notes all days of an account that has got another clock: hours are told by it. Until it is done, reports by hour wait.
///
/// Each partner's days are noted in a transaction of their own. It can be stopped at any time, and begins again then.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn recount_unscoped(db: &Db, account: AccountId) -> Result<(), StoreError> {
    let mut read = db.reader().await?;
    let zone = sql("SELECT time_zone FROM accounts WHERE id = ").arg(account);
    let (time_zone,) = zone.one::<(String,)>(read.conn()).await?;
    let partners = sql("SELECT id FROM partners WHERE account_id = ").arg(account);
    let partners = partners.all::<(Uuid,)>(read.conn()).await?;
    drop(read);
    for (partner,) in partners {
        let mut tx = db.begin_write().await?;
        let days = sql("SELECT DISTINCT day FROM lead_day_counts WHERE account_id = ").arg(account);
        let days = days.push(" AND partner_id = ").arg(partner).all::<(NaiveDate,)>(tx.conn()).await?;
        tx.lead_days.extend(days.into_iter().map(|(day,)| (account, day, PartnerId(partner))));
        tx.commit().await?;
    }
    let mut tx = db.begin_write().await?;
    sql("UPDATE accounts SET counted_zone = $1 WHERE id = $2 AND time_zone = $1")
        .bind(time_zone)
        .bind(account)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
