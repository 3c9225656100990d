//! Passkeys: made, used alone and beside a password, refused, removed.

use chrono::TimeDelta;
use domain::audit::AuditAction;
use serde_json::Value;

use crate::{
    account_recovery::wrong_fields,
    authenticator::{Device, PRESENT, VERIFIED},
    browser::{Answer, Browser, form},
    world::{ADMIN, LEADS, MANAGER, MEMBER, OWNER, PASSWORD, STRANGER, World},
};

#[derive(Clone, Copy)]
struct Area {
    functions: &'static str,
    pages: &'static str,
    cookie: &'static str,
}

const PARTNER: Area = Area { functions: "/fn/auth", pages: "/partner", cookie: "portal-partner" };
const ADMINS: Area = Area { functions: "/fn/admin/auth", pages: "/admin", cookie: "portal-admin" };

impl Area {
    async fn calls(self, browser: &Browser<'_>, function: &str, fields: &[(&str, &str)]) -> Answer {
        browser.calls(&format!("{}/{function}", self.functions), form(fields)).await
    }

    /// What a browser is asked for a login, and the browser that keeps the question.
    async fn asks<'w>(self, browser: &Browser<'w>) -> (String, Browser<'w>) {
        let answer = self.calls(browser, "passkey-ask", &[]).await;
        let kept = answer.cookie_named(&format!("{}-passkey", self.cookie)).unwrap();
        assert!(kept.len() < 1_500, "a browser takes it: {}", kept.len());
        let cookies =
            [browser.cookie(), &kept].iter().filter(|one| !one.is_empty()).copied().collect::<Vec<_>>().join("; ");
        (serde_json::from_str(&answer.body).unwrap(), browser.with_cookie(&cookies))
    }

    async fn logs_in(self, browser: &Browser<'_>, device: &mut Device) -> Answer {
        let (options, asked) = self.asks(browser).await;
        self.calls(&asked, "passkey", &[("answer", &device.signs(&options))]).await
    }

    async fn in_session<'w>(self, world: &'w World, email: &str) -> Browser<'w> {
        if self.pages == "/admin" { world.logged_in_admin(email).await } else { world.logged_in(email).await }
    }

    /// A device that has a passkey of this session's user.
    async fn device(self, browser: &Browser<'_>, number: u8) -> Device {
        let mut device = Device::new(number);
        let answer = self.adds(browser, &mut device, "My phone").await;
        assert_eq!(
            (answer.status, answer.location()),
            (200, &*format!("{}/two-factor?done=passkey", self.pages)),
            "{}",
            answer.body
        );
        device
    }

    async fn adds(self, browser: &Browser<'_>, device: &mut Device, name: &str) -> Answer {
        let options: String = serde_json::from_str(&self.calls(browser, "passkey-begin", &[]).await.body).unwrap();
        let made = device.makes(&options);
        self.calls(browser, "passkey-add", &[("answer", &made), ("name", name)]).await
    }

    async fn state(self, browser: &Browser<'_>) -> Value {
        serde_json::from_str(&self.calls(browser, "two-factor", &[]).await.body).unwrap()
    }
}

#[tokio::test]
async fn a_passkey_is_the_whole_login_and_the_second_step_of_one() {
    let world = World::new().await;
    for (number, area, email, page) in [(1, PARTNER, OWNER, LEADS), (2, ADMINS, ADMIN, "/admin/partners")] {
        let (desk, elsewhere) = (area.in_session(&world, email).await, area.in_session(&world, email).await);
        world.mails().await;
        let mut device = area.device(&desk, number).await;
        let state = area.state(&desk).await;
        assert_eq!(
            (&state["on"], &state["has_app"], &state["passkeys"][0]["name"]),
            (&true.into(), &false.into(), &"My phone".into())
        );
        assert_eq!(state["codes"].as_array().unwrap().len(), 10, "for whoever loses the device");
        assert!(elsewhere.opens(page).await.leads_to_login(), "whoever was in by the password alone is out");
        assert!(
            world.mails().await.iter().any(|mail| mail.to == email && mail.subject().contains("A passkey was added"))
        );

        let alone = area.logs_in(&world.visitor(), &mut device).await;
        assert_eq!((alone.status, alone.location()), (200, area.pages), "{}", alone.body);
        let inside = world.visitor().with_cookie(&alone.cookie_named(area.cookie).unwrap());
        assert_eq!(inside.opens(page).await.status, 200);
        assert!(world.mails().await.iter().any(|mail| mail.to == email && mail.subject().contains("new browser")));

        let fields = [("email", email), ("password", PASSWORD), ("account", "acme"), ("next", page)];
        let half = area.calls(&world.visitor(), "login", &fields).await;
        let code_page = format!("{}/login/code?next={}&passkey=yes", area.pages, page.replace('/', "%2F"));
        assert_eq!(half.location(), code_page);
        let half = world.visitor().with_cookie(&half.cookie_named(&format!("{}-half-login", area.cookie)).unwrap());
        assert!(half.opens(&code_page).await.body.contains("Use a passkey"));
        let (options, half) = area.asks(&half).await;
        let fields = [("answer", &*device.signs(&options)), ("second", "yes"), ("remember", "yes"), ("next", page)];
        let answer = area.calls(&half, "passkey", &fields).await;
        assert_eq!((answer.status, answer.location()), (200, page), "{}", answer.body);
        assert!(answer.cookie_named(area.cookie).is_some());
        let remembered = answer.cookie_named(&format!("{}-two-factor-device", area.cookie)).unwrap();
        let fields = [("email", email), ("password", PASSWORD), ("account", "acme")];
        let again = area.calls(&world.visitor().with_cookie(&remembered), "login", &fields).await;
        assert_eq!(again.location(), area.pages, "this browser is remembered");
    }
    assert_eq!(world.events(AuditAction::PasskeyAdded).await.len(), 2);
    let logins = world.events(AuditAction::Login).await;
    assert_eq!(logins.iter().filter(|event| format!("{event:?}").contains("passkey")).count(), 4);
}

