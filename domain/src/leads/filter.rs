//! Which leads a list shows, in which order, from where on; and how a URL says it.
//!
//! One type serves the page, the server function and the CSV export, so that all three always mean the same rows.

use std::borrow::Cow;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::LeadStatus;
use crate::{
    ids::{LeadId, ViewId},
    return_state::ReturnState,
    time::{date, read_day},
};

text_enum! {
    /// A range of days named relative to today.
    Period {
        /// Today.
        Today = "today",
        /// Yesterday.
        Yesterday = "yesterday",
        /// Today and the six days before.
        Last7Days = "last_7_days",
        /// Today and the 29 days before.
        Last30Days = "last_30_days",
        /// From the first of this month.
        ThisMonth = "this_month",
        /// The whole month before this one.
        LastMonth = "last_month",
    }
}

impl Period {
    /// The period as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Yesterday => "Yesterday",
            Self::Last7Days => "7 days",
            Self::Last30Days => "30 days",
            Self::ThisMonth => "This month",
            Self::LastMonth => "Last month",
        }
    }

    /// The days it covers when today is `today`.
    #[must_use]
    pub fn days(self, today: NaiveDate) -> DayRange {
        let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let first_of_month = today.with_day(1).unwrap_or(today);
        let (from, to) = match self {
            Self::Today => (today, today),
            Self::Yesterday => (back(1), back(1)),
            Self::Last7Days => (back(6), today),
            Self::Last30Days => (back(29), today),
            Self::ThisMonth => (first_of_month, today),
            Self::LastMonth => (
                first_of_month.checked_sub_months(Months::new(1)).unwrap_or(first_of_month),
                first_of_month.pred_opt().unwrap_or(first_of_month),
            ),
        };
        DayRange { from: Some(from), to: Some(to) }
    }
}

/// A range of days in the account's time zone, both ends included; an open end has no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRange {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

text_enum! {
    /// The order of the list. Ties are broken by id, so that every order is total.
    LeadSort {
        /// Latest delivery first.
        Newest = "newest",
        /// Earliest delivery first.
        Oldest = "oldest",
        /// By name, A to Z, accents and case aside.
        Name = "name",
        /// By name, Z to A.
        NameDescending = "name_desc",
    }
}

impl LeadSort {
    /// The order as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Name => "Name A–Z",
            Self::NameDescending => "Name Z–A",
        }
    }
}

text_enum! {
    /// How many rows a page has.
    PageSize {
        /// 25 rows.
        TwentyFive = "25",
        /// 50 rows.
        Fifty = "50",
        /// 100 rows.
        Hundred = "100",
    }
}

impl PageSize {
    /// The number of rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        match self {
            Self::TwentyFive => 25,
            Self::Fifty => 50,
            Self::Hundred => 100,
        }
    }
}

/// Where a page begins: beside a lead of the list. A lead that is not the reader's is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// The rows after this lead.
    After(LeadId),
    /// The rows before this lead.
    Before(LeadId),
}

/// Which leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFilter {
    /// Substring of name, email, phone, campaign or external id; empty for all.
    pub q: String,
    /// A named range of days. Explicit days win over it.
    pub period: Option<Period>,
    /// Explicit days.
    pub days: DayRange,
    /// Exactly this campaign.
    pub campaign: Option<String>,
    /// Exactly this status.
    pub status: Option<LeadStatus>,
    /// Exactly this outcome, by its code.
    pub outcome: Option<String>,
    /// Exactly this state of the return.
    #[serde(default)]
    pub returned: Option<ReturnState>,
    /// These values of extra fields.
    #[serde(default)]
    pub fields: Vec<FieldFilter>,
}

text_enum! {
    /// How a field's value is to be.
    FieldBound {
        /// That.
        Is = "field",
        /// That or more.
        From = "from",
        /// That or less.
        To = "to",
    }
}

/// What is asked of an extra field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFilter {
    /// How its value is to be.
    pub bound: FieldBound,
    /// What the field is called.
    pub label: String,
    /// The value, as it was typed.
    pub value: String,
}

impl FieldFilter {
    /// How many of them a filter has at the most.
    const MOST: usize = 20;

    /// The name of its part of a URL or a form: `field.Roof type`.
    #[must_use]
    pub fn name(bound: FieldBound, label: &str) -> String {
        format!("{bound}.{label}")
    }
}

impl LeadFilter {
    /// Maximum number of characters of a search text; the rest is cut off.
    pub const MAX_Q: usize = 200;
    /// Maximum number of bytes of a campaign or an outcome.
    pub const MAX_CHOICE: usize = 1_000;

