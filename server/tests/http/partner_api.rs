//! A partner's own API key: what it reads and does, that it is its partner's alone, and that it goes no further than whoever made it.

use axum::http::Method;
use domain::{
    access::Permission,
    audit::AuditAction,
    leads::NewLead,
    money::{Currency, Money},
    returns::ReturnPolicy,
};
use serde_json::{Value, json};

use crate::{
    browser::form,
    tables::SOME_ID,
    world::{MANAGER, MEMBER, OWNER, STRANGER, Switch, World, lead},
};

const ALL: [&str; 4] = ["leads:read", "leads:review", "outcomes:write", "invoices:read"];

fn names(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|lead| lead["name"].as_str().unwrap().to_owned()).collect()
}

/// Leads since a cursor, a decision, an outcome, an invoice: each the partner's own, and told of as the key's doing.
#[tokio::test]
async fn a_partners_system_reads_decides_and_reports() {
    let world = World::new().await;
    let priced = Money { minor: 4_200, currency: Currency::EUR };
    world.deliver(world.northwind, vec![NewLead { price: Some(priced.into()), ..lead("N-3", "Priced Pat", 1) }]).await;
    let key = world.partner_key(OWNER, &ALL).await;
    let (status, page) = world.reads(&key, "/partner/leads?limit=2").await;
    assert_eq!((status, names(&page)), (200, vec!["Ada Lovelace".to_owned(), "Grace Hopper".to_owned()]));
    let next = page["next_cursor"].as_str().unwrap();
    let (_, rest) = world.reads(&key, &format!("/partner/leads?cursor={next}")).await;
    assert_eq!((names(&rest), &rest["has_more"]), (vec!["Priced Pat".to_owned()], &json!(false)));
    assert_eq!(rest["data"][0]["price"], json!({ "amount": "42.00", "currency": "EUR" }));
    world.deliver(world.northwind, vec![lead("N-4", "Late Lee", 0)]).await;
    let last = rest["next_cursor"].as_str().unwrap();
    assert_eq!(names(&world.reads(&key, &format!("/partner/leads?cursor={last}")).await.1), ["Late Lee"]);
    let (_, late) = world.reads(&key, &format!("/partner/leads?cursor={last}")).await;
    let end = late["next_cursor"].as_str().unwrap();
    let (_, none) = world.reads(&key, &format!("/partner/leads?cursor={end}")).await;
    assert_eq!(
        (&none["data"], &none["next_cursor"]),
        (&json!([]), &json!(end)),
        "nothing comes twice, and the cursor stays"
    );

    let sold = json!({ "outcome": "sold", "value": "1200.50" });
    let (status, told) = world.posts(&key, "/partner/leads/ref:N-1/outcome", &sold).await;
    assert_eq!((status, &told["outcome"], &told["sale"]["amount"]), (200, &json!("sold"), &json!("1200.50")), "{told}");
    let once = [("idempotency-key", "one")];
    let (path, accept) = ("/partner/leads/ref:N-1/review", json!({ "decision": "accept" }));
    for _ in 0..2 {
        assert_eq!(world.api(&key, Method::POST, path, Some(&accept), &once).await.status, 200);
    }
    assert_eq!(world.events(AuditAction::LeadAccepted).await.len(), 1, "once under one key");
    let event = &world.events(AuditAction::LeadOutcomeSet).await[0];
    assert_eq!((event.actor_kind.as_str(), event.actor_name.as_str()), ("api", "HubSpot"));
    let lost = json!({ "outcome": "lost" });
    let (status, problem) = world.posts(&key, "/partner/leads/ref:N-1/outcome", &lost).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/comment")));
    let offered = world.reads(&key, "/partner/outcomes").await.1;
    assert_eq!((&offered[3]["code"], &offered[3]["kind"]), (&json!("sold"), &json!("won")));
    assert_eq!(world.reads(&key, "/partner/reasons").await.1[0]["kind"].as_str().map(str::is_empty), Some(false));

    // Evidence is the file itself.
    let (files, proof) = ("/partner/leads/ref:N-1/files", "%PDF-1.7 proof");
    let named = async |name: &str| {
        world.api_file(&key, &format!("{files}?name={name}"), proof, &[("idempotency-key", "proof")]).await
    };
    for _ in 0..2 {
        let made = named("call%20log.pdf").await;
        assert_eq!(made.status, 201, "{}", made.body);
        let files: Value = serde_json::from_str(&made.body).unwrap();
        assert_eq!(
            (files.as_array().map(Vec::len), &files[0]["name"], &files[0]["kind"]),
            (Some(1), &json!("call log.pdf"), &json!("pdf"))
        );
        assert_eq!((&files[0]["author"], &files[0]["size"]), (&json!("partner"), &json!(14)));
    }
    assert_eq!(world.reads(&key, files).await.1.as_array().map(Vec::len), Some(1));
    assert_eq!(named("other.pdf").await.status, 409, "another file under the same key");
    let refused = world.api_file(&key, files, "MZ\u{0}", &[]).await;
    assert!(refused.status == 422 && refused.body.contains("one of these kinds"), "{}", refused.body);
    for (size, status) in [(domain::files::MAX_FILE, 201), (domain::files::MAX_FILE + 1, 413)] {
        assert_eq!(world.api_file(&key, files, "a".repeat(size), &[]).await.status, status);
    }
    let theirs = world.partner_key(STRANGER, &ALL).await;
    assert_eq!(world.api_file(&theirs, files, "mine", &[]).await.status, 404);

    // A rejection is a request where the account wants that, and can be withdrawn.
    let olga = world.logged_in_admin(MANAGER).await;
    let policy = ReturnPolicy { requests: true, ..ReturnPolicy::default() };
    let mut tx = world.db.begin_write().await.unwrap();
    store::leads::set_return_policy_unscoped(&mut tx, world.account, world.northwind, &policy).await.unwrap();
    tx.commit().await.unwrap();
    let reject = json!({ "decision": "reject", "reason": "duplicate", "comment": "known" });
    let (status, told) = world.posts(&key, "/partner/leads/ref:N-2/review", &reject).await;
    assert_eq!((status, &told["return_state"]), (200, &json!("requested")), "{told}");
    assert!(olga.opens("/admin/returns").await.body.contains("Grace Hopper"));
    let (status, told) = world.posts(&key, "/partner/leads/ref:N-2/withdraw", &json!({})).await;
    assert_eq!((status, &told["return_state"]), (200, &json!("withdrawn")), "{told}");
    assert_eq!(world.posts(&key, "/partner/leads/ref:N-2/withdraw", &json!({})).await.0, 409);

    let account = world.key(&["invoices:write"]).await;
    let line = json!({ "description": "Leads", "quantity": "1", "unit_price": "10", "tax_rate": "0" });
    let invoice = json!({ "partner": world.northwind.to_string(), "lines": [line], "issue": true });
    let (_, issued) = world.posts(&account, "/invoices", &invoice).await;
    let (_, own) = world.reads(&key, "/partner/invoices").await;
    assert_eq!(own["data"][0]["id"], issued["id"]);
    let (_, whole) = world.reads(&key, &format!("/partner/invoices/{}", issued["id"].as_str().unwrap())).await;
    assert_eq!((&whole["total"]["amount"], &whole["lines"][0]["description"]), (&json!("10.00"), &json!("Leads")));
}