#[tokio::test]
async fn what_is_not_a_good_answer_is_refused() {
    let world = World::new().await;
    let device = PARTNER.device(&world.logged_in(OWNER).await, 1).await;
    let stranger = PARTNER.device(&world.logged_in(STRANGER).await, 2).await;
    let refused = async |why: &str, signs: &dyn Fn(&str) -> String| {
        let (options, asked) = PARTNER.asks(&world.visitor().at([192, 0, 2, 1])).await;
        let answer = PARTNER.calls(&asked, "passkey", &[("answer", &signs(&options))]).await;
        assert_eq!(wrong_fields(&answer), ["answer"], "{why}");
        assert!(answer.cookie_named("portal-partner").is_none(), "{why}");
    };
    let with = |change: fn(&mut Device)| {
        let mut device = device.clone();
        change(&mut device);
        move |options: &str| device.clone().signs(options)
    };
    refused("another portal's address", &with(|device| device.origin = "https://portal.example.evil".into())).await;
    refused("another account's address", &with(|device| device.origin = "https://other.portal.example".into())).await;
    refused("over no TLS", &with(|device| device.origin = "http://portal.example".into())).await;
    refused("nobody proved to the device who it is", &with(|device| device.flags = PRESENT)).await;
    refused("a passkey nobody has", &with(|device| device.id = vec![9; 16])).await;
    refused("no user", &with(|device| device.user = String::new())).await;
    let (strangers, own) = (stranger.user.clone(), device.clone());
    refused("a passkey in another user's name", &move |options| {
        Device { user: strangers.clone(), ..own.clone() }.signs(options)
    })
    .await;
    let (id, user, other) = (device.id.clone(), device.user.clone(), stranger.clone());
    refused("signed by another device", &move |options| {
        Device { id: id.clone(), user: user.clone(), ..other.clone() }.signs(options)
    })
    .await;
    let earlier = PARTNER.asks(&world.visitor()).await.0;
    let own = device.clone();
    refused("an answer to another question", &move |_| own.clone().signs(&earlier)).await;
    refused("nothing", &|_| String::new()).await;
    refused("nonsense", &|_| "{\"id\":1}".into()).await;
    refused("too much", &|_| "x".repeat(200_000)).await;
    let failures = world.events(AuditAction::Login).await;
    let failures = failures.iter().filter(|event| event.result == "failure").count();
    assert!(failures >= 5, "{failures}");

    // Without the question, with one of the admins', and too late.
    let (options, _) = PARTNER.asks(&world.visitor()).await;
    let answer = device.clone().signs(&options);
    assert_eq!(wrong_fields(&PARTNER.calls(&world.visitor(), "passkey", &[("answer", &answer)]).await), ["answer"]);
    let (options, asked) = ADMINS.asks(&world.visitor()).await;
    let fields = [("answer", &*device.clone().signs(&options))];
    let kept = asked.cookie().replace("portal-admin-passkey", "portal-partner-passkey");
    assert_eq!(wrong_fields(&PARTNER.calls(&world.visitor().with_cookie(&kept), "passkey", &fields).await), ["answer"]);
    assert_eq!(wrong_fields(&ADMINS.calls(&asked, "passkey", &fields).await), ["answer"], "no admin");
    let (options, asked) = PARTNER.asks(&world.visitor()).await;
    world.clock.advance(TimeDelta::minutes(10));
    let fields = [("answer", &*device.clone().signs(&options))];
    assert_eq!(wrong_fields(&PARTNER.calls(&asked, "passkey", &fields).await), ["answer"], "too late");
    let mut device = Device { counter: 1, ..device.clone() };
    assert_eq!(PARTNER.logs_in(&world.visitor(), &mut device).await.status, 200, "and this one is good");
}

