//! Two who change the same thing: the second one is told what the first one wrote, and loses nothing of what was typed.

use crate::{
    browser::{Browser, form},
    world::{ADMIN, MANAGER, OWNER, World},
};

/// The version that the form which goes to `action` was filled with.
fn version_in(page: &str, action: &str) -> String {
    let form = page.split("<form").find(|form| form.contains(&format!("action=\"{action}\""))).expect(action);
    let input = form.split("name=\"version\"").nth(1).expect("the form has a version");
    input.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

/// Sends a form without WebAssembly that somebody else was faster with; the page it comes back to.
async fn second(browser: &Browser<'_>, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.submits(page, action, fields).await;
    browser.goes_back(&answer).await.body
}

#[tokio::test]
async fn who_comes_second_sees_what_the_first_one_wrote_and_keeps_what_was_typed() {
    let world = World::new().await;
    let (one, two) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await);
    let (page, action) = (format!("/admin/partners/{}", world.northwind), "/fn/admin/partners/save");
    let id = world.northwind.to_string();
    let (first, later) = (one.opens(&page).await.body, two.opens(&page).await.body);
    let fields =
        |city, version| [("id", id.as_str()), ("version", version), ("name", "Northwind Solar"), ("city", city)];
    let version = version_in(&first, action);
    assert_eq!(version, version_in(&later, action));
    assert_eq!(one.calls(action, form(&fields("Bonn", &version))).await.status, 200);
    let call = two.calls(action, form(&fields("Köln", &version))).await;
    assert_eq!(call.status, 409, "{}", call.body);
    let refused = second(&two, &page, action, &fields("Köln", &version)).await;
    for word in ["Somebody else has saved this in the meantime", "Saved now: “Bonn”.", "value=\"Köln\""] {
        assert!(refused.contains(word), "{word}: {refused}");
    }
    let next = version_in(&refused, action);
    assert_ne!(next, version);
    assert_eq!(two.calls(action, form(&fields("Köln", &next))).await.status, 200, "now on purpose");
    assert!(one.opens(&page).await.body.contains("value=\"Köln\""));
    // A change of another field does not stand in the way of the status, which has a form of its own.
    let status = [("id", id.as_str()), ("status", "paused")];
    assert_eq!(two.calls("/fn/admin/partners/set-status", form(&status)).await.status, 200);
}

/// A partner's own form meets what an admin changes.
#[tokio::test]
async fn an_admin_and_a_partner_notice_each_other() {
    let world = World::new().await;
    let (admin, owner) = (world.logged_in_admin(ADMIN).await, world.logged_in(OWNER).await);
    let (page, action) = ("/partner/profile", "/fn/profile/save-contact");
    let version = version_in(&owner.opens(page).await.body, action);
    let id = world.northwind.to_string();
    let changed = [("id", id.as_str()), ("name", "Northwind Solar"), ("company", "Northwind GmbH"), ("phone", "+49 1")];
    assert_eq!(admin.calls("/fn/admin/partners/save", form(&changed)).await.status, 200);
    let fields = [("version", version.as_str()), ("company", "Northwind Ltd"), ("phone", "+49 2")];
    let refused = second(&owner, page, action, &fields).await;
    for word in ["Saved now: “Northwind GmbH”.", "Saved now: “+49 1”.", "value=\"Northwind Ltd\""] {
        assert!(refused.contains(word), "{word}");
    }
}

/// Drafts and settings likewise; a change of another card is none of this one.
#[tokio::test]
async fn drafts_and_settings_have_versions() {
    let world = World::new().await;
    let (one, two) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await);
    let partner = world.northwind.to_string();
    let page = one.submits("/admin/invoices/new", "/fn/admin/invoices/begin", &[("partner", &partner)]).await;
    let page = page.location().to_owned();
    let id = page.rsplit('/').next().unwrap().to_owned();
    let action = "/fn/admin/invoices/save";
    let version = version_in(&one.opens(&page).await.body, action);
    let fields = |note, version| {
        [
            ("id", id.as_str()),
            ("version", version),
            ("note", note),
            ("lines[0][description]", "Leads"),
            ("lines[0][quantity]", "2"),
            ("lines[0][unit_price]", "10.00"),
            ("lines[0][tax_rate]", "19"),
            ("lines[1][tax_rate]", "19"),
        ]
    };
    assert_eq!(one.calls(action, form(&fields("First", &version))).await.status, 200);
    let refused = second(&two, &page, action, &fields("Second", &version)).await;
    assert!(refused.contains("Saved now: “First”.") && refused.contains("Second"), "{refused}");
    assert_eq!(refused.matches("Meanwhile").count() % 2, 0, "only the note, beside it and above: {refused}");

    let (page, action) = ("/admin/settings/invoices", "/fn/admin/settings/save-invoicing");
    let version = version_in(&one.opens(page).await.body, action);
    let fields = |legal, version| [("version", version), ("legal_name", legal), ("payment_terms", "14")];
    assert_eq!(two.calls("/fn/admin/settings/switch-portal", form(&[("on", "yes")])).await.status, 200);
    assert_eq!(one.calls(action, form(&fields("Acme GmbH", &version))).await.status, 200, "another card");
    let refused = second(&two, page, action, &fields("Acme AG", &version)).await;
    assert!(refused.contains("Saved now: “Acme GmbH”.") && refused.contains("value=\"Acme AG\""), "{refused}");
}
