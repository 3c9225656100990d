//! Reports: what came, what it cost and what became of it, by day, week, month, campaign, day of the week or partner.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

mod figures;

pub use figures::{Figures, duration, percent};
#[cfg(feature = "server")]
pub use figures::{Part, Tally};

use crate::{
    ids::PartnerId,
    leads::{DayRange, FieldBound, FieldFilter, LeadFilter, LeadListQuery, Period, keep, left_out},
    time::{date, read_day},
};

text_enum! {
    /// What the rows of a report are.
    ReportBy {
        /// Days.
        Day = "day",
        /// Weeks from Monday to Sunday (ISO 8601).
        Week = "week",
        /// Months.
        Month = "month",
        /// Days of the week, whichever week.
        Weekday = "weekday",
        /// Hours of the day in the account's time zone, whichever day.
        Hour = "hour",
        /// Campaigns.
        Campaign = "campaign",
        /// Partners; for the account alone.
        Partner = "partner",
        /// The values of an extra field.
        Field = "field",
    }
}

impl ReportBy {
    /// As the page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Weekday => "Day of the week",
            Self::Hour => "Hour of the day",
            Self::Field => "Extra field",
            Self::Campaign => "Campaign",
            Self::Partner => "Partner",
        }
    }

    /// Whether its rows have names, and stand in the order of their leads.
    #[must_use]
    pub const fn is_ranked(self) -> bool {
        matches!(self, Self::Campaign | Self::Partner | Self::Field)
    }
}

/// Days, the first and the last of them.
pub type Span = (NaiveDate, NaiveDate);

/// The whole state of a report: what its URL says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportQuery {
    /// A named range of days; 30 days, where nothing is said. Explicit days win over it.
    pub period: Option<Period>,
    /// Explicit days. One that is missing is the other one's, or today.
    pub days: DayRange,
    /// What the rows are; as fits the days, where nothing is said.
    pub by: Option<ReportBy>,
    /// Exactly this campaign.
    pub campaign: Option<String>,
    /// Exactly this partner; for the account alone.
    pub partner: Option<PartnerId>,
    /// What the extra field is called whose values the rows are.
    #[serde(default)]
    pub field: Option<String>,
    /// Whether the page has all rows, not the first ones alone.
    #[serde(default)]
    pub all_rows: bool,
}

impl ReportQuery {
    /// The most rows of days that a report has.
    const MOST_DAYS: i64 = 370;
    /// The most days that a report is about: ten years.
    const LONGEST: i64 = 3_660;

