//! Two-factor authentication: set up, asked for, refused, lost and required.

use chrono::TimeDelta;
use domain::{audit::AuditAction, email::Email, partners::UserKind};
use serde_json::Value;
use totp_rs::{Builder, Secret};

use crate::{
    account_recovery::wrong_fields,
    browser::{Answer, Browser, form},
    world::{ADMIN, LEADS, MANAGER, MEMBER, OWNER, PASSWORD, STRANGER, World},
};

/// A partner user or an admin, by the paths of its area.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    functions: &'static str,
    pages: &'static str,
    cookie: &'static str,
}

const PARTNER: Area = Area { functions: "/fn/auth", pages: "/partner", cookie: "portal-partner" };
pub(crate) const ADMINS: Area = Area { functions: "/fn/admin/auth", pages: "/admin", cookie: "portal-admin" };

impl Area {
    pub(crate) async fn calls(self, browser: &Browser<'_>, function: &str, fields: &[(&str, &str)]) -> Answer {
        browser.calls(&format!("{}/{function}", self.functions), form(fields)).await
    }

    pub(crate) async fn password(self, browser: &Browser<'_>, email: &str) -> Answer {
        self.calls(browser, "login", &[("email", email), ("password", PASSWORD), ("account", "acme")]).await
    }
}

/// An authenticator app, and the recovery codes that came with it.
pub(crate) struct App {
    secret: String,
    recovery: Vec<String>,
}

impl App {
    pub(crate) fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    fn code_in(&self, world: &World, seconds: i64) -> String {
        let secret = Secret::try_from_base32(self.secret.replace(' ', "")).unwrap();
        let at = u64::try_from(world.db.now().timestamp() + seconds).unwrap();
        Builder::new().with_secret(secret).build().unwrap().generate(at).to_string()
    }
}

async fn state(area: Area, browser: &Browser<'_>) -> Value {
    let answer = area.calls(browser, "two-factor", &[]).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.body))
}

