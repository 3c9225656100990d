//! How a search text is looked up.
//!
//! There are two ways, and each is slow where the other is fast. The trigram index finds rare texts at once, but for a
//! common one it yields most of the partner's leads, to be fetched and sorted for a page of fifty. Walking the list's
//! order and testing each row finds a common text's page within a few hundred rows, but reads everything for a rare
//! one. So a look at the partner's newest leads comes first: a text that is frequent there is walked. Any other is looked
//! up, once, for the keys of all its leads; should they turn out to be very many after all, it is walked, too.
//! docs/PERFORMANCE.md has the measurements. A text of several words is common when all of them together are.

use domain::{
    leads::{Count, DayRange, LeadFilter},
    search::Needle,
};

use super::{
    field_values::Whose,
    matching::{Search, Text, matching},
    whose::of_partner,
};
use crate::{
    Reader, StoreError,
    access::PartnerScope,
    sql::{Sql, sql},
};

/// How many of the newest leads are looked at.
const PROBED: i64 = 400;
/// How many of those must match for the text to count as common.
const COMMON: i64 = 8;
/// How many leads are looked up at the most; of more, a page is found faster by walking.
const LOOKED_UP: i64 = 2_000;
/// Matches of a common text are counted so far; beyond, people are told "more than".
pub(crate) const COUNTED: i64 = 10_000;

/// Chooses the way for this filter.
pub(super) async fn plan(read: &mut Reader, scope: &PartnerScope, filter: &LeadFilter) -> Result<Search, StoreError> {
    let values = Whose::Partner(scope).values(read, filter).await?;
    Ok(Search { text: plan_text(read, scope, filter).await?, values })
}

/// Chooses the way for its text alone.
pub(super) async fn plan_text(
    read: &mut Reader,
    scope: &PartnerScope,
    filter: &LeadFilter,
) -> Result<Text, StoreError> {
    let Text::Walk(needle) = Text::walk(filter) else { return Ok(Text::None) };
    if is_common(read, of_partner(sql(TEXTS), scope), &needle).await? {
        return Ok(Text::Walk(needle));
    }
    let keys = read
        .dialect()
        .keys_containing(Sql::default(), scope.partner_id(), scope.lead_keys(), &needle)
        .push(" LIMIT ")
        .arg(LOOKED_UP + 1);
    let keys: Vec<i64> = keys.all::<(i64,)>(read.conn()).await?.into_iter().map(|(key,)| key).collect();
    let many = i64::try_from(keys.len()).unwrap_or(i64::MAX) > LOOKED_UP;
    Ok(if many { Text::Walk(needle) } else { Text::Keys(keys) })
}

/// The texts that are looked at, of a scope's own leads.
pub(super) const TEXTS: &str = "SELECT search_text FROM leads";

/// Whether a text is frequent among the newest leads.
pub(super) async fn is_common(read: &mut Reader, texts: Sql, needle: &Needle) -> Result<bool, StoreError> {
    let newest = texts.push(" ORDER BY delivered_at DESC, lead_key DESC LIMIT ").arg(PROBED);
    let probe = read.dialect().contains(count_of(newest, "probed").push(" WHERE "), needle);
    Ok(probe.number(read.conn()).await? >= COMMON)
}

/// How many leads match: exactly when they were looked up, else up to [`COUNTED`].
pub(super) async fn count(
    read: &mut Reader,
    scope: &PartnerScope,
    filter: &LeadFilter,
    days: DayRange,
    search: &Search,
) -> Result<Count, StoreError> {
    let nothing_else = LeadFilter { q: String::new(), ..filter.clone() }.is_empty() && days == DayRange::default();
    let found = match &search.text {
        Text::Keys(keys) if nothing_else => return Ok(Count::Exactly(keys.len() as u64)),
        // The keys alone can be counted, without the leads' other columns.
        Text::Walk(needle) if nothing_else => {
            read.dialect().keys_containing(Sql::default(), scope.partner_id(), scope.lead_keys(), needle)
        }
        _ => matching(read, scope, sql("SELECT lead_key FROM leads"), filter, days, search),
    };
    capped(read, found).await
}

/// How many rows a query has, up to [`COUNTED`].
pub(super) async fn capped(read: &mut Reader, query: Sql) -> Result<Count, StoreError> {
    let counted = count_of(query.push(" LIMIT ").arg(COUNTED + 1), "found").number(read.conn()).await?;
    let number = u64::try_from(counted.min(COUNTED)).unwrap_or(0);
    Ok(if counted > COUNTED { Count::MoreThan(number) } else { Count::Exactly(number) })
}

/// Counts the rows of a subquery.
fn count_of(query: Sql, alias: &'static str) -> Sql {
    query.wrap("SELECT COUNT(*) FROM (", ") AS ").push(alias)
}
