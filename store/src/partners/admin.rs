//! Partners as admins keep them.

use domain::{
    access::Overrides,
    countries,
    ids::{AccountId, PartnerId},
    partners::{Contact, PartnerAccess, PartnerRecord, PartnerStatus},
    search,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    error::parse_stored,
    sql::{Column, Sql, insert, sql, update},
};

/// What a partner is searched by.
fn document(record: &PartnerRecord) -> String {
    let contact = &record.contact;
    let tags = record.tags.join(" ");
    let reference = record.external_ref.clone().unwrap_or_default();
    search::document(
        &[&record.name, &contact.company, &contact.contact_name, &contact.email, &contact.city, &reference, &tags],
        &contact.phone,
        countries::calling_code(&contact.country),
    )
}

fn columns(record: &PartnerRecord) -> [Column; 16] {
    let contact = &record.contact;
    [
        ("name", record.name.as_str().into()),
        ("external_ref", record.external_ref.clone().into()),
        ("legal_name", contact.company.as_str().into()),
        ("vat_id", record.vat_id.as_str().into()),
        ("contact_name", contact.contact_name.as_str().into()),
        ("contact_email", contact.email.as_str().into()),
        ("contact_phone", contact.phone.as_str().into()),
        ("street", contact.street.as_str().into()),
        ("postal_code", contact.postal_code.as_str().into()),
        ("city", contact.city.as_str().into()),
        ("country", contact.country.as_str().into()),
        ("time_zone", record.time_zone.as_str().into()),
        ("payment_terms", record.payment_terms.map(i64::from).into()),
        ("tags", serde_json::json!(record.tags).to_string().into()),
        ("internal_notes", record.internal_notes.as_str().into()),
        ("search_text", document(record).into()),
    ]
}

/// Stores a new partner, active, with access, inheriting the account's permissions.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner of that name or reference.
pub async fn create(tx: &mut Tx, scope: &AdminScope, record: &PartnerRecord) -> Result<PartnerId, StoreError> {
    let (id, now) = (PartnerId(tx.new_id()?), tx.now());
    let new = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("status", PartnerStatus::Active.as_str().into()),
        ("portal_access", true.into()),
        ("allowed_permissions", 0_i64.into()),
        ("denied_permissions", 0_i64.into()),
        ("folded_version", search::VERSION.into()),
        ("created_at", now.into()),
    ];
    insert("partners", new.into_iter().chain(columns(record))).execute(tx.conn()).await?;
    Ok(id)
}

/// Changes what is kept of a partner. Answers nothing for any other id.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has another partner of that name or reference.
pub async fn change(
    tx: &mut Tx,
    scope: &AdminScope,
    id: PartnerId,
    record: &PartnerRecord,
) -> Result<Option<()>, StoreError> {
    let changed = update("partners", columns(record))
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND id = ")
        .arg(id)
        .execute(tx.conn())
        .await?;
    Ok((changed == 1).then_some(()))
}

#[derive(FromRow)]
pub(super) struct RecordRow {
    name: String,
    external_ref: Option<String>,
    legal_name: String,
    vat_id: String,
    contact_name: String,
    contact_email: String,
    contact_phone: String,
    street: String,
    postal_code: String,
    city: String,
    country: String,
    time_zone: String,
    payment_terms: Option<i64>,
    tags: String,
    internal_notes: String,
}

const RECORD: &str =
    "SELECT name, external_ref, legal_name, vat_id, contact_name, contact_email, contact_phone, street,
        postal_code, city, country, time_zone, payment_terms, tags, internal_notes
    FROM partners";

impl TryFrom<RecordRow> for PartnerRecord {
    type Error = StoreError;

    fn try_from(row: RecordRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name,
            external_ref: row.external_ref,
            contact: Contact {
                company: row.legal_name,
                contact_name: row.contact_name,
                email: row.contact_email,
                phone: row.contact_phone,
                street: row.street,
                postal_code: row.postal_code,
                city: row.city,
                country: row.country,
            },
            vat_id: row.vat_id,
            time_zone: row.time_zone,
            payment_terms: row.payment_terms.and_then(|days| u16::try_from(days).ok()),
            tags: serde_json::from_str(&row.tags).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            internal_notes: row.internal_notes,
        })
    }
}

