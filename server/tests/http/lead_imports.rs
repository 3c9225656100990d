//! Files of leads, uploaded as browsers do, read by the worker, looked at afterwards.

use std::fmt::Write as _;

use axum::{body::Body, http::Method};
use domain::{
    admin::AdminPermission, audit::AuditAction, email::Email, ids::PartnerId, partners::UserKind, tables::Reading,
};
use portal_server::workers::lead_imports as importer;
use store::{
    access::AdminSession,
    lead_imports::{self, Layout, NewFile},
    users,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    browser::{Answer, Browser, form},
    world::{ADMIN, MANAGER, OWNER, SUPPORT, World},
};

const LIST: &str = "/admin/leads/import";

/// A form with a partner and a file in it, as browsers send it.
pub(crate) async fn upload(browser: &Browser<'_>, partner: &str, push: bool, content: impl Into<Body>) -> Answer {
    let mut head = format!("--x\r\nContent-Disposition: form-data; name=\"partner\"\r\n\r\n{partner}\r\n");
    if push {
        head.push_str("--x\r\nContent-Disposition: form-data; name=\"push\"\r\n\r\nyes\r\n");
    }
    head.push_str("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\\\x\\\\my leads.csv\"\r\n");
    head.push_str("Content-Type: text/csv\r\n\r\n");
    let tail = Body::from("\r\n--x--\r\n");
    let body = [Body::from(head), content.into(), tail].map(Body::into_data_stream);
    let body = Body::from_stream(futures::StreamExt::flatten(futures::stream::iter(body)));
    let request = browser
        .request(Method::POST, LIST)
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin");
    browser.sends(request.body(body).unwrap()).await
}

impl World {
    /// Reads whatever was started, as the worker does.
    pub(crate) async fn reads_files(&self) {
        let (_keep, stop) = watch::channel(false);
        importer::run_once(&self.db, &self.portal, Uuid::from_u128(7), &stop).await.unwrap();
    }

    /// Uploads a file for Northwind; its page.
    async fn uploaded(&self, admin: &Browser<'_>, content: &str) -> String {
        let taken = upload(admin, &self.northwind.to_string(), false, content.to_owned()).await;
        assert!(taken.location().starts_with("/admin/leads/import/"), "{} {}", taken.status, taken.location());
        taken.location().to_owned()
    }
}

fn id_of(page: &str) -> &str {
    page.rsplit('/').next().unwrap()
}

async fn map(admin: &Browser<'_>, page: &str, columns: &[&str], start: bool) -> Answer {
    let mut fields = vec![("id", id_of(page))];
    fields.extend(columns.iter().map(|word| ("columns[]", *word)));
    if start {
        fields.push(("then", "start"));
    }
    admin.submits(page, "/fn/admin/lead-imports/map", &fields).await
}

/// What cannot be a file of leads is refused with a word that its page explains, and nothing of it stays.
#[tokio::test]
async fn a_useless_file_is_refused_with_a_reason() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let northwind = world.northwind.to_string();
    let unclosed = format!("\"Name;{}", "x".repeat(600_000));
    let wide = vec!["c"; 101].join(";") + "\nx\n";
    let files: [(&[u8], &str); 12] = [
        (b"", "empty"),
        (b"Name;Email\n", "rows"),
        (b"\n\n", "empty"),
        (b"\xef\xbb\xbfNa\xefme;Email\nx;y\n", "text"),
        (b"\xff\xfeN\0a\0m\0e\0\n\0", "rows"),
        (b"N\0ame;Email\nx;y\n", "text"),
        (b"Ada,ada@mail.example\nBob,b@mail.example\n", "header"),
        (b"PK\x03\x04 and then no workbook", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then no workbook", "workbook"),
        (wide.as_bytes(), "columns"),
        (b"\"Name;Email\nx;y\n", "quote"),
        (unclosed.as_bytes(), "quote"),
    ];
    for (content, word) in files {
        let answer = upload(&admin, &northwind, false, content.to_vec()).await;
        assert!(answer.location().ends_with(&format!("?wrong={word}")), "{word}: {}", answer.location());
        assert!(admin.opens(answer.location()).await.body.contains("role=\"alert\""), "{word} is explained");
    }
    let answer = upload(&admin, "nobody", false, "Name\nAda\n").await;
    assert!(answer.location().ends_with("?wrong=partner"), "{}", answer.location());
    let unknown = upload(&admin, &Uuid::from_u128(9).to_string(), false, "Name\nAda\n").await;
    assert_eq!(unknown.status, 404);
    assert!(!admin.opens(LIST).await.body.contains("my leads.csv"), "nothing stays");
}

