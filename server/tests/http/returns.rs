//! Returns as both sides meet them: the rules, the request, the decision, the files, and what is to be credited.

use axum::http::Method;
use domain::{access::Permission, audit::AuditAction, ids::LeadId};
use portal_server::workers::housekeeping;

use crate::{
    browser::{Answer, Browser, form},
    world::{ADMIN, MANAGER, MEMBER, OWNER, STRANGER, SUPPORT, VIEWER, World},
};

const RULES: &str = "/admin/settings/returns";
const SAVE: &str = "/fn/admin/returns/save-policy";
const QUEUE: &str = "/admin/returns";
const DECIDE: &str = "/fn/admin/returns/decide";

/// Rules under which rejections are requests.
async fn with_rules(world: &World, more: &[(&str, &str)]) {
    let admin = world.logged_in_admin(ADMIN).await;
    let fields = [&[("requests", "yes"), ("overdue", "expire")], more].concat();
    let saved = admin.submits(RULES, SAVE, &fields).await;
    assert_eq!(saved.location(), format!("{RULES}?done=policy"), "{}", saved.body);
}

fn rejected(lead: &str, reason: &str) -> (&'static str, String) {
    form(&[("id", lead), ("decision", "reject"), ("reason", reason), ("comment", "we called")])
}

/// The ids of the requests that the queue shows.
async fn open(admin: &Browser<'_>) -> Vec<String> {
    let page = admin.opens(QUEUE).await.body;
    page.split("data-return=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn attach(browser: &Browser<'_>, path: &str, name: &str, content: &[u8]) -> Answer {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: x/y\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--x--\r\n"].concat();
    let request = browser
        .request(Method::POST, path)
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin");
    browser.sends(request.body(body.into()).unwrap()).await
}

/// Who is to hear of requests does: of the first one, and of no more from that partner for an hour. Partners do not see who that is.
#[tokio::test]
async fn the_account_hears_of_requests() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let wrong = admin.submits(RULES, SAVE, &[("requests", "yes"), ("tell", "ada at acme")]).await;
    let page = admin.goes_back(&wrong).await.body;
    assert!(page.contains("Enter an address such as name@example.com.") && page.contains("ada at acme"), "{page}");
    with_rules(&world, &[("tell", "returns@acme.example\r\nada@acme.example"), ("decide_within", "5")]).await;
    assert!(admin.opens(RULES).await.body.contains("returns@acme.example\nada@acme.example"));
    let told = async || {
        let mails = world.mails().await.into_iter();
        mails.filter(|mail| mail.text.contains("asks you to take a lead back")).collect::<Vec<_>>()
    };
    let (ada, grace) = (world.lead_of(OWNER, "Ada Lovelace").await, world.lead_of(OWNER, "Grace Hopper").await);
    let rejects = async |lead: LeadId| {
        let nora = world.logged_in(OWNER).await;
        assert_eq!(nora.calls("/fn/leads/review", rejected(&lead.to_string(), "duplicate")).await.status, 200);
    };
    rejects(ada).await;
    let mails = told().await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@acme.example", "returns@acme.example"]);
    let text = &mails[0].text;
    for said in ["Reason: Duplicate", "we called", "Decide by", &format!("/admin/returns?partner={}", world.northwind)]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("Lovelace"), "nothing of the lead itself: {text}");
    rejects(grace).await;
    assert!(told().await.is_empty(), "who opens the queue finds it there");
    let withdraws = async |lead: LeadId| {
        let nora = world.logged_in(OWNER).await;
        assert_eq!(nora.calls("/fn/leads/withdraw-return", form(&[("id", &lead.to_string())])).await.status, 200);
    };
    for (minutes, mails) in [(40, 0), (21, 2), (59, 0), (2, 2)] {
        // Neither what is open nor what was withdrawn counts, but when the last mail went out.
        withdraws(ada).await;
        withdraws(grace).await;
        world.clock.advance(chrono::TimeDelta::minutes(minutes));
        rejects(ada).await;
        rejects(grace).await;
        assert_eq!(told().await.len(), mails, "after {minutes} minutes more");
    }
    let nora = world.logged_in(OWNER).await;
    for page in [format!("/partner/leads/{ada}"), "/partner/leads?return=requested".to_owned()] {
        assert!(!nora.opens(&page).await.body.contains("returns@acme"), "{page}");
    }
}

