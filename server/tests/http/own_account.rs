//! An admin's own account: name, password, address, sessions; and how staff log a partner's user out.

use domain::audit::AuditAction;
use serde_json::Value;

use crate::{
    account_recovery::{follow, wrong_fields},
    browser::{Browser, form},
    world::{ADMIN, MANAGER, OWNER, PASSWORD, STRANGER, SUPPORT, World},
};

const NEW: &str = "some-quiet-walruses-9";

async fn calls(admin: &Browser<'_>, function: &str, fields: &[(&str, &str)]) -> crate::browser::Answer {
    admin.calls(&format!("/fn/admin/account/{function}"), form(fields)).await
}

#[tokio::test]
async fn an_admin_changes_the_own_name_and_password() {
    let world = World::new().await;
    let (desk, phone) = (world.logged_in_admin(MANAGER).await, world.logged_in_admin(MANAGER).await);
    let page = desk.opens("/admin/account").await.body;
    assert!(
        page.contains(MANAGER) && page.contains("This session") && page.contains("Log out everywhere else"),
        "{page}"
    );
    assert_eq!(wrong_fields(&calls(&desk, "change-name", &[("name", "  ")]).await), ["name"]);
    assert_eq!(wrong_fields(&calls(&desk, "change-name", &[("name", &"x".repeat(101))]).await), ["name"]);
    assert_eq!(calls(&desk, "change-name", &[("name", " Mara Quill ")]).await.status, 200);
    assert!(desk.opens("/admin").await.body.contains("Mara Quill"), "from the next page on");

    let change = async |current: &str, password: &str| {
        calls(&desk, "change-password", &[("current", current), ("password", password), ("repeat", password)]).await
    };
    assert_eq!(wrong_fields(&change(PASSWORD, "short").await), ["password"]);
    assert_eq!(wrong_fields(&change(PASSWORD, "Mara Quill Mara Quill").await), ["password"], "not of their own name");
    assert_eq!(wrong_fields(&change("wrong", NEW).await), ["current"]);
    assert_eq!(phone.opens("/admin").await.status, 200);
    assert_eq!(change(PASSWORD, NEW).await.status, 200);
    assert!(phone.opens("/admin").await.leads_to_login(), "everywhere else");
    assert_eq!(desk.opens("/admin").await.status, 200);
    assert!(world.mails().await.iter().any(|mail| mail.to == MANAGER && mail.text.contains("password")), "and is told");
    let events = world.events(AuditAction::PasswordChanged).await;
    assert_eq!(events.len(), 2, "the failure as well");
    assert_eq!(world.events(AuditAction::OwnNameChanged).await.len(), 1);
}

#[tokio::test]
async fn an_admins_new_address_is_confirmed_from_its_mailbox() {
    let world = World::new().await;
    let desk = world.logged_in_admin(MANAGER).await;
    let change =
        async |current: &str, to: &str| calls(&desk, "change-email", &[("current", current), ("new_email", to)]).await;
    assert_eq!(wrong_fields(&change("wrong", "mara@acme.example").await), ["current"]);
    assert_eq!(wrong_fields(&change(PASSWORD, &MANAGER.to_uppercase()).await), ["new_email"]);
    let taken = change(PASSWORD, SUPPORT).await;
    assert!(world.mails().await.iter().all(|mail| mail.link().is_none()), "an address that is taken gets no link");
    // A partner user's address is another login.
    let free = change(PASSWORD, STRANGER).await;
    assert_eq!((taken.status, &taken.body), (free.status, &free.body), "and the answer does not tell");
    let mails = world.mails().await;
    let link = mails.iter().find(|mail| mail.to == STRANGER).and_then(|mail| mail.link()).unwrap();
    assert!(link.contains("/admin/confirm-email"), "{link}");
    let by_mail = follow(&world, &link).await;
    assert_eq!(by_mail.calls("/fn/auth/confirm-email", form(&[])).await.status, 410, "it is no partner's link");
    assert_eq!(by_mail.calls("/fn/admin/auth/confirm-email", form(&[])).await.status, 200);
    assert!(desk.opens("/admin").await.leads_to_login(), "whoever had the address before is logged out");
    let login = async |email: &str| {
        world.visitor().calls("/fn/admin/auth/login", form(&[("email", email), ("password", PASSWORD)])).await.status
    };
    assert_eq!((login(MANAGER).await, login(STRANGER).await), (401, 200));
    assert_eq!(by_mail.calls("/fn/admin/auth/confirm-email", form(&[])).await.status, 410, "it works once");
}

#[tokio::test]
async fn an_admin_ends_own_sessions_and_those_of_a_partners_user() {
    let world = World::new().await;
    let (desk, phone, other) = (
        world.logged_in_admin(MANAGER).await,
        world.logged_in_admin(MANAGER).await,
        world.logged_in_admin(ADMIN).await,
    );
    let view: Value = serde_json::from_str(&calls(&desk, "get", &[]).await.body).unwrap();
    let key = view["sessions"].as_array().unwrap().iter().find(|one| one["current"] == false).unwrap()["key"].clone();
    let key = key.as_str().unwrap();
    assert_eq!(calls(&other, "end-session", &[("session", key)]).await.status, 404);
    assert_eq!(calls(&desk, "end-session", &[("session", key)]).await.status, 200);
    assert!(phone.opens("/admin").await.leads_to_login());
    let again = world.logged_in_admin(MANAGER).await;
    assert_eq!(calls(&desk, "end-other-sessions", &[]).await.status, 200);
    assert!(again.opens("/admin").await.leads_to_login());
    assert_eq!((desk.opens("/admin").await.status, other.opens("/admin").await.status), (200, 200));

    let (nora, sam) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let partner = world.northwind.to_string();
    let users = desk.calls("/fn/admin/partners/users", form(&[("id", &partner)])).await.body;
    let users: Value = serde_json::from_str(&users).unwrap();
    let user = users["users"].as_array().unwrap().iter().find(|user| user["email"] == OWNER).unwrap()["id"].clone();
    let fields = [("partner", partner.as_str()), ("user", user.as_str().unwrap())];
    let support = world.logged_in_admin(SUPPORT).await;
    assert_eq!(support.calls("/fn/admin/partners/end-sessions", form(&fields)).await.status, 403);
    let contoso = world.contoso.to_string();
    let elsewhere = [("partner", contoso.as_str()), fields[1]];
    assert_eq!(desk.calls("/fn/admin/partners/end-sessions", form(&elsewhere)).await.status, 404);
    assert_eq!(nora.opens("/partner").await.status, 200);
    assert_eq!(desk.calls("/fn/admin/partners/end-sessions", form(&fields)).await.status, 200);
    assert!(nora.opens("/partner").await.leads_to_login());
    assert_eq!(sam.opens("/partner").await.status, 200);
    assert_eq!(world.events(AuditAction::SessionEnded).await.len(), 2);
}
