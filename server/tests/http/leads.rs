//! The list, one lead, and the decision on it: each partner its own, and nothing said of anybody else's.

use std::time::Duration;

use axum::http::Method;
use chrono::TimeDelta;
use domain::{
    access::Permission,
    audit::AuditAction,
    ids::LeadId,
    leads::{LeadListQuery, LeadStatus, NewLead, Review},
};
use serde_json::json;

use crate::{
    browser::{Answer, Browser, form, json},
    world::{FINANCE, LEADS, MEMBER, OWNER, PASSWORD, STRANGER, VIEWER, World, lead},
};

/// Asks the server function for one lead.
async fn gets(browser: &Browser<'_>, id: LeadId) -> Answer {
    browser.calls("/fn/leads/get", json(&json!({ "id": id, "query": LeadListQuery::default() }))).await
}

async fn reviews(browser: &Browser<'_>, id: LeadId, decision: &str, reason: &str, comment: &str) -> Answer {
    let id = id.to_string();
    let fields = [("id", id.as_str()), ("decision", decision), ("reason", reason), ("comment", comment)];
    browser.calls("/fn/leads/review", form(&fields)).await
}

/// A page as everybody gets it: without its nonce and the id that was asked for.
fn anonymous(answer: &Answer, id: LeadId) -> String {
    let nonce = answer.body.split_once(" nonce=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap();
    answer.body.replace(nonce, "NONCE").replace(&id.to_string(), "ID")
}

/// The one promise everything else rests on. No parameter of the URL may widen the view.
#[tokio::test]
async fn each_partner_sees_its_own_leads_alone() {
    let world = World::new().await;
    let secret = world.lead_of(STRANGER, "Secret Sam").await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await;
    for (email, own, foreign, cursor) in
        [(OWNER, "Ada Lovelace", "Secret Sam", secret), (STRANGER, "Secret Sam", "Ada Lovelace", ada)]
    {
        let browser = world.logged_in(email).await;
        for query in [
            String::new(),
            format!("?partner_id={}&partner={}&account_id={}", world.contoso, world.northwind, world.account),
            format!("?after={cursor}"),
            format!("?before={cursor}"),
            "?size=100&sort=name".to_owned(),
        ] {
            let page = browser.opens(&format!("{LEADS}{query}")).await;
            assert_eq!(page.status, 200, "{query}");
            assert!(page.body.contains(own) && !page.body.contains(foreign), "{email} at {query}");
        }
        for word in foreign.split(' ') {
            let page = browser.opens(&format!("{LEADS}?q={word}")).await;
            assert!(page.body.contains("No lead matches") && !page.body.contains(foreign), "{email} searches {word}");
        }
    }
}

/// "Not yours" and "not there" must look the same, to the byte, or ids could be tried for what others have.
#[tokio::test]
async fn anothers_lead_answers_as_a_missing_one() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let foreign = world.lead_of(STRANGER, "Secret Sam").await;
    let missing = LeadId(world.db.new_id().unwrap());
    let [theirs, none] =
        [nora.opens(&format!("{LEADS}/{foreign}")).await, nora.opens(&format!("{LEADS}/{missing}")).await];
    assert_eq!((theirs.status, none.status), (404, 404));
    assert_eq!(anonymous(&theirs, foreign), anonymous(&none, missing));
    assert_eq!(nora.opens(&format!("{LEADS}/not-an-id")).await.status, 404);

    let [theirs, none] = [gets(&nora, foreign).await, gets(&nora, missing).await];
    assert_eq!((theirs.status, theirs.body.as_str()), (404, "\"NotFound\""));
    assert_eq!(theirs, none);
    let [theirs, none] =
        [reviews(&nora, foreign, "accept", "", "").await, reviews(&nora, missing, "accept", "", "").await];
    assert_eq!((theirs.status, &theirs), (404, &none));
    let untouched = world.lead(STRANGER, foreign).await;
    assert_eq!((untouched.summary.status, untouched.history.len()), (LeadStatus::New, 0));
}

