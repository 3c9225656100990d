//! The CSV of a partner's leads.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use domain::{
    access::Permission,
    audit::AuditAction,
    ids::LeadId,
    leads::{LeadFilter, LeadListQuery},
};
use serde_json::{Value, json};
use store::{
    StoreError,
    access::PartnerScope,
    leads::{self, ExportRow},
};

use super::{
    CSV,
    list::{self, Event, Row, Source},
    request::{PartnerDownload, file},
    sheet::Cell,
};

/// Rows read at once: enough to keep the database busy, few enough to stay small in memory.
const BATCH: u32 = 1_000;

/// `GET /partner/leads/export.csv?{the list's own query}`: exactly the leads the list shows, on all its pages.
pub async fn leads_csv(download: PartnerDownload) -> Response {
    download.answer(export(&download).await)
}

async fn export(download: &PartnerDownload) -> Result<Response, AppError> {
    let actor = download.require(Permission::ExportLeads).await?;
    let state = &download.state;
    let query = LeadListQuery::from_query_string(download.query()).query.first_page();
    let name = query.filter.file_name(download.session.zone().day(state.db.now()));
    if let Some(head) = download.head(CSV, &name) {
        return Ok(head);
    }
    let detail = event_detail(&query.filter);
    let with_price = actor.scope().session().permissions().has(Permission::ViewLeadPrice);
    let next = Next::First;
    let source = Leads { state: state.clone(), scope: actor.scope().clone(), query, with_price, next };
    let event = Event { state: state.clone(), actor, action: AuditAction::LeadsExported, object: "leads", detail };
    Ok(file(CSV, &name, list::csv(header(with_price), source, event)))
}

/// The event says which filters were set; the search text may be a person's name and stays out.
fn event_detail(filter: &LeadFilter) -> Value {
    json!({
        "searched": !filter.q.is_empty(),
        "period": filter.period,
        "from": filter.days.from,
        "to": filter.days.to,
        "campaign": filter.campaign,
        "status": filter.status,
    })
}

/// Where the next batch begins.
#[derive(Clone, Copy)]
enum Next {
    First,
    After(LeadId),
    Nothing,
}

struct Leads {
    state: AppState,
    scope: PartnerScope,
    query: LeadListQuery,
    with_price: bool,
    next: Next,
}

impl Source for Leads {
    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let after = match self.next {
            Next::First => None,
            Next::After(id) => Some(id),
            Next::Nothing => return Ok(None),
        };
        // A connection for each batch: a reader that is slow to take the file must not keep one.
        let mut read = self.state.db.reader().await?;
        let rows = leads::export_batch(&mut read, &self.scope, &self.query, after, BATCH).await?;
        let last = rows.last().filter(|_| rows.len() == BATCH as usize);
        self.next = last.map_or(Next::Nothing, |row| Next::After(row.summary.id));
        Ok(Some(rows.into_iter().map(|row| cells(row, self.with_price)).collect()))
    }
}

fn header(with_price: bool) -> Vec<String> {
    let (head, price) =
        (["Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID"], ["Price", "Currency"]);
    let price: &[&str] = if with_price { &price } else { &[] };
    [&head[..], price, &["Details"]].concat().into_iter().map(ToOwned::to_owned).collect()
}

fn cells(row: ExportRow, with_price: bool) -> Row {
    let lead = row.summary;
    let details = row.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
    let mut cells: Row = vec![
        lead.name.into(),
        lead.email.into(),
        lead.phone.into(),
        lead.campaign.into(),
        Cell::Time(lead.received),
        lead.status.label().into(),
        row.external_id.into(),
    ];
    if with_price {
        cells.push(Cell::of(row.price, Cell::Amount));
        cells.push(Cell::of(row.price, |price| price.currency.code().into()));
    }
    cells.push(details.into());
    cells
}
