//! A partner's leads as a file.

use app::{access::AppState, error::AppError};
use axum::{body::Bytes, response::Response};
use domain::{
    access::Permission,
    audit::AuditAction,
    ids::LeadId,
    lead_imports::{EXPORTED, EXPORTED_SINCE},
    leads::{FieldColumns, FieldFilter, LeadFilter, LeadListQuery, OutcomeChoice, PlacedFields, Review},
    returns::ReturnState,
};
use serde_json::{Value, json};
use store::{
    StoreError,
    access::PartnerScope,
    leads::{self, ExportRow, Rows},
};

use super::{
    list::{self, Event, Format},
    request::{PartnerDownload, file, ids},
    sheet::{Cell, Column, Row},
    source::Source,
};

/// Rows read at once: enough to keep the database busy, few enough to stay small in memory.
pub(super) const BATCH: u32 = 1_000;

/// `GET /partner/leads/export.csv?{the list's own query}`: exactly the leads the list shows, on all its pages.
pub async fn leads_csv(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Csv, listed(&download)).await)
}

/// `POST /partner/leads/export.csv`: the leads that are selected in the list, or all of it, as the form below the list says.
pub async fn selected_leads_csv(download: PartnerDownload, form: Bytes) -> Response {
    let rows = selected(&form);
    let file = async { export(&download, Format::Csv, rows?).await };
    download.answer(file.await)
}

/// `GET /partner/leads/export.xlsx`: the same as a workbook.
pub async fn leads_xlsx(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Xlsx, listed(&download)).await)
}

/// What the list shows whose query the download has.
fn listed(download: &PartnerDownload) -> Rows {
    Rows::Of(LeadListQuery::from_query_string(download.query()).query.first_page())
}

/// What the form says: `leads[]`, or `all` of the `list`.
fn selected(form: &[u8]) -> Result<Rows, AppError> {
    let pairs: Vec<_> = form_urlencoded::parse(form).into_owned().collect();
    let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if of("all").is_some() {
        return Ok(Rows::Of(LeadListQuery::from_query_string(of("list").unwrap_or_default()).query.first_page()));
    }
    let ids = ids(&pairs, "leads[]")?;
    Review::check_selected(ids.len()).map_err(AppError::Invalid)?;
    Ok(Rows::Selected(ids))
}