/// From the rejection to the credit: each side sees where it stands, and the other account nothing.
#[tokio::test]
async fn a_return_is_requested_and_decided() {
    let world = World::new().await;
    with_rules(&world, &[("days", "14"), ("decide_within", "5")]).await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(MANAGER).await);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let page = format!("/partner/leads/{ada}");
    let before = nora.opens(&page).await.body;
    assert!(
        before.contains("You can return this lead until 6 Dec 2026.") && before.contains("decides within 5 days"),
        "{before}"
    );
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await.status, 200);
    let asked = nora.opens(&page).await.body;
    assert!(asked.contains("Return requested") && asked.contains("Withdraw the request"), "{asked}");
    let queue = open(&admin).await;
    assert_eq!(queue.len(), 1);
    let start = admin.opens("/admin").await.body;
    assert!(start.contains("1 return is requested") && start.contains("Decide on them"), "{start}");
    let shown = admin.opens(QUEUE).await.body;
    assert!(shown.contains("Ada Lovelace") && shown.contains("Duplicate") && shown.contains("€49.17"), "{shown}");
    let one = admin.opens(&format!("/admin/leads/{ada}")).await.body;
    assert!(one.contains("we called") && one.contains("Approve"), "{one}");
    assert!(nora.opens("/partner/leads?return=requested").await.body.contains("Ada Lovelace"));
    assert!(admin.opens("/admin/leads?return=requested").await.body.contains("Ada Lovelace"));
    let refusal = [("returns[]", &*queue[0]), ("decision", "decline"), ("answer", ""), ("back", QUEUE)];
    let refused = admin.submits(QUEUE, DECIDE, &refusal).await;
    assert!(admin.goes_back(&refused).await.body.contains("Tell the partner why."));
    let support = world.logged_in_admin(SUPPORT).await;
    let approval = [("returns[]", &*queue[0]), ("decision", "approve"), ("back", QUEUE)];
    assert_eq!(support.calls(DECIDE, form(&approval)).await.status, 403);
    assert!(!support.opens(QUEUE).await.body.contains("value=\"approve\""));
    let done = admin.submits(QUEUE, DECIDE, &approval).await;
    assert_eq!(done.location(), "/admin/returns?done=approved&returns=1");
    assert!(admin.opens(done.location()).await.body.contains("1 return approved."));
    assert_eq!(admin.calls(DECIDE, form(&approval)).await.status, 409, "it is decided");
    assert!(!admin.opens("/admin").await.body.contains("Decide on them"));
    let back = nora.opens(&page).await.body;
    assert!(back.contains("has taken this lead back") && !back.contains("Withdraw the request"), "{back}");
    let accept = form(&[("id", &ada), ("decision", "accept")]);
    assert_eq!(nora.calls("/fn/leads/review", accept).await.status, 422, "what is returned is not accepted any more");
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "other")).await.status, 422);
    let report = nora.opens("/partner/reports").await.body;
    assert!(report.contains("1 (50.0%)"), "{report}");
    let file = admin.fetches("/admin/returns/export.csv?view=decided").await.body;
    assert!(file.contains("Ada Lovelace") && file.contains("Returned,") && file.lines().count() == 2, "{file}");
    for action in [AuditAction::LeadReturnRequested, AuditAction::LeadReturnApproved, AuditAction::ReturnsExported] {
        assert_eq!(world.events(action).await.len(), 1, "{action}");
    }
    let sam = world.logged_in(STRANGER).await;
    assert_eq!(sam.calls("/fn/leads/withdraw-return", form(&[("id", &ada)])).await.status, 404);
    let elsewhere = [("returns[]", &*queue[0]), ("decision", "approve"), ("back", "https://evil.example/")];
    assert_eq!(admin.calls(DECIDE, form(&elsewhere)).await.status, 409);
}

