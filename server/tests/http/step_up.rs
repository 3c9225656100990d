//! What takes a fresh proof of who somebody is, ten minutes after the last one.

use app::access::{Mark, is_admin_area, marked};
use chrono::TimeDelta;

use crate::{
    browser::form,
    tables::{Things, admin_call, call},
    world::{ADMIN, LEADS, OWNER, PASSWORD, STRANGER, World, lead},
};

/// The server functions that do what matters: passwords, addresses, factors, sessions, delivery targets, API keys, users and admins,
/// permissions, retention, temporary passwords.
const PROTECTED: &[&str] = &[
    "/fn/admin/account/end-other-sessions", "/fn/admin/account/end-session", "/fn/admin/admins/change",
    "/fn/admin/admins/invite", "/fn/admin/admins/reset-two-factor", "/fn/admin/admins/revoke",
    "/fn/admin/api-keys/create", "/fn/admin/api-keys/revoke", "/fn/admin/auth/passkey-add",
    "/fn/admin/auth/passkey-begin", "/fn/admin/auth/passkey-remove", "/fn/admin/auth/recovery-codes",
    "/fn/admin/auth/two-factor-begin", "/fn/admin/auth/two-factor-off", "/fn/admin/auth/two-factor-on",
    "/fn/admin/partners/bulk", "/fn/admin/partners/change-user", "/fn/admin/partners/create-user",
    "/fn/admin/partners/invite", "/fn/admin/partners/reset-two-factor", "/fn/admin/partners/save-access",
    "/fn/admin/partners/temporary-password", "/fn/admin/settings/let-partners-sso", "/fn/admin/settings/remove-sso",
    "/fn/admin/settings/save-permissions", "/fn/admin/settings/save-retention", "/fn/admin/settings/save-sso",
    "/fn/admin/settings/save-two-factor", "/fn/admin/webhook/rotate-secret", "/fn/admin/webhook/save",
    "/fn/auth/passkey-add", "/fn/auth/passkey-begin", "/fn/auth/passkey-remove", "/fn/auth/recovery-codes",
    "/fn/auth/two-factor-begin", "/fn/auth/two-factor-off", "/fn/auth/two-factor-on", "/fn/profile/create-api-key",
    "/fn/profile/end-other-sessions", "/fn/profile/end-session", "/fn/profile/remove-sso",
    "/fn/profile/revoke-api-key", "/fn/profile/rotate-secret", "/fn/profile/save-delivery", "/fn/profile/save-sso",
    "/fn/users/change", "/fn/users/invite",
];

/// Those that ask for the password themselves: the second factor is asked for where there is one.
const BY_PASSWORD: &[&str] = &[
    "/fn/admin/account/change-email", "/fn/admin/account/change-password", "/fn/profile/change-email",
    "/fn/profile/change-password",
];

fn sorted(mark: Mark) -> Vec<&'static str> {
    let mut paths: Vec<_> = marked(mark).collect();
    paths.sort_unstable();
    paths
}

#[tokio::test]
async fn what_matters_is_marked_and_asks_for_a_proof() {
    assert_eq!((sorted(Mark::Fresh), sorted(Mark::FreshFactor)), (PROTECTED.to_vec(), BY_PASSWORD.to_vec()));
    let world = World::new().await;
    let (owner, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let things = Things::of(&world);
    world.clock.advance(TimeDelta::minutes(10));
    for path in PROTECTED {
        let is_admin = is_admin_area(path);
        let (visitor, confirm) = if is_admin { (&admin, "/admin/confirm") } else { (&owner, "/partner/confirm") };
        let ((kind, body), _) = if is_admin {
            let (body, roles) = admin_call(path, &things);
            (body, roles[0])
        } else {
            let (body, roles) = call(path, "");
            (body, roles[0])
        };
        let answer = visitor.calls(path, (kind, body)).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, "\"First\""), "{path}");
        let page = if is_admin { "/admin/users" } else { "/partner/profile" };
        let answer = visitor.submits(page, path, &[]).await;
        assert_eq!(answer.location(), format!("{confirm}?next={}", page.replace('/', "%2F")), "{path}");
    }
    for path in BY_PASSWORD {
        let fields = form(&[("current", "wrong"), ("password", "x"), ("repeat", "x"), ("new_email", "x@acme.example")]);
        let visitor = if is_admin_area(path) { &admin } else { &owner };
        assert_eq!(visitor.calls(path, fields).await.status, 422, "{path} asks for the password itself");
    }
    let confirmed = admin.calls("/fn/admin/auth/confirm", form(&[("current", PASSWORD)])).await;
    assert_eq!((confirmed.status, confirmed.location()), (200, "/admin"));
    let again = admin.calls("/fn/admin/settings/save-retention", form(&[("months", "")])).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(owner.calls("/fn/profile/rotate-secret", form(&[])).await.status, 403, "each session for itself");
}

