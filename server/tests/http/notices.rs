//! What users are told of what was done in their name, and the link by which they end it.

use domain::audit::AuditAction;
use services::mail::Notice;

use crate::{
    account_recovery::follow,
    browser::{Browser, form},
    world::{ADMIN, LEADS, OWNER, PASSWORD, SUPPORT, World},
};

#[tokio::test]
async fn a_login_with_a_new_browser_is_told() {
    let world = World::new().await;
    let answer = world.visitor().tries(OWNER, PASSWORD).await;
    let mails = world.mails().await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.to == OWNER && mail.subject() == "A login with a new browser: Acme Leads", "{mail:?}");
    for part in ["203.0.113.7", "22 Nov 2026, 07:00", "needs no login"] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    let again = world.visitor().with_cookie(answer.device().split(';').next().unwrap()).tries(OWNER, PASSWORD).await;
    assert_eq!((again.status, world.mails().await.len()), (200, 0), "it is known now");
    assert_eq!(world.visitor().tries(OWNER, "wrong-wrong-wrong").await.status, 401);
    assert_eq!(world.mails().await.len(), 0, "a failure tells nobody");
}

#[tokio::test]
async fn the_link_in_a_mail_ends_all_sessions_once_and_survives_a_thief() {
    let world = World::new().await;
    let answer = world.visitor().tries(OWNER, PASSWORD).await;
    let (thief, nora) = (world.visitor().with_cookie(&answer.cookie().unwrap()), world.logged_in(OWNER).await);
    let link = world.mails().await[0].link().unwrap();
    assert!(link.contains("/partner/end-sessions/"), "{link}");
    // Whoever has the password changes it: that must not take the way back from its owner.
    let change = [("current", PASSWORD), ("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")];
    assert_eq!(thief.calls("/fn/profile/change-password", form(&change)).await.status, 200);
    assert!(nora.opens(LEADS).await.leads_to_login());
    let by_mail = follow(&world, &link).await;
    let page = by_mail.opens("/partner/end-sessions").await;
    assert!(page.status == 200 && page.body.contains(OWNER), "{}", page.body);
    assert_eq!(thief.opens(LEADS).await.status, 200, "to look at the page ends nothing");
    assert_eq!(by_mail.calls("/fn/admin/auth/end-sessions", form(&[])).await.status, 410, "it is no admin's");
    let ended = by_mail.calls("/fn/auth/end-sessions", form(&[])).await;
    assert_eq!((ended.status, ended.location()), (200, "/partner/forgot-password?ended=1"));
    assert!(thief.opens(LEADS).await.leads_to_login());
    assert_eq!(by_mail.calls("/fn/auth/end-sessions", form(&[])).await.status, 410, "once");
    assert_eq!(world.events(AuditAction::SessionEnded).await.len(), 1);
    // The mail about the changed password has a link of its own, which ends what begins later.
    let thief = world.logged_in_with(OWNER, "some-quiet-walruses").await;
    let mails = world.mails().await;
    let link = mails.iter().find(|mail| mail.subject().contains("password")).and_then(|mail| mail.link()).unwrap();
    assert_eq!(follow(&world, &link).await.calls("/fn/auth/end-sessions", form(&[])).await.status, 200);
    assert!(thief.opens(LEADS).await.leads_to_login());
    world.clock.advance(chrono::TimeDelta::days(8));
    let late = mails.iter().filter_map(|mail| mail.link()).next_back().unwrap();
    assert_eq!(follow(&world, &late).await.calls("/fn/auth/end-sessions", form(&[])).await.status, 410, "for a week");
}

/// Calls a function and answers which mails it sent to whoever called it.
async fn after(world: &World, browser: &Browser<'_>, to: &str, path: &str, fields: &[(&str, &str)]) -> Vec<String> {
    world.mails().await;
    let answer = browser.calls(path, form(fields)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    world.mails().await.iter().filter(|mail| mail.to == to).map(|mail| mail.subject().to_owned()).collect()
}

/// Who calls which function with what, and what they are told.
type Case<'a> = (&'a Browser<'a>, &'a str, &'a str, &'a [(&'a str, &'a str)], Notice<'a>);

#[tokio::test]
async fn each_thing_that_matters_is_one_mail_to_whoever_did_it() {
    let world = World::new().await;
    let (nora, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let key = [("name", "CRM"), ("scopes[]", "leads:read"), ("life", "30")];
    let account_key = [("name", "CRM"), ("scopes[]", "leads:write"), ("life", "30")];
    let hook = [("webhook_url", "https://93.184.215.14/hook"), ("email_mode", "off")];
    let invitation = [("name", "Ida"), ("email", "ida@acme.example"), ("role", "support")];
    let support = world.admin_id(SUPPORT).await.to_string();
    let change = [("id", support.as_str()), ("role", "manager"), ("active", "yes")];
    let events = [("url", "https://93.184.215.14/events")];
    let cases: [Case<'_>; 8] = [
        (&nora, OWNER, "/fn/profile/create-api-key", &key, Notice::KeyMade { key: "CRM" }),
        (&nora, OWNER, "/fn/profile/save-delivery", &hook, Notice::DeliveryTarget),
        (&nora, OWNER, "/fn/profile/rotate-secret", &[], Notice::SigningSecret),
        (&admin, ADMIN, "/fn/admin/api-keys/create", &account_key, Notice::KeyMade { key: "CRM" }),
        (&admin, ADMIN, "/fn/admin/webhook/save", &events, Notice::DeliveryTarget),
        (&admin, ADMIN, "/fn/admin/webhook/rotate-secret", &[], Notice::SigningSecret),
        (&admin, ADMIN, "/fn/admin/admins/invite", &invitation, Notice::AdminInvited { email: "ida@acme.example" }),
        (&admin, ADMIN, "/fn/admin/admins/change", &change, Notice::AdminChanged { admin: "" }),
    ];
    for (browser, to, path, fields, notice) in cases {
        let subjects = after(&world, browser, to, path, fields).await;
        assert_eq!(subjects, [format!("{}: Acme Leads", notice.subject())], "{path}");
    }
}
