//! Invoices, profile and users: what each shows and changes, and that it is the reader's own partner's alone.

use chrono::{NaiveDate, TimeDelta};
use domain::{
    access::Permission,
    audit::AuditAction,
    ids::{InvoiceId, PartnerId},
    invoices::{InvoiceLine, InvoiceStatus, Quantity, TaxRate},
    money::{Currency, Money},
};
use serde_json::json;
use store::invoices::{self, NewInvoice};

use crate::{
    browser::{Answer, Browser, form, json},
    world::{FINANCE, LEADS, MEMBER, OWNER, STRANGER, VIEWER, World},
};

const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(description: &str, quantity: i64, unit_price: i64, rate: i64) -> InvoiceLine {
    let (quantity, tax_rate) = (Quantity(quantity), TaxRate(rate));
    let unit_price = Money { minor: unit_price, currency: Currency::EUR }.into();
    InvoiceLine { description: description.into(), quantity, unit_price, tax_rate, leads: 0 }
}

/// A PDF's pages as another program reads them.
fn read_by_pdftotext(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, pdf).unwrap();
    let read = std::process::Command::new("pdftotext").args(["-layout"]).arg(&path).arg("-").output();
    let read = read.expect("pdftotext is missing: run tools/setup.sh test");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    // Every page ends with a form feed.
    text.trim_end_matches('\u{c}').split('\u{c}').map(ToOwned::to_owned).collect()
}

impl World {
    /// Stores an invoice of two lines, 2.5 × €10.01 at 19 % and 3 × €5.00 at 7 %: €45.84 with tax.
    pub(crate) async fn bill(&self, partner: PartnerId, number: Option<&str>, due_on: &str) -> InvoiceId {
        let lines = vec![line("=Leads; \"Süd\" Ελλάδα Жук ß", 2_500, 1_001, 1_900), line("Fee", 3_000, 500, 700)];
        self.bill_lines(partner, number, due_on, lines).await
    }

