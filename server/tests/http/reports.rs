//! Reports as pages and files: each reader's own leads, and what they cost for whoever may see that.

use domain::{access::Permission, audit::AuditAction};

use crate::{
    browser::form,
    world::{ADMIN, OWNER, STRANGER, World},
};

/// A figure leads to exactly the leads behind it, and the file has the figures of the page.
#[tokio::test]
async fn a_figure_leads_to_its_leads() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let sold = form(&[("id", &ada), ("outcome", "sold"), ("value", "1200")]);
    assert_eq!(nora.calls("/fn/leads/outcome", sold).await.status, 200);
    assert_eq!(nora.calls("/fn/leads/review", form(&[("id", &ada), ("decision", "accept")])).await.status, 200);
    let page = nora.opens("/partner/reports?from=2026-11-22&to=2026-11-22&by=campaign").await;
    assert_eq!(page.status, 200);
    for figure in ["€98.34", "€49.17", "€1,200.00", "100.0%"] {
        assert!(page.body.contains(figure), "{figure}: {}", page.body);
    }
    let link = "/partner/leads?from=2026-11-22&amp;to=2026-11-22&amp;campaign=Solar&amp;outcome=sold";
    assert!(page.body.contains(link), "{}", page.body);
    let behind = nora.opens(&link.replace("&amp;", "&")).await.body;
    assert!(behind.contains("Ada Lovelace") && !behind.contains("Grace Hopper"));
    let file = nora.fetches("/partner/reports/export.csv?from=2026-11-22&to=2026-11-22&by=campaign").await;
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"report-2026-11-22--2026-11-22-by-campaign.csv\""
    );
    assert!(file.body.contains("Solar,2,98.34,49.17,EUR,1,0,100.0,0,1,1200.00,EUR,98.34,"), "{}", file.body);
    assert_eq!(world.events(AuditAction::ReportExported).await.len(), 1);
    let sam = world.logged_in(STRANGER).await;
    let theirs = format!("/partner/reports?partner={}&by=partner", world.northwind);
    let theirs = sam.opens(&theirs).await.body;
    assert!(!theirs.contains("€1,200.00") && theirs.contains("€49.17"), "a stranger's own lead alone: {theirs}");
    assert!(nora.opens("/partner/reports?from=2020-01-01&to=2020-02-01").await.body.contains("No leads on these days"));
    assert!(nora.opens("/partner/reports?by=moon").await.body.contains("was left out"));
    world.deny(Permission::ViewLeadPrice).await;
    let page = nora.opens("/partner/reports").await.body;
    assert!(!page.contains("€49.17") && !page.contains("Cost per sale") && page.contains("€1,200.00"), "{page}");
    let file = nora.fetches("/partner/reports/export.csv").await.body;
    assert!(!file.contains("Spend") && !file.contains("98.34"), "{file}");
}

/// The account compares its partners, and sees who has looked at nothing.
#[tokio::test]
async fn the_account_compares_its_partners() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let ada = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    assert_eq!(nora.opens(&format!("/partner/leads/{ada}")).await.status, 200);
    let admin = world.logged_in_admin(ADMIN).await;
    world.second_account().await;
    let page = admin.opens("/admin/reports?by=partner").await.body;
    assert!(page.contains("Northwind Solar") && page.contains("Contoso Heating"), "{page}");
    assert_eq!(page.matches(">Silent<").count(), 1, "Contoso has opened nothing: {page}");
    let link = format!("/admin/leads?from=2026-10-24&amp;to=2026-11-22&amp;partner={}", world.contoso);
    assert!(page.contains(&link), "{page}");
    let file = admin.fetches("/admin/reports/export.xlsx?by=partner").await;
    assert_eq!(file.status, 200);
    let one = admin.opens(&format!("/admin/reports?partner={}", world.contoso)).await.body;
    assert!(one.contains("€49.17") && !one.contains("€147.51"), "{one}");
}