/// A file larger than it may be is read to its end, so that the browser gets an answer, and forgotten.
#[tokio::test]
async fn a_file_that_is_too_large_is_answered() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let row = axum::body::Bytes::from("x,".repeat(512 * 1024));
    let chunks = (0..102).map(move |_| Ok::<_, std::io::Error>(row.clone()));
    let content = Body::from_stream(futures::stream::iter(chunks));
    let answer = upload(&admin, &world.northwind.to_string(), false, content).await;
    assert!(answer.location().ends_with("?wrong=large"), "{} {}", answer.status, answer.location());
    assert!(!admin.opens(LIST).await.body.contains("my leads.csv"));
}

/// From the upload to the file of rejected rows, and that file corrected and uploaded again.
#[tokio::test]
async fn a_file_is_looked_at_mapped_read_and_its_rejected_rows_come_back() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let file = "\u{feff}CRM;Who;E-Mail;Tel;When;Roof;Roof\r\n\
        A-1;Zoë Müller;zoe@mail.example;+49 30 1;2026-11-01;80;x\r\n\r\n\
        A-2;Bob;not an address;;31/13/2026;;\r\n\
        A-3;=cmd;c@mail.example;1;2026-11-02;90;\r\n\
        A-4;Dee;;;;;;more\r\n";
    let page = world.uploaded(&admin, file).await;
    let looked = admin.opens(&page).await.body;
    assert!(looked.contains("my leads.csv") && !looked.contains("C:\\"), "{looked}");
    assert!(looked.contains("Of its 4 rows: 2 new, 2 invalid."), "{looked}");
    assert!(looked.contains("has 8 cells, the header 7") && looked.contains("Line 4"));
    // As it is guessed, "CRM" and "Who" are extra fields; somebody corrects that, wrongly at first.
    let wrong = ["field", "field", "field", "field", "delivered_at", "field", "left_out"];
    assert_eq!(map(&admin, &page, &wrong, true).await.location(), page);
    let explained = admin.opens(&page).await.body;
    assert!(explained.contains("names no contact column") && explained.contains("disabled"), "{explained}");
    assert!(!explained.contains("Of its 4 rows"), "nothing is promised beside an alert");
    let right = ["external_id", "name", "email", "phone", "delivered_at", "field", "left_out"];
    assert_eq!(map(&admin, &page, &right[..6], false).await.status, 302, "refused by the address");
    assert_eq!(map(&admin, &page, &right, true).await.location(), page);
    assert!(admin.opens(&page).await.body.contains("Running"));
    world.reads_files().await;
    let done = admin.opens(&page).await.body;
    assert!(done.contains("Done") && done.contains("4 rows read, 100 % of the file"), "{done}");
    let zoe = world.lead(OWNER, world.lead_of(OWNER, "Zoë Müller").await).await;
    assert_eq!((zoe.external_id.as_str(), zoe.summary.phone.as_str()), ("A-1", "+49 30 1"));
    assert_eq!((zoe.fields[0].label.as_str(), zoe.fields[0].text.as_str(), zoe.fields.len()), ("Roof", "80", 1));
    let rejects = admin.fetches(&format!("{page}/rejects.csv")).await;
    assert_eq!(rejects.header("content-type"), "text/csv; charset=utf-8; header=present");
    let lines: Vec<&str> = rejects.body.strip_prefix('\u{feff}').unwrap().split("\r\n").collect();
    assert_eq!(lines[0], "rejected line;rejected column;rejected because;CRM;Who;E-Mail;Tel;When;Roof;Roof");
    assert!(lines[1].starts_with("4;\"E-Mail; When\";") && lines[1].ends_with("A-2;Bob;not an address;;31/13/2026;;"));
    assert!(lines[2].starts_with("6;;the row has 8 cells, the header 7;A-4;Dee;"), "{}", lines[2]);
    assert_eq!(lines.len(), 4);
    // Corrected and uploaded again: what the portal added is left out, what is known stays, the rest is new.
    let corrected = rejects.body.replace("not an address", "bob@mail.example").replace("31/13/2026", "2026-11-03");
    let corrected = corrected.replace("A-4;Dee;;;;;;more\r\n", "A-4;Dee\r\n9;;;A-1;Zoë Müller\r\n");
    let again = world.uploaded(&admin, &corrected).await;
    let words = ["left_out", "left_out", "left_out"].into_iter().chain(right).collect::<Vec<_>>();
    assert_eq!(map(&admin, &again, &words, true).await.location(), again);
    world.reads_files().await;
    let done = admin.opens(&again).await.body;
    assert!(done.contains("3 rows read"), "{done}");
    assert!(
        done.contains("data-figure=\"added\">2<")
            && done.contains("data-figure=\"known\">1<")
            && done.contains("data-figure=\"rejected\">0<")
    );
    let imported = world.events(AuditAction::LeadsImported).await;
    assert_eq!(imported.len(), 2);
    assert_eq!(world.events(AuditAction::LeadImportStarted).await.len(), 2);
    assert_eq!(world.events(AuditAction::LeadRejectsDownloaded).await.len(), 1);
    assert!(admin.opens(LIST).await.body.matches("my leads.csv").count() >= 2);
}