/// A lead is "viewed" once somebody at the partner has seen it: it happens once, and is audited once.
#[tokio::test]
async fn opening_a_lead_marks_it_viewed_once() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    nora.opens(LEADS).await;
    assert_eq!(world.lead(OWNER, id).await.summary.status, LeadStatus::New, "the list does not open it");
    for _ in 0..2 {
        let page = nora.opens(&format!("{LEADS}/{id}")).await;
        assert!(page.status == 200 && page.body.contains("Ada Lovelace") && page.body.contains("Viewed"));
    }
    assert_eq!(gets(&world.logged_in(VIEWER).await, id).await.status, 200);
    let seen = world.lead(OWNER, id).await;
    assert_eq!((seen.summary.status, seen.history.len()), (LeadStatus::Viewed, 1));
    let events = world.events(AuditAction::LeadViewed).await;
    assert_eq!(events.iter().map(|event| event.object_id).collect::<Vec<_>>(), [Some(id.0)]);
    assert!(!format!("{events:?}").contains("Lovelace"), "the log holds no lead's data");
}

/// A browser that only fetches ahead has shown the lead to nobody.
#[tokio::test]
async fn fetching_ahead_is_not_opening() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    for purpose in ["prefetch", "prefetch;prerender"] {
        let request = nora.request(Method::GET, &format!("{LEADS}/{id}"));
        let request = request.header("accept", "text/html").header("sec-purpose", purpose);
        assert_eq!(nora.sends(request.body("".into()).unwrap()).await.status, 200);
    }
    assert_eq!(world.lead(OWNER, id).await.summary.status, LeadStatus::New);
    assert!(world.events(AuditAction::LeadViewed).await.is_empty());
}

/// Each decision is one audit event. The comment may name people, so it stays with the lead and out of the log.
#[tokio::test]
async fn a_decision_is_kept_and_audited() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    assert_eq!(reviews(&nora, id, "accept", "", "").await.status, 200);
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(reviews(&nora, id, "reject", "duplicate", "Mrs Lovelace called in May").await.status, 200);
    let kept = world.lead(OWNER, id).await;
    assert_eq!(kept.summary.status, LeadStatus::Rejected);
    let reasons: Vec<_> =
        kept.history.iter().map(|event| (event.status, event.reason.as_deref(), event.by.as_str())).collect();
    let owner = "The owner";
    assert_eq!(reasons, [(LeadStatus::Accepted, None, owner), (LeadStatus::Rejected, Some("Duplicate"), owner)]);
    let (accepted, rejected) =
        (world.events(AuditAction::LeadAccepted).await, world.events(AuditAction::LeadRejected).await);
    assert_eq!((accepted.len(), rejected.len()), (1, 1));
    assert!(
        rejected[0].detail.contains("duplicate") && !rejected[0].detail.contains("Lovelace"),
        "{}",
        rejected[0].detail
    );
    assert_eq!((rejected[0].object_id, rejected[0].address.as_str()), (Some(id.0), "203.0.113.7"));
}

/// What has to be corrected is said field by field, and nothing is kept until it is.
#[tokio::test]
async fn a_decision_without_its_reason_is_not_taken() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    let long = "x".repeat(1_001);
    for (decision, reason, comment, field) in [
        ("reject", "", "", "reason"),
        ("reject", "because", "", "reason"),
        ("reject", "other", "  ", "comment"),
        ("reject", "duplicate", &*long, "comment"),
        ("burn", "", "", "decision"),
    ] {
        let answer = reviews(&nora, id, decision, reason, comment).await;
        assert!(
            answer.status == 422 && answer.body.contains(field),
            "{decision} {reason}: {} {}",
            answer.status,
            answer.body
        );
    }
    assert_eq!(nora.calls("/fn/leads/review", form(&[("id", "7"), ("decision", "accept")])).await.status, 400);
    let kept = world.lead(OWNER, id).await;
    assert_eq!((kept.summary.status, kept.history.len()), (LeadStatus::New, 0));
}

