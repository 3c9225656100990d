//! The CSV export: the rows of the list and no others, safe to open, and always on the record.

use domain::{
    access::Permission,
    audit::AuditAction,
    leads::{FieldColumns, NewLead},
};
use serde_json::json;

use crate::{
    browser::{Answer, form},
    world::{OWNER, STRANGER, VIEWER, World, lead},
};

const EXPORT: &str = "/partner/leads/export.csv";

/// The file's rows, the header first.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let text = answer.body.strip_prefix('\u{feff}').unwrap_or_else(|| panic!("no byte order mark: {}", answer.body));
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

/// The names in the file.
fn names(answer: &Answer) -> Vec<String> {
    rows(answer).into_iter().skip(1).map(|mut row| row.swap_remove(0)).collect()
}

/// RFC 4180 and RFC 3339, and times as the account's clocks show them.
#[tokio::test]
async fn the_file_is_what_spreadsheets_and_programs_expect() {
    let world = World::new().await;
    let answer = world.logged_in(OWNER).await.fetches(EXPORT).await;
    assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
    assert!(answer.body.ends_with("\r\n") && !answer.body.replace("\r\n", "").contains(['\r', '\n']), "CRLF alone");
    let header = [
        "Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID", "Price", "Currency", "Outcome",
        "Sale value", "Sale currency", "Return", "Roof area",
    ];
    let ada = [
        "Ada Lovelace", "n-1@mail.example", "+49 (30) 123-45", "Solar", "2026-11-22T06:50:00-05:00", "New", "N-1",
        "49.17", "EUR", "", "", "", "", "80 m²",
    ];
    let rows = rows(&answer);
    assert_eq!(
        (rows[0].as_slice(), rows[1].as_slice()),
        (header.map(String::from).as_slice(), ada.map(String::from).as_slice())
    );
    assert_eq!(rows.len(), 3);
}

/// Every name that a field has is a column; none of them is lost.
#[tokio::test]
async fn fields_are_columns_of_their_own() {
    let world = World::new().await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let of = |id: &str, name: &str, minutes, fields| NewLead { fields, ..lead(id, name, minutes) };
    let leads = vec![
        of("F-1", "Fields One", 1, vec![field("Heating", "gas; =1+1"), field("Email", "second@mail.example")]),
        of("F-2", "Fields Two", 2, vec![field("Roof area", "90 m²"), field("Heating", "oil")]),
    ];
    world.deliver(world.northwind, leads).await;
    let nora = world.logged_in(OWNER).await;
    let own = async |query: &str| {
        let answer = nora.fetches(&format!("{EXPORT}?{query}")).await;
        rows(&answer).into_iter().map(|row| row[13..].to_vec()).collect::<Vec<_>>()
    };
    let expected = [
        ["Roof area", "Heating", "Email (field)"],
        ["", "gas;' =1+1", "second@mail.example"],
        ["90 m²", "oil", ""],
        ["80 m²", "", ""],
        ["80 m²", "", ""],
    ];
    assert_eq!(own("").await, expected, "of all leads, in the order in which they came");
    assert_eq!(own("q=fields+two").await, [["Roof area", "Heating"], ["90 m²", "oil"]], "of those that are shown");
    let many = (0..150).map(|n| field(&format!("Field {n}"), "x")).collect();
    let more = (150..250).map(|n| field(&format!("Field {n}"), "y")).collect();
    world.deliver(world.northwind, vec![of("W-1", "Wide One", 1, many), of("W-2", "Wide Two", 2, more)]).await;
    let wide = own("q=wide").await;
    let at = FieldColumns::MAX;
    assert_eq!((wide[0].len(), wide[0][at - 1].as_str(), wide[0][at].as_str()), (at + 1, "Field 199", "Details"));
    assert_eq!((wide[1][149].as_str(), wide[1][150].as_str(), wide[1][at].as_str()), ("x", "", ""));
    assert!(wide[2][at].starts_with("Field 200: y; Field 201: y") && wide[2][at].ends_with("Field 249: y"));
}