/// A file in another encoding is read as what it is, or as somebody says; what was not said of dates is asked.
#[tokio::test]
async fn how_a_file_is_read_is_shown_and_can_be_changed() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let northwind = world.northwind.to_string();
    let file: Vec<u8> = "Wer;Telefon;Wann;Auch;Preis\r\nJ\u{f6}rg Gro\u{df};030 1;01.02.2026;02.02.2026;12,50\r\n\
        Ren\u{e9};030 2;20.02.2026;21.02.2026;1.250\r\n"
        .chars()
        .map(|c| c as u8)
        .collect();
    let taken = upload(&admin, &northwind, false, file).await;
    let page = taken.location().to_owned();
    let looked = admin.opens(&page).await.body;
    for said in [
        "“Wann”, “Auch”", "value=\"windows-1252\" selected", "value=\"semicolon\" selected", "value=\"comma\" selected",
    ] {
        assert!(looked.contains(said), "{said}: {looked}");
    }
    let columns = ["name", "phone", "field", "field", "price"];
    let post = async |more: &[(&str, &str)]| {
        let mut fields = vec![("id", id_of(&page))];
        fields.extend(columns.map(|word| ("columns[]", word)));
        admin.submits(&page, "/fn/admin/lead-imports/map", &[&fields, more].concat()).await
    };
    post(&[("then", "start")]).await;
    assert!(admin.opens(&page).await.body.contains("Not started") || admin.opens(&page).await.body.contains("“Wann”"));
    // Another encoding is another file: its columns are looked at before it is started.
    post(&[("encoding", "windows-1251"), ("then", "start")]).await;
    assert!(admin.opens(&page).await.body.contains("Jцrg"));
    post(&[("encoding", "latin1")]).await;
    assert_eq!(post(&[("encoding", "klingon")]).await.status, 302);
    assert!(post(&[("encoding", "utf-16le")]).await.kept_form().is_some());
    post(&[("undated", "yes"), ("remember", "yes"), ("then", "start")]).await;
    world.reads_files().await;
    let done = admin.opens(&page).await.body;
    assert!(done.contains("data-figure=\"added\">2<"), "{done}");
    let jorg = world.lead(OWNER, world.lead_of(OWNER, "Jörg Groß").await).await;
    assert_eq!(jorg.price.unwrap().decimal(), "12.50");
    // The partner's next file is known by its columns' names.
    let next = world.uploaded(&admin, "WER,Telefon\nEva,030 3\n").await;
    assert!(admin.opens(&next).await.body.contains("Of its 1 row: 1 new."));
}