#[tokio::test]
async fn a_question_is_answered_once_and_a_copy_is_noticed() {
    let world = World::new().await;
    let mut device = PARTNER.device(&world.logged_in(OWNER).await, 1).await;
    let mut copy = device.clone();
    let (options, asked) = PARTNER.asks(&world.visitor()).await;
    let answer = device.signs(&options);
    let fields = [("answer", &*answer)];
    let answers = futures::future::join_all((0..3).map(|_| PARTNER.calls(&asked, "passkey", &fields))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.cookie_named("portal-partner").is_some()).count(),
        1,
        "{answers:?}"
    );
    assert_eq!(wrong_fields(&PARTNER.calls(&asked, "passkey", &fields).await), ["answer"], "nor later");
    assert_eq!(PARTNER.logs_in(&world.visitor(), &mut device).await.status, 200);
    // The copy has signed less often than the device itself.
    assert_eq!(wrong_fields(&PARTNER.logs_in(&world.visitor(), &mut copy).await), ["answer"]);
    // Questions alone leave nothing behind; answers are counted.
    for _ in 0..40 {
        PARTNER.asks(&world.visitor()).await;
    }
    let mut statuses = Vec::new();
    for _ in 0..31 {
        let (_, asked) = PARTNER.asks(&world.visitor().at([192, 0, 2, 7])).await;
        statuses.push(PARTNER.calls(&asked, "passkey", &[("answer", "x")]).await.status);
    }
    assert_eq!((statuses[29], statuses[30]), (422, 429));
}

#[tokio::test]
async fn the_second_step_and_the_confirmation_take_the_same_users_passkey() {
    let world = World::new().await;
    let (desk, other) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let (mut device, mut strangers) = (PARTNER.device(&desk, 1).await, PARTNER.device(&other, 2).await);
    let half = PARTNER.calls(&world.visitor(), "login", &[("email", OWNER), ("password", PASSWORD)]).await;
    let half = world.visitor().with_cookie(&half.cookie_named("portal-partner-half-login").unwrap());
    let (options, half) = PARTNER.asks(&half).await;
    let answer = PARTNER.calls(&half, "passkey", &[("answer", &strangers.signs(&options)), ("second", "yes")]).await;
    assert_eq!(wrong_fields(&answer), ["answer"]);
    assert!(answer.cookie_named("portal-partner").is_none());
    let (options, nobody) = PARTNER.asks(&world.visitor()).await;
    let fields = [("answer", &*strangers.signs(&options)), ("second", "yes")];
    assert!(
        PARTNER.calls(&nobody, "passkey", &fields).await.location().starts_with("/partner/login?"),
        "no password before"
    );

    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!(
        PARTNER.calls(&desk, "passkey-begin", &[]).await.status,
        403,
        "a passkey is added by whoever proves who it is"
    );
    let page = desk.opens("/partner/confirm?next=%2Fpartner%2Ftwo-factor").await;
    assert!(page.body.contains("Use a passkey"), "{}", page.body);
    for (device, good) in [(&mut strangers, false), (&mut device, true)] {
        let (options, asked) = PARTNER.asks(&desk).await;
        let fields = [("answer", &*device.signs(&options)), ("next", "/partner/two-factor")];
        let answer = PARTNER.calls(&asked, "passkey-confirm", &fields).await;
        if good {
            assert_eq!((answer.status, answer.location()), (200, "/partner/two-factor"), "{}", answer.body);
        } else {
            assert_eq!(wrong_fields(&answer), ["answer"]);
        }
    }
    assert_eq!(PARTNER.calls(&desk, "passkey-begin", &[]).await.status, 200);
}

