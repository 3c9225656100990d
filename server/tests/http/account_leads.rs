//! The account's leads: what staff see of all partners, take away and send again.

use domain::audit::AuditAction;

use crate::{
    browser::{form, json},
    world::{ADMIN, OWNER, STRANGER, SUPPORT, World},
};

/// One list, one lead's page and one file for the leads of all partners, and of no other account.
#[tokio::test]
async fn staff_see_the_leads_of_all_their_partners() {
    let world = World::new().await;
    world.second_account().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let page = admin.opens("/admin/leads").await;
    for expected in ["Ada Lovelace", "Grace Hopper", "Secret Sam", "Northwind Solar", "Contoso Heating"] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    assert_eq!(page.body.matches("name=\"leads[]\"").count(), 3, "and nothing of the other account");
    let sam = world.lead_of(STRANGER, "Secret Sam").await;
    let one = admin.opens(&format!("/admin/leads/{sam}?status=new")).await;
    assert!(one.status == 200 && one.body.contains("Contoso Heating") && one.body.contains("80 m²"), "{}", one.body);
    let again = admin.opens("/admin/leads?status=new").await;
    assert!(again.body.contains("Secret Sam"), "that staff look does not make it viewed");
    let query = format!("q=secret&partner={}", world.contoso);
    let file = admin.fetches(&format!("/admin/leads/export.csv?{query}")).await;
    assert!(file.body.contains("Partner,Delivery,Name,"), "{}", file.body);
    assert_eq!(file.body.lines().count(), 2, "{}", file.body);
    assert_eq!(world.events(AuditAction::LeadsExported).await.len(), 1);
    let foreign = admin.opens("/admin/leads?partner=01890a5d-ac96-774b-bcce-b302099a8057").await;
    assert!(foreign.body.contains("No lead matches"));
    assert!(admin.opens("/admin/leads?q=ab").await.body.contains("3 letters or more"), "what is left out is said");
}

/// Only a partner with a way of delivery gets its leads again; support sends nothing; a stranger's lead is none.
#[tokio::test]
async fn leads_of_several_partners_are_delivered_again() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let mailbox = [("email_mode", "each"), ("recipients", "leads@northwind.example")];
    assert_eq!(nora.calls("/fn/profile/save-delivery", form(&mailbox)).await.status, 200);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let sam = world.lead_of(STRANGER, "Secret Sam").await.to_string();
    let fields = [("leads[]", &*ada), ("leads[]", &*sam), ("list", "status=new")];
    let admin = world.logged_in_admin(ADMIN).await;
    let done = admin.submits("/admin/leads", "/fn/admin/leads/deliver-again", &fields).await;
    assert_eq!(done.location(), "/admin/leads?status=new&done=queued&queued=1&without=1");
    let page = admin.opens(done.location()).await;
    assert!(page.body.contains("1 lead on the way again. 1 lead not"), "{}", page.body);
    assert!(admin.opens("/admin/leads?delivery=waiting").await.body.contains("Ada Lovelace"));
    assert_eq!(world.events(AuditAction::LeadsReplayed).await.len(), 1);
    let all = [("all", "3"), ("list", "status=new")];
    assert_eq!(admin.calls("/fn/admin/leads/deliver-again", form(&all)).await.status, 200);
    let other = [("all", "2"), ("list", "status=new")];
    let refused = admin.calls("/fn/admin/leads/deliver-again", form(&other)).await;
    assert!(refused.status == 422 && refused.body.contains("has 3 leads now"), "{}", refused.body);
    assert_eq!(admin.calls("/fn/admin/leads/deliver-again", form(&[])).await.status, 422, "nothing is selected");
    let support = world.logged_in_admin(SUPPORT).await;
    assert_eq!(support.calls("/fn/admin/leads/deliver-again", form(&fields)).await.status, 403);
    let columns = [("columns[]", "price"), ("list", "")];
    assert_eq!(support.calls("/fn/admin/leads/columns", form(&columns)).await.status, 200);
    let body = support
        .calls(
            "/fn/admin/leads/list",
            json(&serde_json::json!({ "query": {
        "list": { "filter": { "q": "", "days": {} }, "sort": "newest", "size": "50" } } })),
        )
        .await;
    assert_eq!(body.status, 200, "{}", body.body);
    assert!(support.opens("/admin/leads").await.body.contains("€49.17"), "the chosen column");
}
