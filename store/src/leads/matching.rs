//! Which leads a filter matches.

use domain::{
    leads::{DayRange, LeadFilter},
    search::Needle,
    zone::Zone,
};

use super::{field_values::Values, whose::of_partner};
use crate::{Reader, access::PartnerScope, sql::Sql};

/// How the leads of a filter are looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// Its text.
    pub(super) text: Text,
    /// What it asks of extra fields.
    pub(super) values: Values,
}

impl Search {
    /// Whether there is nothing to look up: the counts kept beside the leads know how many there are.
    pub(super) fn is_none(&self) -> bool {
        self.text == Text::None && self.values.is_empty()
    }
}

impl From<Text> for Search {
    fn from(text: Text) -> Self {
        Self { text, ..Self::default() }
    }
}

/// How a search text is looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Text {
    /// There is no search text.
    #[default]
    None,
    /// These leads contain all of its words, and no others.
    Keys(Vec<i64>),
    /// By testing each row in the list's order.
    Walk(Needle),
}

impl Text {
    /// Tests each row, whatever the text.
    pub(super) fn walk(filter: &LeadFilter) -> Self {
        let needle = Needle::new(&filter.q);
        if needle.is_empty() { Self::None } else { Self::Walk(needle) }
    }
}

/// The days of a filter, today being today in the account's time zone.
pub(super) fn day_range(read: &Reader, scope: &PartnerScope, filter: &LeadFilter) -> DayRange {
    filter.day_range(scope.session().zone().day(read.now()))
}

/// The rows a filter matches: the scope first, then what was asked for.
pub(super) fn matching(
    read: &Reader,
    scope: &PartnerScope,
    select: Sql,
    filter: &LeadFilter,
    days: DayRange,
    search: &Search,
) -> Sql {
    narrowed(read, of_partner(select, scope), scope.session().zone(), Index::Partner, filter, days, search)
}

/// Which index the conditions of a filter may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// Those that begin with the partner.
    Partner,
    /// None: the rows of all partners are walked in their order. SQLite would skip from partner to partner through an index that begins
    /// with it, and sort all that it finds.
    None,
}

/// A scope's own rows, and of those the ones that a filter matches.
pub(super) fn narrowed(
    read: &Reader,
    own: Sql,
    zone: Zone,
    index: Index,
    filter: &LeadFilter,
    days: DayRange,
    search: &Search,
) -> Sql {
    let mut query = own;
    if let Some(from) = days.from {
        query = query.push(" AND delivered_at >= ").arg(zone.day_start(from));
    }
    if let Some(to) = days.to {
        query = query.push(" AND delivered_at < ").arg(zone.day_end(to));
    }
    let of = |by_index, plain| if index == Index::Partner { by_index } else { plain };
    if let Some(campaign) = &filter.campaign {
        query = query.push(of(" AND campaign = ", " AND COALESCE(campaign, '') = ")).arg(campaign.as_str());
    }
    if let Some(status) = filter.status {
        query = query.push(of(" AND status = ", " AND COALESCE(status, '') = ")).arg(status.as_str());
    }
    if let Some(outcome) = &filter.outcome {
        // The index has no leads without an outcome, which the engines cannot know of a bound value.
        let condition = of(" AND outcome <> '' AND outcome = ", " AND COALESCE(outcome, '') = ");
        query = query.push(condition).arg(outcome.as_str());
    }
    if let Some(state) = filter.returned {
        let condition = of(" AND return_state <> '' AND return_state = ", " AND COALESCE(return_state, '') = ");
        query = query.push(condition).arg(state.as_str());
    }
    let query = search.values.narrow(read, query);
    match &search.text {
        Text::None => query,
        Text::Keys(keys) => read.dialect().among(query.push(" AND "), keys),
        Text::Walk(needle) => read.dialect().contains(query.push(" AND "), needle),
    }
}
