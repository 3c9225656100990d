//! The account's own list: the leads of all its partners in the order of their delivery. The list of one partner is that partner's,
//! narrowed by what only the account can ask.
//!
//! What few leads have is looked up first, by an index that finds it: a text that is looked for, a delivery that has failed, a status or
//! a campaign that is rare by the counts kept beside the leads. The rest is found by walking along the order of delivery.

use std::collections::BTreeMap;

use domain::{
    delivery::DeliveryState,
    ids::{LeadId, PartnerId},
    leads::{AccountLead, AccountLeadPage, AccountLeadQuery, Count, Cursor, DayRange, LeadFilter, LeadMore},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    counts,
    field_values::Whose,
    fields::field_rules_of_account,
    list::{self, Anchor, Side, select},
    matching::{Index, Search, Text, narrowed},
    row::{LEAD, LeadRow, MORE, MoreRow},
    search,
    whose::{of_account, of_all_partners, of_partner},
};
use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    dialect::Dialect,
    sql::{Sql, sql},
};

/// How many leads are looked up at the most; of more, a page is found faster by walking.
const LOOKED_UP: i64 = 10_000;

/// Whom a lead was delivered to, and how far it is: of several channels the one that is behind.
const BESIDE: &str = ", partner_id, (SELECT name FROM partners p WHERE p.id = leads.partner_id) AS partner_name, \
    (SELECT CAST(MIN(CASE state WHEN 'failed' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END) AS BIGINT) FROM deliveries d WHERE d.lead_id = leads.id) \
    AS behind";

#[derive(FromRow)]
struct Beside {
    partner_id: Uuid,
    partner_name: String,
    behind: Option<i64>,
}

impl Beside {
    fn delivery(&self) -> Option<DeliveryState> {
        Some(match self.behind? {
            0 => DeliveryState::Failed,
            1 => DeliveryState::Waiting,
            _ => DeliveryState::Delivered,
        })
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    lead: MoreRow,
    #[sqlx(flatten)]
    beside: Beside,
}

impl Row {
    fn lead(self, scope: &AdminScope) -> Result<AccountLead, StoreError> {
        Ok(AccountLead {
            delivery: self.beside.delivery(),
            partner: (PartnerId(self.beside.partner_id), self.beside.partner_name),
            summary: self.lead.summary_for_account(scope.session().zone())?,
        })
    }
}

/// A list that somebody asks for, and how its leads are found.
struct Asked<'a> {
    scope: &'a AdminScope,
    query: &'a AccountLeadQuery,
    /// The partner whose leads alone are asked for.
    partner: Option<PartnerScope>,
    days: DayRange,
    search: Search,
}

impl<'a> Asked<'a> {
    /// To be walked through. Of a partner that is not the account's there are no leads.
    async fn new(
        read: &mut Reader,
        scope: &'a AdminScope,
        query: &'a AccountLeadQuery,
    ) -> Result<Option<Self>, StoreError> {
        let partner = match query.partner {
            Some(id) => match scope.for_partner(read, id).await? {
                None => return Ok(None),
                found => found,
            },
            None => None,
        };
        let days = query.list.filter.day_range(scope.session().zone().day(read.now()));
        let whose = partner.as_ref().map_or(Whose::Account(scope), Whose::Partner);
        let values = whose.values(read, &query.list.filter).await?;
        Ok(Some(Self { scope, query, partner, days, search: Search { text: Text::walk(&query.list.filter), values } }))
    }

    /// The same, to be found in the quickest way for a page.
    async fn planned(
        read: &mut Reader,
        scope: &'a AdminScope,
        query: &'a AccountLeadQuery,
    ) -> Result<Option<Self>, StoreError> {
        let Some(mut asked) = Self::new(read, scope, query).await? else { return Ok(None) };
        asked.search.text = asked.plan(read).await?;
        Ok(Some(asked))
    }

    /// The scope's own rows.
    fn own(&self, select: Sql) -> Sql {
        match &self.partner {
            Some(partner) => of_partner(select, partner),
            None => of_account(select, self.scope),
        }
    }