    /// Reads decoded key–value pairs; what makes no sense is left out, with a sentence for each part that is.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> (Self, Vec<String>) {
        let mut query = Self::default();
        let mut ignored = Vec::new();
        for (key, value) in pairs {
            let value = value.trim();
            if !value.is_empty() && !query.read(&key, value) {
                ignored.push(left_out(&key, value));
            }
        }
        if let DayRange { from: Some(from), to: Some(to) } = query.days
            && (to < from || (to - from).num_days() > Self::LONGEST)
        {
            query.days = DayRange::default();
            ignored.push("A report goes from a day to a later one, over ten years at the most.".to_owned());
        }
        (query, ignored)
    }

    fn read(&mut self, key: &str, value: &str) -> bool {
        if value.contains('\0') {
            return false;
        }
        match key {
            "period" => keep(&mut self.period, value.parse()),
            "from" => keep(&mut self.days.from, read_day(value)),
            "to" => keep(&mut self.days.to, read_day(value)),
            "by" => match value.strip_prefix("field.") {
                Some(label) if label.len() > LeadFilter::MAX_CHOICE => false,
                Some(label) => {
                    (self.by, self.field) = (Some(ReportBy::Field), Some(label.to_owned()));
                    true
                }
                None => keep(
                    &mut self.by,
                    value.parse().map_err(drop).and_then(|by| if by == ReportBy::Field { Err(()) } else { Ok(by) }),
                ),
            },
            "rows" => {
                self.all_rows = value == "all";
                self.all_rows
            }
            "partner" => keep(&mut self.partner, value.parse()),
            "campaign" if value.len() > LeadFilter::MAX_CHOICE => false,
            "campaign" => {
                self.campaign = Some(value.to_owned());
                true
            }
            _ => true,
        }
    }

    /// Reads a raw query string, without its question mark.
    #[must_use]
    pub fn from_query_string(raw: &str) -> (Self, Vec<String>) {
        Self::from_pairs(form_urlencoded::parse(raw.as_bytes()))
    }

    /// A link to `path` in this state; what has its default value is left out.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        if let Some(period) = self.period {
            out.append_pair("period", period.as_str());
        }
        for (name, day) in [("from", self.days.from), ("to", self.days.to)] {
            if let Some(day) = day {
                out.append_pair(name, &day.to_string());
            }
        }
        if let Some(by) = self.by {
            out.append_pair("by", &Self::by_text(by, self.field.as_deref()));
        }
        if let Some(campaign) = &self.campaign {
            out.append_pair("campaign", campaign);
        }
        if let Some(partner) = self.partner {
            out.append_pair("partner", &partner.to_string());
        }
        if self.all_rows {
            out.append_pair("rows", "all");
        }
        let query = out.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What the rows are, as a URL says it.
    #[must_use]
    pub fn by_text(by: ReportBy, field: Option<&str>) -> String {
        match (by, field) {
            (ReportBy::Field, Some(label)) => format!("field.{label}"),
            (by, _) => by.as_str().to_owned(),
        }
    }

    /// The same state within the bounds that a URL has, for a state that came by another way.
    #[must_use]
    pub fn bounded(&self) -> Self {
        Self::from_query_string(self.href("").trim_start_matches('?')).0
    }

    /// The days it is about, when today is `today` in the account's time zone.
    #[must_use]
    pub fn span(&self, today: NaiveDate) -> Span {
        let days = match (self.days, self.period) {
            (DayRange { from: None, to: None }, period) => period.unwrap_or(Period::Last30Days).days(today),
            (days, _) => days,
        };
        let back = |to: NaiveDate| to.checked_sub_days(Days::new(29)).unwrap_or(to);
        match days {
            DayRange { from: Some(from), to: Some(to) } => (from, to),
            DayRange { from: Some(from), to: None } => {
                let longest = from.checked_add_days(Days::new(Self::LONGEST.unsigned_abs())).unwrap_or(from);
                (from, today.clamp(from, longest))
            }
            DayRange { from: None, to: Some(to) } => (back(to), to),
            DayRange { from: None, to: None } => (back(today), today),
        }
    }

    /// What the rows are. Of more than a year's days there are months.
    #[must_use]
    pub fn rows_by(&self, (from, to): Span) -> ReportBy {
        let days = (to - from).num_days() + 1;
        match self.by {
            Some(ReportBy::Day) if days > Self::MOST_DAYS => ReportBy::Month,
            Some(by) => by,
            None if days <= 45 => ReportBy::Day,
            None if days <= 200 => ReportBy::Week,
            None => ReportBy::Month,
        }
    }

    /// Which leads a report of these days is about, as their list asks for them.
    #[must_use]
    pub fn leads(&self, (from, to): Span) -> LeadFilter {
        LeadFilter {
            days: DayRange { from: Some(from), to: Some(to) },
            campaign: self.campaign.clone(),
            ..LeadFilter::default()
        }
    }
}

/// The days that days are compared with: the month before whole months, else as many days just before.
#[must_use]
pub fn before((from, to): Span) -> Span {
    let last = from.pred_opt().unwrap_or(from);
    let ends_a_month = to.succ_opt().is_some_and(|next| next.day() == 1);
    if from.day() == 1 && ends_a_month {
        let months = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32 + 1;
        let months = Months::new(u32::try_from(months).unwrap_or(1));
        return (from.checked_sub_months(months).unwrap_or(from), last);
    }
    let days = u64::try_from((to - from).num_days()).unwrap_or(0);
    (last.checked_sub_days(Days::new(days)).unwrap_or(last), last)
}

/// What a row of a report is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RowKey {
    /// Days that follow each other.
    Days(NaiveDate, NaiveDate),
    /// A day of the week: 0 is Monday.
    Weekday(u32),
    /// An hour of the day, from 0 to 23.
    Hour(u32),
    /// A campaign; may be empty.
    Campaign(String),
    /// A value of an extra field, as it is shown and asked for.
    Value(String),
    /// Values beyond the most frequent ones.
    OtherValues,
    /// That there is no value, or none that fits.
    NoValue,
    /// A partner, by its name.
    Partner(String, PartnerId),
}

impl RowKey {
    /// As people call it.
    #[must_use]
    pub fn name(&self, by: ReportBy) -> String {
        match self {
            Self::Days(from, _) if by == ReportBy::Month => from.format("%B %Y").to_string(),
            Self::Days(from, to) if from == to => date(*from),
            Self::Days(from, to) => format!("{} – {}", date(*from), date(*to)),
            Self::Weekday(day) => WEEKDAYS.get(*day as usize).copied().unwrap_or_default().to_owned(),
            Self::Hour(hour) => format!("{hour}:00 – {hour}:59"),
            Self::Campaign(name) if name.is_empty() => "No campaign".to_owned(),
            Self::Campaign(name) | Self::Partner(name, _) | Self::Value(name) => name.clone(),
            Self::OtherValues => "Other values".to_owned(),
            Self::NoValue => "No value".to_owned(),
        }
    }