/// A request is withdrawn, or ends when the lead is accepted, or when its decision is undone.
#[tokio::test]
async fn a_partner_changes_its_mind() {
    let world = World::new().await;
    with_rules(&world, &[]).await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let page = format!("/partner/leads/{ada}");
    let withdraw = || form(&[("id", &*ada)]);
    assert_eq!(nora.calls("/fn/leads/withdraw-return", withdraw()).await.status, 409, "there is none");
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await.status, 200);
    assert_eq!(nora.calls("/fn/leads/withdraw-return", withdraw()).await.status, 200);
    let shown = nora.opens(&page).await.body;
    assert!(shown.contains("Return withdrawn") && shown.contains("Accept this lead?"), "{shown}");
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await.status, 200);
    assert_eq!(nora.calls("/fn/leads/review", form(&[("id", &ada), ("decision", "accept")])).await.status, 200);
    assert!(open(&admin).await.is_empty());
    let many = [("leads[]", &*ada), ("decision", "reject"), ("reason", "duplicate"), ("list", "")];
    let done = nora.submits("/partner/leads", "/fn/leads/review-many", &many).await;
    let at = done.location().split("at=").nth(1).unwrap().to_owned();
    assert_eq!(open(&admin).await.len(), 1);
    assert_eq!(nora.calls("/fn/leads/undo-review", form(&[("at", &at)])).await.status, 200);
    assert!(open(&admin).await.is_empty());
    assert_eq!(world.events(AuditAction::LeadReturnWithdrawn).await.len(), 3);
    world.deny(Permission::ReviewLeads).await;
    assert_eq!(nora.calls("/fn/leads/withdraw-return", withdraw()).await.status, 403);
}

/// What the rules do not allow is said before and when it is asked for; of several nothing is asked for then.
#[tokio::test]
async fn the_rules_hold() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let (ada, grace) = (
        world.lead_of(OWNER, "Ada Lovelace").await.to_string(),
        world.lead_of(OWNER, "Grace Hopper").await.to_string(),
    );
    let many = [("leads[]", &*ada), ("leads[]", &*grace), ("decision", "reject"), ("reason", "duplicate")];
    with_rules(&world, &[("quota_kind", "leads"), ("quota", "1")]).await;
    let shown = nora.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(shown.contains("1 of 1 returns are left for the 2 leads of November 2026."), "{shown}");
    let refused = nora.calls("/fn/leads/review-many", form(&many)).await;
    assert!(refused.status == 422 && refused.body.contains("2 leads cannot be returned"), "{}", refused.body);
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await.status, 200);
    let second = nora.calls("/fn/leads/review", rejected(&grace, "duplicate")).await;
    assert!(second.status == 422 && second.body.contains("1 can be, and 1 are already"), "{}", second.body);
    assert!(nora.opens(&format!("/partner/leads/{grace}")).await.body.contains("cannot be returned"));
    assert_eq!(
        nora.calls("/fn/leads/review", rejected(&ada, "other")).await.status,
        200,
        "the same one, for another reason"
    );
    with_rules(&world, &[("excluded", "Solar roof\nSolar")]).await;
    let excluded = nora.calls("/fn/leads/review", rejected(&grace, "duplicate")).await;
    assert!(excluded.status == 422 && excluded.body.contains("campaign"), "{}", excluded.body);
    with_rules(&world, &[("days", "3"), ("at_once[]", "no_consent")]).await;
    assert_eq!(nora.calls("/fn/leads/review", rejected(&grace, "no_consent")).await.status, 200);
    let at_once = nora.opens(&format!("/partner/leads/{grace}")).await.body;
    assert!(at_once.contains("data-return=\"approved\"") && at_once.contains("by the rules"), "{at_once}");
    world.clock.advance(chrono::TimeDelta::days(4));
    let nora = world.logged_in(OWNER).await;
    let late = nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await;
    assert!(late.status == 422 && late.body.contains("the last day was"), "{}", late.body);
}

/// A deadline that has passed ends a request by the rule that counted when it was made.
#[tokio::test]
async fn what_nobody_decides_on_ends() {
    let world = World::new().await;
    with_rules(&world, &[("decide_within", "2")]).await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "duplicate")).await.status, 200);
    assert_eq!(housekeeping::close_overdue_returns(&world.db).await.unwrap(), 0);
    world.clock.advance(chrono::TimeDelta::days(3));
    assert_eq!(housekeeping::close_overdue_returns(&world.db).await.unwrap(), 1);
    let nora = world.logged_in(OWNER).await;
    assert!(nora.opens(&format!("/partner/leads/{ada}")).await.body.contains("Return expired"));
    assert_eq!(world.events(AuditAction::LeadReturnExpired).await.len(), 1);
}

