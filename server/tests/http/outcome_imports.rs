//! Files in which partners say what became of their leads: uploaded as browsers do, read by the worker, and nobody else's.

use axum::{body::Body, http::Method};
use domain::{access::Permission, audit::AuditAction, leads::NewLead};

use crate::{
    browser::{Answer, Browser},
    world::{OWNER, STRANGER, Switch, World, lead},
};

const LIST: &str = "/partner/leads/outcomes";

async fn upload(browser: &Browser<'_>, content: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"crm.csv\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--x--\r\n"
    );
    let request = browser
        .request(Method::POST, LIST)
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin");
    browser.sends(request.body(Body::from(body)).unwrap()).await
}

/// Uploads a file and starts it as its columns were recognised; its page.
async fn started(browser: &Browser<'_>, content: &str, columns: &[&str]) -> String {
    let page = upload(browser, content).await.location().to_owned();
    let mut fields = vec![("id", page.rsplit('/').next().unwrap()), ("then", "start")];
    fields.extend(columns.iter().map(|column| ("columns[]", *column)));
    let answer = browser.submits(&page, "/fn/outcome-imports/map", &fields).await;
    assert_eq!(answer.location(), page);
    page
}

/// From the upload to what became of each lead; what cannot be told is listed, corrected and uploaded again.
#[tokio::test]
async fn a_file_says_what_became_of_leads() {
    let world = World::new().await;
    let shared = |id: &str| NewLead { email: "office@mail.example".into(), ..lead(id, "Shared Sue", 5) };
    let called = NewLead { phone: "0171 / 234 567 8".into(), email: String::new(), ..lead("N-5", "Called Carl", 5) };
    world.deliver(world.northwind, vec![shared("N-3"), shared("N-4"), called]).await;
    let nora = world.logged_in(OWNER).await;
    let grace = world.lead_of(OWNER, "Grace Hopper").await;
    let file = format!(
        "Lead ID;E-Mail;Phone;Outcome;Sale value;Why\r\n\
         N-1;;;Sold;1.200,50;\r\n\
         {grace};;;lost;;Too expensive\r\n\
         ;office@mail.example;;Contacted;;\r\n\
         ;;+49 171 2345678;Contacted;;\r\n\
         ;;0171 2345678;appointment;;\r\n\
         C-1;;;Sold;5;\r\n\
         N-1;;;Bought;;\r\n"
    );
    let taken = upload(&nora, &file).await;
    let page = taken.location().to_owned();
    assert!(page.starts_with("/partner/leads/outcomes/"), "{} {page}", taken.status);
    let looked = nora.opens(&page).await.body;
    assert!(looked.contains("Of its 7 rows: 2 recorded, 5 rejected."), "{looked}");
    assert!(looked.contains("2 of your leads have it") && looked.contains("none of your leads has it"), "{looked}");
    assert!(looked.contains("is none of the outcomes: Contacted,"), "{looked}");
    assert!(looked.contains("Ada Lovelace") && !looked.contains("Secret Sam"));
    // The partner's country says which number 0171 is. Nobody has said yet what “Why” is.
    let contact = [("company", "Northwind"), ("country", "Germany")];
    assert_eq!(nora.submits("/partner/profile", "/fn/profile/save-contact", &contact).await.status, 302);
    assert!(nora.opens(&page).await.body.contains("Of its 7 rows: 3 recorded, 4 rejected."));
    let columns = ["lead_id", "email", "phone", "outcome", "value", "comment"];
    let started = |page: &str| page.rsplit('/').next().unwrap().to_owned();
    let id = started(&page);
    let mut fields = vec![("id", &*id), ("then", "start")];
    fields.extend(columns.map(|column| ("columns[]", column)));
    assert_eq!(nora.submits(&page, "/fn/outcome-imports/map", &fields).await.location(), page);
    assert!(nora.opens(&page).await.body.contains("Running"));
    world.reads_files().await;
    let done = nora.opens(&page).await.body;
    assert!(done.contains("data-figure=\"added\">4<") && done.contains("data-figure=\"rejected\">3<"), "{done}");
    let told = async |name: &str| {
        let lead = world.lead(OWNER, world.lead_of(OWNER, name).await).await;
        let steps: Vec<_> = lead.outcomes.iter().filter_map(|event| event.label.clone()).collect();
        (steps, lead.outcome.and_then(|outcome| outcome.value).map(|value| value.minor))
    };
    assert_eq!(told("Ada Lovelace").await, (vec!["Sold".to_owned()], Some(120_050)));
    assert_eq!(told("Grace Hopper").await, (vec!["Lost".to_owned()], None));
    assert_eq!(told("Called Carl").await, (vec!["Contacted".to_owned(), "Appointment".to_owned()], None), "in order");
    assert_eq!(world.events(AuditAction::LeadOutcomeSet).await.len(), 4);
    let ended = world.events(AuditAction::OutcomesImported).await;
    assert_eq!(ended.len(), 1);
    let rejects = nora.fetches(&format!("{page}/rejects.csv")).await;
    let lines: Vec<_> = rejects.body.trim_start_matches('\u{feff}').trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[1].starts_with("4;E-Mail;2 of your leads have it"), "{}", lines[1]);
    // Corrected, and with what is known already.
    let corrected = rejects.body.replace(";office@mail.example;;Contacted", "N-3;office@mail.example;;Contacted");
    let corrected = corrected.replace(";Bought;;", ";Sold;1.200,50;");
    let again = upload(&nora, &corrected).await.location().to_owned();
    let words = ["left_out"; 3].into_iter().chain(columns).collect::<Vec<_>>();
    let id = started(&again);
    let mut fields = vec![("id", &*id), ("then", "start")];
    fields.extend(words.iter().map(|column| ("columns[]", *column)));
    assert_eq!(nora.submits(&again, "/fn/outcome-imports/map", &fields).await.location(), again);
    world.reads_files().await;
    let done = nora.opens(&again).await.body;
    for (figure, count) in [("added", 1), ("known", 1), ("rejected", 1)] {
        assert!(done.contains(&format!("data-figure=\"{figure}\">{count}<")), "{figure}: {done}");
    }
    assert_eq!(nora.opens(LIST).await.body.matches("crm.csv").count(), 2);
}

