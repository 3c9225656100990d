//! What partners say became of their leads, and what both sides write to each other about them.

use domain::{access::Permission, audit::AuditAction};

use crate::{
    browser::form,
    world::{ADMIN, OWNER, STRANGER, World},
};

/// One tap, a sale with its value, a loss with its reason, several at once: all of it is on the page, in the list and in the file.
#[tokio::test]
async fn an_outcome_is_recorded_found_and_exported() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let grace = world.lead_of(OWNER, "Grace Hopper").await.to_string();
    let page = format!("/partner/leads/{ada}");
    let tap = nora.submits(&page, "/fn/leads/outcome", &[("id", &ada), ("outcome", "contacted")]).await;
    assert!(tap.location().contains(&page), "{}", tap.location());
    let lost = nora.submits(&page, "/fn/leads/outcome", &[("id", &ada), ("outcome", "lost")]).await;
    assert!(nora.goes_back(&lost).await.body.contains("Say why nothing came of it."));
    let sold = [("id", &*ada), ("outcome", "sold"), ("value", "1.200,50"), ("comment", "")];
    assert_eq!(nora.calls("/fn/leads/outcome", form(&sold)).await.status, 200);
    let opened = nora.opens(&page).await.body;
    assert!(opened.contains("Sold, €1,200.50") && opened.contains("Contacted"), "{opened}");
    let many = [("leads[]", &*ada), ("leads[]", &*grace), ("outcome", "no_answer"), ("list", "status=new")];
    let done = nora.submits("/partner/leads", "/fn/leads/outcome-many", &many).await;
    assert_eq!(done.location(), "/partner/leads?status=new&done=outcome&leads=2");
    assert!(nora.opens(done.location()).await.body.contains("Outcome recorded for 2 leads."));
    let all = [("all", "2"), ("outcome", "sold"), ("value", "10"), ("list", "q=mail.example")];
    assert_eq!(nora.calls("/fn/leads/outcome-many", form(&all)).await.status, 200);
    let changed = [("all", "3"), ("outcome", "sold"), ("list", "")];
    assert_eq!(nora.calls("/fn/leads/outcome-many", form(&changed)).await.status, 422, "it has two");
    let list = nora.opens("/partner/leads?outcome=sold").await.body;
    assert!(list.contains("Ada Lovelace") && list.contains("Grace Hopper"));
    assert!(nora.opens("/partner/leads?outcome=lost").await.body.contains("No lead matches"));
    let file = nora.fetches("/partner/leads/export.csv?outcome=sold").await.body;
    assert!(file.contains("Outcome,Sale value,Sale currency") && file.contains("Sold,10.00,EUR"), "{file}");
    let sam = world.logged_in(STRANGER).await;
    assert_eq!(sam.calls("/fn/leads/outcome", form(&sold)).await.status, 404, "a stranger's lead is none");
    assert_eq!(world.events(AuditAction::LeadOutcomeSet).await.len(), 6);
    world.deny(Permission::RecordOutcomes).await;
    assert_eq!(nora.calls("/fn/leads/outcome", form(&sold)).await.status, 403);
    assert!(!nora.opens(&page).await.body.contains("Take back"));
}

/// A next step stands on the dashboard from its day on; only the partner's own users see to it.
#[tokio::test]
async fn a_next_step_is_planned() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let (own, other) = (world.user(OWNER).await.to_string(), world.user(STRANGER).await.to_string());
    let step = |assignee| {
        [
            ("id", ada.clone()),
            ("next_step", "Call again".into()),
            ("next_step_on", "2026-11-21".into()),
            ("assignee", assignee),
        ]
    };
    let send = async |step: [(&'static str, String); 4]| {
        let pairs: Vec<_> = step.iter().map(|(name, value)| (*name, value.as_str())).collect();
        nora.calls("/fn/leads/next-step", form(&pairs)).await
    };
    assert_eq!(send(step(other)).await.status, 422);
    assert_eq!(send(step(own)).await.status, 200);
    let start = nora.opens("/partner").await.body;
    assert!(start.contains("To do today") && start.contains("Call again") && start.contains("since"), "{start}");
    let sam = world.logged_in(STRANGER).await;
    assert!(!sam.opens("/partner").await.body.contains("To do today"));
    let without_day = [("id", &*ada), ("next_step", "Call")];
    assert_eq!(nora.calls("/fn/leads/next-step", form(&without_day)).await.status, 422);
    assert_eq!(nora.calls("/fn/leads/next-step", form(&[("id", &ada)])).await.status, 200);
    assert!(!nora.opens("/partner").await.body.contains("To do today"));
}

