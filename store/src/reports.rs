//! Reports, from the counts that are kept beside the leads: what they cost grows with days, campaigns and partners, not with the leads.

mod sources;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Timelike};
use domain::{
    access::Permission,
    ids::PartnerId,
    leads::{FilterField, OutcomeChoice, OutcomeKind},
    money::{Currency, Money},
    reports::{
        Figures, Part, Report, ReportBy, ReportQuery, ReportRow, RowKey, Span, before, rank, rows_of_days,
        rows_of_values,
    },
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use self::sources::{Rows, Source};
use crate::{
    Reader, StoreError,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    leads,
    sql::{AnyRow, Sql, sql},
};

/// How far a day of one time zone is from the same day of another, at the most.
const WIDER: Days = Days::new(2);
/// The last day that can be stored, but for what a zone makes of it.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 30).unwrap();

/// Leads that are counted together.
#[derive(Debug, FromRow, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    status: String,
    outcome: String,
    return_state: String,
    currency: String,
    sale_currency: String,
}

/// What is summed up of them.
#[derive(Debug, Default, FromRow)]
struct Sums {
    leads: i64,
    price_minor: i64,
    price_parts: i64,
    sale_minor: i64,
    opened: i64,
    opened_seconds: i64,
}

#[derive(FromRow)]
struct PartRow {
    #[sqlx(flatten)]
    alike: Alike,
    #[sqlx(flatten)]
    sums: Sums,
}

/// What is summed up, and by what besides the row's own key.
const SUMS: &str = ", status, outcome, return_state, currency, sale_currency, CAST(SUM(leads) AS BIGINT) AS leads,
    CAST(SUM(price_minor) AS BIGINT) AS price_minor, CAST(SUM(price_parts) AS BIGINT) AS price_parts,
    CAST(SUM(sale_minor) AS BIGINT) AS sale_minor, CAST(SUM(opened) AS BIGINT) AS opened,
    CAST(SUM(opened_seconds) AS BIGINT) AS opened_seconds FROM ";
/// The same of the leads themselves.
const LEAD_SUMS: &str = ", status, outcome, return_state, COALESCE(price_currency, '') AS currency,
    COALESCE(sale_currency, '') AS sale_currency, COUNT(*) AS leads, CAST(COALESCE(SUM(price_minor), 0) AS BIGINT) AS price_minor,
    CAST(SUM(price_parts) AS BIGINT) AS price_parts, CAST(COALESCE(SUM(sale_minor), 0) AS BIGINT) AS sale_minor,
    COUNT(opened_after) AS opened, CAST(COALESCE(SUM(opened_after), 0) AS BIGINT) AS opened_seconds FROM leads";
const ALIKE: &str = ", status, outcome, return_state, currency, sale_currency";

impl Sums {
    /// Adds others so many times.
    fn add(&mut self, other: &Self, times: i64) {
        let add = |sum: &mut i64, more: i64| *sum = sum.saturating_add(times * more);
        add(&mut self.leads, other.leads);
        add(&mut self.price_minor, other.price_minor);
        add(&mut self.price_parts, other.price_parts);
        add(&mut self.sale_minor, other.sale_minor);
        add(&mut self.opened, other.opened);
        add(&mut self.opened_seconds, other.opened_seconds);
    }
}

impl Alike {
    fn part(&self, sums: &Sums) -> Result<Part, StoreError> {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let currency = |code: &str| (!code.is_empty()).then(|| parse_stored::<Currency>(code)).transpose();
        let (spent_in, sold_in) = (currency(&self.currency)?, currency(&self.sale_currency)?);
        Ok(Part {
            status: parse_stored(&self.status)?,
            outcome: self.outcome.clone(),
            returned: leads::return_state(&self.return_state)?,
            leads: count(sums.leads),
            spend: spent_in.map(|currency| (sums.price_minor, sums.price_parts, currency)),
            sales: sold_in.map(|currency| Money { minor: sums.sale_minor, currency }),
            opened: (count(sums.opened), count(sums.opened_seconds)),
        })
    }
}

/// Rows that tell what their sums are of.
trait Keyed: AnyRow {
    /// The column that does.
    const COLUMN: &'static str;
    /// Whether it is a day that stands for its whole month: days are then put together before they are read.
    const MONTHLY: bool = false;
    /// What it holds.
    type Key: Ord;
    fn split(self) -> (Self::Key, PartRow);
}

