//! The CSV of a partner's leads.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use domain::{
    access::Permission,
    audit::AuditAction,
    ids::LeadId,
    leads::{FieldColumns, LeadFilter, LeadListQuery},
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
    let source = Leads {
        state: state.clone(),
        scope: actor.scope().clone(),
        query,
        with_price,
        fields: FieldColumns::default(),
        next: Next::First,
    };
    let event = Event { state: state.clone(), actor, action: AuditAction::LeadsExported, object: "leads", detail };
    Ok(file(CSV, &name, list::csv(source, event)))
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
    fields: FieldColumns,
    next: Next,
}

impl Source for Leads {
    /// The leads are walked once for the names of their fields alone: the columns have to be known before the first row.
    async fn columns(&mut self) -> Result<Vec<String>, StoreError> {
        let mut after = None;
        loop {
            let mut read = self.state.db.reader().await?;
            let leads = leads::export_names(&mut read, &self.scope, &self.query, after, BATCH).await?;
            for (_, names) in &leads {
                self.fields.add(names.iter().map(String::as_str));
            }
            after = leads.last().filter(|_| leads.len() == BATCH as usize).map(|(id, _)| *id);
            if after.is_none() {
                return Ok(header(self.with_price, &self.fields));
            }
        }
    }

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
        Ok(Some(rows.into_iter().filter_map(|row| cells(row, self.with_price, &self.fields)).collect()))
    }
}

const HEAD: [&str; 7] = ["Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID"];
const PRICE: [&str; 2] = ["Price", "Currency"];
/// What has no column of its own.
const REST: &str = "Details";

fn header(with_price: bool, fields: &FieldColumns) -> Vec<String> {
    let ours = HEAD.iter().chain(PRICE.iter().filter(|_| with_price)).map(|name| (*name).to_owned());
    // A field that is called like one of our columns is told from it.
    let taken = |name: &str| HEAD.iter().chain(&PRICE).chain(&[REST]).any(|ours| *ours == name);
    let named = |name: &String| if taken(name) { format!("{name} (field)") } else { name.clone() };
    let rest = fields.has_rest().then(|| REST.to_owned());
    ours.chain(fields.names().iter().map(named)).chain(rest).collect()
}

/// A lead's row. None for one that came in while the export ran and brings a field that has no column: it is for the next
/// export.
fn cells(row: ExportRow, with_price: bool, columns: &FieldColumns) -> Option<Row> {
    let (fields, rest) = columns.placed(row.fields)?;
    let lead = row.summary;
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
    cells.extend(fields.into_iter().map(Cell::Text));
    if columns.has_rest() {
        let rest = rest.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
        cells.push(rest.into());
    }
    Some(cells)
}