/// What is another partner's is as good as nothing, byte for byte; drafts are nobody's.
#[tokio::test]
async fn a_key_is_its_partners_alone() {
    let world = World::new().await;
    let (mine, theirs) = (world.partner_key(OWNER, &ALL).await, world.partner_key(STRANGER, &ALL).await);
    assert_eq!(names(&world.reads(&theirs, "/partner/leads").await.1), ["Secret Sam"]);
    let sam = world.reads(&theirs, "/partner/leads").await.1["data"][0]["id"].as_str().unwrap().to_owned();
    let account = world.key(&["invoices:write"]).await;
    let line = json!({ "description": "Leads", "quantity": "1", "unit_price": "10", "tax_rate": "0" });
    let bill = |issue: bool| json!({ "partner": world.contoso.to_string(), "lines": [line.clone()], "issue": issue });
    let issued = world.posts(&account, "/invoices", &bill(true)).await.1["id"].as_str().unwrap().to_owned();
    let draft = world.posts(&account, "/invoices", &bill(false)).await.1["id"].as_str().unwrap().to_owned();
    let accept = json!({ "decision": "accept" });
    let contacted = json!({ "outcome": "contacted" });
    for (method, path, body) in [
        (Method::GET, "/partner/leads/{}", None),
        (Method::POST, "/partner/leads/{}/review", Some(&accept)),
        (Method::POST, "/partner/leads/{}/withdraw", None),
        (Method::POST, "/partner/leads/{}/outcome", Some(&contacted)),
    ] {
        let missing = world.api(&mine, method.clone(), &path.replace("{}", SOME_ID), body, &[]).await;
        for foreign in [sam.as_str(), "ref:C-1"] {
            let answer = world.api(&mine, method.clone(), &path.replace("{}", foreign), body, &[]).await;
            assert_eq!((answer.status, &answer.body), (404, &missing.body), "{path} {foreign}");
        }
    }
    let missing = world.api(&mine, Method::GET, &format!("/partner/invoices/{SOME_ID}"), None, &[]).await;
    for foreign in [&issued, &draft] {
        let answer = world.api(&mine, Method::GET, &format!("/partner/invoices/{foreign}"), None, &[]).await;
        assert_eq!((answer.status, &answer.body), (404, &missing.body));
    }
    assert_eq!(world.reads(&theirs, &format!("/partner/invoices/{draft}")).await.0, 404, "a draft is nobody's yet");
    assert_eq!(world.reads(&mine, "/partner/invoices").await.1["data"], json!([]));
    let page = world.reads(&mine, &format!("/partner/leads?cursor={sam}")).await.1;
    assert_eq!(names(&page), ["Ada Lovelace", "Grace Hopper"], "a stranger's cursor is none");
    // Neither the account nor another partner sees the key.
    let admin = world.logged_in_admin(crate::world::ADMIN).await;
    assert!(!admin.opens("/admin/api-keys").await.body.contains("HubSpot"));
    let nora = world.logged_in(OWNER).await;
    let page = nora.opens("/partner/profile/api").await.body;
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let stranger = world.logged_in(STRANGER).await;
    assert_eq!(stranger.calls("/fn/profile/revoke-api-key", form(&[("id", &id)])).await.status, 404);
    assert_eq!(admin.calls("/fn/admin/api-keys/revoke", form(&[("id", &id)])).await.status, 404);
    assert_eq!(nora.calls("/fn/profile/revoke-api-key", form(&[("id", &id)])).await.status, 200);
    assert_eq!(world.reads(&mine, "/partner/leads").await.0, 401);
    assert_eq!(world.reads(&theirs, "/partner/leads").await.0, 200);
}