/// Without WebAssembly a decision leads back to the lead's page.
#[tokio::test]
async fn without_webassembly_a_decision_comes_back_to_the_lead() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let page = format!("{LEADS}/{}", world.lead_of(OWNER, "Ada Lovelace").await);
    let id = page.rsplit('/').next().unwrap();
    let fields = [("id", id), ("decision", "reject"), ("reason", "other"), ("comment", "  ")];
    let failed = nora.submits(&page, "/fn/leads/review", &fields).await;
    assert_eq!((failed.status, failed.location()), (302, &*page));
    let shown = nora.goes_back(&failed).await.body;
    assert!(shown.contains("Say what is wrong with this lead."), "the message stands by its field");
    assert!(shown.contains("<option value=\"other\" selected"), "what was chosen is still chosen: {shown}");
    assert!(!nora.goes_back(&failed).await.body.contains("Say what is wrong"), "it is said once");
    let done = nora.submits(&page, "/fn/leads/review", &[("id", id), ("decision", "accept")]).await;
    let to = done.header("location").split_once("//portal.example").unwrap().1;
    assert!(done.status == 302 && to.starts_with(&page) && !to.contains("__err="), "{to}");
    assert!(nora.opens(to).await.body.contains("You accepted this lead."));
}

/// Whoever hangs up as soon as a form is sent has sent it: nothing stops half-way, and no page is left without its router.
#[tokio::test]
async fn a_visitor_who_hangs_up_changes_nothing_about_an_answer() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await;
    let hung_up = tokio::time::timeout(Duration::ZERO, reviews(&nora, ada, "accept", "", "")).await;
    assert!(hung_up.is_err(), "it takes longer than no time");
    let decided = async {
        while world.events(AuditAction::LeadAccepted).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), decided).await.expect("the decision is carried out");
}

/// Each refusal is one event, whichever way it was asked: too many from one user is how an intrusion looks.
#[tokio::test]
async fn every_refusal_is_audited_once() {
    let world = World::new().await;
    let (fiona, viktor) = (world.logged_in(FINANCE).await, world.logged_in(VIEWER).await);
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    let mut expected = 0;
    for refused in [
        fiona.opens(LEADS).await,
        fiona.opens(&format!("{LEADS}/{id}")).await,
        gets(&fiona, id).await,
        reviews(&viktor, id, "accept", "", "").await,
        viktor.fetches("/partner/leads/export.csv").await,
    ] {
        assert_eq!(refused.status, 403, "{}", refused.body);
        expected += 1;
    }
    let events = world.events(AuditAction::PermissionRefused).await;
    assert_eq!(events.len(), expected, "{events:?}");
    assert!(events.iter().all(|event| event.result == "failure" && event.actor_kind == "partner"));
    let count =
        |permission: &str| events.iter().filter(|event| event.detail.contains(&format!("\"{permission}\""))).count();
    assert_eq!((count("view_leads"), count("review_leads"), count("export_leads")), (3, 1, 1));
}

/// A right that is taken away is gone at the next request, for the owner too.
#[tokio::test]
async fn a_denied_permission_closes_what_it_opened() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    let page = format!("{LEADS}/{id}");
    let shown = nora.opens(&page).await.body;
    assert!(
        shown.contains("€49.17")
            && shown.contains("Your decision")
            && nora.opens(LEADS).await.body.contains("Export CSV")
    );

    world.deny(Permission::ViewLeadPrice).await;
    let (shown, got) = (nora.opens(&page).await.body, gets(&nora, id).await);
    assert!(
        shown.contains("Ada Lovelace") && !shown.contains("49.17") && !shown.contains("minor"),
        "nor in the page's data"
    );
    assert!(got.status == 200 && got.body.contains("\"price\":null"), "{}", got.body);

    world.deny(Permission::ReviewLeads).await;
    assert!(!nora.opens(&page).await.body.contains("Your decision"));
    assert_eq!(reviews(&nora, id, "accept", "", "").await.status, 403);

    world.deny(Permission::ExportLeads).await;
    assert!(!nora.opens(LEADS).await.body.contains("Export CSV"));

    world.deny(Permission::ViewLeads).await;
    assert_eq!(
        (nora.opens(LEADS).await.status, nora.opens(&page).await.status, gets(&nora, id).await.status),
        (403, 403, 403)
    );
    assert_eq!(reviews(&nora, id, "accept", "", "").await.status, 403, "nobody decides on what they may not see");
}

