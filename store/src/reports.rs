//! Reports, from the counts that are kept beside the leads: what they cost grows with days, campaigns and partners, not with the leads.

mod breakdowns;
mod sources;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    access::Permission,
    ids::{AccountId, PartnerId},
    leads::{FilterField, OutcomeChoice, OutcomeKind},
    reports::{
        Figures, Report, ReportBy, ReportQuery, ReportRow, RowKey, Span, Tally, before, rank, rows_of_days,
        rows_of_values,
    },
};
use sqlx::FromRow;
use uuid::Uuid;

use self::{
    breakdowns::Of,
    sources::{Rows, Source},
};
use crate::{
    Reader, StoreError,
    access::{AdminScope, PartnerScope},
    leads::{
        self, OTHER_VALUE,
        breakdowns::{Dimension, Sums},
        parts::{ALIKE, COUNTS, PartRow},
    },
    sql::{AnyRow, Sql, sql},
};

/// Rows that tell what their sums are of.
trait Keyed: AnyRow {
    /// The column that does.
    const COLUMN: &'static str;
    /// Whether it is a day that stands for its whole month: days are then put together before they are read.
    const MONTHLY: bool = false;
    /// What they are for an account.
    const ROWS: Rows;
    /// What it holds.
    type Key: Ord;
    fn split(self) -> (Self::Key, PartRow);
}

macro_rules! keyed {
    ($($name:ident($column:ident: $key:ty) => $rows:ident),+ $(,)?) => {$(
        #[derive(FromRow)]
        struct $name {
            $column: $key,
            #[sqlx(flatten)]
            part: PartRow,
        }

        impl Keyed for $name {
            const COLUMN: &'static str = stringify!($column);
            const ROWS: Rows = Rows::$rows;
            type Key = $key;

            fn split(self) -> ($key, PartRow) {
                (self.$column, self.part)
            }
        }
    )+};
}

keyed! {
    OfDay(day: NaiveDate) => Days,
    OfCampaign(campaign: String) => Campaigns,
    OfPartner(partner_id: Uuid) => Partners,
    OfAccount(account_id: Uuid) => Days,
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
    const ROWS: Rows = Rows::Days;
    type Key = NaiveDate;

    fn split(self) -> (NaiveDate, PartRow) {
        (self.day, self.part)
    }
}