/// A key does no more than whoever made it may at that moment, and nothing where that user, the partner or the portal is shut out.
#[tokio::test]
async fn a_key_goes_no_further_than_its_maker() {
    let world = World::new().await;
    let key = world.partner_key(OWNER, &ALL).await;
    let mia = world.logged_in(MEMBER).await;
    let fields = [("name", "x"), ("scopes[]", "leads:read"), ("life", "30")];
    assert_eq!(mia.calls("/fn/profile/create-api-key", form(&fields)).await.status, 403);
    let nora = world.logged_in(OWNER).await;
    let more = [("name", "x"), ("scopes[]", "leads:write"), ("life", "30")];
    assert_eq!(nora.calls("/fn/profile/create-api-key", form(&more)).await.status, 422, "no scope of a partner");
    for switch in Switch::ALL {
        world.turn(switch, false).await;
        assert_eq!(world.reads(&key, "/partner/leads").await.0, 401, "{switch:?}");
        world.turn(switch, true).await;
        assert_eq!(world.reads(&key, "/partner/leads").await.0, 200, "{switch:?}");
    }
    world.deny(Permission::ViewLeadPrice).await;
    assert_eq!(world.reads(&key, "/partner/leads").await.1["data"][0]["price"], Value::Null);
    world.deny(Permission::RecordOutcomes).await;
    let contacted = json!({ "outcome": "contacted" });
    let (status, problem) = world.posts(&key, "/partner/leads/ref:N-1/outcome", &contacted).await;
    assert_eq!(
        (status, &problem["detail"]),
        (403, &json!("The user who created this key may not record outcomes and notes."))
    );
    world.deny(Permission::ManageApi).await;
    assert_eq!(world.reads(&key, "/partner/leads").await.0, 401, "no keys at all");
    world.deny(Permission::ExportLeads).await;
    assert_eq!(world.reads(&key, "/partner/leads").await.0, 403, "a program takes them along");
    world.deny(Permission::ViewLeads).await;
    assert_eq!(world.reads(&key, "/partner/leads").await.0, 403);
    assert_eq!(world.reads(&key, "/partner/invoices").await.0, 200);
    let account = world.key(&["leads:read"]).await;
    assert_eq!(world.reads(&account, "/partner/leads").await.0, 403);
    assert_eq!(world.reads(&key, "/leads").await.0, 403);
}