/// The account's rules and reasons are for those who may change them; a partner can have its own.
#[tokio::test]
async fn staff_set_the_rules() {
    let world = World::new().await;
    let (admin, support) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(SUPPORT).await);
    let wrong = [("requests", "yes"), ("days", "soon"), ("quota_kind", "percent"), ("quota", "200")];
    let refused = admin.submits(RULES, SAVE, &wrong).await;
    let back = admin.goes_back(&refused).await.body;
    assert!(
        back.contains("from 1 to 3650") && back.contains("from 1 to 100") && back.contains("value=\"soon\""),
        "{back}"
    );
    assert!(support.opens(RULES).await.body.contains("disabled"));
    let filled = |page: &str| {
        let version = page.split_once("name=\"version\" value=\"").unwrap().1;
        version.split_once('"').unwrap().0.to_owned()
    };
    let version = filled(&admin.opens(RULES).await.body);
    let first = [("version", &*version), ("requests", "no"), ("days", "9"), ("overdue", "expire")];
    assert_eq!(admin.submits(RULES, SAVE, &first).await.location(), "/admin/settings/returns?done=policy");
    let second = [("version", &*version), ("requests", "no"), ("days", "5"), ("overdue", "expire")];
    let stale = admin.submits(RULES, SAVE, &second).await;
    let back = admin.goes_back(&stale).await.body;
    assert!(back.contains("value=\"5\"") && back.contains("Saved now: “9”."), "{back}");
    let again = filled(&back);
    assert_ne!(again, version, "what is there now was seen");
    let none = [("version", &*again), ("requests", "no"), ("days", ""), ("overdue", "expire")];
    assert_eq!(admin.submits(RULES, SAVE, &none).await.location(), "/admin/settings/returns?done=policy");
    let northwind = world.northwind.to_string();
    let own = [("partner", &*northwind), ("own", "yes"), ("requests", "yes"), ("days", "7")];
    let page = format!("/admin/partners/{northwind}/returns");
    let saved = admin.submits(&page, SAVE, &own).await;
    assert_eq!(saved.location(), format!("{page}?done=policy"));
    assert!(admin.opens(&page).await.body.contains("value=\"7\""));
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let nora = world.logged_in(OWNER).await;
    assert!(nora.opens(&format!("/partner/leads/{ada}")).await.body.contains("data-outlook"));
    let sam = world.logged_in(STRANGER).await;
    let theirs = world.lead_of(STRANGER, "Secret Sam").await;
    assert!(
        !sam.opens(&format!("/partner/leads/{theirs}")).await.body.contains("data-outlook"),
        "the account has none"
    );
    let back = [("partner", &*northwind), ("own", "no")];
    assert_eq!(admin.calls(SAVE, form(&back)).await.status, 200);
    assert!(!nora.opens(&format!("/partner/leads/{ada}")).await.body.contains("data-outlook"));
    let (_, foreign) = world.second_account().await;
    let foreign = [("partner", &*foreign.to_string()), ("own", "yes")].map(|(name, value)| (name, value.to_owned()));
    let foreign: Vec<_> = foreign.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(admin.calls(SAVE, form(&foreign)).await.status, 404);
    let reasons = [
        ("label[duplicate]", "We have this one"),
        ("kind[duplicate]", "comment"),
        ("active[duplicate]", "yes"),
        ("new_label", "Joke"),
        ("new_kind", "nothing"),
    ];
    let saved = admin.submits("/admin/settings/leads", "/fn/admin/settings/save-reasons", &reasons).await;
    assert_eq!(saved.location(), "/admin/settings/leads?done=reasons");
    let shown = nora.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(shown.contains("We have this one (with a comment)") && shown.contains("Joke"), "{shown}");
    let bare = form(&[("id", &ada), ("decision", "reject"), ("reason", "duplicate")]);
    assert_eq!(nora.calls("/fn/leads/review", bare).await.status, 422, "it takes a comment now");
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "joke")).await.status, 200);
    assert_eq!(world.events(AuditAction::ReturnPolicyChanged).await.len(), 4);
    assert_eq!(world.events(AuditAction::ReasonsChanged).await.len(), 1);
}

