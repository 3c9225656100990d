//! Leads as the HTTP API reads them: in the order in which they came in, page after page.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::Permission,
    ids::{LeadId, PartnerId, uuid_v7},
    leads::{FieldRules, LeadOutcome, LeadStatus},
    money::Price,
    returns::ReturnState,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    fields::field_rules,
    key_range,
    row::{self, LeadRow},
    whose::of_partner,
};
use crate::{
    Reader, StoreError,
    access::{AdminScope, PartnerScope},
    dialect::Dialect,
    error::parse_stored,
    sql::{Sql, sql},
};

/// A lead with everything that was delivered.
#[derive(Clone)]
pub struct ApiLead {
    /// Its id.
    pub id: LeadId,
    /// Whom it was delivered to.
    pub partner: PartnerId,
    /// The CRM's own id.
    pub external_id: String,
    /// The person's name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub campaign: String,
    /// Free-form fields in their order.
    pub fields: Vec<(String, String)>,
    /// The price at delivery.
    pub price: Option<Price>,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
    /// What the partner made of it.
    pub status: LeadStatus,
    /// What became of it, with what it was sold for.
    pub outcome: Option<LeadOutcome>,
    /// Where its return stands, if there is one.
    pub returned: Option<ReturnState>,
}

/// It is personal data: it is never printed.
impl std::fmt::Debug for ApiLead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiLead").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    lead: LeadRow,
    partner_id: Uuid,
}

impl TryFrom<Row> for ApiLead {
    type Error = StoreError;

    fn try_from(Row { lead, partner_id }: Row) -> Result<Self, StoreError> {
        let (fields, lead) = (lead.fields()?, lead.lead);
        let more = lead.more_for_account()?;
        Ok(Self {
            price: more.price,
            outcome: more.outcome,
            returned: more.returned,
            fields,
            id: LeadId(lead.summary.id),
            partner: PartnerId(partner_id),
            external_id: lead.external_id,
            name: lead.summary.name,
            email: lead.summary.email,
            phone: lead.summary.phone,
            campaign: lead.summary.campaign,
            delivered_at: lead.summary.delivered_at,
            status: parse_stored(&lead.summary.status)?,
        })
    }
}

fn rows(scope: &AdminScope) -> Sql {
    sql("SELECT partner_id, ").push(row::LEAD).push(" FROM leads WHERE account_id = ").arg(scope.account_id())
}

/// One of the account's leads; nothing for any other id.
pub async fn get_for_api(read: &mut Reader, scope: &AdminScope, id: LeadId) -> Result<Option<ApiLead>, StoreError> {
    let row = rows(scope).push(" AND id = ").arg(id).optional::<Row>(read.conn()).await?;
    row.map(ApiLead::try_from).transpose()
}

/// One of the partner's leads, by the portal's own id or the CRM's; nothing for any other.
pub async fn get_of_partner_for_api(
    read: &mut Reader,
    scope: &PartnerScope,
    id: &str,
) -> Result<Option<ApiLead>, StoreError> {
    let own = of_partner(sql("SELECT partner_id, ").push(row::LEAD).push(" FROM leads"), scope);
    let own = match id.strip_prefix("ref:") {
        Some(external_id) => own.push(" AND external_id = ").arg(external_id),
        None => match id.parse::<Uuid>() {
            Ok(id) => own.push(" AND id = ").arg(id),
            Err(_) => return Ok(None),
        },
    };
    let rules = field_rules(read, scope).await?;
    let row = own.optional::<Row>(read.conn()).await?;
    row.map(|row| of_client(row, scope, &rules)).transpose()
}

