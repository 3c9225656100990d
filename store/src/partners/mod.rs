//! Partners. Partners themselves never list partners: but for a partner's own contact data, this is for operators.

mod access;
mod admin;
mod api;
mod imports;
mod list;

pub use access::set_access_unscoped;
pub(crate) use admin::refresh_search;
pub use admin::{access, change, create, id_of_name, id_of_reference, lock_access, record, set_access};
pub use api::{ApiPartner, get_for_api, list_for_api, named};
pub use imports::{delete_import, delete_old_imports, import, keep_import, read_import_as, taken};
pub use list::{choices, list};

use chrono::TimeDelta;
use domain::{
    access::Overrides,
    ids::{AccountId, PartnerId},
    partners::{Contact, PartnerStatus},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{PartnerScope, PartnerSession},
    error::parse_stored,
    sql::{insert, sql, update},
};

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
pub async fn find_by_name(
    read: &mut Reader,
    account: AccountId,
    name: &str,
) -> Result<Option<NamedPartner>, StoreError> {
    let row =
        sql("SELECT id, name, status FROM partners WHERE account_id = $1 AND (name = $2 OR lower(name) = lower($2))
        ORDER BY CASE WHEN name = $2 THEN 0 ELSE 1 END, number LIMIT 1")
        .bind(account)
        .bind(name)
        .optional::<NamedRow>(read.conn())
        .await?;
    row.map(|row| Ok(NamedPartner { id: PartnerId(row.id), name: row.name, status: parse_stored(&row.status)? }))
        .transpose()
}

/// Stores a new partner.
///
/// **Bypass:** it takes no scope and is for operators.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner of that name.
pub async fn create_unscoped(tx: &mut Tx, partner: &Partner) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [
        ("id", partner.id.into()),
        ("account_id", partner.account_id.into()),
        ("name", partner.name.as_str().into()),
        ("status", partner.status.as_str().into()),
        ("portal_access", partner.portal_access.into()),
        ("allowed_permissions", partner.overrides.allowed.to_bits().into()),
        ("denied_permissions", partner.overrides.denied.to_bits().into()),
        ("search_text", domain::search::fold(&partner.name).into()),
        ("folded_version", domain::search::VERSION.into()),
        ("created_at", now.into()),
    ];
    insert("partners", row).execute(tx.conn()).await?;
    Ok(())
}

#[derive(FromRow)]
struct ContactRow {
    name: String,
    legal_name: String,
    contact_name: String,
    contact_email: String,
    contact_phone: String,
    street: String,
    postal_code: String,
    city: String,
    country: String,
}

/// The contact data of the reader's own partner, which all its users may read. Without a legal name, its name in the
/// account stands for it.
pub async fn contact(read: &mut Reader, session: &PartnerSession) -> Result<Contact, StoreError> {
    let row =
        sql("SELECT name, legal_name, contact_name, contact_email, contact_phone, street, postal_code, city, country
        FROM partners WHERE account_id = $1 AND id = $2")
        .bind(session.account_id())
        .bind(session.partner_id())
        .one::<ContactRow>(read.conn())
        .await?;
    Ok(Contact {
        company: if row.legal_name.is_empty() { row.name } else { row.legal_name },
        contact_name: row.contact_name,
        email: row.contact_email,
        phone: row.contact_phone,
        street: row.street,
        postal_code: row.postal_code,
        city: row.city,
        country: row.country,
    })
}

/// Locks the scope's partner until the transaction ends: what is read of it then stays as it is.
pub async fn lock(tx: &mut Tx, scope: &PartnerScope) -> Result<(), StoreError> {
    sql("UPDATE partners SET status = status WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that the account is told by mail of what the partner asks for, unless it was told less than so long ago. Says which.
pub async fn note_told_of_returns(tx: &mut Tx, scope: &PartnerScope, every: TimeDelta) -> Result<bool, StoreError> {
    let now = tx.now();
    let told = sql("UPDATE partners SET returns_told_at = $1 WHERE account_id = $2 AND id = $3
        AND (returns_told_at IS NULL OR returns_told_at <= $4)")
    .bind(now)
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(now - every);
    Ok(told.execute(tx.conn()).await? > 0)
}

/// Changes the partner's own contact data.
pub async fn set_contact(tx: &mut Tx, scope: &PartnerScope, contact: &Contact) -> Result<(), StoreError> {
    set_contact_unscoped(tx, scope.account_id(), scope.partner_id(), contact).await
}

/// Changes a partner's contact data. **Bypass:** it takes no scope and is for operators.
pub async fn set_contact_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    contact: &Contact,
) -> Result<(), StoreError> {
    let columns = [
        ("legal_name", contact.company.as_str().into()),
        ("contact_name", contact.contact_name.as_str().into()),
        ("contact_email", contact.email.as_str().into()),
        ("contact_phone", contact.phone.as_str().into()),
        ("street", contact.street.as_str().into()),
        ("postal_code", contact.postal_code.as_str().into()),
        ("city", contact.city.as_str().into()),
        ("country", contact.country.as_str().into()),
    ];
    update("partners", columns)
        .push(" WHERE account_id = ")
        .arg(account)
        .push(" AND id = ")
        .arg(partner)
        .execute(tx.conn())
        .await?;
    admin::refresh_search(tx, account, partner).await
}
