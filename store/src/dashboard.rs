//! The dashboard's figures. None of them is counted lead by lead: the counts are kept beside the leads.

use domain::{
    access::Permission,
    dashboard::{CHART_DAYS, Dashboard, LeadFigures, ReportDays},
    leads::{DayRange, LeadStatus},
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
pub async fn load(read: &mut Reader, session: &PartnerSession) -> Result<Dashboard, StoreError> {
    let query = ActivityQuery { kind: None, skip: 0, rows: EVENTS };
    Ok(Dashboard {
        leads: match session.require(Permission::ViewLeads) {
            Ok(scope) => Some(lead_figures(read, &scope).await?),
            Err(_) => None,
        },
        due: match session.require(Permission::ViewInvoices) {
            Ok(scope) => Some(invoices::due(read, &scope).await?),
            Err(_) => None,
        },
        activity: audit::activity(read, session, query).await?,
    })
}

async fn lead_figures(read: &mut Reader, scope: &PartnerScope) -> Result<LeadFigures, StoreError> {
    let days = ReportDays { today: scope.session().zone().day(read.now()) };
    let range = |(from, to)| DayRange { from: Some(from), to: Some(to) };
    let found = leads::by_day(read, scope, range((days.first(), days.today))).await?;
    let on = |day| found.iter().find(|(found, _)| *found == day).map_or(0, |(_, leads)| *leads);
    Ok(LeadFigures {
        days,
        total: leads::counted(read, scope, DayRange::default(), None, None).await?,
        this_month: leads::counted(read, scope, range(days.this_month()), None, None).await?,
        last_month: leads::counted(read, scope, range(days.last_month()), None, None).await?,
        unopened: leads::counted(read, scope, DayRange::default(), None, Some(LeadStatus::New)).await?,
        by_day: days.first().iter_days().take(CHART_DAYS as usize).map(|day| (day, on(day))).collect(),
        newest: leads::newest(read, scope, NEWEST).await?,
    })
}