/// Whose leads a report is about.
enum Whose<'a> {
    Partner(&'a PartnerScope),
    Account(&'a AdminScope, Option<PartnerId>),
}

impl Whose<'_> {
    fn account(&self) -> AccountId {
        match self {
            Self::Partner(scope) => scope.account_id(),
            Self::Account(scope, _) => scope.account_id(),
        }
    }

    /// Its own rows of a table.
    fn own(&self, select: Sql) -> Sql {
        match self {
            Self::Partner(scope) => leads::of_partner(select, scope),
            Self::Account(scope, Some(partner)) => {
                leads::of_account(select, scope).push(" AND partner_id = ").arg(*partner)
            }
            Self::Account(scope, None) => leads::of_account(select, scope),
        }
    }

    /// Where the figures of these days are kept.
    fn sources(&self, select: &Sql, rows: Rows, query: &ReportQuery, span: Span) -> Vec<Source> {
        let campaign = query.campaign.as_deref();
        if let Self::Account(scope, None) = self {
            return sources::of_account(scope, select, rows, span, campaign);
        }
        let own = self.own(select.clone().push("lead_day_counts"));
        vec![sources::of_campaign(sources::between(own, span), campaign).into()]
    }

    /// What these days add up to, by what the rows tell.
    async fn sums<R: Keyed>(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        span: Span,
    ) -> Result<BTreeMap<R::Key, Tally>, StoreError> {
        let select = sql("SELECT ").push(R::COLUMN).push(COUNTS);
        let mut sums = BTreeMap::<R::Key, Tally>::new();
        for Source { rows, is_too_much } in self.sources(&select, R::ROWS, query, span) {
            let mut rows = rows.push(" GROUP BY ").push(R::COLUMN).push(ALIKE);
            if R::MONTHLY {
                // Ten thousand rows of days take longer to read than to be put together where they are.
                rows = rows.wrap("(", ") days GROUP BY 1").push(ALIKE).wrap(COUNTS, "").wrap(" AS day", "");
                rows = rows.wrap(read.dialect().month_of_day(), "").wrap("SELECT ", "");
            }
            for row in rows.all::<R>(read.conn()).await? {
                let (key, part) = row.split();
                sums.entry(key).or_default().add(&part.tally()?, if is_too_much { -1 } else { 1 });
            }
        }
        // What was taken away as a whole is not there.
        sums.retain(|_, tally| !tally.is_empty());
        Ok(sums)
    }

    /// What all these days together add up to.
    async fn total(&self, read: &mut Reader, query: &ReportQuery, span: Span) -> Result<Tally, StoreError> {
        Ok(self.sums::<OfAccount>(read, query, span).await?.into_values().next().unwrap_or_default())
    }

    /// What these days add up to by something that the counts do not tell; nothing while too many leads wait to be summed up.
    async fn broken_down(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        dimension: &Dimension,
        span: Span,
    ) -> Result<Option<Sums>, StoreError> {
        let (is_all, zone) = match self {
            Self::Partner(scope) => (false, scope.session().zone()),
            Self::Account(scope, partner) => (partner.is_none(), scope.session().zone()),
        };
        let counted = sql("SELECT counted_zone FROM accounts WHERE id = ").arg(self.account());
        let (counted,) = counted.one::<(String,)>(read.conn()).await?;
        // Not all days have been noted yet that are to be summed up at all, or by another clock.
        if counted.is_empty() || *dimension == Dimension::Hour && counted != zone.name() {
            return Ok(None);
        }
        let of = Of { own: &|select| self.own(select), is_all, zone, campaign: query.campaign.as_deref() };
        breakdowns::sums(read, &of, dimension, span).await
    }

    /// The field whose values the rows are to be; none where it is no such field of the reader's.
    async fn field(&self, read: &mut Reader, query: &ReportQuery) -> Result<Option<FilterField>, StoreError> {
        let Some(label) = query.field.as_ref().filter(|_| query.by == Some(ReportBy::Field)) else { return Ok(None) };
        let hidden = match self {
            Self::Partner(scope) => scope.session().sees_hidden_fields(),
            Self::Account(..) => true,
        };
        let fields = leads::filterable_unscoped(read, self.account()).await?.filterable(hidden);
        Ok(fields.into_iter().find(|field| field.label == *label && field.kind.has_groups()))
    }

    /// The rows of the values of a field, as they were written when they came first.
    async fn values(
        &self,
        read: &mut Reader,
        field: &FilterField,
        mut sums: Sums,
        total: &Tally,
        won: &[String],
    ) -> Result<Vec<ReportRow>, StoreError> {
        let names = self.own(sql("SELECT value, MIN(shown) FROM lead_field_values"));
        let names =
            if matches!(self, Self::Account(_, None)) { leads::of_all_partners(names, self.account()) } else { names };
        let names = names
            .push(" AND field = ")
            .arg(field.stored())
            .push(" GROUP BY value")
            .all::<(String, String)>(read.conn())
            .await?;
        let mut names: BTreeMap<_, _> = names.into_iter().collect();
        let mut none = total.clone();
        sums.values().for_each(|tally| none.add(tally, -1));
        let others = sums.remove(OTHER_VALUE).unwrap_or_default().figures(won);
        let named = |(value, tally): (String, Tally)| (names.remove(&value).unwrap_or(value), tally.figures(won));
        Ok(rows_of_values(sums.into_iter().map(named).collect(), others, none.figures(won)))
    }

    /// The names of the account's partners.
    async fn partner_names(&self, read: &mut Reader) -> Result<BTreeMap<Uuid, String>, StoreError> {
        let Self::Account(scope, _) = self else { return Ok(BTreeMap::new()) };
        let names = sql("SELECT id, name FROM partners WHERE account_id = ").arg(scope.account_id());
        Ok(names.all::<(Uuid, String)>(read.conn()).await?.into_iter().collect())
    }

    /// The rows that the counts tell, in the order in which they come.
    async fn counted(
        &self,
        read: &mut Reader,
        query: &ReportQuery,
        by: ReportBy,
        span: Span,
        won: &[String],
    ) -> Result<Vec<ReportRow>, StoreError> {
        Ok(match by {
            ReportBy::Campaign => {
                let found = self.sums::<OfCampaign>(read, query, span).await?.into_iter();
                found
                    .map(|(name, sums)| ReportRow { key: RowKey::Campaign(name), figures: sums.figures(won) })
                    .collect()
            }
            ReportBy::Partner => {
                let mut names = self.partner_names(read).await?;
                let row = |(id, sums): (Uuid, Tally)| {
                    let name = names.remove(&id).unwrap_or_default();
                    ReportRow { key: RowKey::Partner(name, PartnerId(id)), figures: sums.figures(won) }
                };
                self.sums::<OfPartner>(read, query, span).await?.into_iter().map(row).collect()
            }
            ReportBy::Month => {
                // The first month may begin before the days that are asked for.
                let months = self.sums::<OfMonth>(read, query, span).await?.into_iter();
                rows_of_days(span, by, &months.map(|(first, sums)| (first.max(span.0), sums.figures(won))).collect())
            }
            by => {
                let days = self.sums::<OfDay>(read, query, span).await?.into_iter();
                rows_of_days(span, by, &days.map(|(day, sums)| (day, sums.figures(won))).collect())
            }
        })
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
        let dimension = match (by, &field) {
            (ReportBy::Hour, _) => Some(Dimension::Hour),
            (ReportBy::Field, Some(field)) => Some(Dimension::Field(field.stored())),
            _ => None,
        };
        let (rows, total) = if let Some(dimension) = dimension {
            let total = self.total(read, query, span).await?;
            let rows = match (self.broken_down(read, query, &dimension, span).await?, &field) {
                (None, _) => None,
                (Some(sums), Some(field)) => Some(self.values(read, field, sums, &total, &won).await?),
                (Some(sums), None) => Some(rows_of_hours(&sums, &won)),
            };
            (rows, total.figures(&won))
        } else {
            let rows = self.counted(read, query, by, span, &won).await?;
            let mut total = Figures::default();
            rows.iter().for_each(|row| total.merge(&row.figures));
            (Some(rows), total)
        };
        let is_pending = rows.is_none();
        let mut rows = rows.unwrap_or_default();
        if matches!(by, ReportBy::Campaign | ReportBy::Partner) {
            rank(&mut rows);
        }
        let earlier = before(span);
        let former = self.total(read, query, earlier).await?.figures(&won);
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
            is_pending,
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

/// The rows of the hours of the day, each of them.
fn rows_of_hours(sums: &Sums, won: &[String]) -> Vec<ReportRow> {
    let row = |hour: u32| ReportRow {
        key: RowKey::Hour(hour),
        figures: sums.get(&hour.to_string()).map(|tally| tally.figures(won)).unwrap_or_default(),
    };
    (0..24).map(row).collect()
}

/// A report of a partner's leads, without what they cost for whoever may not see that. `read` is a transaction, for the sums and what is
/// pending must agree.
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