    /// Whether it lets every lead through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The days asked for, when today is `today` in the account's time zone.
    #[must_use]
    pub fn day_range(&self, today: NaiveDate) -> DayRange {
        match self.period {
            Some(period) if self.days == DayRange::default() => period.days(today),
            _ => self.days,
        }
    }

    /// The name of an export's file, without its ending: the days it covers, `leads-2026-11-01--2026-11-22`.
    #[must_use]
    pub fn file_stem(&self, today: NaiveDate) -> String {
        match self.day_range(today) {
            DayRange { from: Some(from), to } => format!("leads-{from}--{}", to.unwrap_or(today)),
            DayRange { from: None, to: Some(to) } => format!("leads-until-{to}"),
            DayRange { from: None, to: None } => format!("leads-until-{today}"),
        }
    }

    /// The days in words, for a page's summary line; nothing when there is no bound.
    #[must_use]
    pub fn days_in_words(&self) -> Option<String> {
        match (self.days, self.period) {
            (DayRange { from: Some(from), to: Some(to) }, _) if from == to => Some(date(from)),
            (DayRange { from: Some(from), to: Some(to) }, _) => Some(format!("{} – {}", date(from), date(to))),
            (DayRange { from: Some(from), to: None }, _) => Some(format!("from {}", date(from))),
            (DayRange { from: None, to: Some(to) }, _) => Some(format!("until {}", date(to))),
            (DayRange { from: None, to: None }, period) => period.map(|period| period.label().to_owned()),
        }
    }
}

/// The whole state of the list: what its URL says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadListQuery {
    /// Which leads.
    pub filter: LeadFilter,
    /// In which order.
    pub sort: LeadSort,
    /// How many on a page.
    pub size: PageSize,
    /// From where on; from the start when absent.
    pub cursor: Option<Cursor>,
    /// The saved view whose columns it has.
    #[serde(default)]
    pub view: Option<ViewId>,
}

impl Default for LeadListQuery {
    fn default() -> Self {
        Self { filter: LeadFilter::default(), sort: LeadSort::Newest, size: PageSize::Fifty, cursor: None, view: None }
    }
}

/// A query as read from a URL, with what could not be understood and was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadQuery {
    /// What could be read.
    pub query: LeadListQuery,
    /// One sentence for each part that could not.
    pub ignored: Vec<String>,
}

/// Says that a part of a URL made no sense.
pub(crate) fn left_out(key: &str, value: &str) -> String {
    let shown: String = value.chars().take(40).collect();
    format!("“{shown}” is not a valid value of “{key}” and was left out.")
}

/// Keeps what could be read; says whether it could.
pub(crate) fn keep<T, E>(slot: &mut Option<T>, parsed: Result<T, E>) -> bool {
    parsed.map(|value| *slot = Some(value)).is_ok()
}

impl LeadListQuery {
    /// Reads decoded key–value pairs. Unknown keys and empty values mean nothing; values that make no sense are
    /// left out and said so, for a wrong filter must not pass silently for "all leads".
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> ReadQuery {
        let mut query = Self::default();
        let mut ignored = Vec::new();
        for (key, value) in pairs {
            let value = value.trim();
            if !value.is_empty() && !query.read(&key, value) {
                ignored.push(left_out(&key, value));
            }
        }
        ReadQuery { query, ignored }
    }

    fn read(&mut self, key: &str, value: &str) -> bool {
        let mut cursor = None;
        if value.contains('\0') {
            return false;
        }
        match key {
            "q" => {
                let cut: String = value.chars().take(LeadFilter::MAX_Q).collect();
                // Where it was cut there may be a space, which would be gone when the URL is read again.
                cut.trim_end().clone_into(&mut self.filter.q);
                true
            }
            // No lead has such a long one: neither an address nor a saved view is to be filled with it.
            "campaign" | "outcome" if value.len() > LeadFilter::MAX_CHOICE => false,
            "campaign" => {
                self.filter.campaign = Some(value.to_owned());
                true
            }
            "outcome" => {
                self.filter.outcome = Some(value.to_owned());
                true
            }
            "period" => keep(&mut self.filter.period, value.parse()),
            "from" => keep(&mut self.filter.days.from, read_day(value)),
            "to" => keep(&mut self.filter.days.to, read_day(value)),
            "view" => keep(&mut self.view, value.parse()),
            "status" => keep(&mut self.filter.status, value.parse()),
            "return" => keep(&mut self.filter.returned, value.parse()),
            "sort" => value.parse().map(|sort| self.sort = sort).is_ok(),
            "size" => value.parse().map(|size| self.size = size).is_ok(),
            "after" | "before" => {
                let fine = keep(&mut cursor, value.parse());
                let side = if key == "after" { Cursor::After } else { Cursor::Before };
                self.cursor = cursor.map(side).or(self.cursor);
                fine
            }
            _ => self.read_field(key, value).unwrap_or(true),
        }
    }