/// What a lead holds came from strangers. On our pages it is text, whatever it looks like.
#[tokio::test]
async fn what_strangers_wrote_stays_text() {
    let world = World::new().await;
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let fields = vec![(evil.to_owned(), evil.to_owned())];
    let made =
        NewLead { campaign: evil.into(), phone: evil.into(), email: evil.into(), fields, ..lead("N-9", evil, 1) };
    world.deliver(world.northwind, vec![made]).await;
    let nora = world.logged_in(OWNER).await;
    let id = world.lead_of(OWNER, evil).await;
    for path in [
        LEADS.to_owned(),
        format!("{LEADS}?q=%3Cscript%3Ealert(1)%3C/script%3E&status=%3Cimg%3E"),
        format!("{LEADS}/{id}"),
    ] {
        let page = nora.opens(&path).await;
        assert!(page.status == 200 && page.body.contains("alert(1)"), "{path} shows it");
        for raw in ["<script>alert", "<img", "</script>\"'>"] {
            assert!(!page.body.contains(raw), "{path} holds a raw {raw}");
        }
    }
}

/// A query that no form of ours sends must not bring a request down; it finds nothing, or says what is wrong.
#[tokio::test]
async fn no_query_breaks_the_list() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let days = |from: &str, to: &str| json!({ "from": from, "to": to });
    for (key, value) in [
        ("days", days("-262143-01-01", "+262142-12-31")),
        ("days", days("2026-11-22", "+262142-12-31")),
        ("days", days("9999-12-31", "0001-01-01")),
        ("q", json!("x".repeat(100_000))),
        ("q", json!("\" OR * NEAR(\0")),
        ("campaign", json!("\0")),
    ] {
        let mut query = json!(LeadListQuery::default());
        query["filter"][key] = value;
        let answer = nora.calls("/fn/leads/list", json(&json!({ "query": query }))).await;
        assert!([200, 400, 422].contains(&answer.status), "{key}: {} {}", answer.status, answer.body);
    }
    for raw in
        ["q=%00", "q=%FF%FE", "from=99999-01-01", "page=-1&size=0&sort=;DROP", "after=x&before=y", "%", "&&==", "q=%"]
    {
        assert_eq!(nora.opens(&format!("{LEADS}?{raw}")).await.status, 200, "{raw}");
    }
    let huge = json(&json!({ "query": LeadListQuery::default(), "more": "x".repeat(300_000) }));
    assert_eq!(nora.calls("/fn/leads/list", huge).await.status, 400, "more than a request may hold");
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 200, "the server lives on");
}

