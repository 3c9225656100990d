//! Whether a partner's users may log in, and what they may do.

use domain::{
    access::Overrides,
    ids::{AccountId, PartnerId},
    partners::PartnerStatus,
};

use crate::{StoreError, Tx, sessions, sql::sql};

/// Changes what a partner may do: its status, whether its users may log in, its departures from the defaults. What
/// shuts its users out also ends their sessions.
///
/// **Bypass:** it takes no scope and is for operators.
pub async fn set_access_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    status: PartnerStatus,
    portal_access: bool,
    overrides: Overrides,
) -> Result<(), StoreError> {
    sql("UPDATE partners SET status = $1, portal_access = $2, allowed_permissions = $3, denied_permissions = $4
        WHERE account_id = $5 AND id = $6")
    .bind(status.as_str())
    .bind(portal_access)
    .bind(overrides.allowed.to_bits())
    .bind(overrides.denied.to_bits())
    .bind(account)
    .bind(partner)
    .execute(tx.conn())
    .await?;
    if portal_access && status == PartnerStatus::Active {
        Ok(())
    } else {
        sessions::end_of_partner(tx, account, partner).await
    }
}