    /// Reads what is asked of an extra field; nothing where it is something else.
    fn read_field(&mut self, key: &str, value: &str) -> Option<bool> {
        let (bound, label) = key.split_once('.')?;
        let bound = bound.parse().ok()?;
        let fields = &mut self.filter.fields;
        fields.retain(|field| field.bound != bound || field.label != label);
        let bounded = fields.len() < FieldFilter::MOST && label.len().max(value.len()) <= LeadFilter::MAX_CHOICE;
        if bounded {
            // In one order, wherever they stand: what is asked for alike is one place.
            let before = |field: &&FieldFilter| (&*field.label, field.bound.as_str()) < (label, bound.as_str());
            let place = fields.iter().take_while(before).count();
            fields.insert(place, FieldFilter { bound, label: label.to_owned(), value: value.to_owned() });
        }
        Some(bounded)
    }

    /// Reads a raw query string, without its question mark.
    #[must_use]
    pub fn from_query_string(raw: &str) -> ReadQuery {
        Self::from_pairs(form_urlencoded::parse(raw.as_bytes()))
    }

    /// Writes the query string, without its question mark; what has its default value is left out.
    #[must_use]
    pub fn to_query_string(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        let default = Self::default();
        let filter = &self.filter;
        if !filter.q.is_empty() {
            out.append_pair("q", &filter.q);
        }
        if let Some(period) = filter.period {
            out.append_pair("period", period.as_str());
        }
        if let Some(from) = filter.days.from {
            out.append_pair("from", &from.to_string());
        }
        if let Some(to) = filter.days.to {
            out.append_pair("to", &to.to_string());
        }
        if let Some(campaign) = &filter.campaign {
            out.append_pair("campaign", campaign);
        }
        if let Some(status) = filter.status {
            out.append_pair("status", status.as_str());
        }
        if let Some(outcome) = &filter.outcome {
            out.append_pair("outcome", outcome);
        }
        if let Some(state) = filter.returned {
            out.append_pair("return", state.as_str());
        }
        for FieldFilter { bound, label, value } in &filter.fields {
            out.append_pair(&FieldFilter::name(*bound, label), value);
        }
        if self.sort != default.sort {
            out.append_pair("sort", self.sort.as_str());
        }
        if self.size != default.size {
            out.append_pair("size", self.size.as_str());
        }
        if let Some(view) = self.view {
            out.append_pair("view", &view.to_string());
        }
        match self.cursor {
            Some(Cursor::After(id)) => out.append_pair("after", &id.to_string()),
            Some(Cursor::Before(id)) => out.append_pair("before", &id.to_string()),
            None => &mut out,
        };
        out.finish()
    }

    /// The same state within the bounds that a URL has, for a state that came by another way: every limit is kept in
    /// one place, [`LeadListQuery::from_pairs`].
    #[must_use]
    pub fn bounded(&self) -> Self {
        Self::from_query_string(&self.to_query_string()).query
    }