    /// The same where there is little room.
    #[must_use]
    pub fn short(&self, by: ReportBy) -> String {
        match self {
            Self::Days(from, _) if by == ReportBy::Month => from.format("%b %y").to_string(),
            Self::Days(from, _) => from.format("%-d %b").to_string(),
            Self::Weekday(_) => self.name(by).chars().take(3).collect(),
            Self::Hour(hour) => hour.to_string(),
            Self::Campaign(_) | Self::Partner(..) | Self::Value(_) | Self::OtherValues | Self::NoValue => {
                let name = self.name(by);
                if name.chars().count() > 11 { name.chars().take(10).chain(['…']).collect() } else { name }
            }
        }
    }

    /// Which leads it is about, as their list asks for them, where the report asks for these; none where no list can.
    #[must_use]
    pub fn leads(&self, of: &LeadFilter, field: Option<&str>) -> Option<LeadFilter> {
        match self {
            Self::Value(value) => {
                let asked = FieldFilter { bound: FieldBound::Is, label: field?.to_owned(), value: value.clone() };
                Some(LeadFilter { fields: vec![asked], ..of.clone() })
            }
            Self::Days(from, to) => {
                Some(LeadFilter { days: DayRange { from: Some(*from), to: Some(*to) }, ..of.clone() })
            }
            Self::Campaign(name) if !name.is_empty() => Some(LeadFilter { campaign: Some(name.clone()), ..of.clone() }),
            Self::Partner(..) => Some(of.clone()),
            Self::Campaign(_) | Self::Weekday(_) | Self::Hour(_) | Self::OtherValues | Self::NoValue => None,
        }
    }
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A row of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// What it is about.
    pub key: RowKey,
    /// Its figures.
    pub figures: Figures,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What the rows are.
    pub by: ReportBy,
    /// What the extra field is called whose values they are.
    pub field: Option<String>,
    /// The days it is about.
    pub span: Span,
    /// The rows: days in their order and without a gap, campaigns and partners with the most leads first.
    pub rows: Vec<ReportRow>,
    /// The figures of all leads.
    pub total: Figures,
    /// Whether there are no rows yet: so many leads have just changed that they are still being summed up.
    pub is_pending: bool,
    /// The days just before, and their figures.
    pub before: (Span, Figures),
    /// Whether the reader sees what leads cost.
    pub with_price: bool,
    /// The code of the outcome that is a sale, where there is one alone: then its leads can be listed.
    pub sale: Option<String>,
}

impl Report {
    /// What the rows are, in words.
    #[must_use]
    pub fn by_label(&self) -> &str {
        self.field.as_deref().unwrap_or_else(|| self.by.label())
    }
}

/// Puts rows into their order: those of the most leads first.
pub fn rank(rows: &mut [ReportRow]) {
    rows.sort_by(|one, other| other.figures.leads.cmp(&one.figures.leads).then_with(|| one.key.cmp(&other.key)));
}

/// The rows of the values of a field: the most frequent ones first, then the rest, which may begin with `others`, then what has none.
#[must_use]
pub fn rows_of_values(values: Vec<(String, Figures)>, mut others: Figures, none: Figures) -> Vec<ReportRow> {
    /// Of more values than these the field is no way to put leads in groups.
    const MOST: usize = 50;
    let row = |(value, figures)| ReportRow { key: RowKey::Value(value), figures };
    let mut rows: Vec<_> = values.into_iter().map(row).collect();
    rank(&mut rows);
    rows.split_off(rows.len().min(MOST)).iter().for_each(|row| others.merge(&row.figures));
    let rest = [(RowKey::OtherValues, others), (RowKey::NoValue, none)].into_iter();
    rows.extend(rest.filter(|(_, figures)| figures.leads > 0).map(|(key, figures)| ReportRow { key, figures }));
    rows
}

/// Puts the days of a report together to its rows, without a gap.
#[must_use]
pub fn rows_of_days((from, to): Span, by: ReportBy, days: &BTreeMap<NaiveDate, Figures>) -> Vec<ReportRow> {
    if by == ReportBy::Weekday {
        let mut rows: Vec<_> =
            (0..7).map(|day| ReportRow { key: RowKey::Weekday(day), figures: Figures::default() }).collect();
        for (day, figures) in days {
            if let Some(row) = rows.get_mut(day.weekday().num_days_from_monday() as usize) {
                row.figures.merge(figures);
            }
        }
        return rows;
    }
    let mut rows = Vec::new();
    let mut begin = from;
    while begin <= to {
        let next = match by {
            ReportBy::Week => begin.checked_add_days(Days::new(7 - u64::from(begin.weekday().num_days_from_monday()))),
            ReportBy::Month => begin.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))),
            _ => begin.succ_opt(),
        };
        let end = next.and_then(|next| next.pred_opt()).map_or(to, |end| end.min(to));
        let mut figures = Figures::default();
        days.range(begin..=end).for_each(|(_, of_day)| figures.merge(of_day));
        rows.push(ReportRow { key: RowKey::Days(begin, end), figures });
        let Some(next) = next else { break };
        begin = next;
    }
    rows
}

