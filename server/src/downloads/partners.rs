//! The account's partners as a file.

use std::collections::BTreeSet;

use app::error::AppError;
use axum::response::Response;
use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    ids::PartnerId,
    partners::{PartnerListQuery, PartnerRow},
};
use serde_json::json;
use store::partners;

use super::{
    list::{self, Event, Format},
    request::{AdminDownload, borrowed, file, ids},
    sheet::{Cell, Column, Row},
    source::Ready,
};

const HEADER: [(&str, u16); 7] = [
    ("Name", 32),
    ("Reference", 20),
    ("Status", 12),
    ("Portal", 8),
    ("Users", 8),
    ("Last login", 20),
    ("Leads this month", 16),
];

/// `GET /admin/partners/export.csv?{the list's own query}`: the partners the list shows, on all its pages; with `ids[]`,
/// those alone.
pub async fn partners_csv(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Csv).await)
}

/// `GET /admin/partners/export.xlsx`: the same as a workbook.
pub async fn partners_xlsx(download: AdminDownload) -> Response {
    download.answer(export(&download, Format::Xlsx).await)
}

async fn export(download: &AdminDownload, format: Format) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let pairs = download.pairs();
    let chosen: Vec<PartnerId> = ids(&pairs, "ids[]")?;
    let mut query = PartnerListQuery::from_pairs(borrowed(&pairs)).at(1);
    let name = format!("partners-{}.{}", download.session.zone().day(state.db.now()), format.ending());
    if let Some(head) = download.head(format.media_type(), &name) {
        return Ok(head);
    }
    let mut partners = Vec::new();
    // Pages by number: they fit together within one snapshot only.
    let mut read = state.db.begin_read(&actor).await?;
    loop {
        let page = partners::list(&mut read, actor.scope(), &query).await?;
        if page.partners.is_empty() {
            break;
        }
        let wanted = page.partners.into_iter().filter(|partner| chosen.is_empty() || chosen.contains(&partner.id));
        partners.extend(wanted);
        query = query.at(query.page + 1);
    }
    drop(read);
    // A sum for each currency, so that they are numbers.
    let currencies: BTreeSet<&str> =
        partners.iter().flat_map(|partner| &partner.unpaid).map(|sum| sum.currency.code()).collect();
    let unpaid = currencies.iter().map(|code| Column::new(format!("Unpaid {code}"), 14));
    let columns = Column::all(&HEADER).into_iter().chain(unpaid).collect();
    let rows = partners.iter().map(|partner| cells(partner, &currencies)).collect();
    let (action, detail) = (AuditAction::PartnersExported, json!({}));
    let event = Event { state, actor, action, object: "partners", format, detail };
    let source = Ready { columns, rows: Some(rows) };
    let source = download.confirmed(source).await?;
    Ok(file(format.media_type(), &name, list::body("Partners", source, event)))
}

fn cells(partner: &PartnerRow, currencies: &BTreeSet<&str>) -> Row {
    let mut cells: Row = vec![
        partner.name.as_str().into(),
        partner.external_ref.as_str().into(),
        partner.status.label().into(),
        if partner.portal_access { "on" } else { "off" }.into(),
        Cell::Count(partner.users),
        Cell::of(partner.last_login, Cell::Time),
        Cell::Count(partner.leads_this_month),
    ];
    let sum = |code: &&str| partner.unpaid.iter().find(|sum| sum.currency.code() == *code).copied();
    cells.extend(currencies.iter().map(|code| Cell::of(sum(code), Cell::Amount)));
    cells
}
