//! Lists as workbooks: read back by another program, with numbers and dates that are what they are.

use std::io::{Cursor, Read};

use axum::{
    body::Body,
    http::{Method, header},
};
use calamine::{Data, Reader, Xlsx};
use domain::{audit::AuditAction, leads::NewLead};

use crate::{
    browser::Answer,
    world::{FINANCE, MANAGER, OWNER, VIEWER, World, lead},
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The rows of a workbook's only sheet, the head first.
fn rows(answer: &Answer, sheet: &str) -> Vec<Vec<Data>> {
    assert_eq!((answer.status, answer.header("content-type")), (200, XLSX), "{}", answer.body);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.bytes.clone())).unwrap();
    assert_eq!(book.sheet_names(), [sheet]);
    assert!(book.worksheet_formula(sheet).unwrap().is_empty(), "nothing runs");
    book.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

/// Year, month, day, hour, minute and second of a cell that is an instant or a day.
fn clock(cell: &Data) -> [u16; 6] {
    let Data::DateTime(at) = cell else { panic!("{cell:?} is no date") };
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    [year, month.into(), day.into(), hour.into(), minute.into(), second.into()]
}

#[tokio::test]
async fn leads_are_words_numbers_and_instants() {
    let world = World::new().await;
    let evil = NewLead { phone: "+43 660 1".into(), price: None, ..lead("N-9", "=1+1", 1) };
    world.deliver(world.northwind, vec![evil]).await;
    let nora = world.logged_in(OWNER).await;
    let answer = nora.fetches("/partner/leads/export.xlsx").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"leads-until-2026-11-22.xlsx\"");
    let rows = rows(&answer, "Leads");
    let head = [
        "Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID", "Price", "Currency", "Outcome",
        "Sale value", "Sale currency", "Return", "Roof area",
    ];
    assert_eq!(rows[0], head.map(text));
    assert_eq!((&rows[1][0], &rows[1][2], &rows[1][7]), (&text("=1+1"), &text("+43 660 1"), &Data::Empty));
    let ada = &rows[2];
    assert_eq!(
        (&ada[0], &ada[7], &ada[8], &ada[13]),
        (&text("Ada Lovelace"), &Data::Float(49.17), &text("EUR"), &text("80 m²"))
    );
    assert_eq!(clock(&ada[4]), [2026, 11, 22, 6, 50, 0], "as the account's clocks show it");
    assert_eq!(rows.len(), 4);
    let filtered = nora.fetches("/partner/leads/export.xlsx?q=grace").await;
    assert_eq!(self::rows(&filtered, "Leads").len(), 2);
    let events = world.events(AuditAction::LeadsExported).await;
    let details: Vec<serde_json::Value> =
        events.iter().map(|event| serde_json::from_str(&event.detail).unwrap()).collect();
    let said = |of: &serde_json::Value| (of["format"].as_str().map(str::to_owned), of["rows"].as_u64());
    assert_eq!(
        details.iter().map(said).collect::<Vec<_>>(),
        [(Some("xlsx".to_owned()), Some(1)), (Some("xlsx".to_owned()), Some(3)),]
    );
}

/// The head stays in sight, and in bold.
#[tokio::test]
async fn the_head_is_frozen() {
    let world = World::new().await;
    let answer = world.logged_in(OWNER).await.fetches("/partner/leads/export.xlsx").await;
    let mut file = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
    let mut part = |name: &str| {
        let mut xml = String::new();
        file.by_name(name).unwrap().read_to_string(&mut xml).unwrap();
        xml
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains("state=\"frozen\"") && sheet.contains("ySplit=\"1\"") && sheet.contains("<cols>"),
        "{sheet}"
    );
    assert!(part("xl/styles.xml").contains("<b/>"));
}