/// A link to the leads behind a figure, in a list at `path`.
#[must_use]
pub fn leads_behind(path: &str, filter: LeadFilter, partner: Option<PartnerId>) -> String {
    let href = LeadListQuery { filter, ..LeadListQuery::default() }.href(path);
    match partner {
        Some(partner) => format!("{href}{}partner={partner}", if href.contains('?') { '&' } else { '?' }),
        None => href,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_says_it_all() {
        let raw = "period=last_month&from=2026-01-01&to=2026-02-28&by=campaign&campaign=Solar&partner=01890a5d-ac96-774b-bcce-b302099a8057";
        let (query, ignored) = ReportQuery::from_query_string(raw);
        assert!(ignored.is_empty());
        assert_eq!(query.href("/x"), format!("/x?{raw}"));
        assert_eq!(query.bounded(), query);
        let (query, ignored) = ReportQuery::from_query_string("by=moon&from=yesterday&partner=7&by=field&rows=8");
        assert_eq!((query, ignored.len()), (ReportQuery::default(), 5));
        let raw = "by=field.Roof+%26+type&rows=all";
        let (query, ignored) = ReportQuery::from_query_string(raw);
        assert_eq!((query.field.as_deref(), query.by, ignored.len()), (Some("Roof & type"), Some(ReportBy::Field), 0));
        assert_eq!(query.href("/x"), format!("/x?{raw}"));
        assert_eq!(ReportQuery::from_query_string("from=2026-02-01&to=2026-01-01").1.len(), 1);
        assert_eq!(ReportQuery::from_query_string("from=1990-02-01&to=2026-01-01").1.len(), 1);
    }

    #[test]
    fn days_have_days_to_be_compared_with() {
        for (from, to, first, last) in [
            ("2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"),
            ("2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31"),
            ("2024-02-01", "2024-02-29", "2024-01-01", "2024-01-31"),
            ("2026-11-01", "2026-11-22", "2026-10-10", "2026-10-31"),
            ("2026-11-22", "2026-11-22", "2026-11-21", "2026-11-21"),
        ] {
            assert_eq!(before((day(from), day(to))), (day(first), day(last)), "{from} {to}");
        }
    }

    #[test]
    fn rows_follow_each_other_without_a_gap() {
        let mut days = BTreeMap::new();
        for text in ["2026-01-31", "2026-02-01", "2026-02-09"] {
            days.insert(day(text), Figures { leads: 2, ..Figures::default() });
        }
        let span = (day("2026-01-30"), day("2026-02-11"));
        let told = |by| {
            let rows = rows_of_days(span, by, &days);
            rows.iter().map(|row| (row.key.name(by), row.figures.leads)).collect::<Vec<_>>()
        };
        let rows =
            |rows: &[(&str, u64)]| rows.iter().map(|(name, leads)| ((*name).to_owned(), *leads)).collect::<Vec<_>>();
        assert_eq!(told(ReportBy::Day).len(), 13);
        let weeks = [("30 Jan 2026 – 1 Feb 2026", 4), ("2 Feb 2026 – 8 Feb 2026", 0), ("9 Feb 2026 – 11 Feb 2026", 2)];
        assert_eq!(told(ReportBy::Week), rows(&weeks));
        assert_eq!(told(ReportBy::Month), rows(&[("January 2026", 2), ("February 2026", 4)]));
        let weekdays = told(ReportBy::Weekday);
        assert_eq!((weekdays[0].1, weekdays[5].1, weekdays[6].1), (2, 2, 2));
    }

    #[test]
    fn many_values_are_put_together() {
        let of = |leads| Figures { leads, ..Figures::default() };
        let values: Vec<_> = (0..60).map(|n| (format!("v{n:02}"), of(n + 1))).collect();
        let rows = rows_of_values(values.clone(), of(5), of(500));
        assert_eq!(rows.len(), 52);
        assert_eq!(rows[0].key, RowKey::Value("v59".into()));
        assert_eq!((&rows[50].key, rows[50].figures.leads), (&RowKey::OtherValues, 60));
        assert_eq!((&rows[51].key, rows[51].figures.leads), (&RowKey::NoValue, 500), "they come last");
        assert_eq!(rows_of_values(values[..3].to_vec(), of(0), of(0)).len(), 3, "and only where there are some");
    }
}