async fn export(download: &PartnerDownload, format: Format, rows: Rows) -> Result<Response, AppError> {
    let actor = download.require(Permission::ExportLeads).await?;
    let state = &download.state;
    let everything = LeadFilter::default();
    let filter = if let Rows::Of(query) = &rows { &query.filter } else { &everything };
    let name = format!("{}.{}", filter.file_stem(download.session.zone().day(state.db.now())), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let detail = event_detail(&rows);
    let with_price = actor.scope().session().permissions().has(Permission::ViewLeadPrice);
    let source = Leads {
        state: state.clone(),
        scope: actor.scope().clone(),
        rows,
        with_price,
        outcomes: Vec::new(),
        fields: FieldColumns::default(),
        next: Next::First,
    };
    let event =
        Event { state: state.clone(), actor, action: AuditAction::LeadsExported, object: "leads", format, detail };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Leads", source, event)))
}

/// The event says which filters were set; the search text may be a person's name and stays out.
fn event_detail(rows: &Rows) -> Value {
    let filter = match rows {
        Rows::Of(query) => &query.filter,
        Rows::Selected(leads) => return json!({ "selected": leads.len() }),
    };
    filter_detail(filter)
}

/// Which filters were set.
pub(super) fn filter_detail(filter: &LeadFilter) -> Value {
    let mut detail = json!({
        "searched": !filter.q.is_empty(),
        "period": filter.period,
        "from": filter.days.from,
        "to": filter.days.to,
        "campaign": filter.campaign,
        "status": filter.status,
        "outcome": filter.outcome,
        "return": filter.returned,
    });
    // The values may be a person's: what was asked of which field is enough.
    let fields: Vec<_> = filter.fields.iter().map(|field| FieldFilter::name(field.bound, &field.label)).collect();
    if !fields.is_empty() {
        detail["fields"] = fields.into();
    }
    detail
}

/// Where the next batch begins.
#[derive(Clone, Copy)]
pub(super) enum Next {
    First,
    After(LeadId),
    Nothing,
}

struct Leads {
    state: AppState,
    scope: PartnerScope,
    rows: Rows,
    with_price: bool,
    outcomes: Vec<OutcomeChoice>,
    fields: FieldColumns,
    next: Next,
}

impl Source for Leads {
    /// The leads are walked once for the names of their fields alone: the columns have to be known before the first row.
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        let mut after = None;
        self.outcomes = leads::outcomes(&mut self.state.db.reader(&self.scope).await?, &self.scope).await?;
        loop {
            let mut read = self.state.db.reader(&self.scope).await?;
            let leads = leads::export_names(&mut read, &self.scope, &self.rows, after, BATCH).await?;
            for (_, names) in &leads {
                self.fields.add(names.iter().map(String::as_str));
            }
            after = leads.last().filter(|_| leads.len() == BATCH as usize).map(|(id, _)| *id);
            if after.is_none() {
                let rules = leads::field_rules(&mut read, &self.scope).await?;
                self.fields.order(|label| rules.rank(label));
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
        let mut read = self.state.db.reader(&self.scope).await?;
        let rows = leads::export_batch(&mut read, &self.scope, &self.rows, after, BATCH).await?;
        let last = rows.last().filter(|_| rows.len() == BATCH as usize);
        self.next = last.map_or(Next::Nothing, |row| Next::After(row.summary.id));
        Ok(Some(rows.into_iter().filter_map(|row| cells(row, self.with_price, &self.outcomes, &self.fields)).collect()))
    }
}

const WIDTHS: [u16; 7] = [28, 32, 20, 24, 20, 12, 24];
const PRICE: [(&str, u16); 2] = [("Price", 12), ("Currency", 10)];
const SINCE_WIDTHS: [u16; 4] = [16, 12, 10, 16];
/// What the account's own export has beside.
pub(super) const BESIDE: [(&str, u16); 2] = [("Partner", 32), ("Delivery", 12)];
/// What has no column of its own.
const REST: &str = "Details";
/// How wide the columns of fields are.
const FIELD: u16 = 20;

pub(super) fn header(with_price: bool, fields: &FieldColumns) -> Vec<Column> {
    // A field that is called like one of our columns is told from it.
    let head: Vec<(&str, u16)> = EXPORTED.into_iter().zip(WIDTHS).collect();
    let taken = |name: &str| {
        name == REST
            || EXPORTED_SINCE.contains(&name)
            || head.iter().chain(&PRICE).chain(&BESIDE).any(|(ours, _)| *ours == name)
    };
    let named = |name: &String| if taken(name) { format!("{name} (field)") } else { name.clone() };
    let mut columns = Column::all(&head);
    if with_price {
        columns.extend(Column::all(&PRICE));
    }
    columns.extend(EXPORTED_SINCE.into_iter().zip(SINCE_WIDTHS).map(|(name, width)| Column::new(name, width)));
    columns.extend(fields.names().iter().map(|name| Column::new(named(name), FIELD)));
    columns.extend(fields.has_rest().then(|| Column::new(REST, 2 * FIELD)));
    columns
}

/// A lead's row. None for one that came in while the export ran and brings a field that has no column: it is for the next
/// export.
pub(super) fn cells(
    row: ExportRow,
    with_price: bool,
    outcomes: &[OutcomeChoice],
    columns: &FieldColumns,
) -> Option<Row> {
    let PlacedFields { values, rest } = columns.placed(row.fields)?;
    let (lead, more) = (row.summary, row.more);
    let mut cells: Row = vec![
        lead.name.into(),
        lead.email.into(),
        lead.phone.into(),
        lead.campaign.into(),
        Cell::Time(lead.received),
        lead.status.label().into(),
        more.external_id.into(),
    ];
    if with_price {
        cells.push(Cell::of(more.price, Cell::Price));
        cells.push(Cell::of(more.price, |price| price.currency.code().into()));
    }
    let outcome = more.outcome.as_ref().map_or("", |outcome| OutcomeChoice::label_of(outcomes, &outcome.code));
    let value = more.outcome.as_ref().and_then(|outcome| outcome.value);
    cells.extend([
        outcome.into(),
        Cell::of(value, Cell::Amount),
        Cell::of(value, |value| value.currency.code().into()),
        more.returned.map_or("", ReturnState::label).into(),
    ]);
    cells.extend(values.into_iter().map(Cell::Text));
    if columns.has_rest() {
        let rest = rest.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ");
        cells.push(rest.into());
    }
    Some(cells)
}
