//! Partners. Partners themselves never list partners: but for a partner's own contact data, this is for operators.

mod imports;
mod machine;
mod staff;

pub use imports::{delete_import, delete_old_imports, import, keep_import, taken};
pub use machine::{MachinePartner, machine_get, machine_list, named};
pub use staff::{
    access_by_staff, change_by_staff, choices, create_by_staff, id_of_name, id_of_reference, list, lock_access, record,
    set_access_by_staff,
};

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
    error::word,
    sessions,
    sql::sql,
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
    row.map(|row| Ok(NamedPartner { id: PartnerId(row.id), name: row.name, status: word(&row.status)? })).transpose()
}

/// Stores a new partner.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner of that name.
pub async fn create(tx: &mut Tx, partner: &Partner) -> Result<(), StoreError> {
    let now = tx.now();
    sql("INSERT INTO partners (id, account_id, name, status, portal_access, allowed_permissions, denied_permissions,
            search_text, created_at) VALUES ")
    .rows([[
        partner.id.into(),
        partner.account_id.into(),
        partner.name.as_str().into(),
        partner.status.as_str().into(),
        partner.portal_access.into(),
        partner.overrides.allowed.to_bits().into(),
        partner.overrides.denied.to_bits().into(),
        domain::search::fold(&partner.name).into(),
        now.into(),
    ]])
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Changes what a partner may do: its status, whether its users may log in, its departures from the defaults. What
/// shuts its users out also ends their sessions.
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

/// Changes the partner's own contact data.
pub async fn set_contact(tx: &mut Tx, scope: &PartnerScope, contact: &Contact) -> Result<(), StoreError> {
    set_contact_by_operator(tx, scope.account_id(), scope.partner_id(), contact).await
}

/// Changes a partner's contact data. **Bypass:** it takes no scope and is for operators.
pub async fn set_contact_by_operator(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    contact: &Contact,
) -> Result<(), StoreError> {
    sql("UPDATE partners SET legal_name = $1, contact_name = $2, contact_email = $3, contact_phone = $4, street = $5,
            postal_code = $6, city = $7, country = $8 WHERE account_id = $9 AND id = $10")
    .bind(contact.company.as_str())
    .bind(contact.contact_name.as_str())
    .bind(contact.email.as_str())
    .bind(contact.phone.as_str())
    .bind(contact.street.as_str())
    .bind(contact.postal_code.as_str())
    .bind(contact.city.as_str())
    .bind(contact.country.as_str())
    .bind(account)
    .bind(partner)
    .execute(tx.conn())
    .await?;
    staff::refresh_search(tx, account, partner).await
}