macro_rules! keyed {
    ($($name:ident($column:ident: $key:ty)),+ $(,)?) => {$(
        #[derive(FromRow)]
        struct $name {
            $column: $key,
            #[sqlx(flatten)]
            part: PartRow,
        }

        impl Keyed for $name {
            const COLUMN: &'static str = stringify!($column);
            type Key = $key;

            fn split(self) -> ($key, PartRow) {
                (self.$column, self.part)
            }
        }
    )+};
}

keyed! {
    OfDay(day: NaiveDate),
    OfCampaign(campaign: String),
    OfPartner(partner_id: Uuid),
    OfAccount(account_id: Uuid),
    OfQuarter(quarter: i64),
    OfValue(value: Option<String>),
}

/// A month, by its first day.
#[derive(FromRow)]
struct OfMonth {
    day: NaiveDate,
    #[sqlx(flatten)]
    part: PartRow,
}

impl Keyed for OfMonth {
    const COLUMN: &'static str = "day";
    const MONTHLY: bool = true;
    type Key = NaiveDate;

    fn split(self) -> (NaiveDate, PartRow) {
        (self.day, self.part)
    }
}

/// Rows of the counts that are kept.
trait Kept: Keyed {
    /// What they are for an account.
    const ROWS: Rows;
}

macro_rules! kept {
    ($($name:ident => $rows:ident),+ $(,)?) => {$(
        impl Kept for $name {
            const ROWS: Rows = Rows::$rows;
        }
    )+};
}

kept!(OfDay => Days, OfMonth => Days, OfCampaign => Campaigns, OfPartner => Partners, OfAccount => Days);

/// Sums up what the rows tell.
async fn sum_up<R: Keyed>(
    read: &mut Reader,
    sources: Vec<Source>,
    won: &[String],
) -> Result<BTreeMap<R::Key, Figures>, StoreError> {
    let mut sums = BTreeMap::<R::Key, BTreeMap<Alike, Sums>>::new();
    for Source { rows, is_too_much } in sources {
        let mut rows = rows.push(" GROUP BY ").push(R::COLUMN).push(ALIKE);
        if R::MONTHLY {
            // Ten thousand rows of days take longer to read than to be put together where they are.
            rows = rows.wrap("(", ") days GROUP BY 1").push(ALIKE).wrap(SUMS, "").wrap(" AS day", "");
            rows = rows.wrap(read.dialect().month_of_day(), "").wrap("SELECT ", "");
        }
        for row in rows.all::<R>(read.conn()).await? {
            let (key, PartRow { alike, sums: more }) = row.split();
            sums.entry(key).or_default().entry(alike).or_default().add(&more, if is_too_much { -1 } else { 1 });
        }
    }
    let mut figures = BTreeMap::new();
    for (key, parts) in sums {
        let mut of = Figures::default();
        // What was taken away as a whole is not there.
        let there: Vec<_> = parts.into_iter().filter(|(_, sums)| sums.leads > 0).collect();
        for (alike, sums) in &there {
            of.add(&alike.part(sums)?, won);
        }
        if !there.is_empty() {
            figures.insert(key, of);
        }
    }
    Ok(figures)
}