    async fn bill_lines(
        &self,
        partner: PartnerId,
        number: Option<&str>,
        due_on: &str,
        lines: Vec<InvoiceLine>,
    ) -> InvoiceId {
        let id = InvoiceId(self.db.new_id().unwrap());
        let invoice = NewInvoice {
            id,
            number: number.map(ToOwned::to_owned),
            status: if number.is_some() { InvoiceStatus::Issued } else { InvoiceStatus::Draft },
            currency: Currency::EUR,
            issued_on: day("2026-10-20"),
            due_on: day(due_on),
            note: String::new(),
            void_reason: String::new(),
            lines: lines.into_iter().map(|line| (line, Vec::new())).collect(),
            payments: Vec::new(),
        };
        let mut tx = self.db.begin_write().await.unwrap();
        invoices::insert_unscoped(&mut tx, self.account, partner, &invoice).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

/// The addresses under which an invoice can be asked for.
fn invoice_paths(id: &str) -> [String; 4] {
    [
        format!("/partner/invoices/{id}"),
        format!("/partner/invoices/{id}/pdf"),
        format!("/partner/invoices/{id}/csv"),
        format!("/partner/invoices/export.zip?format=csv&id={id}"),
    ]
}

/// A page as everybody gets it: without its nonce, if it has one, and the id that was asked for.
fn anonymous(answer: &Answer, id: &str) -> String {
    let nonce = answer.body.split_once(" nonce=\"").and_then(|(_, rest)| rest.split('"').next());
    nonce.map_or(answer.body.clone(), |nonce| answer.body.replace(nonce, "")).replace(id, MISSING)
}

/// Neither a draft nor another partner's invoice can be told from one that does not exist.
#[tokio::test]
async fn what_is_not_ours_is_not_there() {
    let world = World::new().await;
    let own = world.bill(world.northwind, Some("2026-1"), "2026-11-22").await;
    let draft = world.bill(world.northwind, None, "2026-11-22").await;
    let foreign = world.bill(world.contoso, Some("2026-2"), "2026-11-22").await;
    let nora = world.logged_in(OWNER).await;
    for path in invoice_paths(&own.to_string()) {
        assert_eq!(nora.opens(&path).await.status, 200, "{path}");
    }
    for id in [draft, foreign] {
        let hidden = invoice_paths(&id.to_string());
        for (path, missing) in hidden.iter().zip(invoice_paths(MISSING)) {
            let (answer, nothing) = (nora.opens(path).await, nora.opens(&missing).await);
            assert_eq!((answer.status, nothing.status), (404, 404), "{path}");
            let bodies = [&answer, &nothing].map(|answer| anonymous(answer, &id.to_string()));
            assert_eq!(bodies[0], bodies[1], "{path}");
        }
        let call = async |id: &str| nora.calls("/fn/invoices/get", json(&json!({ "id": id }))).await;
        assert_eq!(call(&id.to_string()).await.body, call(MISSING).await.body);
    }
    let mixed = format!("/partner/invoices/export.zip?id={own}&id={foreign}");
    assert_eq!(nora.fetches(&mixed).await.status, 404, "one foreign id spoils them all");
    let list = nora.opens("/partner/invoices").await.body;
    assert!(list.contains("2026-1") && !list.contains("2026-2"));
    let everything = nora.fetches("/partner/invoices/export.zip?format=csv").await;
    assert!(everything.body.contains("invoice-2026-1.csv") && !everything.body.contains("invoice-2026-2"));
}

/// The day ends at midnight in New York, where the account is, not in Greenwich.
#[tokio::test]
async fn an_invoice_is_overdue_from_the_accounts_midnight_on() {
    let world = World::new().await;
    world.bill(world.northwind, Some("2026-1"), "2026-11-22").await;
    let nora = world.logged_in(OWNER).await;
    let shown = async || nora.opens("/partner/invoices").await.body.contains("badge--overdue");
    // From noon in Greenwich, 07:00 in New York, to 23:59:59 there.
    for _ in 0..17 {
        world.clock.advance(TimeDelta::hours(1));
        let overdue = shown().await;
        assert_eq!(overdue, world.db.now() >= "2026-11-23T05:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    }
    assert!(shown().await, "05:00 in Greenwich is midnight in New York");
}

#[tokio::test]
async fn downloads_hold_the_invoice_and_are_noted_once_each() {
    let world = World::new().await;
    let ids = [
        world.bill(world.northwind, Some("2026-1"), "2026-11-22").await,
        world.bill(world.northwind, Some("2026-2"), "2026-11-22").await,
    ];
    let fiona = world.logged_in(FINANCE).await;
    let [page, pdf, csv, _] = invoice_paths(&ids[0].to_string());
    assert!(fiona.opens(&page).await.body.contains("€45.84"), "25.03 and 4.76 of tax, 15.00 and 1.05");
    let (one, two) = (fiona.fetches(&pdf).await, fiona.fetches(&pdf).await);
    assert_eq!(one.header("content-type"), "application/pdf");
    assert_eq!(one.header("content-disposition"), "attachment; filename=\"invoice-2026-1.pdf\"");
    assert!(one.bytes.starts_with(b"%PDF-") && one.bytes == two.bytes, "the same bytes every time");
    let csv = fiona.fetches(&csv).await;
    let mut reader = csv::Reader::from_reader(csv.body.strip_prefix('\u{feff}').unwrap().as_bytes());
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (net, total, text) = (at("Net"), at("Invoice total"), at("Description"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let nets: Vec<&str> = rows.iter().map(|row| &row[net]).collect();
    assert_eq!(nets, ["25.03", "15.00"]);
    assert!(rows.iter().all(|row| &row[total] == "45.84"), "{rows:?}");
    assert_eq!(&rows[0][text], "'=Leads; \"Süd\" Ελλάδα Жук ß", "defused, else unharmed");
    // One of them is named twice.
    let chosen = format!("/partner/invoices/export.zip?format=pdf&id={}&id={}&id={}", ids[0], ids[1], ids[0]);
    let zip = fiona.fetches(&chosen).await;
    assert_eq!(zip.header("content-type"), "application/zip");
    for name in ["invoice-2026-1.pdf", "invoice-2026-2.pdf"] {
        let found = zip.bytes.windows(name.len()).filter(|part| *part == name.as_bytes()).count();
        assert_eq!(found, 2, "{name} stands before its bytes and in the directory at the end");
    }
    assert_eq!(world.events(AuditAction::InvoiceDownloaded).await.len(), 3);
    let together = world.events(AuditAction::InvoicesDownloaded).await;
    assert_eq!(together.len(), 1);
    assert!(together[0].detail.contains("\"invoices\":2"), "{}", together[0].detail);
}

/// Short and long ones, in the scripts of our partners: nothing is lost between the database and the paper.
#[tokio::test]
async fn another_program_reads_every_line_of_a_pdf() {
    let world = World::new().await;
    let fiona = world.logged_in(FINANCE).await;
    let names = ["Żółw i gęś, €uro", "Straßengroßhandel", "Ελληνικά ηλιακά", "Кириллица и щука"];
    for (lines, least_pages) in [(1, 1), (20, 1), (1_000, 20)] {
        let all: Vec<_> = (1..=lines).map(|at| line(&format!("{} №{at}", names[at % 4]), 1_000, 100, 1_900)).collect();
        let id = world.bill_lines(world.northwind, Some(&format!("R-{lines}")), "2026-12-01", all).await;
        let [_, pdf, ..] = invoice_paths(&id.to_string());
        let pages = read_by_pdftotext(&fiona.fetches(&pdf).await.bytes);
        assert!(pages.len() >= least_pages, "{lines} lines on {} pages", pages.len());
        for (page, number) in pages.iter().zip(1..) {
            let foot = format!("page {number} of {}", pages.len());
            assert!(page.contains(&foot) && page.contains(&format!("R-{lines}")), "{foot}:\n{page}");
        }
        let text = pages.join("\n");
        let found = (1..=lines).filter(|at| {
            let wanted = format!("{} №{at}", names[at % 4]);
            text.lines().any(|row| row.contains(&format!("{wanted} ")) || row.ends_with(&wanted))
        });
        assert_eq!(found.count(), lines, "each line is there, whole");
        let total = domain::money::Money { minor: lines as i64 * 119, currency: Currency::EUR };
        assert!(text.contains(&total.to_string()), "{total}");
    }
}

#[tokio::test]
async fn without_the_permission_there_is_no_link_and_no_access() {
    let world = World::new().await;
    let id = world.bill(world.northwind, Some("2026-1"), "2026-11-22").await;
    world.deny(Permission::ViewInvoices).await;
    let nora = world.logged_in(OWNER).await;
    assert!(!nora.opens("/partner").await.body.contains("/partner/invoices"));
    for path in invoice_paths(&id.to_string()) {
        assert_eq!(nora.opens(&path).await.status, 403, "{path}");
    }
}

async fn save(browser: &Browser<'_>, company: &str, email: &str) -> Answer {
    browser.calls("/fn/profile/save-contact", form(&[("company", company), ("city", "Bonn"), ("email", email)])).await
}

#[tokio::test]
async fn contact_data_is_changed_by_who_may_and_noted_without_its_words() {
    let world = World::new().await;
    let (nora, viktor) = (world.logged_in(OWNER).await, world.logged_in(VIEWER).await);
    assert_eq!(save(&viktor, "Viktor's own", "").await.status, 403);
    let wrong = save(&nora, "", "nowhere").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("\"company\"") && wrong.body.contains("\"email\""), "{}", wrong.body);
    assert!(wrong.body.contains("Bonn"), "what was typed comes back: {}", wrong.body);
    for _ in 0..2 {
        assert_eq!(save(&nora, "Northwind Solar GmbH", "office@northwind.example").await.status, 200);
    }
    assert!(viktor.opens("/partner/profile").await.body.contains("Northwind Solar GmbH"), "colleagues read it");
    assert!(!world.logged_in(STRANGER).await.opens("/partner/profile").await.body.contains("Northwind"));
    let events = world.events(AuditAction::ContactChanged).await;
    assert_eq!(events.len(), 1, "saving the same again changes nothing");
    assert_eq!(events[0].detail, r#"{"changed":["company","email","city"]}"#);
}

/// A signing secret is seen once, by who made it; neither a look ahead nor the log has it.
#[tokio::test]
async fn a_signing_secret_is_shown_once() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let page = "/partner/profile/delivery";
    assert_eq!(nora.calls("/fn/profile/rotate-secret", form(&[])).await.status, 200);
    let ahead =
        nora.request(axum::http::Method::GET, page).header("accept", "text/html").header("sec-purpose", "prefetch");
    let ahead = nora.sends(ahead.body(axum::body::Body::empty()).unwrap()).await;
    assert!(!ahead.body.contains("class=\"secret\""), "a look ahead does not use it up");
    let elsewhere = world.logged_in(OWNER).await;
    assert!(!elsewhere.opens(page).await.body.contains("class=\"secret\""), "another session did not make it");
    assert!(nora.opens(page).await.body.contains("class=\"secret\""));
    assert!(!nora.opens(page).await.body.contains("class=\"secret\""));
    assert_eq!(nora.calls("/fn/profile/rotate-secret", form(&[])).await.status, 200);
    world.clock.advance(chrono::TimeDelta::minutes(30));
    assert!(!nora.opens(page).await.body.contains("class=\"secret\""), "it waits for half an hour");
    let events = world.events(AuditAction::WebhookSecretRotated).await;
    assert_eq!((events.len(), events[0].detail.as_str()), (2, "{}"));
    let fiona = world.logged_in(FINANCE).await;
    assert_eq!(fiona.opens(page).await.status, 403);
    nora.confirms().await;
    let bad = form(&[("webhook_url", "ftp://x"), ("email_mode", "each"), ("recipients", "nobody")]);
    let wrong = nora.calls("/fn/profile/save-delivery", bad).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("webhook_url") && wrong.body.contains("recipients") && wrong.body.contains("ftp://x"));
}

#[tokio::test]
async fn who_manages_users_changes_colleagues_but_never_the_last_owner() {
    let world = World::new().await;
    let (nora, marek) = (world.logged_in(OWNER).await, world.logged_in(MEMBER).await);
    let id = async |email: &str| {
        let page = nora.calls("/fn/users/list", form(&[])).await.body;
        let list: serde_json::Value = serde_json::from_str(&page).unwrap();
        let users = list["users"].as_array().unwrap().clone();
        users.iter().find(|user| user["email"] == email).map(|user| user["id"].as_str().unwrap().to_owned())
    };
    let change = async |id: &str, role: &str, active: &str| {
        nora.calls("/fn/users/change", form(&[("id", id), ("role", role), ("active", active)])).await.status
    };
    let (own, member) = (id(OWNER).await.unwrap(), id(MEMBER).await.unwrap());
    assert!(id(STRANGER).await.is_none(), "only colleagues are listed");
    assert_eq!(change(&own, "viewer", "yes").await, 422, "not oneself");
    assert_eq!(change(&own, "owner", "no").await, 422);
    assert_eq!(change(&member, "finance", "yes").await, 200);
    assert!(marek.opens(LEADS).await.leads_to_login(), "obeyed at the next request");
    let marek = world.logged_in(MEMBER).await;
    assert_eq!(marek.opens(LEADS).await.status, 403);
    assert_eq!(change(&member, "finance", "no").await, 200);
    assert!(marek.opens(LEADS).await.leads_to_login(), "and the session has ended");
    assert_eq!(change(MISSING, "viewer", "yes").await, 404);
    let stranger = world.logged_in(STRANGER).await;
    let list = stranger.calls("/fn/users/list", form(&[])).await.body;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let foreign = list["users"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(change(&foreign, "viewer", "no").await, 404, "another partner's user is nobody");
    assert_eq!(stranger.opens(LEADS).await.status, 200);
    for (action, count) in [(AuditAction::UserRoleChanged, 1), (AuditAction::UserDisabled, 1)] {
        assert_eq!(world.events(action).await.len(), count, "{action}");
    }
}

#[tokio::test]
async fn logging_out_everywhere_else_leaves_this_browser_alone() {
    let world = World::new().await;
    let (phone, laptop) = (world.logged_in(OWNER).await, world.logged_in(OWNER).await);
    let marek = world.logged_in(MEMBER).await;
    assert_eq!(laptop.calls("/fn/profile/end-other-sessions", form(&[])).await.status, 200);
    assert!(phone.opens(LEADS).await.leads_to_login());
    assert_eq!((laptop.opens(LEADS).await.status, marek.opens(LEADS).await.status), (200, 200));
    assert_eq!(world.events(AuditAction::OtherSessionsEnded).await.len(), 1);
}

/// One session of one's own is ended, and nobody else's, by whatever key.
#[tokio::test]
async fn one_session_is_ended_by_its_owner_alone() {
    let world = World::new().await;
    let (phone, laptop) = (world.logged_in(OWNER).await, world.logged_in(OWNER).await);
    let marek = world.logged_in(MEMBER).await;
    let keys = async |browser: &Browser<'_>| {
        let answer = browser.calls("/fn/profile/security", form(&[])).await.body;
        let view: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let sessions = view["sessions"].as_array().unwrap().clone();
        sessions.iter().map(|one| (one["key"].as_str().unwrap().to_owned(), one["current"] == true)).collect::<Vec<_>>()
    };
    let own = keys(&laptop).await;
    let other = &own.iter().find(|(_, current)| !current).unwrap().0;
    let end = async |browser: &Browser<'_>, key: &str| {
        browser.calls("/fn/profile/end-session", form(&[("session", key)])).await.status
    };
    assert_eq!(end(&marek, other).await, 404, "another user's session is none");
    for odd in ["", "zz", &"é".repeat(32), &other[..62]] {
        assert_eq!(end(&laptop, odd).await, 404, "{odd}");
    }
    assert_eq!(phone.opens(LEADS).await.status, 200);
    assert_eq!(end(&laptop, other).await, 200);
    assert!(phone.opens(LEADS).await.leads_to_login());
    assert_eq!((laptop.opens(LEADS).await.status, marek.opens(LEADS).await.status), (200, 200));
    assert_eq!(end(&laptop, other).await, 404, "it has ended");
    assert_eq!(world.events(AuditAction::SessionEnded).await.len(), 1);
}
