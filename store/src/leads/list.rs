//! The list: the SQL behind `/partner/leads`, its count, and the export of the same rows.

use chrono::{DateTime, Utc};
use domain::{
    ids::LeadId,
    leads::{
        Count, Cursor, FieldRules, LeadColumn, LeadColumns, LeadFilter, LeadListQuery, LeadMore, LeadPage, LeadSort,
        LeadSummary,
    },
};
use serde::de::IgnoredAny;
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    counts,
    field_values::Whose,
    fields::field_rules,
    matching::{Search, Text, day_range, matching},
    row::{self, LeadRow, MoreRow, SummaryRow},
    search,
    whose::of_partner,
};
use crate::{
    Reader, StoreError,
    access::PartnerScope,
    sql::{Sql, sql},
};

/// The columns of an [`Anchor`].
pub(super) const ANCHOR: &str = "lead_key, delivered_at, sort_name";

/// Where a lead stands in every order.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Anchor {
    lead_key: i64,
    delivered_at: DateTime<Utc>,
    sort_name: String,
}

/// Which side of an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    After,
    Before,
}

/// One page of a partner's leads, with the columns that the scope's user has chosen.
pub async fn list(read: &mut Reader, scope: &PartnerScope, query: &LeadListQuery) -> Result<LeadPage, StoreError> {
    list_with(read, scope, query, scope.session().lead_columns()).await
}

/// The same with these columns.
pub async fn list_with(
    read: &mut Reader,
    scope: &PartnerScope,
    query: &LeadListQuery,
    columns: LeadColumns,
) -> Result<LeadPage, StoreError> {
    let search = search::plan(read, scope, &query.filter).await?;
    let anchor = match query.cursor {
        Some(Cursor::After(id)) => anchor(read, scope, id).await?.map(|anchor| (anchor, Side::After)),
        Some(Cursor::Before(id)) => anchor(read, scope, id).await?.map(|anchor| (anchor, Side::Before)),
        None => None,
    };
    let wanted = query.size.rows();
    let limit = i64::try_from(wanted).unwrap_or(100) + 1;
    let more = [LeadColumn::Price, LeadColumn::ExternalId, LeadColumn::Outcome, LeadColumn::Return];
    let wants_more = more.iter().any(|column| columns.has(*column));
    let of = select(if wants_more { row::MORE } else { row::SUMMARY });
    let found = page(read, scope, of, &query.filter, &search, query.sort, anchor.as_ref(), limit);
    let mut rows: Vec<LeadSummary> = if wants_more {
        let rows = found.all::<MoreRow>(read.conn()).await?;
        rows.into_iter().map(|row| row.summary(scope)).collect::<Result<_, _>>()?
    } else {
        let (rows, zone) = (found.all::<SummaryRow>(read.conn()).await?, scope.session().zone());
        rows.into_iter().map(|row| row.summary(zone)).collect::<Result<_, _>>()?
    };
    let (has_previous, has_next) = trim(&mut rows, wanted, anchor.as_ref());
    Ok(LeadPage { leads: rows, count: count_with(read, scope, &query.filter, &search).await?, has_previous, has_next })
}

/// Makes a page of the rows that were read from an anchor on, of which one more than `wanted` says that there are more. Answers whether
/// there are rows before the first and after the last.
pub(super) fn trim<T>(rows: &mut Vec<T>, wanted: usize, anchor: Option<&(Anchor, Side)>) -> (bool, bool) {
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    match anchor {
        Some((_, Side::Before)) => {
            rows.reverse();
            (more, true)
        }
        anchor => (anchor.is_some(), more),
    }
}

/// A partner's latest leads, newest first.
pub async fn newest(read: &mut Reader, scope: &PartnerScope, rows: i64) -> Result<Vec<LeadSummary>, StoreError> {
    let (all, none) = (LeadFilter::default(), Search::default());
    let found = page(read, scope, select(row::SUMMARY), &all, &none, LeadSort::Newest, None, rows)
        .all::<SummaryRow>(read.conn())
        .await?;
    found.into_iter().map(|row| row.summary(scope.session().zone())).collect()
}