/// The file's name says which days it covers.
#[tokio::test]
async fn the_file_is_named_after_its_days() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    for (query, name) in [
        ("", "leads-until-2026-11-22.csv"),
        ("?period=this_month", "leads-2026-11-01--2026-11-22.csv"),
        ("?from=2026-10-05&to=2026-10-31", "leads-2026-10-05--2026-10-31.csv"),
        ("?q=%22%0d%0aX-Evil:%201", "leads-until-2026-11-22.csv"),
    ] {
        let answer = nora.fetches(&format!("{EXPORT}{query}")).await;
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""), "{query}");
    }
}

/// What strangers typed into a form must not run on the desk of whoever opens the file.
#[tokio::test]
async fn cells_that_a_spreadsheet_would_run_are_defused() {
    let world = World::new().await;
    let formula = "=cmd|' /C calc'!A0";
    let evil = ["=1+1", "+1+1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"];
    let leads = evil.iter().enumerate().map(|(n, text)| NewLead {
        campaign: formula.into(),
        email: (*text).into(),
        fields: vec![(formula.into(), "x".into())],
        ..lead(&format!("={n}"), text, 1)
    });
    let quoted = NewLead { campaign: "two\r\nlines, \"quoted\"".into(), ..lead("N-8", "=\"x\",1", 1) };
    world.deliver(world.northwind, leads.chain([quoted]).collect()).await;
    let rows = rows(&world.logged_in(OWNER).await.fetches(EXPORT).await);
    assert_eq!(rows.len(), 1 + evil.len() + 1 + 2);
    for cell in rows.iter().flatten().filter(|cell| *cell != "+49 (30) 123-45") {
        assert!(!cell.starts_with(['=', '+', '-', '@', '＝', '\t', '\r']), "{cell:?} would run");
    }
    assert!(
        rows.iter().any(|row| row[0] == "'=\"x\",1" && row[3] == "two\r\nlines, \"quoted\""),
        "and nothing else is changed"
    );
}

/// The file holds what the list shows, on all its pages; whatever else the URL says.
#[tokio::test]
async fn the_file_holds_the_partners_own_rows_that_the_filter_lets_through() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let foreign = world.lead_of(STRANGER, "Secret Sam").await;
    let first = world.lead_of(OWNER, "Ada Lovelace").await;
    let wallbox = NewLead { campaign: "Wallbox".into(), ..lead("N-3", "Édith Clarke", 60 * 24 * 40) };
    world.deliver(world.northwind, vec![wallbox]).await;
    let (ada, grace, edith) = ("Ada Lovelace", "Grace Hopper", "Édith Clarke");
    let (partner, account) = (world.contoso, world.account);
    let forged = format!("?partner_id={partner}&partner={partner}&account_id={account}&account=other&user=1&price=no");
    let (after, before) = (format!("?after={first}"), format!("?before={foreign}"));
    let cases: [(&str, &[&str]); 15] = [
        ("", &[ada, grace, edith]),
        ("?sort=oldest", &[edith, grace, ada]),
        ("?sort=name", &[ada, edith, grace]),
        ("?q=grace", &[grace]),
        ("?q=EDITH+c", &[edith]),
        ("?q=sam", &[]),
        ("?campaign=Wallbox", &[edith]),
        ("?campaign=Wallbox&q=ada", &[]),
        ("?period=today", &[ada, grace]),
        ("?to=2026-11-01", &[edith]),
        ("?status=rejected", &[]),
        ("?size=25&after=x&limit=1&offset=1", &[ada, grace, edith]),
        (&after, &[ada, grace, edith]),
        (&before, &[ada, grace, edith]),
        (&forged, &[ada, grace, edith]),
    ];
    for (query, expected) in cases {
        assert_eq!(names(&nora.fetches(&format!("{EXPORT}{query}")).await), expected, "{query}");
    }
    assert_eq!(names(&world.logged_in(STRANGER).await.fetches(&format!("{EXPORT}{forged}")).await), ["Secret Sam"]);
}