/// Whose leads a report is about.
enum Whose<'a> {
    Partner(&'a PartnerScope),
    Account(&'a AdminScope, Option<PartnerId>),
}

impl Whose<'_> {
    /// Where the figures of these days are kept.
    fn sources(&self, select: &Sql, rows: Rows, query: &ReportQuery, (from, to): Span) -> Vec<Source> {
        let campaign = query.campaign.as_deref();
        let counts = select.clone().push("lead_day_counts");
        let own = match self {
            Self::Partner(scope) => leads::of_partner(counts, scope),
            Self::Account(scope, Some(partner)) => {
                leads::of_account(counts, scope).push(" AND partner_id = ").arg(*partner)
            }
            Self::Account(scope, None) => return sources::of_account(scope, select, rows, (from, to), campaign),
        };
        vec![sources::of_campaign(sources::between(own, (from, to)), campaign).into()]
    }

    /// The figures of these days, by what the rows tell.
    async fn figures<R: Kept>(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        span: Span,
        won: &[String],
    ) -> Result<BTreeMap<R::Key, Figures>, StoreError> {
        let select = sql("SELECT ").push(R::COLUMN).push(SUMS);
        sum_up::<R>(read, self.sources(&select, R::ROWS, query, span), won).await
    }

    /// The figures of all these days together.
    async fn total(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        span: Span,
        won: &[String],
    ) -> Result<Figures, StoreError> {
        Ok(self.figures::<OfAccount>(read, query, span, won).await?.into_values().next().unwrap_or_default())
    }

    fn zone(&self) -> Zone {
        match self {
            Self::Partner(scope) => scope.session().zone(),
            Self::Account(scope, _) => scope.session().zone(),
        }
    }

    /// The leads themselves, summed up by what the counts do not tell.
    fn leads(&self, select: Sql, query: &ReportQuery, (from, to): Span) -> Vec<Source> {
        let leads = select.push(LEAD_SUMS);
        let own = match self {
            Self::Partner(scope) => leads::of_partner(leads, scope),
            Self::Account(scope, partner) => {
                let own = leads::of_account(leads, scope);
                match partner {
                    Some(partner) => own.push(" AND partner_id = ").arg(*partner),
                    // The others' leads are not walked through.
                    None => leads::of_all_partners(own, scope.account_id()),
                }
            }
        };
        // The days under which leads are counted, whatever the clock is by now; the times are for the index.
        let (first, last) = (from.checked_sub_days(WIDER).unwrap_or(from), to.checked_add_days(WIDER).unwrap_or(to));
        let own = own.push(" AND delivered_on >= ").arg(from).push(" AND delivered_on <= ").arg(to);
        let own = own.push(" AND delivered_at >= ").arg(self.zone().day_start(first));
        let own = own.push(" AND delivered_at < ").arg(self.zone().day_end(last.min(LAST_DAY)));
        vec![sources::of_campaign(own, query.campaign.as_deref()).into()]
    }

    async fn hours(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        span: Span,
        won: &[String],
    ) -> Result<Vec<ReportRow>, StoreError> {
        let select = sql("SELECT ").push(read.dialect().quarter_hours()).push(" AS quarter");
        let quarters = sum_up::<OfQuarter>(read, self.leads(select, query, span), won).await?;
        let row = |hour| ReportRow { key: RowKey::Hour(hour), figures: Figures::default() };
        let mut rows: Vec<_> = (0..24).map(row).collect();
        for (quarter, figures) in quarters {
            let begun = DateTime::from_timestamp(quarter * 900, 0).unwrap_or_default();
            let hour = self.zone().local(begun).clock().hour();
            if let Some(row) = rows.get_mut(hour as usize) {
                row.figures.merge(&figures);
            }
        }
        Ok(rows)
    }

    /// The field whose values the rows are to be; none where it is no such field of the reader's.
    async fn field(&self, read: &mut Reader, query: &ReportQuery) -> Result<Option<FilterField>, StoreError> {
        let Some(label) = query.field.as_ref().filter(|_| query.by == Some(ReportBy::Field)) else { return Ok(None) };
        let fields = match self {
            Self::Partner(scope) => leads::filter_fields(read, scope).await?,
            Self::Account(scope, _) => leads::filter_fields_of_account(read, scope).await?,
        };
        Ok(fields.into_iter().find(|field| field.label == *label && field.kind.has_groups()))
    }

    async fn values(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        field: Option<&FilterField>,
        span: Span,
        won: &[String],
    ) -> Result<Vec<ReportRow>, StoreError> {
        let Some(field) = field else { return Ok(Vec::new()) };
        let FilterField { kind, values, .. } = field;
        let select = sql("SELECT (SELECT v.value FROM lead_values v WHERE v.lead_key = leads.lead_key AND v.field = ")
            .arg(field.stored())
            .push(") AS value");
        let found = sum_up::<OfValue>(read, self.leads(select, query, span), won).await?;
        let shown: BTreeMap<String, &String> =
            values.iter().filter_map(|value| Some((kind.key(value)?, value))).collect();
        let mut rows = BTreeMap::<Option<String>, Figures>::new();
        for (value, figures) in found {
            let name = value.map(|value| shown.get(&value).map_or_else(|| value.clone(), |shown| (*shown).clone()));
            rows.entry(name).or_default().merge(&figures);
        }
        Ok(rows_of_values(rows))
    }

    /// The names of the account's partners.
    async fn partner_names(&self, read: &mut Reader) -> Result<BTreeMap<Uuid, String>, StoreError> {
        let Self::Account(scope, _) = self else { return Ok(BTreeMap::new()) };
        let names = sql("SELECT id, name FROM partners WHERE account_id = ").arg(scope.account_id());
        Ok(names.all::<(Uuid, String)>(read.conn()).await?.into_iter().collect())
    }

    async fn report(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        today: NaiveDate,
        choices: &[OutcomeChoice],
    ) -> Result<Report, StoreError> {
        let sales = choices.iter().filter(|choice| choice.kind == OutcomeKind::Won).map(|choice| choice.code.clone());
        let won: Vec<String> = sales.collect();
        let span = query.span(today);
        let field = self.field(read, query).await?;
        let by = match &field {
            None if query.by == Some(ReportBy::Field) => ReportQuery { by: None, ..query.clone() }.rows_by(span),
            _ => query.rows_by(span),
        };
        // Before leads are looked at one by one, it is known how many there are.
        let counted = if by.counts_leads() { Some(self.total(read, query, span, &won).await?) } else { None };
        let too_many = counted.as_ref().is_some_and(|total| total.leads > Report::MOST_COUNTED);
        let mut rows = match by {
            _ if too_many => Vec::new(),
            ReportBy::Campaign => {
                let found = self.figures::<OfCampaign>(read, query, span, &won).await?;
                found.into_iter().map(|(name, figures)| ReportRow { key: RowKey::Campaign(name), figures }).collect()
            }
            ReportBy::Partner => {
                let mut names = self.partner_names(read).await?;
                let found = self.figures::<OfPartner>(read, query, span, &won).await?;
                let row = |(id, figures)| {
                    let name = names.remove(&id).unwrap_or_default();
                    ReportRow { key: RowKey::Partner(name, PartnerId(id)), figures }
                };
                found.into_iter().map(row).collect()
            }
            ReportBy::Hour => self.hours(read, query, span, &won).await?,
            ReportBy::Field => self.values(read, query, field.as_ref(), span, &won).await?,
            ReportBy::Month => {
                let months = self.figures::<OfMonth>(read, query, span, &won).await?;
                // The first month may begin before the days that are asked for.
                let months = months.into_iter().map(|(first, figures)| (first.max(span.0), figures)).collect();
                rows_of_days(span, by, &months)
            }
            by => rows_of_days(span, by, &self.figures::<OfDay>(read, query, span, &won).await?),
        };
        if matches!(by, ReportBy::Campaign | ReportBy::Partner) {
            rank(&mut rows);
        }
        let total = counted.unwrap_or_else(|| {
            let mut total = Figures::default();
            rows.iter().for_each(|row| total.merge(&row.figures));
            total
        });
        let earlier = before(span);
        let former = self.total(read, query, earlier, &won).await?;
        let with_price = match self {
            Self::Partner(scope) => scope.session().permissions().has(Permission::ViewLeadPrice),
            Self::Account(..) => true,
        };
        let mut report = Report {
            by,
            field: field.filter(|_| by == ReportBy::Field).map(|field| field.label),
            span,
            rows,
            total,
            too_many,
            before: (earlier, former),
            with_price,
            sale: if let [sale] = &won[..] { Some(sale.clone()) } else { None },
        };
        if !with_price {
            report.rows.iter_mut().for_each(|row| row.figures.hide_spend());
            report.total.hide_spend();
            report.before.1.hide_spend();
        }
        Ok(report)
    }
}

/// A report of a partner's leads, without what they cost for whoever may not see that.
pub async fn of_partner(read: &mut Reader, scope: &PartnerScope, query: &ReportQuery) -> Result<Report, StoreError> {
    let choices = leads::outcomes(read, scope).await?;
    let query = ReportQuery { partner: None, by: query.by.filter(|by| *by != ReportBy::Partner), ..query.clone() };
    let today = scope.session().zone().day(read.now());
    Whose::Partner(scope).report(read, &query, today, &choices).await
}

/// A report of the leads of all the account's partners, or of one. `read` is a transaction, for the sums and what is pending must agree.
pub async fn of_account(read: &mut Reader, scope: &AdminScope, query: &ReportQuery) -> Result<Report, StoreError> {
    let choices = leads::list_for_account::<OutcomeKind>(read, scope).await?;
    let today = scope.session().zone().day(read.now());
    Whose::Account(scope, query.partner).report(read, query, today, &choices).await
}