/// All that are selected get the decision, in one moment, and get back what they had when it is undone; what has happened to one of
/// them since stays.
#[tokio::test]
async fn several_leads_are_decided_on_at_once_and_undone() {
    let world = World::new().await;
    let (nora, member) = (world.logged_in(OWNER).await, world.logged_in(crate::world::MEMBER).await);
    let more = (0..3).map(|n| lead(&format!("M-{n}"), &format!("Person {n}"), 30)).collect();
    world.deliver(world.northwind, more).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(world.lead_of(OWNER, &format!("Person {n}")).await);
    }
    assert_eq!(reviews(&nora, ids[1], "reject", "duplicate", "").await.status, 200);
    world.clock.advance(TimeDelta::minutes(1));
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = texts.iter().map(|id| ("leads[]", id.as_str())).collect();
    let page = nora.opens(&format!("{LEADS}?status=new")).await.body;
    assert!(page.contains(&format!(r#"name="leads[]" value="{}""#, ids[0])), "{page}");
    fields.extend([("decision", "accept"), ("list", "q=person")]);
    let answer = nora.submits(&format!("{LEADS}?q=person"), "/fn/leads/review-many", &fields).await;
    let back = answer.location().to_owned();
    assert!(back.starts_with("/partner/leads?q=person&done=accepted&leads=3&at="), "{back}");
    let statuses = async || {
        let mut found = Vec::new();
        for id in &ids {
            found.push(world.lead(OWNER, *id).await.summary.status);
        }
        found
    };
    assert_eq!(statuses().await, [LeadStatus::Accepted; 3]);
    assert_eq!(world.events(AuditAction::LeadAccepted).await.len(), 3);
    let page = nora.opens(&back).await.body;
    assert!(page.contains("3 leads accepted.") && page.contains("Undo"), "{page}");

    let at = back.rsplit_once("at=").unwrap().1;
    let undo =
        async |browser: &Browser<'_>, at: &str| browser.calls("/fn/leads/undo-review", form(&[("at", at)])).await;
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(undo(&member, at).await.status, 422, "somebody else's decision");
    assert_eq!(undo(&world.logged_in(STRANGER).await, at).await.status, 422);
    assert_eq!(reviews(&member, ids[2], "reject", "out_of_area", "").await.status, 200);
    world.clock.advance(TimeDelta::minutes(1));
    let undone = undo(&nora, at).await;
    assert_eq!((undone.status, undone.body.as_str()), (200, "2"));
    assert_eq!(statuses().await, [LeadStatus::New, LeadStatus::Rejected, LeadStatus::Rejected]);
    let second = world.lead(OWNER, ids[1]).await.history;
    let reasons: Vec<_> = second.iter().map(|event| (event.status, event.reason.as_deref())).collect();
    let duplicate = (LeadStatus::Rejected, Some("Duplicate"));
    assert_eq!(reasons, [duplicate, (LeadStatus::Accepted, None), duplicate]);
    assert_eq!(world.events(AuditAction::LeadReviewUndone).await.len(), 2);
    assert_eq!(undo(&nora, at).await.status, 422, "once");

    let answer = nora.calls("/fn/leads/review-many", form(&fields)).await;
    let reviewed: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    world.clock.advance(TimeDelta::minutes(10) + TimeDelta::microseconds(1));
    let late = undo(&nora, &reviewed["at"].to_string()).await;
    assert!(late.status == 422 && late.body.contains("too long ago"), "{}", late.body);
    for nonsense in ["-9223372036854775808", "9223372036854775807"] {
        assert_eq!(undo(&nora, nonsense).await.status, 422, "{nonsense}");
    }
}

/// A selection is taken as a whole, or not at all.
#[tokio::test]
async fn a_selection_with_a_lead_of_somebody_else_changes_nothing() {
    let world = World::new().await;
    let (nora, stranger) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    world.deliver(world.contoso, vec![lead("C-9", "Carl", 5)]).await;
    let own = world.lead_of(OWNER, "Ada Lovelace").await;
    let foreign = world.lead_of(STRANGER, "Carl").await;
    let [own_id, foreign_id] = [own, foreign].map(|id| id.to_string());
    let mixed = form(&[("leads[]", &own_id), ("leads[]", &foreign_id), ("decision", "accept")]);
    assert_eq!(nora.calls("/fn/leads/review-many", mixed).await.status, 404);
    assert_eq!(world.lead(OWNER, own).await.summary.status, LeadStatus::New);
    assert_eq!(world.lead(STRANGER, foreign).await.summary.status, LeadStatus::New);
    let none = nora.submits(LEADS, "/fn/leads/review-many", &[("decision", "accept")]).await;
    assert!(nora.goes_back(&none).await.body.contains("Select the leads first."));
    let no_reason = form(&[("leads[]", &own_id), ("decision", "reject")]);
    assert_eq!(nora.calls("/fn/leads/review-many", no_reason).await.status, 422);
    assert!(
        !world.logged_in(VIEWER).await.opens(LEADS).await.body.contains("leads[]"),
        "who may not decide selects nothing"
    );
    drop(stranger);
}

/// All that a list has are decided on, on all its pages, as long as the list is what was shown; and no more than so many.
#[tokio::test]
async fn all_leads_of_a_list_are_decided_on_at_once() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let many =
        |from: usize, to: usize| (from..to).map(|n| lead(&format!("M-{n}"), &format!("Person {n}"), 30)).collect();
    world.deliver(world.northwind, many(0, 60)).await;
    let page = nora.opens(&format!("{LEADS}?q=person")).await.body;
    assert!(page.contains(r#"name="all" value="60""#) && page.contains("All 60 leads of this list"), "{page}");
    let all = |shown: &str, list: &str| form(&[("all", shown), ("list", list), ("decision", "accept")]);
    for (shown, list) in [("59", "q=person"), ("61", "q=person"), ("60", "q=nobody")] {
        let answer = nora.calls("/fn/leads/review-many", all(shown, list)).await;
        assert!(
            answer.status == 422 && answer.body.contains("has changed meanwhile"),
            "{shown} {list}: {}",
            answer.body
        );
    }
    assert!(world.events(AuditAction::LeadAccepted).await.is_empty());
    let done = nora.calls("/fn/leads/review-many", all("60", "q=person&size=25&after=x")).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(world.events(AuditAction::LeadAccepted).await.len(), 60);
    assert!(nora.opens(&format!("{LEADS}?status=accepted")).await.body.contains("data-count>60<"));
    let reviewed: serde_json::Value = serde_json::from_str(&done.body).unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    let undone = nora.calls("/fn/leads/undo-review", form(&[("at", &reviewed["at"].to_string())])).await;
    assert_eq!((undone.status, undone.body.as_str()), (200, "60"));
    world.deliver(world.northwind, many(60, Review::MOST + 1)).await;
    let too_many = nora.calls("/fn/leads/review-many", all(&(Review::MOST + 1).to_string(), "q=person")).await;
    assert!(too_many.status == 422 && too_many.body.contains("at most 10000 leads"), "{}", too_many.body);
    let page = nora.opens(&format!("{LEADS}?q=person")).await.body;
    assert!(!page.contains(r#"name="all""#), "what cannot be done is not offered");
}

/// The columns are the user's own choice, prices for those who may see them.
#[tokio::test]
async fn columns_are_remembered_for_each_user() {
    let world = World::new().await;
    let (nora, member) = (world.logged_in(OWNER).await, world.logged_in(crate::world::MEMBER).await);
    let has = |body: &str, column: &str| body.contains(&format!(r#"data-label="{column}""#));
    let before = nora.opens(LEADS).await.body;
    assert!(has(&before, "Email") && !has(&before, "Price") && !has(&before, "Lead ID"), "{before}");
    let chosen = [("columns[]", "price"), ("columns[]", "external_id"), ("columns[]", "phone"), ("list", "q=ada")];
    let back = nora.submits(LEADS, "/fn/leads/columns", &chosen).await;
    assert_eq!(back.location(), "/partner/leads?q=ada");
    let after = nora.opens(LEADS).await.body;
    assert!(
        has(&after, "Price") && after.contains("49.17") && has(&after, "Lead ID") && after.contains("N-1"),
        "{after}"
    );
    assert!(has(&after, "Phone") && !has(&after, "Email") && !has(&after, "Status"), "{after}");
    assert!(has(&member.opens(LEADS).await.body, "Email"), "a colleague's choice is its own");
    world.deny(Permission::ViewLeadPrice).await;
    let denied = nora.opens(LEADS).await.body;
    assert!(!has(&denied, "Price") && !denied.contains("49.17") && !denied.contains(r#"value="price""#), "{denied}");
    let listed = nora.calls("/fn/leads/list", json(&json!({ "query": LeadListQuery::default() }))).await.body;
    assert!(!listed.contains("4917") && !listed.contains("49.17"), "{listed}");
    assert_eq!(nora.calls("/fn/leads/columns", form(&[("columns[]", "password_hash")])).await.status, 422);
    assert_eq!(nora.calls("/fn/leads/columns", form(&[])).await.status, 200, "the name alone");
    assert!(!has(&nora.opens(LEADS).await.body, "Phone"));
}

/// A view brings its filter, its order and its columns; a shared one is everybody's at the partner, and nobody else's.
#[tokio::test]
async fn a_list_is_saved_as_a_view() {
    let world = World::new().await;
    let (nora, member, viewer) =
        (world.logged_in(OWNER).await, world.logged_in(MEMBER).await, world.logged_in(VIEWER).await);
    let price = form(&[("columns[]", "price"), ("list", "")]);
    assert_eq!(nora.calls("/fn/leads/columns", price).await.status, 200);
    let list = "q=ada&status=new&sort=oldest";
    let fields = [("view_name", " Ada’s <new> "), ("shared", "yes"), ("pinned", "yes"), ("list", list)];
    let saved = nora.submits("/partner/leads", "/fn/leads/save-view", &fields).await;
    let shown = saved.location();
    assert!(shown.starts_with(&format!("/partner/leads?{list}&view=")) && shown.ends_with("&done=saved"), "{shown}");
    assert!(nora.opens(saved.location()).await.body.contains("The view is saved."));
    assert_eq!(nora.calls("/fn/leads/save-view", form(&[("view_name", " "), ("list", list)])).await.status, 422);
    assert_eq!(nora.calls("/fn/leads/columns", form(&[("columns[]", "email"), ("list", "")])).await.status, 200);
    let shown = member.opens("/partner/leads").await.body;
    let href = shown.split("views__one").nth(1).unwrap().split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let href = href.replace("&amp;", "&");
    assert!(href.starts_with("/partner/leads?q=ada&status=new&sort=oldest&view="), "{href}");
    let opened = member.opens(&href).await.body;
    assert!(opened.contains("View: Ada’s &lt;new&gt;") && opened.contains("€49.17"), "with its columns: {opened}");
    assert!(opened.contains("Ada Lovelace") && !opened.contains("Grace Hopper"));
    assert!(!member.opens("/partner/leads").await.body.contains("€49.17"), "elsewhere its user's own");
    let start = member.opens("/partner").await.body;
    assert!(start.contains("data-view") && start.contains("Ada’s &lt;new&gt;"), "{start}");
    let sam = world.logged_in(STRANGER).await;
    assert!(!sam.opens("/partner/leads").await.body.contains("views__one"));
    let foreign = sam.opens(&href).await.body;
    assert!(!foreign.contains("View: ") && !foreign.contains("€49.17"), "a stranger's view is none");
    let id = href.split("view=").nth(1).unwrap().to_owned();
    let delete = || form(&[("id", &*id), ("list", "")]);
    assert_eq!(sam.calls("/fn/leads/delete-view", delete()).await.status, 404);
    assert_eq!(viewer.calls("/fn/leads/delete-view", delete()).await.status, 404, "it is another one's");
    let begin = form(&[("list", &*href.replace("/partner/leads?", ""))]);
    assert_eq!(member.calls("/fn/leads/start-with", begin).await.status, 200);
    assert!(member.opens("/partner").await.body.contains(&format!("href=\"{}\"", href.replace('&', "&amp;"))));
    assert_eq!(nora.calls("/fn/leads/delete-view", delete()).await.status, 200);
    assert!(!member.opens(&href).await.body.contains("View: "), "what was a view is a list");
    world.deny(Permission::ViewLeads).await;
    assert_eq!(nora.calls("/fn/leads/save-view", form(&fields)).await.status, 403);
}