/// An export is written in batches: none of its rows is lost or doubled where one ends, not even among equals.
#[tokio::test]
async fn a_long_file_is_whole() {
    let world = World::new().await;
    let leads = (0..2_345).map(|n| lead(&format!("M-{n:04}"), &format!("Mass {}", n % 3), 30 + n / 1_500)).collect();
    world.deliver(world.northwind, leads).await;
    let nora = world.logged_in(OWNER).await;
    for sort in ["newest", "oldest", "name", "name_desc"] {
        let answer = nora.fetches(&format!("{EXPORT}?q=mass&sort={sort}")).await;
        let mut ids: Vec<String> = rows(&answer).into_iter().skip(1).map(|mut row| row.swap_remove(6)).collect();
        ids.sort();
        let expected: Vec<String> = (0..2_345).map(|n| format!("M-{n:04}")).collect();
        assert_eq!(ids, expected, "{sort}");
    }
}

/// Who took which rows is on the record when the last byte is out. What was searched for may be a name and is not.
#[tokio::test]
async fn every_export_is_one_audit_event() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    nora.fetches(&format!("{EXPORT}?q=grace&status=new")).await;
    let events = world.events(AuditAction::LeadsExported).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let event = &events[0];
    assert_eq!(
        (event.result.as_str(), event.actor_name.as_str(), event.address.as_str()),
        ("success", "The owner", "203.0.113.7")
    );
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(json!([detail["rows"], detail["searched"], detail["status"]]), json!([1, true, "new"]));
    assert!(!format!("{event:?}").to_lowercase().contains("grace"), "{event:?}");
    nora.fetches(EXPORT).await;
    assert_eq!(world.events(AuditAction::LeadsExported).await.len(), 2);
}

/// No right, no file; the attempt is on the record, an export is not.
#[tokio::test]
async fn without_the_permission_there_is_no_file() {
    let world = World::new().await;
    let (nora, viktor) = (world.logged_in(OWNER).await, world.logged_in(VIEWER).await);
    world.deny(Permission::ExportLeads).await;
    for refused in [nora.fetches(EXPORT).await, nora.opens(EXPORT).await, viktor.fetches(EXPORT).await] {
        assert_eq!((refused.status, refused.header("content-disposition")), (403, ""));
        assert!(!refused.body.contains("Lovelace"));
    }
    assert_eq!(world.events(AuditAction::PermissionRefused).await.len(), 3);
    assert!(world.events(AuditAction::LeadsExported).await.is_empty());
}

/// Prices are a right of their own: without it the file has no such columns.
#[tokio::test]
async fn prices_are_for_those_who_may_see_them() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    world.deny(Permission::ViewLeadPrice).await;
    let answer = nora.fetches(EXPORT).await;
    let header = [
        "Name", "Email", "Phone", "Campaign", "Received", "Status", "Lead ID", "Outcome", "Sale value",
        "Sale currency", "Return", "Roof area",
    ];
    assert_eq!(rows(&answer)[0], header);
    assert!(names(&answer).len() == 2 && !answer.body.contains("49.17") && !answer.body.contains("EUR"));
}

/// Those that are selected come as a file, and nobody else's; or all that the list has.
#[tokio::test]
async fn selected_leads_are_a_file() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    world.deliver(world.contoso, vec![lead("C-9", "Carl", 5)]).await;
    let (own, foreign) = (world.lead_of(OWNER, "Ada Lovelace").await, world.lead_of(STRANGER, "Carl").await);
    let [own, foreign] = [own, foreign].map(|id| id.to_string());
    let of = async |fields: &[(&str, &str)]| nora.calls(EXPORT, form(fields)).await;
    assert_eq!(names(&of(&[("leads[]", &own), ("leads[]", &foreign), ("list", "q=nobody")]).await), ["Ada Lovelace"]);
    assert_eq!(rows(&of(&[("leads[]", &foreign)]).await).len(), 1, "the header alone");
    assert_eq!(names(&of(&[("leads[]", &own), ("all", "2"), ("list", "")]).await).len(), 2);
    assert_eq!(of(&[]).await.status, 422);
    assert_eq!(of(&[("leads[]", "x")]).await.status, 404);
    assert_eq!(world.visitor().calls(EXPORT, form(&[("leads[]", &own)])).await.status, 401);
    let events = world.events(AuditAction::LeadsExported).await;
    assert!(events.iter().any(|event| event.detail.contains(r#""selected":2"#)), "{events:?}");
    world.deny(Permission::ExportLeads).await;
    assert_eq!(of(&[("leads[]", &own)]).await.status, 403);
}
