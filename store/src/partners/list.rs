//! The list of partners, with the figures of each.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::PartnerId,
    money::Money,
    partners::{PartnerListQuery, PartnerPage, PartnerRow, PartnerSort},
    search,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError,
    access::AdminScope,
    error::parse_stored,
    sql::{Conn, Sql, sql},
};

/// Every partner of the account by name, to choose from; the archived ones left out.
pub async fn choices(read: &mut Reader, scope: &AdminScope) -> Result<Vec<(PartnerId, String)>, StoreError> {
    let rows =
        sql("SELECT id, name FROM partners WHERE account_id = $1 AND status <> 'archived' ORDER BY lower(name), id")
            .bind(scope.account_id())
            .all::<(Uuid, String)>(read.conn())
            .await?;
    Ok(rows.into_iter().map(|(id, name)| (PartnerId(id), name)).collect())
}

#[derive(FromRow)]
struct ListRow {
    id: Uuid,
    name: String,
    external_ref: Option<String>,
    status: String,
    portal_access: bool,
    users: i64,
    last_login_at: Option<DateTime<Utc>>,
}

fn matching(read: &Reader, scope: &AdminScope, select: Sql, query: &PartnerListQuery) -> Sql {
    let mut list = select.push(" WHERE p.account_id = ").arg(scope.account_id());
    list = match query.status {
        Some(status) => list.push(" AND p.status = ").arg(status.as_str()),
        None => list.push(" AND p.status <> 'archived'"),
    };
    let needle = search::Needle::new(&query.q);
    if needle.is_empty() { list } else { read.dialect().contains(list.push(" AND "), &needle) }
}

/// A page of the account's partners, with the figures of each.
pub async fn list(read: &mut Reader, scope: &AdminScope, query: &PartnerListQuery) -> Result<PartnerPage, StoreError> {
    let count = matching(read, scope, sql("SELECT COUNT(*) FROM partners p"), query).number(read.conn()).await?;
    let select = sql("SELECT p.id, p.name, p.external_ref, p.status, p.portal_access,
            (SELECT COUNT(*) FROM users u WHERE u.partner_id = p.id) AS users,
            (SELECT MAX(u.last_login_at) FROM users u WHERE u.partner_id = p.id) AS last_login_at
        FROM partners p");
    let rows = matching(read, scope, select, query)
        .push(match query.sort {
            PartnerSort::Name => " ORDER BY lower(p.name), p.id",
            PartnerSort::Newest => " ORDER BY p.created_at DESC, p.id DESC",
            PartnerSort::LastLogin => " ORDER BY last_login_at DESC NULLS LAST, lower(p.name), p.id",
        })
        .push(" LIMIT ")
        .arg(i64::from(PartnerListQuery::ROWS))
        .push(" OFFSET ")
        .arg(i64::from(query.page.saturating_sub(1)) * i64::from(PartnerListQuery::ROWS))
        .all::<ListRow>(read.conn())
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let leads = leads_this_month(read, scope, &ids).await?;
    let mut unpaid = unpaid(read.conn(), scope, &ids).await?;
    let zone = scope.session().zone();
    let row = |row: ListRow| {
        Ok(PartnerRow {
            id: PartnerId(row.id),
            name: row.name,
            external_ref: row.external_ref.unwrap_or_default(),
            status: parse_stored(&row.status)?,
            portal_access: row.portal_access,
            users: u64::try_from(row.users).unwrap_or(0),
            last_login: row.last_login_at.map(|at| zone.local(at)),
            leads_this_month: leads.get(&row.id).copied().unwrap_or(0),
            unpaid: unpaid.remove(&row.id).unwrap_or_default(),
        })
    };
    let partners = rows.into_iter().map(row).collect::<Result<_, StoreError>>()?;
    Ok(PartnerPage { partners, count: u64::try_from(count).unwrap_or(0) })
}

fn among(query: Sql, ids: &[Uuid]) -> Sql {
    query.push(" AND partner_id IN ").list(ids.iter().copied())
}

async fn leads_this_month(
    read: &mut Reader,
    scope: &AdminScope,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, u64>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let today = scope.session().zone().day(read.now());
    let days = domain::dashboard::ReportDays { today };
    let query = sql("SELECT partner_id, CAST(SUM(leads) AS BIGINT) FROM lead_day_counts WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND day >= ")
        .arg(days.this_month().0);
    let rows = among(query, ids).push(" GROUP BY partner_id").all::<(Uuid, i64)>(read.conn()).await?;
    Ok(rows.into_iter().map(|(id, leads)| (id, u64::try_from(leads).unwrap_or(0))).collect())
}

async fn unpaid(conn: Conn<'_>, scope: &AdminScope, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Money>>, StoreError> {
    let mut found = HashMap::<Uuid, Vec<Money>>::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let query = sql("SELECT partner_id, currency, CAST(SUM(total_minor - paid_minor) AS BIGINT) FROM invoices
        WHERE status = 'issued' AND account_id = ")
    .arg(scope.account_id());
    let rows = among(query, ids)
        .push(" GROUP BY partner_id, currency ORDER BY partner_id, currency")
        .all::<(Uuid, String, i64)>(conn)
        .await?;
    for (id, currency, minor) in rows {
        found.entry(id).or_default().push(Money { minor, currency: parse_stored(&currency)? });
    }
    Ok(found)
}
