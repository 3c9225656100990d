//! The account's partners as a file.

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
    CSV,
    list::{self, Event, Ready, Row},
    request::{AdminDownload, borrowed, file, ids},
    sheet::Cell,
};

const HEADER: [&str; 8] =
    ["Name", "Reference", "Status", "Portal", "Users", "Last login", "Leads this month", "Unpaid"];

/// `GET /admin/partners/export.csv?{the list's own query}`: the partners the list shows, on all its pages; with `ids[]`,
/// those alone.
pub async fn partners_csv(download: AdminDownload) -> Response {
    download.answer(export(&download).await)
}

async fn export(download: &AdminDownload) -> Result<Response, AppError> {
    let actor = download.require(AdminPermission::Export).await?;
    let state = download.state.clone();
    let pairs = download.pairs();
    let chosen: Vec<PartnerId> = ids(&pairs, "ids[]")?;
    let mut query = PartnerListQuery::from_pairs(borrowed(&pairs)).at(1);
    let name = format!("partners-{}.csv", download.session.zone().day(state.db.now()));
    if let Some(head) = download.head(CSV, &name) {
        return Ok(head);
    }
    let mut rows = Vec::new();
    // Pages by number: they fit together within one snapshot only.
    let mut read = state.db.begin_read().await?;
    loop {
        let page = partners::list(&mut read, actor.scope(), &query).await?;
        if page.partners.is_empty() {
            break;
        }
        let wanted = page.partners.into_iter().filter(|partner| chosen.is_empty() || chosen.contains(&partner.id));
        rows.extend(wanted.map(cells));
        query = query.at(query.page + 1);
    }
    drop(read);
    let event = Event { state, actor, action: AuditAction::PartnersExported, object: "partners", detail: json!({}) };
    Ok(file(CSV, &name, list::csv(Ready { columns: HEADER.map(String::from).into(), rows: Some(rows) }, event)))
}

fn cells(partner: PartnerRow) -> Row {
    let unpaid = partner.unpaid.iter().map(|sum| format!("{} {}", sum.decimal(), sum.currency.code()));
    let unpaid = unpaid.collect::<Vec<_>>().join("; ");
    vec![
        partner.name.into(),
        partner.external_ref.into(),
        partner.status.label().into(),
        if partner.portal_access { "on" } else { "off" }.into(),
        Cell::Count(partner.users),
        Cell::of(partner.last_login, Cell::Time),
        Cell::Count(partner.leads_this_month),
        unpaid.into(),
    ]
}