    fn filter(&self) -> &'a LeadFilter {
        &self.query.list.filter
    }

    async fn plan(&self, read: &mut Reader) -> Result<Text, StoreError> {
        if let Text::Walk(needle) = &self.search.text {
            if let Some(partner) = &self.partner {
                return search::plan_text(read, partner, self.filter()).await;
            }
            if !Dialect::can_look_up(needle) || search::is_common(read, self.own(sql(search::TEXTS)), needle).await? {
                return Ok(self.search.text.clone());
            }
            let keys = read.dialect().keys_containing_in(Sql::default(), self.scope.account_id(), needle);
            return self.looked_up(read, keys).await;
        }
        if let Some(state) = self.query.delivery {
            let keys =
                sql("SELECT l.lead_key FROM deliveries d JOIN leads l ON l.id = d.lead_id WHERE d.account_id = ")
                    .arg(self.scope.account_id())
                    .push(match state {
                        DeliveryState::Failed => " AND d.state = 'failed'",
                        DeliveryState::Waiting => " AND d.next_attempt_at IS NOT NULL",
                        DeliveryState::Delivered => " AND d.state = 'delivered'",
                    });
            return self.looked_up(read, keys).await;
        }
        let LeadFilter { status, campaign, outcome, returned, .. } = self.filter();
        let narrowed_by = [status.is_some(), campaign.is_some(), outcome.is_some(), returned.is_some()];
        let rare = self.partner.is_none() && narrowed_by.contains(&true);
        if rare && self.counted(read).await? <= u64::try_from(LOOKED_UP).unwrap_or(0) {
            let partners = self.of_counts("SELECT DISTINCT partner_id FROM ").push(" AND leads > 0");
            let partners: Vec<(Uuid,)> = partners.all(read.conn()).await?;
            if partners.is_empty() {
                return Ok(Text::Keys(Vec::new()));
            }
            let of_these = sql("SELECT lead_key FROM leads WHERE partner_id IN ")
                .list(partners.into_iter().map(|(id,)| PartnerId(id)));
            let zone = self.scope.session().zone();
            let all = Search::default();
            let keys = narrowed(read, of_these, zone, Index::Partner, self.filter(), self.days, &all);
            return self.looked_up(read, keys).await;
        }
        Ok(Text::None)
    }

    /// The leads of these keys, unless they are too many. The keys are only ever used beside the scope's own conditions.
    async fn looked_up(&self, read: &mut Reader, keys: Sql) -> Result<Text, StoreError> {
        let keys = keys.push(" LIMIT ").arg(LOOKED_UP + 1).all::<(i64,)>(read.conn()).await?;
        let many = i64::try_from(keys.len()).unwrap_or(i64::MAX) > LOOKED_UP;
        Ok(if many { self.search.text.clone() } else { Text::Keys(keys.into_iter().map(|(key,)| key).collect()) })
    }

    /// The leads it matches.
    fn matching(&self, read: &Reader, select: Sql) -> Sql {
        let index = if self.partner.is_some() { Index::Partner } else { Index::None };
        let own = self.own(select);
        let found = narrowed(read, own, self.scope.session().zone(), index, self.filter(), self.days, &self.search);
        // A text was looked up by the words alone that the index knows.
        let found = match (&self.search.text, Text::walk(self.filter())) {
            (Text::Keys(_), Text::Walk(needle)) => read.dialect().contains(found.push(" AND "), &needle),
            _ => found,
        };
        match self.query.delivery {
            Some(state) => found
                .push(" AND EXISTS (SELECT 1 FROM deliveries d WHERE d.lead_id = leads.id AND d.state = ")
                .arg(state.as_str())
                .push(")"),
            None => found,
        }
    }

    /// The counts that are kept of what it asks, search and delivery aside.
    fn of_counts(&self, select: &'static str) -> Sql {
        let counts = self.own(sql(select).push(counts::table(self.days)));
        let counts = if self.partner.is_some() { counts } else { of_all_partners(counts, self.scope.account_id()) };
        counts::of_filter(counts, self.days, self.filter())
    }

    /// How many leads it matches, search and delivery aside.
    async fn counted(&self, read: &mut Reader) -> Result<u64, StoreError> {
        let counted = self.of_counts("SELECT CAST(SUM(leads) AS BIGINT) FROM ").number(read.conn()).await?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    /// How many leads it matches: exactly where they are counted anyway, else up to [`search::COUNTED`].
    async fn count(&self, read: &mut Reader) -> Result<Count, StoreError> {
        if self.filter().q.is_empty() && self.query.delivery.is_none() && self.search.values.is_empty() {
            return self.counted(read).await.map(Count::Exactly);
        }
        search::capped(read, self.matching(read, sql("SELECT lead_key FROM leads"))).await
    }

    /// Where one of the account's leads stands; nothing for any other id.
    async fn anchor(&self, read: &mut Reader, id: LeadId) -> Result<Option<Anchor>, StoreError> {
        self.own(select(list::ANCHOR)).push(" AND id = ").arg(id).optional(read.conn()).await
    }

    /// So many of its leads, from an anchor on.
    fn page(&self, read: &Reader, select: Sql, anchor: Option<&(Anchor, Side)>, limit: i64) -> Sql {
        list::ordered(self.matching(read, select), self.query.list.sort, anchor, limit)
    }
}

