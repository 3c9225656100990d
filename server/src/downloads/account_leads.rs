//! The leads of all the account's partners as a file.

use app::{access::AppState, error::AppError};
use axum::response::Response;
use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    ids::LeadId,
    leads::{AccountLeadQuery, FieldColumns, OutcomeChoice},
};
use store::{StoreError, access::AdminScope, leads};

use super::{
    leads::{BATCH, BESIDE, Next, cells, filter_detail, header},
    list::{self, Event, Format},
    request::{AdminDownload, file},
    sheet::{Column, Row},
    source::Source,
};

/// `GET /admin/leads/export.csv?{the list's own query}`: exactly the leads the list shows, on all its pages.
pub async fn account_leads_csv(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /admin/leads/export.xlsx`: the same as a workbook.
pub async fn account_leads_xlsx(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

async fn export(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let query = AccountLeadQuery::from_query_string(download.query()).0.first_page();
    let filter = &query.list.filter;
    let name = format!("{}.{}", filter.file_stem(download.session.zone().day(state.db.now())), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let mut detail = filter_detail(filter);
    detail["partner"] = serde_json::json!(query.partner);
    detail["delivery"] = serde_json::json!(query.delivery);
    let source = AccountLeads {
        state: state.clone(),
        scope: actor.scope().clone(),
        query,
        outcomes: Vec::new(),
        fields: FieldColumns::default(),
        next: Next::First,
    };
    let event = Event { state, actor, action: AuditAction::LeadsExported, object: "leads", format, detail };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Leads", source, event)))
}

struct AccountLeads {
    state: AppState,
    scope: AdminScope,
    query: AccountLeadQuery,
    outcomes: Vec<OutcomeChoice>,
    fields: FieldColumns,
    next: Next,
}

impl AccountLeads {
    /// The next leads: those after one of them, or the first ones. A connection for each batch: a reader that is slow to take the file
    /// must not keep one.
    async fn after(&self, after: Option<LeadId>) -> Result<Vec<leads::AccountExportRow>, StoreError> {
        let mut read = self.state.db.reader(&self.scope).await?;
        leads::export_of_account(&mut read, &self.scope, &self.query, after, BATCH).await
    }
}

impl Source for AccountLeads {
    /// The leads are walked once for the names of their fields alone: the columns have to be known before the first row.
    async fn columns(&mut self) -> Result<Vec<Column>, StoreError> {
        let mut after = None;
        self.outcomes = leads::list_for_account(&mut self.state.db.reader(&self.scope).await?, &self.scope).await?;
        loop {
            let rows = self.after(after).await?;
            for row in &rows {
                self.fields.add(row.fields.iter().map(|(name, _)| name.as_str()));
            }
            after = rows.last().filter(|_| rows.len() == BATCH as usize).map(|row| row.lead.summary.id);
            if after.is_none() {
                let rules =
                    leads::field_rules_of_account(&mut self.state.db.reader(&self.scope).await?, &self.scope).await?;
                self.fields.order(|label| rules.rank(label));
                return Ok([Column::all(&BESIDE), header(true, &self.fields)].concat());
            }
        }
    }

    async fn batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        let after = match self.next {
            Next::First => None,
            Next::After(id) => Some(id),
            Next::Nothing => return Ok(None),
        };
        let rows = self.after(after).await?;
        let last = rows.last().filter(|_| rows.len() == BATCH as usize);
        self.next = last.map_or(Next::Nothing, |row| Next::After(row.lead.summary.id));
        let row = |row: leads::AccountExportRow| {
            let beside = [row.lead.partner.1.into(), row.lead.delivery.map_or("", |state| state.label()).into()];
            let lead = leads::ExportRow { summary: row.lead.summary, more: row.more, fields: row.fields };
            Some(beside.into_iter().chain(cells(lead, true, &self.outcomes, &self.fields)?).collect())
        };
        Ok(Some(rows.into_iter().filter_map(row).collect()))
    }
}
