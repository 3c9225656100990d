//! Partners. What is here is for staff and operators: partners themselves never list partners.

use domain::{
    access::Overrides,
    ids::{AccountId, PartnerId},
    partners::PartnerStatus,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, StoreError, Tx, error::word, sessions, sql::sql};

/// A partner.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name, unique in the account.
    pub name: String,
    /// Whether it takes part.
    pub status: PartnerStatus,
    /// Whether its users may log in.
    pub portal_access: bool,
    /// How its permissions depart from the account's.
    pub overrides: Overrides,
}

/// A partner as an operator names it on the command line.
#[derive(Debug, Clone)]
pub struct NamedPartner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Whether it takes part.
    pub status: PartnerStatus,
}

#[derive(FromRow)]
struct NamedRow {
    id: Uuid,
    name: String,
    status: String,
}

/// The partner of this name in an account; case does not matter.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_name(db: &Db, account: AccountId, name: &str) -> Result<Option<NamedPartner>, StoreError> {
    let mut reader = db.reader().await?;
    let row =
        sql("SELECT id, name, status FROM partners WHERE account_id = $1 AND (name = $2 OR lower(name) = lower($2))
        ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END, number LIMIT 1")
        .bind(account)
        .bind(name)
        .optional::<NamedRow>(reader.conn())
        .await?;
    row.map(|row| Ok(NamedPartner { id: PartnerId(row.id), name: row.name, status: word(&row.status)? })).transpose()
}

/// Stores a new partner.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner of that name.
pub async fn create(tx: &mut Tx, partner: &Partner) -> Result<(), StoreError> {
    let now = tx.db().now();
    sql("INSERT INTO partners (id, account_id, name, status, portal_access, allowed_permissions, denied_permissions,
            created_at) VALUES ")
    .rows([[
        partner.id.into(),
        partner.account_id.into(),
        partner.name.as_str().into(),
        partner.status.as_str().into(),
        partner.portal_access.into(),
        partner.overrides.allowed.to_bits().into(),
        partner.overrides.denied.to_bits().into(),
        now.into(),
    ]])
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Changes what a partner may do: its status, whether its users may log in, its departures from the defaults. What
/// shuts its users out also ends their sessions.
///
/// # Errors
/// When the database does not answer.
pub async fn set_access(
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
        sessions::end_all(tx, account, Some(partner), None).await
    }
}