/// The partner's leads after one of them, in the order in which they came in: whoever goes on after the last one misses none.
pub async fn list_of_partner_for_api(
    read: &mut Reader,
    scope: &PartnerScope,
    after: Option<LeadId>,
    most: i64,
) -> Result<Vec<ApiLead>, StoreError> {
    let (mut first, last) = scope.lead_keys();
    if let Some(after) = after {
        let anchor = of_partner(sql("SELECT lead_key FROM leads"), scope).push(" AND id = ").arg(after);
        first = anchor.optional::<(i64,)>(read.conn()).await?.map_or(first, |(key,)| key + 1);
    }
    let rows = of_partner(sql("SELECT partner_id, ").push(row::LEAD).push(" FROM leads"), scope)
        .push(" AND lead_key >= ")
        .arg(first)
        .push(" AND lead_key <= ")
        .arg(last)
        .push(" ORDER BY lead_key LIMIT ")
        .arg(most)
        .all::<Row>(read.conn())
        .await?;
    let rules = field_rules(read, scope).await?;
    rows.into_iter().map(|row| of_client(row, scope, &rules)).collect()
}

/// A lead as the partner's client gets it: with the price at delivery if it may see that, without the fields that are hidden.
fn of_client(row: Row, scope: &PartnerScope, rules: &FieldRules) -> Result<ApiLead, StoreError> {
    let lead = ApiLead::try_from(row)?;
    let may = scope.session().permissions().has(Permission::ViewLeadPrice);
    Ok(ApiLead { price: lead.price.filter(|_| may), fields: rules.open(lead.fields), ..lead })
}

/// The account's leads, or those of one of its partners, after one of them, oldest first. Whoever goes on after the last one misses
/// none, however late it is committed: of all partners' leads those come last that are a second old and have no writer before them.
pub async fn list_for_api(
    read: &mut Reader,
    scope: &AdminScope,
    partner: Option<PartnerId>,
    after: Option<LeadId>,
    most: i64,
) -> Result<Vec<ApiLead>, StoreError> {
    let mut list = rows(scope);
    list = match partner {
        // By the key, which keeps one partner's leads together and in order.
        Some(partner) => {
            let number = sql("SELECT number FROM partners WHERE account_id = $1 AND id = $2")
                .bind(scope.account_id())
                .bind(partner)
                .optional::<(i64,)>(read.conn())
                .await?;
            let Some((number,)) = number else { return Ok(Vec::new()) };
            let (mut first, last) = key_range(number);
            if let Some(after) = after {
                let anchor = sql("SELECT lead_key FROM leads WHERE account_id = $1 AND partner_id = $2 AND id = $3")
                    .bind(scope.account_id())
                    .bind(partner)
                    .bind(after)
                    .optional::<(i64,)>(read.conn())
                    .await?;
                first = anchor.map_or(first, |(key,)| key + 1);
            }
            list.push(" AND partner_id = ")
                .arg(partner)
                .push(" AND lead_key >= ")
                .arg(first)
                .push(" AND lead_key <= ")
                .arg(last)
                .push(" ORDER BY lead_key")
        }
        // Ids begin with the time at which they were made.
        None => {
            if let Some(settled) = settled_before(read).await? {
                list = list.push(" AND id < ").arg(uuid_v7(settled, [0; 10]));
            }
            if let Some(after) = after {
                list = list.push(" AND id > ").arg(after);
            }
            list.push(" ORDER BY id")
        }
    };
    let found = list.push(" LIMIT ").arg(most).all::<Row>(read.conn()).await?;
    found.into_iter().map(ApiLead::try_from).collect()
}

/// How far the clocks of the machines that the portal runs on may be apart.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(1);

/// The time up to which every lead of the account is there: none that is still being written can get an id from before it. None
/// where the engine has one writer at a time, whose ids are in order.
///
/// A writer makes its ids after its first change, by which PostgreSQL gives its transaction a number. So whoever has none yet makes
/// them later than now, and whoever has one, later than its transaction began. It is asked before the leads are read.
async fn settled_before(read: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    match read.dialect() {
        Dialect::Sqlite => Ok(None),
        Dialect::Postgres => {
            let (began,) = sql("SELECT LEAST(MIN(xact_start), clock_timestamp()) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_xid IS NOT NULL")
            .one::<(DateTime<Utc>,)>(read.conn())
            .await?;
            Ok(Some(began - CLOCK_SKEW))
        }
    }
}