/// What the partner keeps to itself staff never read, and the other way round.
#[tokio::test]
async fn both_sides_write_to_each_other_about_a_lead() {
    let world = World::new().await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let note = |text: &str, shared: &str| form(&[("id", &ada), ("note", text), ("shared", shared)]);
    for (text, shared) in [("between us", ""), ("please call them first", "yes")] {
        assert_eq!(nora.calls("/fn/leads/note", note(text, shared)).await.status, 200);
        let theirs = format!("staff: {text}");
        assert_eq!(admin.calls("/fn/admin/leads/note", note(&theirs, shared)).await.status, 200);
    }
    let theirs = admin.opens(&format!("/admin/leads/{ada}")).await.body;
    assert!(theirs.contains("staff: between us") && theirs.contains("please call them first"));
    assert!(!theirs.contains(">between us"), "the partner's own note: {theirs}");
    let ours = nora.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(ours.contains(">between us") && ours.contains("staff: please call them first"));
    assert!(!ours.contains("staff: between us"), "staff's own note: {ours}");
    let activity = nora.opens("/partner/profile/activity").await.body;
    assert_eq!(activity.matches("wrote a note").count(), 2, "staff's notes are not the partner's activity: {activity}");
    assert_eq!(nora.calls("/fn/leads/note", note(" ", "")).await.status, 422);
    let northwind = world.northwind.to_string();
    assert_eq!(admin.calls("/fn/admin/partners/view-as", form(&[("id", &northwind)])).await.status, 200);
    let viewed = admin.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(
        viewed.contains("please call them first") && !viewed.contains("between us"),
        "as the partner sees it: {viewed}"
    );
    assert_eq!(admin.calls("/fn/leads/note", note("mine", "")).await.status, 403, "nothing is written in its place");
    let sam = world.logged_in(STRANGER).await;
    assert_eq!(sam.calls("/fn/leads/note", note("mine", "yes")).await.status, 404);
}

/// The account names its outcomes; what is retired is not offered, and stays where it is.
#[tokio::test]
async fn the_account_names_its_outcomes() {
    let world = World::new().await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    assert_eq!(nora.calls("/fn/leads/outcome", form(&[("id", &ada), ("outcome", "contacted")])).await.status, 200);
    let list = [
        ("label[contacted]", "Reached"),
        ("kind[contacted]", "open"),
        ("new_label", "Site visit"),
        ("new_kind", "open"),
    ];
    let saved = admin.submits("/admin/settings/leads", "/fn/admin/settings/save-outcomes", &list).await;
    assert_eq!(saved.location(), "/admin/settings/leads?done=outcomes");
    assert!(admin.opens(saved.location()).await.body.contains("site_visit"));
    let page = nora.opens(&format!("/partner/leads/{ada}")).await.body;
    assert!(page.contains("Reached") && page.contains("Site visit"), "{page}");
    assert_eq!(nora.calls("/fn/leads/outcome", form(&[("id", &ada), ("outcome", "contacted")])).await.status, 422);
    assert_eq!(nora.calls("/fn/leads/outcome", form(&[("id", &ada), ("outcome", "site_visit")])).await.status, 200);
    let twice = [("new_label", "SOLD"), ("new_kind", "won")];
    let refused = admin.submits("/admin/settings/leads", "/fn/admin/settings/save-outcomes", &twice).await;
    let back = admin.goes_back(&refused).await.body;
    assert!(back.contains("Another outcome has this name.") && back.contains("SOLD"), "{back}");
    assert_eq!(world.events(AuditAction::OutcomesChanged).await.len(), 1);
}