/// One page of the account's leads.
pub async fn list_of_account(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AccountLeadQuery,
) -> Result<AccountLeadPage, StoreError> {
    let nothing = AccountLeadPage { leads: Vec::new(), count: Count::Exactly(0), has_previous: false, has_next: false };
    let Some(asked) = Asked::planned(read, scope, query).await? else { return Ok(nothing) };
    let anchor = match query.list.cursor {
        Some(Cursor::After(id)) => asked.anchor(read, id).await?.map(|anchor| (anchor, Side::After)),
        Some(Cursor::Before(id)) => asked.anchor(read, id).await?.map(|anchor| (anchor, Side::Before)),
        None => None,
    };
    let wanted = query.list.size.rows();
    let limit = i64::try_from(wanted).unwrap_or(100) + 1;
    let rows = asked.page(read, columns(MORE), anchor.as_ref(), limit).all::<Row>(read.conn()).await?;
    let mut leads = rows.into_iter().map(|row| row.lead(scope)).collect::<Result<Vec<_>, _>>()?;
    let (has_previous, has_next) = list::trim(&mut leads, wanted, anchor.as_ref());
    Ok(AccountLeadPage { leads, count: asked.count(read).await?, has_previous, has_next })
}

/// A query for these columns of leads and what is told beside them.
fn columns(columns: &'static str) -> Sql {
    sql("SELECT ").push(columns).push(BESIDE).push(" FROM leads")
}

/// The partner that one of the account's leads was delivered to; nothing for any other id.
pub async fn partner_of(read: &mut Reader, scope: &AdminScope, id: LeadId) -> Result<Option<PartnerId>, StoreError> {
    let found = of_account(select("partner_id"), scope).push(" AND id = ").arg(id).optional::<(Uuid,)>(read.conn());
    Ok(found.await?.map(|(partner,)| PartnerId(partner)))
}

/// A row of the account's export.
#[derive(Debug, Clone)]
pub struct AccountExportRow {
    /// The lead with the price at delivery, its own id and whose it is.
    pub lead: AccountLead,
    /// What lists show only where somebody wants it.
    pub more: LeadMore,
    /// The free-form fields.
    pub fields: Vec<(String, String)>,
}

#[derive(FromRow)]
struct ExportedRow {
    #[sqlx(flatten)]
    lead: LeadRow,
    #[sqlx(flatten)]
    beside: Beside,
}

/// The next rows of an export, in the list's order: those after `after`, or the first ones.
pub async fn export_of_account(
    read: &mut Reader,
    scope: &AdminScope,
    query: &AccountLeadQuery,
    after: Option<LeadId>,
    rows: u32,
) -> Result<Vec<AccountExportRow>, StoreError> {
    // One walk in the list's order, each batch where the last one ended, beats looking up its leads for every batch.
    let Some(asked) = Asked::new(read, scope, query).await? else { return Ok(Vec::new()) };
    let anchor = match after {
        Some(id) => asked.anchor(read, id).await?.map(|anchor| (anchor, Side::After)),
        None => None,
    };
    let found =
        asked.page(read, columns(LEAD), anchor.as_ref(), i64::from(rows)).all::<ExportedRow>(read.conn()).await?;
    let zone = scope.session().zone();
    let rules = field_rules_of_account(read, scope).await?;
    let row = |row: ExportedRow| {
        let (fields, more) = (rules.told(row.lead.fields()?, true), row.lead.lead.more_for_account()?);
        let lead = AccountLead {
            delivery: row.beside.delivery(),
            partner: (PartnerId(row.beside.partner_id), row.beside.partner_name),
            summary: row.lead.lead.summary_for_account(zone)?,
        };
        Ok(AccountExportRow { lead, more, fields })
    };
    found.into_iter().map(row).collect()
}

/// The leads among these that are the account's, by partner, or the first `most` that a list has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRows {
    /// All that the list has, on all its pages.
    Of(AccountLeadQuery),
    /// Those that somebody has selected.
    Selected(Vec<LeadId>),
}

/// These leads by the partners they were delivered to, so many at the most: an id that is not the account's is none of them.
pub async fn by_partner(
    tx: &mut Tx,
    scope: &AdminScope,
    rows: &AccountRows,
    most: usize,
) -> Result<BTreeMap<PartnerId, Vec<LeadId>>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut found: Vec<(Uuid, Uuid)> = Vec::new();
    match rows {
        AccountRows::Of(query) => {
            if let Some(asked) = Asked::planned(tx, scope, query).await? {
                found = asked.page(tx, select("partner_id, id"), None, most).all(tx.conn()).await?;
            }
        }
        AccountRows::Selected(ids) => {
            for ids in ids.chunks(tx.dialect().rows_per_statement(1)) {
                let own = of_account(select("partner_id, id"), scope).push(" AND id IN ").list(ids.iter().copied());
                found.extend(own.all::<(Uuid, Uuid)>(tx.conn()).await?);
            }
        }
    }
    let mut leads = BTreeMap::<_, Vec<_>>::new();
    for (partner, id) in found {
        leads.entry(PartnerId(partner)).or_default().push(LeadId(id));
    }
    Ok(leads)
}