#[tokio::test]
async fn a_passkey_is_made_in_one_session_for_one_user() {
    let world = World::new().await;
    let (desk, stranger) = (world.logged_in(OWNER).await, world.logged_in(STRANGER).await);
    let mut device = Device::new(1);
    let options: String = serde_json::from_str(&PARTNER.calls(&desk, "passkey-begin", &[]).await.body).unwrap();
    let made = device.makes(&options);
    let elsewhere = world.logged_in(OWNER).await;
    for other in [&elsewhere, &stranger] {
        assert_eq!(wrong_fields(&PARTNER.calls(other, "passkey-add", &[("answer", &made)]).await), ["answer"]);
    }
    let long = "x".repeat(61);
    assert_eq!(
        wrong_fields(&PARTNER.calls(&desk, "passkey-add", &[("answer", &made), ("name", &long)]).await),
        ["name"]
    );
    assert_eq!(PARTNER.calls(&desk, "passkey-add", &[("answer", &made)]).await.status, 200);
    assert_eq!(wrong_fields(&PARTNER.calls(&desk, "passkey-add", &[("answer", &made)]).await), ["answer"], "once");
    let name = PARTNER.state(&desk).await["passkeys"][0]["name"].clone();
    assert!(!name.as_str().unwrap().is_empty(), "without a name it has the browser's");
    // The same device cannot have it for two, nor twice.
    let mut same = Device::new(1);
    assert_eq!(wrong_fields(&PARTNER.adds(&stranger, &mut same, "Mine").await), ["answer"]);
    let not_verified = &mut Device { flags: PRESENT, ..Device::new(3) };
    assert_eq!(wrong_fields(&PARTNER.adds(&stranger, not_verified, "Mine").await), ["answer"]);
    let elsewhere = &mut Device { origin: "https://evil.portal.example".into(), ..Device::new(4) };
    assert_eq!(wrong_fields(&PARTNER.adds(&stranger, elsewhere, "Mine").await), ["answer"]);
    let good = &mut Device { flags: VERIFIED, origin: "https://acme.portal.example".into(), ..Device::new(5) };
    assert_eq!(PARTNER.adds(&stranger, good, "Mine").await.status, 200);
    for number in 6..15 {
        PARTNER.device(&stranger, number).await;
    }
    assert_eq!(PARTNER.calls(&stranger, "passkey-begin", &[]).await.status, 422, "ten are enough");
}

#[tokio::test]
async fn passkeys_are_removed_by_their_user_and_by_whoever_resets_the_login() {
    let world = World::new().await;
    let (desk, manager) = (world.logged_in(MEMBER).await, world.logged_in_admin(MANAGER).await);
    let mut first = PARTNER.device(&desk, 1).await;
    world.clock.advance(TimeDelta::seconds(1));
    let mut second = PARTNER.device(&desk, 2).await;
    let id = async |row: usize| PARTNER.state(&desk).await["passkeys"][row]["id"].as_str().unwrap().to_owned();
    let foreign = PARTNER.calls(&world.logged_in(OWNER).await, "passkey-remove", &[("id", &id(0).await)]).await;
    assert_eq!(foreign.status, 404);
    assert_eq!(
        PARTNER.calls(&desk, "passkey-remove", &[("id", &id(0).await)]).await.location(),
        "/partner/two-factor?done=passkey-removed"
    );
    assert_eq!(wrong_fields(&PARTNER.logs_in(&world.visitor(), &mut first).await), ["answer"]);
    assert_eq!(PARTNER.logs_in(&world.visitor(), &mut second).await.status, 200);
    let rule = [("policy", "all"), ("grace", "0")];
    let owner = world.logged_in_admin(ADMIN).await;
    ADMINS.device(&owner, 7).await;
    assert_eq!(owner.calls("/fn/admin/settings/save-two-factor", form(&rule)).await.status, 200);
    assert_eq!(
        wrong_fields(&PARTNER.calls(&desk, "passkey-remove", &[("id", &id(0).await)]).await),
        ["id"],
        "it must have one"
    );
    assert_eq!(desk.opens(LEADS).await.status, 200, "a passkey is what the rule asks for");
    let (partner, user) = (world.northwind.to_string(), world.user(MEMBER).await.to_string());
    let fields = [("partner", &*partner), ("user", &*user)];
    ADMINS.device(&manager, 8).await;
    let reset = manager.calls("/fn/admin/partners/reset-two-factor", form(&fields)).await;
    assert_eq!(reset.status, 200, "{}", reset.body);
    assert_eq!(wrong_fields(&PARTNER.logs_in(&world.visitor(), &mut second).await), ["answer"], "all of them are gone");

    let rule = [("policy", "offered"), ("grace", "0")];
    assert_eq!(owner.calls("/fn/admin/settings/save-two-factor", form(&rule)).await.status, 200);
    let desk = world.logged_in(MEMBER).await;
    let mut last = PARTNER.device(&desk, 3).await;
    let id = PARTNER.state(&desk).await["passkeys"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(PARTNER.calls(&desk, "passkey-remove", &[("id", &id)]).await.status, 200);
    let state = PARTNER.state(&desk).await;
    assert_eq!((&state["on"], &state["codes_left"]), (&false.into(), &0.into()), "with the last one all is off");
    assert_eq!(wrong_fields(&PARTNER.logs_in(&world.visitor(), &mut last).await), ["answer"]);
    assert_eq!(world.logged_in(MEMBER).await.opens(LEADS).await.status, 200, "the password is enough again");
}