/// How many of a partner's leads the filter matches.
pub async fn count(read: &mut Reader, scope: &PartnerScope, filter: &LeadFilter) -> Result<Count, StoreError> {
    let search = search::plan(read, scope, filter).await?;
    count_with(read, scope, filter, &search).await
}

async fn count_with(
    read: &mut Reader,
    scope: &PartnerScope,
    filter: &LeadFilter,
    search: &Search,
) -> Result<Count, StoreError> {
    let days = day_range(read, scope, filter);
    if search.is_none() {
        return counts::counted(read, scope, days, filter).await.map(Count::Exactly);
    }
    search::count(read, scope, filter, days, search).await
}

/// The ids of the leads that a filter matches, newest first, so many at the most.
pub async fn ids(
    read: &mut Reader,
    scope: &PartnerScope,
    filter: &LeadFilter,
    most: usize,
) -> Result<Vec<LeadId>, StoreError> {
    let search = search::plan(read, scope, filter).await?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = page(read, scope, select("id"), filter, &search, LeadSort::Newest, None, most)
        .all::<(Uuid,)>(read.conn())
        .await?;
    Ok(found.into_iter().map(|(id,)| LeadId(id)).collect())
}

/// A row of the CSV export: everything the list and the detail page show.
#[derive(Debug, Clone)]
pub struct ExportRow {
    /// What the list shows.
    pub summary: LeadSummary,
    /// What it shows only where somebody wants it.
    pub more: LeadMore,
    /// The free-form fields, as people read them.
    pub fields: Vec<(String, String)>,
}

/// Which leads are exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All that the list has, on all its pages, in its order.
    Of(LeadListQuery),
    /// Those that somebody has selected, newest first.
    Selected(Vec<LeadId>),
}

impl Rows {
    /// The next ones: those after `after`, or the first ones.
    ///
    /// An export reads every match anyway: one walk in the list's order, each batch where the last one ended, beats asking the
    /// search index again for every batch.
    async fn next(
        &self,
        read: &mut Reader,
        scope: &PartnerScope,
        columns: &'static str,
        after: Option<LeadId>,
        rows: u32,
    ) -> Result<Sql, StoreError> {
        let after = match after {
            Some(id) => anchor(read, scope, id).await?.map(|anchor| (anchor, Side::After)),
            None => None,
        };
        let everything = LeadFilter::default();
        let (filter, sort, search) = match self {
            Self::Of(query) => {
                let values = Whose::Partner(scope).values(read, &query.filter).await?;
                (&query.filter, query.sort, Search { text: Text::walk(&query.filter), values })
            }
            Self::Selected(ids) => (&everything, LeadSort::Newest, Text::Keys(keys(read, scope, ids).await?).into()),
        };
        Ok(page(read, scope, select(columns), filter, &search, sort, after.as_ref(), i64::from(rows)))
    }
}

/// The keys of those of these leads that are the partner's.
async fn keys(read: &mut Reader, scope: &PartnerScope, ids: &[LeadId]) -> Result<Vec<i64>, StoreError> {
    let mut keys = Vec::with_capacity(ids.len());
    for ids in ids.chunks(read.dialect().rows_per_statement(1)) {
        let found = of_partner(select("lead_key"), scope)
            .push(" AND id IN ")
            .list(ids.iter().copied())
            .all::<(i64,)>(read.conn())
            .await?;
        keys.extend(found.into_iter().map(|(key,)| key));
    }
    Ok(keys)
}

/// The next rows of an export, in the list's order: those after `after`, or the first ones.
pub async fn export_batch(
    read: &mut Reader,
    scope: &PartnerScope,
    of: &Rows,
    after: Option<LeadId>,
    rows: u32,
) -> Result<Vec<ExportRow>, StoreError> {
    let rules = field_rules(read, scope).await?;
    let next = of.next(read, scope, row::LEAD, after, rows).await?;
    next.all::<LeadRow>(read.conn()).await?.into_iter().map(|row| export(row, scope, &rules)).collect()
}