/// What was typed is there when its sender comes back.
#[tokio::test]
async fn a_form_is_kept_while_its_sender_confirms_the_login() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    world.clock.advance(TimeDelta::minutes(11));
    let fields = [("name", "Ida Rhodes"), ("email", "ida@acme.example"), ("role", "support")];
    let answer = admin.submits("/admin/users", "/fn/admin/admins/invite", &fields).await;
    let kept = answer.kept_form().unwrap();
    let page = admin.opens(answer.location()).await;
    // A password that is mistyped first drives nothing out.
    let mistyped = [("current", "wrong"), ("next", "/admin/users")];
    let wrong = admin.submits(answer.location(), "/fn/admin/auth/confirm", &mistyped).await;
    assert!(wrong.cookie_named("portal-form").is_none() && wrong.cookie_named("portal-login-form").is_some());
    assert!(page.status == 200 && page.body.contains("Confirm your login"), "{}", page.body);
    let fields = [("current", PASSWORD), ("next", "/admin/users")];
    let confirmed = admin.submits(answer.location(), "/fn/admin/auth/confirm", &fields).await;
    assert_eq!((confirmed.status, confirmed.location()), (302, "/admin/users"));
    let page = admin.with_cookie(&format!("{}; {kept}", admin.cookie())).opens("/admin/users").await.body;
    assert!(page.contains("value=\"Ida Rhodes\"") && page.contains("so nothing was saved yet"), "{page}");
    for elsewhere in ["https://evil.example/", "//evil.example", "/partner/leads"] {
        let fields = [("current", PASSWORD), ("next", elsewhere)];
        assert_eq!(admin.calls("/fn/admin/auth/confirm", form(&fields)).await.location(), "/admin", "{elsewhere}");
    }
}

#[tokio::test]
async fn long_exports_take_a_fresh_proof() {
    let world = World::new().await;
    let (owner, admin) = (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await);
    let export = "/partner/leads/export.csv";
    world.deliver(world.northwind, (0..9_998).map(|number| lead(&format!("M-{number}"), "Many", 1)).collect()).await;
    world.clock.advance(TimeDelta::minutes(11));
    let file = owner.opens(export).await;
    assert_eq!((file.status, file.body.lines().count()), (200, 10_001), "10,000 leads and the header");
    world.deliver(world.northwind, vec![lead("M-last", "Last", 1)]).await;
    for path in [export, "/partner/leads/export.xlsx"] {
        let answer = owner.opens(path).await;
        assert_eq!((answer.status, answer.location()), (303, "/partner/confirm?next=%2Fpartner"), "{path}");
        assert_eq!(owner.fetches(path).await.status, 403, "{path}");
    }
    let form_of_list = form(&[("all", "yes"), ("list", "")]);
    assert_eq!(owner.calls(export, form_of_list).await.status, 403);
    assert_eq!(admin.fetches("/admin/leads/export.csv").await.status, 403);
    assert_eq!(owner.fetches("/partner/leads/export.csv?q=Last").await.status, 200, "a short one");
    owner.confirms().await;
    let file = owner.opens(export).await;
    assert_eq!((file.status, file.body.lines().count()), (200, 10_002));
    assert_eq!(owner.opens(LEADS).await.status, 200);
}

/// A session asks for no more than people do, and exports one after the other.
#[tokio::test]
async fn a_logged_in_user_asks_for_so_much() {
    let world = World::with_web_rate(2).await;
    let (owner, stranger) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let mut answers = Vec::new();
    for _ in 0..40 {
        answers.push(owner.opens(LEADS).await.status);
    }
    assert_eq!((answers[0], answers[29]), (200, 200));
    assert!(answers[30..].contains(&429), "{answers:?}");
    assert_eq!(owner.calls("/fn/leads/total", form(&[])).await.status, 429, "functions are counted with the pages");
    let page = owner.opens(LEADS).await.body;
    assert!(page.contains("Please try again in 1 min"), "{page}");
    assert_eq!(stranger.opens(LEADS).await.status, 200, "each for itself");
}

#[tokio::test]
async fn three_exports_run_at_once() {
    let world = World::new().await;
    let (owner, stranger) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let user = world.user(OWNER).await;
    let places: Vec<_> = (0..3).filter_map(|_| world.portal.exports.begin(user, 3)).collect();
    for path in ["/partner/leads/export.csv", "/partner/invoices/export.xlsx"] {
        assert_eq!(owner.opens(path).await.status, 429, "{path}");
        assert_eq!(stranger.opens(path).await.status, 200, "{path}");
    }
    drop(places);
    for _ in 0..5 {
        assert_eq!(owner.opens("/partner/leads/export.csv").await.status, 200, "each frees its place");
    }
}