/// A workbook is read sheet by sheet, with its own row numbers; rejected rows come back as text.
#[tokio::test]
async fn a_workbook_is_read() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Notes").unwrap();
    sheet.write(0, 0, "Name").unwrap();
    sheet.write(1, 0, "Nobody").unwrap();
    let sheet = book.add_worksheet().set_name("Leads").unwrap();
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (column, name) in (0..).zip(["Lead ID", "Name", "Phone", "Created", "Price"]) {
        sheet.write(2, column, name).unwrap();
    }
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 2).unwrap();
    for (row, id, name) in [(3, "X-1", "Zoë\nMüller"), (5, "X-2", "Bob")] {
        sheet.write(row, 0, id).unwrap();
        sheet.write(row, 1, name).unwrap();
        sheet.write(row, 2, 4_930_123_456_u64).unwrap();
        sheet.write_with_format(row, 3, &day, &date).unwrap();
        sheet.write(row, 4, 12.5).unwrap();
    }
    sheet.write(5, 3, "never").unwrap();
    let taken = upload(&admin, &world.northwind.to_string(), false, book.save_to_buffer().unwrap()).await;
    let page = taken.location().to_owned();
    assert!(admin.opens(&page).await.body.contains("Nobody"));
    let columns = [("id", id_of(&page)), ("columns[]", "name")];
    admin
        .submits(&page, "/fn/admin/lead-imports/map", &[&columns[..], &[("sheet", "1"), ("then", "start")]].concat())
        .await;
    let looked = admin.opens(&page).await.body;
    assert!(looked.contains("Of its 2 rows: 1 new, 1 invalid.") && looked.contains("Line 6"), "{looked}");
    map(&admin, &page, &["external_id", "name", "phone", "delivered_at", "price"], true).await;
    world.reads_files().await;
    let done = admin.opens(&page).await.body;
    assert!(done.contains("data-figure=\"added\">1<") && done.contains("100 % of the file"), "{done}");
    let zoe = world.lead(OWNER, world.lead_of(OWNER, "Zoë\nMüller").await).await;
    assert_eq!((zoe.summary.phone.as_str(), zoe.price.unwrap().decimal().as_str()), ("4930123456", "12.50"));
    let rejects = admin.fetches(&format!("{page}/rejects.csv")).await.body;
    assert!(rejects.contains("6,Created,") && rejects.contains("X-2,Bob,4930123456,never,12.5"), "{rejects}");
}

/// It is stopped between two batches, shows how far it is, and continues there; nothing is stored twice.
#[tokio::test]
async fn it_is_cancelled_and_goes_on() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let mut file = "Lead ID,Name\n".to_owned();
    for number in 0..2_500 {
        writeln!(file, "R-{number},Person {number}").unwrap();
    }
    let page = world.uploaded(&admin, &file).await;
    let id = [("id", id_of(&page))];
    let progress = async || admin.opens(&page).await.body;
    assert_eq!(admin.submits(&page, "/fn/admin/lead-imports/cancel", &id).await.status, 302, "it does not run");
    map(&admin, &page, &["external_id", "name"], true).await;
    let (stop, stopped) = watch::channel(false);
    // The process is told to stop while it reads: it ends after the batch that is being stored.
    let reading = async {
        importer::run_once(&world.db, &world.portal, Uuid::from_u128(7), &stopped).await.unwrap();
    };
    let stopping = async {
        while !progress().await.contains("data-figure=\"added\">1,000<") {
            tokio::task::yield_now().await;
        }
        stop.send(true).unwrap();
    };
    tokio::join!(reading, stopping);
    let halfway = progress().await;
    assert!(halfway.contains("data-running") && !halfway.contains("data-figure=\"added\">2,500<"), "{halfway}");
    assert_eq!(admin.submits(&page, "/fn/admin/lead-imports/cancel", &id).await.location(), page);
    world.reads_files().await;
    let cancelled = progress().await;
    assert!(cancelled.contains("Cancelled") && cancelled.contains("Resume") && !cancelled.contains("data-running"));
    assert_eq!(admin.submits(&page, "/fn/admin/lead-imports/resume", &id).await.location(), page);
    world.reads_files().await;
    let done = progress().await;
    assert!(
        done.contains("data-figure=\"added\">2,500<")
            && done.contains("data-figure=\"known\">0<")
            && !done.contains("data-running"),
        "{done}"
    );
    let told = admin.calls("/fn/admin/lead-imports/progress", form(&id)).await.body;
    assert!(told.contains("\"state\":\"done\"") && told.contains("\"added\":2500"), "{told}");
    assert_eq!(admin.calls("/fn/admin/lead-imports/resume", form(&id)).await.status, 409);
    assert_eq!(world.events(AuditAction::LeadImportCancelled).await.len(), 1);
}