    /// A link to `path` in this state.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let query = self.to_query_string();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The same list from its start.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { cursor: None, ..self.clone() }
    }

    /// The same list at another position.
    #[must_use]
    pub fn at(&self, cursor: Cursor) -> Self {
        Self { cursor: Some(cursor), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*, sample::select};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_says_it_all_and_nonsense_is_named() {
        let read =
            LeadListQuery::from_query_string("q=ada&status=new&campaign=&from=2026-11-01&size=25&sort=name&utm=x");
        assert!(read.ignored.is_empty());
        assert_eq!(read.query.to_query_string(), "q=ada&from=2026-11-01&status=new&sort=name&size=25");
        let forged =
            LeadListQuery::from_query_string("status=all&partner_id=7&from=31.12.2026&after=1%27+OR+1%3D1&size=100000");
        assert_eq!(forged.query, LeadListQuery::default());
        assert_eq!(forged.ignored.len(), 4);
        assert_eq!(LeadListQuery::from_query_string("q=a%00b&campaign=%00").ignored.len(), 2);
        let endless = LeadListQuery::from_query_string(&format!("campaign={}", "x".repeat(1_001)));
        assert_eq!((endless.query, endless.ignored.len()), (LeadListQuery::default(), 1));
        let many: Vec<_> = (0..25).map(|n| format!("field.F{n}=x")).collect();
        let many = LeadListQuery::from_query_string(&many.join("&"));
        assert_eq!((many.query.filter.fields.len(), many.ignored.len()), (20, 5));
        let twice = LeadListQuery::from_query_string("field.Roof=flat&from.Area=5&field.Roof=steep").query;
        assert_eq!(twice.to_query_string(), "from.Area=5&field.Roof=steep");
        let otherwise = LeadListQuery::from_query_string("field.Roof=steep&from.Area=5").query;
        assert_eq!(twice, otherwise);
        let mut unbounded = LeadListQuery::default();
        unbounded.filter.q = "x".repeat(100_000);
        unbounded.filter.days.to = NaiveDate::from_ymd_opt(20_000, 1, 1);
        assert_eq!((unbounded.bounded().filter.q.len(), unbounded.bounded().filter.days.to), (LeadFilter::MAX_Q, None));
    }

    #[test]
    fn periods_know_their_days() {
        let range = |from, to| DayRange { from: Some(day(from)), to: Some(day(to)) };
        let today = day("2026-03-01");
        assert_eq!(Period::LastMonth.days(today), range("2026-02-01", "2026-02-28"));
        assert_eq!(Period::Last7Days.days(today), range("2026-02-23", "2026-03-01"));
        assert_eq!(Period::Yesterday.days(today), range("2026-02-28", "2026-02-28"));
        let filter = LeadFilter { period: Some(Period::ThisMonth), ..LeadFilter::default() };
        assert_eq!(filter.file_stem(day("2026-11-22")), "leads-2026-11-01--2026-11-22");
    }

    #[test]
    fn explicit_days_win_over_a_period() {
        let read = LeadListQuery::from_query_string("period=today&to=2026-01-31");
        assert_eq!(
            read.query.filter.day_range(day("2026-11-22")),
            DayRange { from: None, to: Some(day("2026-01-31")) }
        );
    }

    #[test]
    fn a_text_that_is_cut_at_a_space_is_the_same_when_it_is_read_again() {
        let long = format!("{} and more", "x".repeat(LeadFilter::MAX_Q - 1));
        let read = LeadListQuery::from_query_string(&format!("q={}", long.replace(' ', "+"))).query;
        assert_eq!(read.filter.q.len(), LeadFilter::MAX_Q - 1);
        assert_eq!(LeadListQuery::from_query_string(&read.to_query_string()).query, read);
    }

    proptest! {
        #[test]
        fn every_state_survives_its_url(
            q in "[^\\s\\x00]{0,20}", campaign in option::of("[^\\s\\x00]{1,20}"), status in option::of(select(LeadStatus::ALL)),
            outcome in option::of("[a-z_0-9]{1,20}"), returned in option::of(select(ReturnState::ALL)),
            period in option::of(select(Period::ALL)), sort in select(LeadSort::ALL), size in select(PageSize::ALL),
            fields in proptest::collection::vec(("[A-Za-z .=&]{1,9}", select(FieldBound::ALL), "[^\\s\\x00]{1,9}"), 0..4),
            from in option::of(0_u64..3000), cursor in option::of(any::<u128>()), view in option::of(any::<u128>()),
        ) {
            let days = DayRange { from: from.map(|days| day("2020-01-01") + Days::new(days)), to: None };
            let mut named: Vec<FieldFilter> = Vec::new();
            for (label, bound, value) in fields {
                if !named.iter().any(|field| field.label == label && field.bound == bound) {
                    named.push(FieldFilter { bound, label, value });
                }
            }
            named.sort_by(|one, other| (&*one.label, one.bound.as_str()).cmp(&(&*other.label, other.bound.as_str())));
            let filter = LeadFilter { q, period, days, campaign, status, outcome, returned, fields: named };
            let cursor = cursor.map(|id| Cursor::After(LeadId(uuid::Uuid::from_u128(id))));
            let query = LeadListQuery { filter, sort, size, cursor, view: view.map(|id| ViewId(uuid::Uuid::from_u128(id))) };
            let read = LeadListQuery::from_query_string(&query.to_query_string());
            prop_assert_eq!(read, ReadQuery { query, ignored: vec![] });
        }

        #[test]
        fn no_query_string_breaks_it(raw in any::<String>()) {
            let _ = LeadListQuery::from_query_string(&raw);
        }
    }
}
