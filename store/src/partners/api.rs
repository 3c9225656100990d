//! Partners as the HTTP API reads them.

use chrono::{DateTime, Utc};
use domain::{
    ids::PartnerId,
    partners::{PartnerRecord, PartnerStatus},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::admin::RecordRow;
use crate::{Reader, StoreError, Tx, access::AdminScope, error::parse_stored, sql::sql};

/// A partner as the HTTP API reads it.
#[derive(Debug, Clone)]
pub struct ApiPartner {
    /// Its id.
    pub id: PartnerId,
    /// Whether it takes part.
    pub status: PartnerStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// What is kept of it.
    pub record: PartnerRecord,
}

const API_COLUMNS: &str =
    "SELECT id, status, created_at, name, external_ref, legal_name, vat_id, contact_name, contact_email,
        contact_phone, street, postal_code, city, country, time_zone, payment_terms, tags, internal_notes
    FROM partners";

#[derive(FromRow)]
struct ApiRow {
    id: Uuid,
    status: String,
    created_at: DateTime<Utc>,
    #[sqlx(flatten)]
    record: RecordRow,
}

impl TryFrom<ApiRow> for ApiPartner {
    type Error = StoreError;

    fn try_from(row: ApiRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PartnerId(row.id),
            status: parse_stored(&row.status)?,
            created_at: row.created_at,
            record: row.record.try_into()?,
        })
    }
}

/// The account's partners after one of them, in the order of their ids; of one reference, where it is asked for.
pub async fn list_for_api(
    read: &mut Reader,
    scope: &AdminScope,
    external_ref: Option<&str>,
    after: Option<PartnerId>,
    most: i64,
) -> Result<Vec<ApiPartner>, StoreError> {
    let mut list = sql(API_COLUMNS).push(" WHERE account_id = ").arg(scope.account_id());
    if let Some(reference) = external_ref {
        list = list.push(" AND external_ref = ").arg(reference);
    }
    if let Some(after) = after {
        list = list.push(" AND id > ").arg(after);
    }
    let found = list.push(" ORDER BY id LIMIT ").arg(most).all::<ApiRow>(read.conn()).await?;
    found.into_iter().map(ApiPartner::try_from).collect()
}

/// One of the account's partners; nothing for any other id.
pub async fn get_for_api(
    read: &mut Reader,
    scope: &AdminScope,
    id: PartnerId,
) -> Result<Option<ApiPartner>, StoreError> {
    let found = sql(API_COLUMNS)
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND id = ")
        .arg(id)
        .optional::<ApiRow>(read.conn())
        .await?;
    found.map(ApiPartner::try_from).transpose()
}

/// The partners of an account that go by these ids or references, with whether they are archived.
pub async fn named(
    tx: &mut Tx,
    scope: &AdminScope,
    ids: &[PartnerId],
    references: &[&str],
) -> Result<Vec<(PartnerId, Option<String>, PartnerStatus)>, StoreError> {
    let mut query = sql("SELECT id, external_ref, status FROM partners WHERE account_id = ").arg(scope.account_id());
    query = query.push(" AND (1 = 0");
    for id in ids {
        query = query.push(" OR id = ").arg(*id);
    }
    for reference in references {
        query = query.push(" OR external_ref = ").arg(*reference);
    }
    let found = query.push(")").all::<(Uuid, Option<String>, String)>(tx.conn()).await?;
    found.into_iter().map(|(id, reference, status)| Ok((PartnerId(id), reference, parse_stored(&status)?))).collect()
}