#[tokio::test]
async fn a_long_list_is_whole() {
    let world = World::new().await;
    let leads = (0..2_345).map(|n| lead(&format!("M-{n:04}"), "Mass", 30)).collect();
    world.deliver(world.northwind, leads).await;
    let rows = rows(&world.logged_in(OWNER).await.fetches("/partner/leads/export.xlsx?q=mass").await, "Leads");
    let mut ids: Vec<String> = rows[1..].iter().map(|row| row[6].to_string()).collect();
    ids.sort();
    assert_eq!(ids, (0..2_345).map(|n| format!("M-{n:04}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn invoices_have_days_and_sums() {
    let world = World::new().await;
    world.bill(world.northwind, Some("2026-1"), "2026-11-22").await;
    world.bill(world.contoso, Some("2026-2"), "2026-11-22").await;
    let fiona = world.logged_in(FINANCE).await;
    let own = rows(&fiona.fetches("/partner/invoices/export.xlsx").await, "Invoices");
    assert_eq!(own[0], ["Invoice", "Issued", "Due", "Status", "Total", "Still open", "Currency"].map(text));
    assert_eq!(own.len(), 2, "of nobody else");
    assert_eq!((&own[1][0], &own[1][4], &own[1][6]), (&text("2026-1"), &Data::Float(45.84), &text("EUR")));
    assert_eq!(clock(&own[1][1])[..3], [2026, 10, 20]);
    let csv = fiona.fetches("/partner/invoices/export.csv?status=pending").await;
    let expected = "Invoice,Issued,Due,Status,Total,Still open,Currency\r\n2026-1,2026-10-20,2026-11-22,";
    assert!(csv.body.strip_prefix('\u{feff}').unwrap().starts_with(expected), "{}", csv.body);
    assert_eq!(fiona.fetches("/partner/invoices/export.csv?status=void").await.body.lines().count(), 1);
    assert_eq!(world.events(AuditAction::InvoicesDownloaded).await.len(), 3);
    let manager = world.logged_in_admin(MANAGER).await;
    let all = rows(&manager.fetches("/admin/invoices/export.xlsx").await, "Invoices");
    assert_eq!((all.len(), &all[0][0]), (3, &text("Partner")));
    let one = manager.fetches(&format!("/admin/invoices/export.csv?partner={}", world.contoso)).await;
    assert!(one.body.contains("Contoso Heating,2026-2,") && !one.body.contains("Northwind"), "{}", one.body);
}

#[tokio::test]
async fn partners_and_events_are_workbooks_too() {
    let world = World::new().await;
    world.bill(world.northwind, Some("2026-1"), "2026-11-22").await;
    let manager = world.logged_in_admin(MANAGER).await;
    let partners = rows(&manager.fetches("/admin/partners/export.xlsx").await, "Partners");
    assert_eq!(partners[0][7], text("Unpaid EUR"));
    let northwind = partners.iter().find(|row| row[0] == text("Northwind Solar")).unwrap();
    assert_eq!(
        (&northwind[4], &northwind[6], &northwind[7]),
        (&Data::Float(4.0), &Data::Float(2.0), &Data::Float(45.84))
    );
    let events = rows(&manager.fetches("/admin/audit/export.xlsx?action=partners_exported").await, "Audit log");
    assert_eq!((&events[0][1], events.len(), &events[1][4]), (&text("Time"), 2, &text("partners_exported")));
    assert_eq!(clock(&events[1][1]), [2026, 11, 22, 7, 0, 0]);
}

/// A `HEAD` request is told what it would get, and is no download; without the permission there is neither.
#[tokio::test]
async fn only_a_download_is_a_download() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let request = nora.request(Method::HEAD, "/partner/leads/export.xlsx").header(header::ACCEPT, "*/*");
    let head = nora.sends(request.body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.header("content-type"), head.bytes.len()), (200, XLSX, 0));
    assert!(world.events(AuditAction::LeadsExported).await.is_empty());
    let viktor = world.logged_in(VIEWER).await.fetches("/partner/leads/export.xlsx").await;
    assert_eq!((viktor.status, viktor.header("content-disposition")), (403, ""));
}