/// What people read for the names of the next leads' fields: of the same leads as [`export_batch`] has, in an order of its own.
pub async fn export_names(
    read: &mut Reader,
    scope: &PartnerScope,
    of: &Rows,
    after: Option<LeadId>,
    rows: u32,
) -> Result<Vec<(LeadId, Vec<String>)>, StoreError> {
    let next = match of {
        // Of all of a partner's leads the names come sooner in the order in which the leads lie on disk.
        Rows::Of(query) if query.filter.is_empty() => {
            let (first, last) = scope.lead_keys();
            let from = match after {
                Some(id) => anchor(read, scope, id).await?.map_or(last, |anchor| anchor.lead_key) + 1,
                None => first,
            };
            of_partner(select("id, fields"), scope)
                .push(" AND lead_key BETWEEN ")
                .arg(from)
                .push(" AND ")
                .arg(last)
                .push(" ORDER BY lead_key LIMIT ")
                .arg(i64::from(rows))
        }
        of => of.next(read, scope, "id, fields", after, rows).await?,
    };
    let rules = field_rules(read, scope).await?;
    let hidden = scope.session().sees_hidden_fields();
    let names = |(id, fields): (Uuid, String)| {
        let fields: Vec<(String, IgnoredAny)> =
            serde_json::from_str(&fields).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let names = fields.into_iter().map(|(name, _)| name).filter(|name| hidden || rules.is_open(name));
        Ok((LeadId(id), names.map(|name| rules.label(&name).to_owned()).collect()))
    };
    next.all::<(Uuid, String)>(read.conn()).await?.into_iter().map(names).collect()
}

/// A query for these columns of leads.
pub(super) fn select(columns: &'static str) -> Sql {
    sql("SELECT ").push(columns).push(" FROM leads")
}

/// Where one of the partner's leads stands; nothing for any other id.
pub(super) async fn anchor(read: &mut Reader, scope: &PartnerScope, id: LeadId) -> Result<Option<Anchor>, StoreError> {
    of_partner(select(ANCHOR), scope).push(" AND id = ").arg(id).optional(read.conn()).await
}

#[expect(clippy::too_many_arguments, reason = "a page is just that many independent choices")]
pub(super) fn page(
    read: &Reader,
    scope: &PartnerScope,
    select: Sql,
    filter: &LeadFilter,
    search: &Search,
    sort: LeadSort,
    anchor: Option<&(Anchor, Side)>,
    limit: i64,
) -> Sql {
    let query = matching(read, scope, select, filter, day_range(read, scope, filter), search);
    ordered(query, sort, anchor, limit)
}

/// So many of these rows, from an anchor on, in the list's order.
pub(super) fn ordered(mut query: Sql, sort: LeadSort, anchor: Option<&(Anchor, Side)>, limit: i64) -> Sql {
    let backwards = anchor.is_some_and(|(_, side)| *side == Side::Before);
    let descending = matches!(sort, LeadSort::Newest | LeadSort::NameDescending) != backwards;
    let by_name = matches!(sort, LeadSort::Name | LeadSort::NameDescending);
    if let Some((anchor, _)) = anchor {
        query = query
            .push(if by_name { " AND (sort_name, lead_key) " } else { " AND (delivered_at, lead_key) " })
            .push(if descending { "< (" } else { "> (" });
        query = if by_name { query.arg(anchor.sort_name.as_str()) } else { query.arg(anchor.delivered_at) };
        query = query.push(", ").arg(anchor.lead_key).push(")");
    }
    query
        .push(match (by_name, descending) {
            (false, true) => " ORDER BY delivered_at DESC, lead_key DESC",
            (false, false) => " ORDER BY delivered_at, lead_key",
            (true, true) => " ORDER BY sort_name DESC, lead_key DESC",
            (true, false) => " ORDER BY sort_name, lead_key",
        })
        .push(" LIMIT ")
        .arg(limit)
}

/// A row of the export.
pub(super) fn export(row: LeadRow, scope: &PartnerScope, rules: &FieldRules) -> Result<ExportRow, StoreError> {
    Ok(ExportRow {
        fields: rules.told(row.fields()?, scope.session().sees_hidden_fields()),
        more: row.lead.more_for(scope)?,
        summary: row.lead.summary.summary(scope.session().zone())?,
    })
}
