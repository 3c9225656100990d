//! The dashboard's figures. None of them is counted lead by lead: the counts are kept beside the leads.

use domain::{
    access::Permission,
    dashboard::{ChartBar, ChartPeriod, Dashboard, LeadFigures, ReportDays},
    leads::{DayRange, LeadFilter, LeadStatus},
};

use crate::{
    Reader, StoreError,
    access::{PartnerScope, PartnerSession},
    audit::{self, ActivityQuery},
    invoices, leads,
};

/// How many of the newest leads are shown.
const NEWEST: i64 = 5;
/// How many of the latest events are shown.
const EVENTS: u32 = 6;

/// The dashboard, with what the reader may see.
pub async fn load(read: &mut Reader, session: &PartnerSession, period: ChartPeriod) -> Result<Dashboard, StoreError> {
    let query = ActivityQuery { kind: None, skip: 0, rows: EVENTS };
    Ok(Dashboard {
        leads: match session.require(Permission::ViewLeads) {
            Ok(scope) => Some(lead_figures(read, &scope, period).await?),
            Err(_) => None,
        },
        due: match session.require(Permission::ViewInvoices) {
            Ok(scope) => Some(invoices::due(read, &scope).await?),
            Err(_) => None,
        },
        activity: audit::activity(read, session, query).await?,
    })
}

async fn lead_figures(read: &mut Reader, scope: &PartnerScope, period: ChartPeriod) -> Result<LeadFigures, StoreError> {
    let days = ReportDays { today: scope.session().zone().day(read.now()) };
    let range = |(from, to)| DayRange { from: Some(from), to: Some(to) };
    let all = LeadFilter::default();
    let unopened = LeadFilter { status: Some(LeadStatus::New), ..LeadFilter::default() };
    let bars = period.bars(days.today);
    let first = bars.first().map_or(days.today, |(from, _)| *from);
    let found = leads::by_day(read, scope, range((first, days.today))).await?;
    let bar = |(from, to)| {
        let within = found.iter().filter(|(day, _)| (from..=to).contains(day));
        ChartBar { from, to, leads: within.map(|(_, leads)| leads).sum() }
    };
    Ok(LeadFigures {
        days,
        total: leads::counted(read, scope, DayRange::default(), &all).await?,
        this_month: leads::counted(read, scope, range(days.this_month()), &all).await?,
        last_month: leads::counted(read, scope, range(days.last_month()), &all).await?,
        unopened: leads::counted(read, scope, DayRange::default(), &unopened).await?,
        period,
        bars: bars.into_iter().map(bar).collect(),
        newest: leads::newest(read, scope, NEWEST).await?,
        to_do: leads::due(read, scope, days.today).await?,
        pinned: leads::pinned_views(read, scope).await?,
    })
}