/// Another partner's file is as good as none; and neither side sees the other's.
#[tokio::test]
async fn a_file_is_its_partners_alone() {
    let world = World::new().await;
    let (nora, sam) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let page = upload(&nora, "Lead ID,Outcome\nN-1,Sold\n").await.location().to_owned();
    let id = page.rsplit('/').next().unwrap();
    for path in [page.clone(), format!("{page}/rejects.csv")] {
        assert_eq!(sam.fetches(&path).await.status, 404, "{path}");
    }
    for call in ["map", "cancel", "resume", "discard"] {
        let fields = [("id", id), ("columns[]", "lead_id"), ("columns[]", "outcome")];
        let answer = sam.calls(&format!("/fn/outcome-imports/{call}"), crate::browser::form(&fields)).await;
        assert_eq!(answer.status, 404, "{call}");
    }
    assert!(!sam.opens(LIST).await.body.contains("crm.csv"));
    let admin = world.logged_in_admin(crate::world::MANAGER).await;
    assert_eq!(admin.fetches(&format!("/admin/leads/import/{id}")).await.status, 404, "it is no file of leads");
    assert!(!admin.opens("/admin/leads/import").await.body.contains("crm.csv"));
}

/// Whoever may not say what became of leads any more changes nothing more by a file that is still being read.
#[tokio::test]
async fn a_file_is_read_for_whoever_handed_it_in() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let page = started(&nora, "Lead ID,Outcome\nN-1,Sold\n", &["lead_id", "outcome"]).await;
    world.turn(Switch::User, false).await;
    world.reads_files().await;
    assert!(world.events(AuditAction::LeadOutcomeSet).await.is_empty());
    world.turn(Switch::User, true).await;
    let nora = world.logged_in(OWNER).await;
    let failed = nora.opens(&page).await.body;
    assert!(failed.contains("Failed") && failed.contains("may not record outcomes any more"), "{failed}");
    let id = page.rsplit('/').next().unwrap().to_owned();
    assert_eq!(nora.submits(&page, "/fn/outcome-imports/resume", &[("id", &id)]).await.location(), page);
    world.reads_files().await;
    assert_eq!(world.events(AuditAction::LeadOutcomeSet).await.len(), 1);
    world.deny(Permission::RecordOutcomes).await;
    assert_eq!(upload(&nora, "Lead ID,Outcome\nN-1,Lost\n").await.status, 403);
}

/// A workbook is unpacked in memory: partners hand in text.
#[tokio::test]
async fn a_workbook_is_refused() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let refused = upload(&nora, "PK\u{3}\u{4} and whatever a workbook holds").await;
    assert_eq!(refused.location(), "/partner/leads/outcomes?wrong=no-workbook");
    let page = nora.opens(refused.location()).await.body;
    assert!(page.contains("save the sheet as “CSV UTF-8”") && !page.contains("crm.csv"), "{page}");
}