/// Evidence goes with a lead: both sides read it, nobody else does, and what it is its content says.
#[tokio::test]
async fn files_are_attached_and_taken_away() {
    let world = World::new().await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let reasons = [
        ("label[bad_contact]", "Cannot be reached"),
        ("kind[bad_contact]", "evidence"),
        ("active[bad_contact]", "yes"),
    ];
    assert_eq!(admin.calls("/fn/admin/settings/save-reasons", form(&reasons)).await.status, 200);
    let refused = nora.calls("/fn/leads/review", rejected(&ada, "bad_contact")).await;
    assert!(refused.status == 422 && refused.body.contains("takes a file"), "{}", refused.body);
    let path = format!("/partner/leads/{ada}/files");
    for (name, content, word) in [("virus.pdf", &b"MZ\x90\x00"[..], "kind"), ("empty.txt", b"", "empty")] {
        let answer = attach(&nora, &format!("{path}?status=new"), name, content).await;
        assert_eq!(answer.location(), format!("/partner/leads/{ada}?status=new&wrong={word}"));
        assert!(nora.opens(answer.location()).await.body.contains("Choose a file"), "{word}");
    }
    let large = vec![b'a'; domain::files::MAX_FILE + 1];
    assert!(attach(&nora, &path, "large.txt", &large).await.location().ends_with("?wrong=large"));
    let whole = vec![b'a'; domain::files::MAX_FILE];
    assert!(attach(&nora, &path, "whole.txt", &whole).await.location().ends_with("?done=attached"));
    assert!(
        attach(&nora, &path, "C:\\x\\call <b>log.txt", "Grüße".as_bytes()).await.location().ends_with("?done=attached")
    );
    let page = nora.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(page.contains("call &lt;b&gt;log.txt") && !page.contains("<b>log"), "{page}");
    assert_eq!(nora.calls("/fn/leads/review", rejected(&ada, "bad_contact")).await.status, 200);
    let rest = page
        .split(&format!("href=\"{path}/"))
        .skip(1)
        .find(|rest| rest.split("</li>").next().unwrap().contains("log.txt"))
        .unwrap();
    let link = format!("{path}/{}", rest.split('"').next().unwrap());
    let file = nora.fetches(&link).await;
    assert!(file.status == 200 && file.body == "Grüße", "{}", file.body.len());
    assert!(
        file.header("content-disposition").starts_with("attachment; filename=\"call--b-log.txt"),
        "{}",
        file.header("content-disposition")
    );
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let of_admin = link.replace("/partner/", "/admin/");
    assert_eq!(admin.fetches(&of_admin).await.body, "Grüße");
    assert!(
        attach(&admin, of_admin.rsplit_once('/').unwrap().0, "answer.txt", b"no")
            .await
            .location()
            .ends_with("?done=attached")
    );
    assert!(nora.opens(&format!("/partner/leads/{ada}")).await.body.contains("answer.txt"));
    let sam = world.logged_in(STRANGER).await;
    let theirs = world.lead_of(STRANGER, "Secret Sam").await.to_string();
    assert_eq!(sam.fetches(&link).await.status, 404);
    assert_eq!(sam.fetches(&link.replace(&ada, &theirs)).await.status, 404, "under a lead of its own");
    assert_eq!(attach(&sam, &path, "x.txt", b"x").await.status, 404);
    assert!(world.visitor().opens(&link).await.leads_to_login());
    assert_eq!(world.logged_in(VIEWER).await.fetches(&link).await.status, 200);
    assert_eq!(attach(&world.logged_in(VIEWER).await, &path, "x.txt", b"x").await.status, 403);
    assert!(attach(&world.visitor(), &path, "x.txt", b"x").await.leads_to_login());
    assert_eq!(world.logged_in_admin(SUPPORT).await.fetches(&of_admin).await.status, 403);
    let northwind = world.northwind.to_string();
    assert_eq!(admin.calls("/fn/admin/partners/view-as", form(&[("id", &northwind)])).await.status, 200);
    assert_eq!(admin.fetches(&link).await.status, 403, "who only looks takes nothing away");
    assert_eq!(attach(&admin, &path, "x.txt", b"x").await.status, 403, "and adds nothing");
    let member = world.logged_in(MEMBER).await;
    for n in 2..10 {
        assert!(attach(&member, &path, &format!("{n}.txt"), b"x").await.location().ends_with("?done=attached"), "{n}");
    }
    assert!(attach(&member, &path, "11.txt", b"x").await.location().ends_with("?wrong=many"));
    assert_eq!(world.events(AuditAction::LeadFileAttached).await.len(), 11);
    assert_eq!(world.events(AuditAction::LeadFileDownloaded).await.len(), 3);
}
