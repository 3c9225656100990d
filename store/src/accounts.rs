//! Accounts: the tenants.

use domain::{
    access::Permissions,
    color::Color,
    ids::AccountId,
    logo::LogoHash,
    money::Currency,
    settings::{AccountBasics, AccountForm, AccountSettings, InvoicingForm, WelcomeForm},
    zone::Zone,
};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    audit,
    error::parse_stored,
    leads, sessions,
    sql::{insert, sql, update},
};

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
            zone: parse_stored(&row.time_zone)?,
            currency: parse_stored(&row.currency)?,
            support_contact: row.support_contact,
        })
    }
}

/// The account with this slug; without one, the only account there is, synthetic ones aside. Several accounts and no slug: none.
pub async fn find(read: &mut Reader, slug: Option<&str>) -> Result<Option<Account>, StoreError> {
    let rows = sql("SELECT id, slug, name, portal_enabled, default_permissions, time_zone, currency, support_contact
        FROM accounts WHERE ($1 IS NULL AND NOT is_synthetic) OR slug = $1 ORDER BY id LIMIT 2")
    .bind(slug)
    .all::<AccountRow>(read.conn())
    .await?;
    match <[AccountRow; 1]>::try_from(rows) {
        Ok([row]) => row.try_into().map(Some),
        Err(_) => Ok(None),
    }
}

/// An account's short name where several share the installation; none where it is the only one. **Bypass:** it says no more of
/// other accounts than that there are some.
pub async fn shared_slug(read: &mut Reader, account: AccountId) -> Result<Option<String>, StoreError> {
    let found = sql("SELECT slug FROM accounts WHERE id = $1 AND (is_synthetic
        OR EXISTS (SELECT 1 FROM accounts other WHERE other.id <> $1 AND NOT other.is_synthetic))");
    Ok(read.beyond_wall::<(String,)>(found.bind(account)).await?.map(|(slug,)| slug))
}

/// Stores a new account.
///
/// # Errors
/// [`StoreError::Conflict`] when the slug is taken.
pub async fn create(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [
        ("id", account.id.into()),
        ("slug", account.slug.as_str().into()),
        ("name", account.name.as_str().into()),
        ("portal_enabled", account.portal_enabled.into()),
        ("default_permissions", account.default_permissions.to_bits().into()),
        ("time_zone", account.zone.name().into()),
        ("counted_zone", account.zone.name().into()),
        ("currency", account.currency.code().into()),
        ("support_contact", account.support_contact.as_str().into()),
        ("created_at", now.into()),
    ];
    insert("accounts", row).execute(tx.conn()).await?;
    leads::begin_lists(tx, account.id).await?;
    audit::begin_chain(tx, account.id).await
}

/// Switches an account's portal on or off. Off ends its users' sessions.
pub async fn set_portal_enabled(tx: &mut Tx, account: AccountId, enabled: bool) -> Result<(), StoreError> {
    sql("UPDATE accounts SET portal_enabled = $1 WHERE id = $2").bind(enabled).bind(account).execute(tx.conn()).await?;
    if enabled { Ok(()) } else { sessions::end_of_partners(tx, account).await }
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
pub async fn set_invoicing(tx: &mut Tx, account: AccountId, invoicing: &Invoicing) -> Result<(), StoreError> {
    let columns = [
        ("legal_name", invoicing.legal_name.as_str().into()),
        ("postal_address", invoicing.address.join("\n").into()),
        ("vat_id", invoicing.vat_id.as_str().into()),
        ("payment_details", invoicing.payment_details.join("\n").into()),
        ("accent", invoicing.accent.as_str().into()),
    ];
    update("accounts", columns).push(" WHERE id = ").arg(account).execute(tx.conn()).await?;
    Ok(())
}

/// How many accounts there are, synthetic ones aside; more than two count as two.
pub async fn count(read: &mut Reader) -> Result<usize, StoreError> {
    let rows = sql("SELECT id FROM accounts WHERE NOT is_synthetic LIMIT 2").all::<(Uuid,)>(read.conn()).await?;
    Ok(rows.len())
}

/// Every account but synthetic ones: its id, slug, and for how many months it keeps its audit log. For the portal's own housekeeping.
pub async fn retentions(read: &mut Reader) -> Result<Vec<(AccountId, String, Option<u16>)>, StoreError> {
    let rows = sql("SELECT id, slug, audit_retention FROM accounts WHERE NOT is_synthetic ORDER BY slug")
        .all::<(Uuid, String, Option<i64>)>(read.conn())
        .await?;
    let months = |months: Option<i64>| months.and_then(|months| u16::try_from(months).ok());
    Ok(rows.into_iter().map(|(id, slug, kept)| (AccountId(id), slug, months(kept))).collect())
}

/// What the pages and mails of an account look like: its name, its colour and its logo.
#[derive(Debug, Clone)]
pub struct Branding {
    /// The account's name.
    pub name: String,
    /// Its accent colour.
    pub accent: Color,
    /// Its logo.
    pub logo: Option<LogoHash>,
}

/// A stored hash of a logo in the form in which it is known outside.
pub(crate) fn logo_hash(bytes: Option<Vec<u8>>) -> Option<LogoHash> {
    bytes.map(|bytes| LogoHash(domain::hex::write(&bytes)))
}

/// Puts a logo, or none, in place of the one before. That one is kept for the invoices it stands on.
pub async fn set_logo(tx: &mut Tx, scope: &AdminScope, png: Option<&[u8]>) -> Result<(), StoreError> {
    let hash = png.map(|png| Sha256::digest(png).to_vec());
    if let (Some(png), Some(hash)) = (png, &hash) {
        let now = tx.now();
        let row = [
            ("account_id", scope.account_id().into()),
            ("hash", hash.clone().into()),
            ("content", png.into()),
            ("created_at", now.into()),
        ];
        insert("account_logos", row).push(" ON CONFLICT (account_id, hash) DO NOTHING").execute(tx.conn()).await?;
    }
    sql("UPDATE accounts SET logo = $1 WHERE id = $2").bind(hash).bind(scope.account_id()).execute(tx.conn()).await?;
    Ok(())
}

/// A logo of an account, by its hash. **Bypass:** it is for drawing it on an invoice of that account.
pub async fn logo_of(read: &mut Reader, account: AccountId, hash: &LogoHash) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(hash) = bytes_of(hash) else { return Ok(None) };
    let found = sql("SELECT content FROM account_logos WHERE account_id = $1 AND hash = $2")
        .bind(account)
        .bind(hash)
        .optional::<(Vec<u8>,)>(read.conn())
        .await?;
    Ok(found.map(|(content,)| content))
}

fn bytes_of(hash: &LogoHash) -> Option<Vec<u8>> {
    let pairs = hash.0.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// A logo of the account of this slug, by its hash. Anybody may see it: it stands on the login page.
pub async fn logo(read: &mut Reader, slug: &str, hash: &LogoHash) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(hash) = bytes_of(hash) else { return Ok(None) };
    let found = sql("SELECT l.content FROM account_logos l JOIN accounts a ON a.id = l.account_id WHERE a.slug = $1 AND l.hash = $2")
        .bind(slug)
        .bind(hash)
        .optional::<(Vec<u8>,)>(read.conn())
        .await?;
    Ok(found.map(|(content,)| content))
}

/// The look of the account of this slug. Anybody may know it: the login page shows it.
pub async fn branding(read: &mut Reader, slug: &str) -> Result<Option<Branding>, StoreError> {
    let row = sql("SELECT name, accent, logo FROM accounts WHERE slug = $1")
        .bind(slug)
        .optional::<(String, String, Option<Vec<u8>>)>(read.conn())
        .await?;
    row.map(|(name, accent, logo)| Ok(Branding { name, accent: parse_stored(&accent)?, logo: logo_hash(logo) }))
        .transpose()
}

/// The look of an account, for the mails it sends. **Bypass:** whoever writes one may have no scope, as the workers.
pub async fn mail_branding(read: &mut Reader, account: AccountId) -> Result<Branding, StoreError> {
    let (name, accent, logo) = sql("SELECT name, accent, logo FROM accounts WHERE id = $1")
        .bind(account)
        .one::<(String, String, Option<Vec<u8>>)>(read.conn())
        .await?;
    Ok(Branding { name, accent: parse_stored(&accent)?, logo: logo_hash(logo) })
}

#[derive(FromRow)]
struct SettingsRow {
    name: String,
    slug: String,
    support_contact: String,
    time_zone: String,
    currency: String,
    accent: String,
    portal_enabled: bool,
    default_permissions: i64,
    legal_name: String,
    postal_address: String,
    vat_id: String,
    payment_details: String,
    payment_terms: i64,
    welcome_subject: String,
    welcome_text: String,
    audit_retention: Option<i64>,
    audit_head_mails: bool,
    logo: Option<Vec<u8>>,
}

/// Locks the account until the transaction ends: what is read of it then stays as it is.
pub async fn lock(tx: &mut Tx, scope: &AdminScope) -> Result<(), StoreError> {
    lock_unscoped(tx, scope.account_id()).await
}

/// The same for the portal's own upkeep. **Bypass:** it takes no scope.
pub(crate) async fn lock_unscoped(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    sql("UPDATE accounts SET slug = slug WHERE id = $1").bind(account).execute(tx.conn()).await?;
    Ok(())
}

/// All of the account's settings.
pub async fn settings(read: &mut Reader, scope: &AdminScope) -> Result<AccountSettings, StoreError> {
    let row =
        sql("SELECT name, slug, support_contact, time_zone, currency, accent, portal_enabled, default_permissions,
            legal_name, postal_address, vat_id, payment_details, payment_terms, welcome_subject, welcome_text,
            audit_retention, audit_head_mails, logo
        FROM accounts WHERE id = $1")
        .bind(scope.account_id())
        .one::<SettingsRow>(read.conn())
        .await?;
    Ok(AccountSettings {
        account: AccountForm {
            name: row.name,
            slug: row.slug,
            support_contact: row.support_contact,
            time_zone: row.time_zone,
            currency: row.currency,
        },
        accent: row.accent,
        portal_enabled: row.portal_enabled,
        default_permissions: Permissions::from_bits(row.default_permissions),
        invoicing: InvoicingForm {
            legal_name: row.legal_name,
            address: row.postal_address,
            vat_id: row.vat_id,
            payment_details: row.payment_details,
            payment_terms: row.payment_terms.to_string(),
        },
        welcome: WelcomeForm { subject: row.welcome_subject, text: row.welcome_text },
        audit_retention: row.audit_retention.and_then(|months| u16::try_from(months).ok()),
        audit_head_mails: row.audit_head_mails,
        logo: logo_hash(row.logo),
    })
}

/// Changes name, slug, times and currency.
///
/// # Errors
/// [`StoreError::Conflict`] when another account has that slug.
pub async fn set_basics(tx: &mut Tx, scope: &AdminScope, basics: &AccountBasics) -> Result<(), StoreError> {
    let columns = [
        ("name", basics.name.as_str().into()),
        ("slug", basics.slug.as_str().into()),
        ("support_contact", basics.support_contact.as_str().into()),
        ("time_zone", basics.zone.name().into()),
        ("currency", basics.currency.code().into()),
    ];
    update("accounts", columns).push(" WHERE id = ").arg(scope.account_id()).execute(tx.conn()).await?;
    Ok(())
}

/// Changes the colour of buttons, links and of the invoices issued from now on.
pub async fn set_accent(tx: &mut Tx, scope: &AdminScope, accent: Color) -> Result<(), StoreError> {
    sql("UPDATE accounts SET accent = $1 WHERE id = $2")
        .bind(accent.to_string())
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Switches the scope's account's portal on or off. Off ends its partners' sessions.
pub async fn switch_portal(tx: &mut Tx, scope: &AdminScope, enabled: bool) -> Result<(), StoreError> {
    set_portal_enabled(tx, scope.account_id(), enabled).await
}

/// Changes what partners may do unless overridden.
pub async fn set_default_permissions(tx: &mut Tx, scope: &AdminScope, to: Permissions) -> Result<(), StoreError> {
    sql("UPDATE accounts SET default_permissions = $1 WHERE id = $2")
        .bind(to.to_bits())
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Changes what stands on the invoices issued from now on, and how long partners have to pay them.
pub async fn set_invoicing_form(
    tx: &mut Tx,
    scope: &AdminScope,
    form: &InvoicingForm,
    payment_terms: u16,
) -> Result<(), StoreError> {
    let columns = [
        ("legal_name", form.legal_name.as_str().into()),
        ("postal_address", form.address.as_str().into()),
        ("vat_id", form.vat_id.as_str().into()),
        ("payment_details", form.payment_details.as_str().into()),
        ("payment_terms", i64::from(payment_terms).into()),
    ];
    update("accounts", columns).push(" WHERE id = ").arg(scope.account_id()).execute(tx.conn()).await?;
    Ok(())
}

/// Changes the mail that invites a partner's users.
pub async fn set_welcome(tx: &mut Tx, scope: &AdminScope, form: &WelcomeForm) -> Result<(), StoreError> {
    sql("UPDATE accounts SET welcome_subject = $1, welcome_text = $2 WHERE id = $3")
        .bind(form.subject.as_str())
        .bind(form.text.as_str())
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Changes for how many months the audit log is kept, none for ever, and whether its head is mailed to the owners every day.
pub async fn set_audit_log(
    tx: &mut Tx,
    scope: &AdminScope,
    months: Option<u16>,
    head_mails: bool,
) -> Result<(), StoreError> {
    sql("UPDATE accounts SET audit_retention = $1, audit_head_mails = $2 WHERE id = $3")
        .bind(months.map(i64::from))
        .bind(head_mails)
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}