/// Sets an app up, and lets the clock run on so that its next code is another.
pub(crate) async fn set_up(world: &World, area: Area, browser: &Browser<'_>) -> App {
    assert_eq!(area.calls(browser, "two-factor-begin", &[]).await.status, 200);
    let secret = state(area, browser).await["set_up"][0].as_str().unwrap().to_owned();
    let mut app = App { secret, recovery: Vec::new() };
    let answer = area.calls(browser, "two-factor-on", &[("code", &app.code(world))]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let shown = state(area, browser).await;
    app.recovery = shown["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    world.clock.advance(TimeDelta::seconds(30));
    app
}

#[tokio::test]
async fn a_login_takes_the_password_and_a_code() {
    let world = World::new().await;
    for (area, email, page) in [(PARTNER, OWNER, LEADS), (ADMINS, ADMIN, "/admin/partners")] {
        let desk =
            if area.pages == "/admin" { world.logged_in_admin(email).await } else { world.logged_in(email).await };
        let phone =
            if area.pages == "/admin" { world.logged_in_admin(email).await } else { world.logged_in(email).await };
        let app = set_up(&world, area, &desk).await;
        assert_eq!(app.recovery.len(), 10);
        assert!(state(area, &desk).await["codes"].as_array().unwrap().is_empty(), "they are shown once");
        assert!(phone.opens(page).await.leads_to_login(), "whoever was in by the password alone is out");
        assert_eq!(desk.opens(page).await.status, 200);

        let visitor = world.visitor();
        let half = area.password(&visitor, email).await;
        assert_eq!(
            (half.status, half.location()),
            (200, &*format!("{0}/login/code?next=%2F{1}", area.pages, &area.pages[1..]))
        );
        assert!(half.cookie_named(area.cookie).is_none(), "there is no session yet");
        let half = visitor.with_cookie(&half.cookie_named(&format!("{}-half-login", area.cookie)).unwrap());
        assert!(half.opens(page).await.leads_to_login(), "half a login opens nothing");
        for wrong in ["000000", "", "nonsense", &app.code_in(&world, 90), &app.code_in(&world, -90)] {
            assert_eq!(wrong_fields(&area.calls(&half, "code", &[("code", wrong)]).await), ["code"], "{wrong}");
        }
        let code = app.code(&world);
        world.mails().await;
        let answer = area.calls(&half, "code", &[("code", &code)]).await;
        assert_eq!(answer.status, 429, "five wrong ones are enough: {}", answer.body);
        assert!(world.mails().await.iter().any(|mail| mail.to == email && mail.subject().contains("Wrong codes")));
        // Somebody else's wrong codes do not shut the owner out.
        let known = if area.pages == "/admin" { UserKind::Admin } else { UserKind::Partner };
        let owner = world.known_browser(known, email);
        let half_in = area.password(&owner, email).await.cookie_named(&format!("{}-half-login", area.cookie)).unwrap();
        let inside = area.calls(&owner.with_cookie(&half_in), "code", &[("code", &code)]).await;
        assert_eq!(inside.location(), area.pages, "{}", inside.body);
        world.clock.advance(TimeDelta::minutes(16));
        let late = area.calls(&half, "code", &[("code", &app.code(&world))]).await;
        assert!(late.location().starts_with(&format!("{}/login?", area.pages)), "too late: {}", late.location());

        let half = area.password(&visitor, email).await;
        let half = visitor.with_cookie(&half.cookie_named(&format!("{}-half-login", area.cookie)).unwrap());
        let code = app.code(&world);
        let spoken = format!("{} {}", &code[..3], &code[3..]);
        let fields = [("code", spoken.as_str()), ("next", page)];
        let answer = area.calls(&half, "code", &fields).await;
        assert_eq!((answer.status, answer.location()), (200, page), "{}", answer.body);
        let inside = visitor.with_cookie(&answer.cookie_named(area.cookie).unwrap());
        assert_eq!(inside.opens(page).await.status, 200);
        assert_eq!(wrong_fields(&area.calls(&half, "code", &fields).await), ["code"], "no code twice");
        let earlier = app.code_in(&world, -30);
        assert_eq!(wrong_fields(&area.calls(&half, "code", &[("code", &earlier)]).await), ["code"], "nor an older one");
    }
    assert_eq!(world.events(AuditAction::TwoFactorOn).await.len(), 2);
    assert!(world.events(AuditAction::TwoFactorFailed).await.len() > 10);
}

#[tokio::test]
async fn of_two_who_bring_one_code_at_once_one_gets_in() {
    let world = World::new().await;
    let app = set_up(&world, PARTNER, &world.logged_in(OWNER).await).await;
    for code in [app.code(&world), app.recovery[0].clone()] {
        let half = PARTNER.password(&world.visitor(), OWNER).await.cookie_named("portal-partner-half-login").unwrap();
        let half = world.visitor().with_cookie(&half);
        let fields = [("code", code.as_str())];
        let tries = (0..3).map(|_| PARTNER.calls(&half, "code", &fields));
        let answers = futures::future::join_all(tries).await;
        let inside = answers.iter().filter(|answer| answer.cookie_named("portal-partner").is_some()).count();
        assert_eq!(inside, 1, "{code}: {answers:?}");
    }
}

#[tokio::test]
async fn a_recovery_code_works_once_and_only_for_its_user() {
    let world = World::new().await;
    let (nora, sam) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let (app, strangers) = (set_up(&world, PARTNER, &nora).await, set_up(&world, PARTNER, &sam).await);
    let login = async |code: &str| {
        let half = PARTNER.password(&world.visitor(), OWNER).await.cookie_named("portal-partner-half-login").unwrap();
        PARTNER.calls(&world.visitor().with_cookie(&half), "code", &[("code", code)]).await
    };
    assert_eq!(wrong_fields(&login(&strangers.recovery[0]).await), ["code"]);
    assert_eq!(wrong_fields(&login(&strangers.code(&world)).await), ["code"]);
    let typed = app.recovery[3].to_uppercase().replace('-', " ");
    assert_eq!(login(&typed).await.location(), "/partner");
    assert_eq!(wrong_fields(&login(&typed).await), ["code"], "once");
    assert_eq!(state(PARTNER, &nora).await["codes_left"], 9);
    assert_eq!(PARTNER.calls(&nora, "recovery-codes", &[]).await.status, 200);
    let fresh = state(PARTNER, &nora).await["codes"][0].as_str().unwrap().to_owned();
    assert_eq!(wrong_fields(&login(&app.recovery[4]).await), ["code"], "those before have ended");
    assert_eq!(login(&fresh).await.location(), "/partner");
    assert_eq!(world.events(AuditAction::RecoveryCodeUsed).await.len(), 2);
    let kept = format!("{:?}", world.events(AuditAction::Login).await);
    assert!(kept.contains("recovery_code") && !kept.contains(&fresh), "{kept}");
}

#[tokio::test]
async fn a_remembered_browser_needs_no_code_until_the_credentials_change() {
    let world = World::new().await;
    let desk = world.logged_in(OWNER).await;
    let app = set_up(&world, PARTNER, &desk).await;
    let half = PARTNER.password(&world.visitor(), OWNER).await.cookie_named("portal-partner-half-login").unwrap();
    let fields = [("code", &*app.code(&world)), ("remember", "yes")];
    let answer = PARTNER.calls(&world.visitor().with_cookie(&half), "code", &fields).await;
    let remembered = world.visitor().with_cookie(&answer.cookie_named("portal-partner-two-factor-device").unwrap());
    let again = PARTNER.password(&remembered, OWNER).await;
    assert_eq!(again.location(), "/partner");
    // A remembered browser stands for the second factor at the login, not where it matters.
    let again = remembered.with_cookie(&again.cookie_named("portal-partner").unwrap());
    assert_eq!(PARTNER.calls(&again, "two-factor-off", &[]).await.status, 403);
    assert!(PARTNER.password(&remembered, STRANGER).await.cookie_named("portal-partner").is_some());
    world.clock.advance(TimeDelta::days(30));
    assert!(PARTNER.password(&remembered, OWNER).await.location().starts_with("/partner/login/code"), "for 30 days");
    world.clock.advance(TimeDelta::days(-30));
    let change = [("current", PASSWORD), ("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")];
    assert_eq!(desk.calls("/fn/profile/change-password", form(&change)).await.status, 200);
    let fields = [("email", OWNER), ("password", "some-quiet-walruses")];
    let answer = PARTNER.calls(&remembered, "login", &fields).await;
    assert!(answer.location().starts_with("/partner/login/code"), "{}", answer.location());
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_turned_off_by_its_user_alone() {
    let world = World::new().await;
    let desk = world.logged_in(MEMBER).await;
    assert_eq!(PARTNER.calls(&desk, "two-factor-begin", &[]).await.status, 200);
    let first = state(PARTNER, &desk).await["set_up"][0].clone();
    let elsewhere = world.logged_in(MEMBER).await;
    assert!(state(PARTNER, &elsewhere).await["set_up"].is_null(), "another session does not see what is set up here");
    assert_eq!(PARTNER.calls(&elsewhere, "two-factor-on", &[("code", "123456")]).await.status, 409);
    let page = desk.opens("/partner/two-factor").await.body;
    assert!(page.contains("<svg") && page.contains(first.as_str().unwrap()), "{page}");
    assert!(world.logged_in(MEMBER).await.opens(LEADS).await.status == 200, "nobody is asked before the first code");
    assert_eq!(PARTNER.calls(&desk, "two-factor-begin", &[]).await.status, 200);
    assert_ne!(state(PARTNER, &desk).await["set_up"][0], first, "another secret");
    assert_eq!(wrong_fields(&PARTNER.calls(&desk, "two-factor-on", &[("code", "000000")]).await), ["code"]);
    set_up(&world, PARTNER, &desk).await;
    assert!(state(PARTNER, &desk).await["set_up"].is_null(), "the secret is shown no more");
    // A new phone: the app that is in use stays so until the other one's first code.
    assert_eq!(PARTNER.calls(&desk, "two-factor-begin", &[]).await.status, 200);
    assert!(PARTNER.password(&world.visitor(), MEMBER).await.location().starts_with("/partner/login/code"));
    let other = set_up(&world, PARTNER, &desk).await;
    let half = PARTNER.password(&world.visitor(), MEMBER).await.cookie_named("portal-partner-half-login").unwrap();
    let half = world.visitor().with_cookie(&half);
    assert_eq!(PARTNER.calls(&half, "code", &[("code", &other.code(&world))]).await.location(), "/partner");
    assert_eq!(PARTNER.calls(&desk, "two-factor-off", &[]).await.status, 200);
    assert_eq!(PARTNER.password(&world.visitor(), MEMBER).await.location(), "/partner");

    // An admin who views the portal is not its user.
    let admin = world.logged_in_admin(MANAGER).await;
    let partner = world.northwind.to_string();
    assert_eq!(admin.calls("/fn/admin/partners/view-as", form(&[("id", &partner)])).await.status, 200);
    for function in ["two-factor", "two-factor-begin", "two-factor-off", "recovery-codes", "confirm"] {
        let answer = PARTNER.calls(&admin, function, &[("current", PASSWORD)]).await;
        assert_eq!(answer.status, 403, "{function}: {}", answer.body);
    }
}

/// What matters is asked for anew, ten minutes after the login, with the second factor where there is one.
#[tokio::test]
async fn what_matters_takes_a_fresh_proof() {
    let world = World::new().await;
    let desk = world.logged_in(OWNER).await;
    let app = set_up(&world, PARTNER, &desk).await;
    world.clock.advance(TimeDelta::minutes(10));
    let (page, off) = ("/partner/two-factor", "/fn/auth/two-factor-off");
    assert_eq!(desk.calls(off, form(&[])).await.status, 403);
    let answer = desk.submits(page, off, &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/partner/confirm?next=%2Fpartner%2Ftwo-factor"));
    assert!(desk.opens(answer.location()).await.body.contains("autocomplete=\"one-time-code\""));
    let confirm = async |password: &str, code: &str| {
        PARTNER.calls(&desk, "confirm", &[("current", password), ("code", code), ("next", page)]).await
    };
    assert_eq!(wrong_fields(&confirm("wrong", &app.code(&world)).await), ["current"]);
    assert_eq!(wrong_fields(&confirm(PASSWORD, "").await), ["code"]);
    assert_eq!(wrong_fields(&confirm(PASSWORD, "000000").await), ["code"]);
    assert_eq!(desk.calls(off, form(&[])).await.status, 403);
    let answer = confirm(PASSWORD, &app.code(&world)).await;
    assert_eq!((answer.status, answer.location()), (200, page), "{}", answer.body);
    assert_eq!(desk.calls(off, form(&[])).await.status, 200);
    for _ in 0..6 {
        confirm("wrong", "").await;
    }
    assert_eq!(confirm(PASSWORD, "").await.status, 429, "a stolen session must not guess");
    assert_eq!(
        world.events(AuditAction::LoginConfirmed).await.iter().filter(|event| event.result == "success").count(),
        1
    );
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_gets_nowhere_without() {
    let world = World::new().await;
    let (admin, manager, nora) =
        (world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await, world.logged_in(OWNER).await);
    let save = async |policy: &str, grace: &str| {
        admin.calls("/fn/admin/settings/save-two-factor", form(&[("policy", policy), ("grace", grace)])).await
    };
    assert_eq!(wrong_fields(&save("admins", "0").await), ["policy"], "that would shut the asker out");
    assert_eq!(save("admins", "7").await.status, 200);
    assert_eq!(manager.opens("/admin/partners").await.status, 200, "there is time");
    let page = manager.opens("/admin/two-factor").await.body;
    assert!(page.contains("from") && page.contains("29 Nov 2026"), "{page}");
    let app = set_up(&world, ADMINS, &admin).await;
    assert_eq!(save("all", "0").await.status, 200);
    for (browser, area, page, function) in
        [(&manager, ADMINS, "/admin/partners", "/fn/admin/partners/list"), (&nora, PARTNER, LEADS, "/fn/leads/total")]
    {
        let set_up_page = format!("{}/two-factor", area.pages);
        for path in [page, area.pages] {
            assert_eq!(browser.opens(path).await.location(), set_up_page, "{path}");
        }
        assert_eq!(browser.calls(function, form(&[])).await.status, 403);
        let page = browser.opens(&set_up_page).await.body;
        assert!(page.contains("Set it up to continue") && page.contains("Log out"), "{page}");
        let other =
            if area.pages == "/admin" { world.logged_in_admin(MANAGER).await } else { world.logged_in(OWNER).await };
        assert_eq!(area.calls(&other, "logout", &[]).await.status, 200, "and whoever does not want to can log out");
    }
    assert_eq!(nora.fetches("/partner/leads/export.csv").await.location(), "/partner/two-factor");
    world.clock.advance(TimeDelta::minutes(11));
    // Whoever has to set it up confirms the login where that is due, and is not led in a circle.
    let answer = nora.submits("/partner/two-factor", "/fn/auth/two-factor-begin", &[]).await;
    assert_eq!(answer.location(), "/partner/confirm?next=%2Fpartner%2Ftwo-factor");
    assert_eq!(nora.opens(answer.location()).await.status, 200);
    nora.confirms().await;
    set_up(&world, PARTNER, &nora).await;
    assert_eq!(nora.opens(LEADS).await.status, 200, "and is in");
    assert!(!nora.opens("/partner/two-factor").await.body.contains("Turn it off"), "nor turns it off again");
    assert_eq!(PARTNER.calls(&nora, "two-factor-off", &[]).await.status, 404);
    assert_eq!(admin.opens("/admin/partners").await.status, 200);
    let confirm = [("current", PASSWORD), ("code", &*app.code(&world))];
    assert_eq!(ADMINS.calls(&admin, "confirm", &confirm).await.status, 200);
    assert_eq!(save("off", "0").await.status, 200);
    assert_eq!(manager.opens("/admin/partners").await.status, 200);
    assert_eq!(ADMINS.calls(&manager, "confirm", &[("current", PASSWORD)]).await.status, 200);
    assert_eq!(ADMINS.calls(&manager, "two-factor-begin", &[]).await.status, 404, "nobody sets it up any more");
    let half = ADMINS.password(&world.visitor(), ADMIN).await;
    assert!(half.location().starts_with("/admin/login/code"), "whoever has it keeps it");
}

#[tokio::test]
async fn a_lost_app_is_reset_by_admins_and_at_the_command_line() {
    let world = World::new().await;
    let (nora, admin, manager) =
        (world.logged_in(OWNER).await, world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await);
    set_up(&world, PARTNER, &nora).await;
    set_up(&world, ADMINS, &admin).await;
    set_up(&world, ADMINS, &manager).await;
    let (partner, contoso, user) =
        (world.northwind.to_string(), world.contoso.to_string(), world.user(OWNER).await.to_string());
    let reset = async |browser: &Browser<'_>, partner: &str| {
        let fields = [("partner", partner), ("user", &user)];
        browser.calls("/fn/admin/partners/reset-two-factor", form(&fields)).await.status
    };
    assert_eq!(reset(&manager, &contoso).await, 404, "not through another partner");
    assert!(manager.opens(&format!("/admin/partners/{partner}/users")).await.body.contains("Turn two-factor"));
    world.mails().await;
    assert_eq!(reset(&manager, &partner).await, 200);
    assert_eq!(reset(&manager, &partner).await, 409, "it is off");
    let mails = world.mails().await;
    assert!(mails.iter().any(|mail| mail.to == OWNER && mail.text.contains("who manages your access")), "{mails:?}");
    assert!(nora.opens(LEADS).await.leads_to_login());
    assert_eq!(PARTNER.password(&world.visitor(), OWNER).await.location(), "/partner");

    let id = async |email: &str| world.admin_id(email).await.to_string();
    let reset = async |browser: &Browser<'_>, id: &str| {
        browser.calls("/fn/admin/admins/reset-two-factor", form(&[("id", id)])).await
    };
    assert_eq!(reset(&manager, &id(ADMIN).await).await.status, 403, "owners alone");
    assert_eq!(wrong_fields(&reset(&admin, &id(ADMIN).await).await), ["id"], "nobody for themselves");
    assert_eq!(reset(&admin, &id(MANAGER).await).await.status, 200);
    assert_eq!(world.events(AuditAction::TwoFactorOff).await.len(), 2);

    // For the last owner there is the command line.
    let by_operator = async |kind: UserKind, email: &str| {
        let mut tx = world.db.begin_write().await.unwrap();
        let whose = (world.account, kind);
        let email = Email::parse(email).unwrap();
        let was_on = services::admins::reset_two_factor_unscoped(&mut tx, whose, &email).await;
        tx.commit().await.unwrap();
        was_on
    };
    assert!(by_operator(UserKind::Partner, ADMIN).await.is_err(), "another login of that address");
    assert!(by_operator(UserKind::Admin, ADMIN).await.unwrap());
    assert!(!by_operator(UserKind::Admin, ADMIN).await.unwrap(), "off already");
    assert!(admin.opens("/admin").await.leads_to_login());
    assert_eq!(ADMINS.password(&world.visitor(), ADMIN).await.location(), "/admin");
}
