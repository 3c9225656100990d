//! Accounts: the tenants.

use domain::{access::Permissions, ids::AccountId, money::Currency, zone::Zone};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, StoreError, Tx, error::word, sessions, sql::sql};

/// An account, as far as the portal has to know it before anybody is logged in.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its short name in URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Whether its partners may log in at all.
    pub portal_enabled: bool,
    /// What its partners may do unless overridden.
    pub default_permissions: Permissions,
    /// Where its days begin.
    pub zone: Zone,
    /// What its prices are in.
    pub currency: Currency,
    /// Whom its partners can ask: a sentence, an address or a phone number.
    pub support_contact: String,
}

#[derive(FromRow)]
struct AccountRow {
    id: Uuid,
    slug: String,
    name: String,
    portal_enabled: bool,
    default_permissions: i64,
    time_zone: String,
    currency: String,
    support_contact: String,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AccountId(row.id),
            slug: row.slug,
            name: row.name,
            portal_enabled: row.portal_enabled,
            default_permissions: Permissions::from_bits(row.default_permissions),
            zone: word(&row.time_zone)?,
            currency: word(&row.currency)?,
            support_contact: row.support_contact,
        })
    }
}

/// The account with this slug; without one, the only account there is. Several accounts and no slug: none.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &Db, slug: Option<&str>) -> Result<Option<Account>, StoreError> {
    let mut reader = db.reader().await?;
    let rows = sql("SELECT id, slug, name, portal_enabled, default_permissions, time_zone, currency, support_contact
        FROM accounts WHERE $1 IS NULL OR slug = $1 ORDER BY id LIMIT 2")
    .bind(slug)
    .all::<AccountRow>(reader.conn())
    .await?;
    match <[AccountRow; 1]>::try_from(rows) {
        Ok([row]) => row.try_into().map(Some),
        Err(_) => Ok(None),
    }
}

/// Stores a new account.
///
/// # Errors
/// [`StoreError::Conflict`] when the slug is taken.
pub async fn create(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let now = tx.db().now();
    sql("INSERT INTO accounts (id, slug, name, portal_enabled, default_permissions, time_zone, currency,
            support_contact, created_at) VALUES ")
    .rows([[
        account.id.into(),
        account.slug.as_str().into(),
        account.name.as_str().into(),
        account.portal_enabled.into(),
        account.default_permissions.to_bits().into(),
        account.zone.name().into(),
        account.currency.code().into(),
        account.support_contact.as_str().into(),
        now.into(),
    ]])
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Switches an account's portal on or off. Off ends its users' sessions.
///
/// # Errors
/// When the database does not answer.
pub async fn set_portal_enabled(tx: &mut Tx, account: AccountId, enabled: bool) -> Result<(), StoreError> {
    sql("UPDATE accounts SET portal_enabled = $1 WHERE id = $2").bind(enabled).bind(account).execute(tx.conn()).await?;
    if enabled { Ok(()) } else { sessions::end_all(tx, account, None, None).await }
}

/// What an account puts on its invoices.
#[derive(Debug, Clone, Default)]
pub struct Invoicing {
    /// The legal name; empty for the account's name.
    pub legal_name: String,
    /// The postal address, a line each.
    pub address: Vec<String>,
    /// The VAT identification number; may be empty.
    pub vat_id: String,
    /// How to pay, a line each.
    pub payment_details: Vec<String>,
    /// The accent colour, as `#rrggbb`.
    pub accent: String,
}

/// Changes what an account puts on the invoices it issues from now on.
///
/// # Errors
/// When the database does not answer.
pub async fn set_invoicing(tx: &mut Tx, account: AccountId, invoicing: &Invoicing) -> Result<(), StoreError> {
    sql("UPDATE accounts SET legal_name = $1, postal_address = $2, vat_id = $3, payment_details = $4, accent = $5 WHERE id = $6")
        .bind(invoicing.legal_name.as_str())
        .bind(invoicing.address.join("\n"))
        .bind(invoicing.vat_id.as_str())
        .bind(invoicing.payment_details.join("\n"))
        .bind(invoicing.accent.as_str())
        .bind(account)
        .execute(tx.conn())
        .await?;
    Ok(())
}
