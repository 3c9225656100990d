//! Reports as files: the rows of the page with the same figures.

use app::error::AppError;
use axum::response::Response;
use domain::{
    access::Permission,
    admin::AdminPermission,
    audit::AuditAction,
    money::Money,
    reports::{Figures, Report, ReportQuery, ReportRow},
    validation::FieldErrors,
};
use serde_json::{Value, json};
use services::{Actor, Scope, ServiceError};
use store::reports;

use super::{
    list::{self, Event, Format},
    request::{AdminDownload, Download, PartnerDownload, Visitor, file},
    sheet::{Cell, Column, Row},
    source::Ready,
    workbook::Book,
};

/// `GET /partner/reports/export.csv?{the report's own query}`.
pub async fn report_csv(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /partner/reports/export.xlsx`: the same as a workbook.
pub async fn report_xlsx(download: PartnerDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

/// `GET /admin/reports/export.csv?{the report's own query}`.
pub async fn account_report_csv(download: AdminDownload) -> Response {
    download.answer(export_for_admins(&download, Format::Csv).await)
}

/// `GET /admin/reports/export.xlsx`: the same as a workbook.
pub async fn account_report_xlsx(download: AdminDownload) -> Response {
    download.answer(export_for_admins(&download, Format::Xlsx).await)
}

async fn export(download: &PartnerDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(Permission::ExportLeads).await?;
    let query = ReportQuery::from_query_string(download.query()).0;
    let report = reports::of_partner(&mut download.state.db.begin_read(&actor).await?, actor.scope(), &query).await?;
    complete(&report)?;
    Ok(answer(download, actor, &report, &query, format))
}

/// No file has less than it says.
fn complete(report: &Report) -> Result<(), AppError> {
    if !report.is_pending {
        return Ok(());
    }
    let message = "Many leads of these days have just changed, and are still being summed up: try again in a minute, or choose other rows.";
    Err(AppError::Invalid(FieldErrors::one("by", message.to_owned())))
}

async fn export_for_admins(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let query = ReportQuery::from_query_string(download.query()).0;
    let report = reports::of_account(&mut download.state.db.begin_read(&actor).await?, actor.scope(), &query).await?;
    complete(&report)?;
    Ok(answer(download, actor, &report, &query, format))
}

fn detail(query: &ReportQuery) -> Value {
    json!({ "period": query.period, "from": query.days.from, "to": query.days.to, "by": query.by,
        "campaign": query.campaign, "partner": query.partner, "field": query.field })
}

fn answer<V: Visitor, S: Scope + Send + Sync + 'static>(
    download: &Download<V>,
    actor: Actor<S>,
    report: &Report,
    query: &ReportQuery,
    format: Format,
) -> Response {
    let name = format!("report-{}--{}-by-{}.{}", report.span.0, report.span.1, report.by, format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return head;
    }
    let source = Ready { columns: header(report), rows: Some(rows(report)) };
    let (state, detail) = (download.state.clone(), detail(query));
    let event = Event { state, actor, action: AuditAction::ReportExported, object: "report", format, detail };
    file(format.media_type(), &name, list::body("Report", source, event))
}

/// A report as a workbook: what a mail brings along.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn report_workbook(report: &Report) -> Result<Vec<u8>, ServiceError> {
    let failed = |error: &dyn std::fmt::Display| ServiceError::internal(error);
    let mut book = Book::new("Report", header(report)).map_err(|error| failed(&error))?;
    book.add(rows(report)).map_err(|error| failed(&error))?;
    let mut file = book.finish().map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

fn rows(report: &Report) -> Vec<Row> {
    let row = |row: &ReportRow| {
        let name = Cell::Text(row.key.name(report.by));
        std::iter::once(name).chain(cells(&row.figures, report.with_price)).collect()
    };
    report.rows.iter().map(row).collect()
}

fn header(report: &Report) -> Vec<Column> {
    let spend = [("Spend", 14), ("Price per lead", 14), ("Spend currency", 10)];
    let cost = [("Cost per sale", 14)];
    let priced = |columns: &[(&'static str, u16)]| if report.with_price { Column::all(columns) } else { Vec::new() };
    [
        vec![Column::new(report.by_label(), 28), Column::new("Leads", 10)],
        priced(&spend),
        Column::all(&[("Accepted", 10), ("Rejected", 10), ("Share accepted, %", 10), ("Returned", 10)]),
        Column::all(&[("Sold", 10), ("Sales", 14), ("Sales currency", 10)]),
        priced(&cost),
        Column::all(&[("Hours to first opening", 12)]),
    ]
    .concat()
}

/// The figures of a row. Amounts of several currencies stand in one cell, as words.
fn cells(figures: &Figures, with_price: bool) -> Row {
    let [spend, spent_in] = amount(&figures.spend());
    let [sales, sold_in] = amount(&figures.sales());
    let each = |money: Option<Money>| Cell::of(money, Cell::Amount);
    let mut row = vec![Cell::Count(figures.leads)];
    if with_price {
        row.extend([spend, each(figures.price_per_lead()), spent_in]);
    }
    row.extend([Cell::Count(figures.accepted), Cell::Count(figures.rejected)]);
    row.push(Cell::of(figures.acceptance(), Cell::Tenths));
    row.push(Cell::Count(figures.returned));
    row.extend([Cell::Count(figures.sold), sales, sold_in]);
    if with_price {
        row.push(each(figures.cost_per_sale()));
    }
    row.push(Cell::of(figures.minutes_to_opening(), |minutes| Cell::Tenths((minutes + 3) / 6)));
    row
}

/// An amount and its currency.
fn amount(amounts: &[Money]) -> [Cell; 2] {
    match amounts {
        [] => [Cell::Empty, Cell::Empty],
        [one] => [Cell::Amount(*one), one.currency.code().into()],
        several => {
            let told = several.iter().map(|money| format!("{} {}", money.decimal(), money.currency.code()));
            [told.collect::<Vec<_>>().join(" + ").into(), Cell::Empty]
        }
    }
}