/// What is kept of a partner; nothing for any other id.
pub async fn record(read: &mut Reader, scope: &AdminScope, id: PartnerId) -> Result<Option<PartnerRecord>, StoreError> {
    let row = sql(RECORD)
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND id = ")
        .arg(id)
        .optional::<RecordRow>(read.conn())
        .await?;
    row.map(PartnerRecord::try_from).transpose()
}

#[derive(FromRow)]
struct AccessRow {
    portal_enabled: bool,
    status: String,
    portal_access: bool,
    default_permissions: i64,
    allowed_permissions: i64,
    denied_permissions: i64,
}

fn access_of(scope: &AdminScope, id: PartnerId) -> Sql {
    sql("SELECT a.portal_enabled, p.status, p.portal_access, a.default_permissions, p.allowed_permissions,
            p.denied_permissions
        FROM partners p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1 AND p.id = $2")
    .bind(scope.account_id())
    .bind(id)
}

fn partner_access(row: &AccessRow) -> Result<PartnerAccess, StoreError> {
    use domain::access::Permissions;
    Ok(PartnerAccess {
        portal_enabled: row.portal_enabled,
        status: parse_stored(&row.status)?,
        portal_access: row.portal_access,
        defaults: Permissions::from_bits(row.default_permissions),
        overrides: Overrides {
            allowed: Permissions::from_bits(row.allowed_permissions),
            denied: Permissions::from_bits(row.denied_permissions),
        },
    })
}

/// A partner's switches; nothing for any other id.
pub async fn access(read: &mut Reader, scope: &AdminScope, id: PartnerId) -> Result<Option<PartnerAccess>, StoreError> {
    let row = access_of(scope, id).optional::<AccessRow>(read.conn()).await?;
    row.as_ref().map(partner_access).transpose()
}

/// The same within a transaction, the partner's row locked until its end.
pub async fn lock_access(tx: &mut Tx, scope: &AdminScope, id: PartnerId) -> Result<Option<PartnerAccess>, StoreError> {
    sql("UPDATE partners SET status = status WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    let row = access_of(scope, id).optional::<AccessRow>(tx.conn()).await?;
    row.as_ref().map(partner_access).transpose()
}

/// Changes a partner's switches, ending its users' sessions where it shuts them out.
pub async fn set_access(
    tx: &mut Tx,
    scope: &AdminScope,
    id: PartnerId,
    status: PartnerStatus,
    portal_access: bool,
    overrides: Overrides,
) -> Result<(), StoreError> {
    super::access::set_access_unscoped(tx, scope.account_id(), id, status, portal_access, overrides).await
}

/// The partner of exactly this name, if the account has one.
pub async fn id_of_name(read: &mut Reader, scope: &AdminScope, name: &str) -> Result<Option<PartnerId>, StoreError> {
    let found = sql("SELECT id FROM partners WHERE account_id = $1 AND name = $2")
        .bind(scope.account_id())
        .bind(name)
        .optional::<(Uuid,)>(read.conn())
        .await?;
    Ok(found.map(|(id,)| PartnerId(id)))
}

/// The partner of this reference, if the account has one.
pub async fn id_of_reference(
    read: &mut Reader,
    scope: &AdminScope,
    reference: &str,
) -> Result<Option<PartnerId>, StoreError> {
    let found = sql("SELECT id FROM partners WHERE account_id = $1 AND external_ref = $2")
        .bind(scope.account_id())
        .bind(reference)
        .optional::<(Uuid,)>(read.conn())
        .await?;
    Ok(found.map(|(id,)| PartnerId(id)))
}

/// Writes a partner's searchable text anew, after something it is made of was changed elsewhere.
pub(crate) async fn refresh_search(tx: &mut Tx, account: AccountId, id: PartnerId) -> Result<(), StoreError> {
    let row = sql(RECORD)
        .push(" WHERE account_id = ")
        .arg(account)
        .push(" AND id = ")
        .arg(id)
        .optional::<RecordRow>(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(()) };
    sql("UPDATE partners SET search_text = $1 WHERE account_id = $2 AND id = $3")
        .bind(document(&row.try_into()?))
        .bind(account)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}