/// A quotation mark that is never closed costs one line; a file that has lost a part ends the import with a reason.
#[tokio::test]
async fn what_cannot_be_read_is_said_and_costs_no_more_than_it_must() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let file = format!(
        "Name,Email\nAda,a@mail.example\nBob,\"{}\n{}",
        "b".repeat(600_000),
        "Cy,c@mail.example\n".repeat(40_000)
    );
    let page = world.uploaded(&admin, &file).await;
    map(&admin, &page, &["name", "email"], true).await;
    world.reads_files().await;
    let done = admin.opens(&page).await.body;
    assert!(done.contains("Done") && done.contains("Line 3") && done.contains("never closed"), "{done}");
    assert!(done.contains("data-figure=\"added\">2<") && done.contains("data-figure=\"rejected\">1<"), "{done}");
    let torn = torn_file(&world).await;
    map(&admin, &torn, &["name"], true).await;
    world.reads_files().await;
    let failed = admin.opens(&torn).await.body;
    assert!(failed.contains("Failed") && failed.contains("a part of the file is missing"), "{failed}");
    assert_eq!(
        world.events(AuditAction::LeadsImported).await.iter().filter(|event| event.result == "failure").count(),
        1
    );
}

/// A file of which a piece is missing, as a database that was restored in part may have it; its page.
async fn torn_file(world: &World) -> String {
    let email = Email::parse(ADMIN).unwrap();
    let admin = users::credentials_for_login(&mut world.read().await, world.account, UserKind::Admin, &email)
        .await
        .unwrap()
        .unwrap();
    let session = AdminSession::of_authenticated_user(&mut world.read().await, admin.user_id()).await.unwrap().unwrap();
    let scope = session.require(AdminPermission::ImportLeads).unwrap();
    let file = NewFile { partner: world.northwind, name: "torn.csv".into(), push: false };
    let mut tx = world.db.begin_write().await.unwrap();
    let id = lead_imports::begin(&mut tx, &scope, &file).await.unwrap().unwrap();
    lead_imports::keep_piece(&mut tx, &scope, id, 0, b"Name\nAda\n").await.unwrap();
    let text = |text: &str| vec![text.to_owned()];
    let reading = Reading::default();
    let layout = Layout { span: (0, 1_000_000), reading, header: text("Name"), columns: text("name"), first: (5, 2) };
    assert!(lead_imports::finish(&mut tx, &scope, id, &layout).await.unwrap());
    tx.commit().await.unwrap();
    format!("{LIST}/{id}")
}

/// Files are their account's, and for those who may import; a file that was not started can be deleted.
#[tokio::test]
async fn files_are_for_those_who_may_import_them() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let page = world.uploaded(&admin, "Name\nAda\n").await;
    let id = [("id", id_of(&page))];
    let support = world.logged_in_admin(SUPPORT).await;
    assert_eq!(upload(&support, &world.northwind.to_string(), false, "Name\nAda\n").await.status, 403);
    assert_eq!(support.opens(&page).await.status, 403);
    let owner = world.logged_in(OWNER).await;
    assert!(upload(&owner, &world.northwind.to_string(), false, "Name\nAda\n").await.leads_to_login());
    let (_, theirs): (_, PartnerId) = world.second_account().await;
    assert_eq!(
        upload(&admin, &theirs.to_string(), false, "Name\nAda\n").await.status,
        404,
        "another account's partner"
    );
    let discarded = admin.submits(&page, "/fn/admin/lead-imports/discard", &id).await;
    assert!(discarded.location().ends_with("done=discarded"));
    assert_eq!(admin.opens(&page).await.status, 404);
    assert_eq!(world.events(AuditAction::LeadImportDiscarded).await.len(), 1);
}
