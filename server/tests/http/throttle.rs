//! How many tries to log in there are, and that nobody's failures shut somebody else out.

use chrono::TimeDelta;
use domain::audit::AuditAction;

use crate::{
    browser::{Answer, Browser, form},
    world::{ADMIN, MEMBER, OWNER, PASSWORD, STRANGER, World},
};

const WRONG: &str = "twelve-lazy-otters";
const LOGIN: &str = "/fn/auth/login";

fn seconds_to_wait(answer: &Answer) -> i64 {
    assert_eq!(answer.status, 429, "{}", answer.body);
    answer.header("retry-after").parse().unwrap()
}

/// Fails to log in under this name, so often.
async fn fails(browser: &Browser<'_>, email: &str, times: u8) {
    for time in 0..times {
        assert_eq!(browser.tries(email, WRONG).await.status, 401, "try {time} for {email}");
    }
}

/// The browser of somebody who logged in there and has logged out since.
async fn known_browser<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let answer = world.visitor().tries(email, PASSWORD).await;
    assert_eq!(answer.status, 200);
    world.visitor().with_cookie(answer.device().split(';').next().unwrap())
}

/// A person mistypes now and then, a machine guesses: after ten failures from one place even the right password has to wait
/// there. Everywhere else it opens.
#[tokio::test]
async fn failures_close_a_login_where_they_were_made() {
    let world = World::new().await;
    let visitor = world.visitor();
    fails(&visitor, OWNER, 10).await;
    let answer = visitor.tries(OWNER, PASSWORD).await;
    let wait = seconds_to_wait(&answer);
    assert!((1..=16 * 60).contains(&wait), "{wait}");
    assert_eq!((answer.header("set-cookie"), answer.device()), ("", ""));
    assert_eq!(visitor.at([198, 51, 100, 1]).tries(OWNER, PASSWORD).await.status, 200, "elsewhere it is open");
    assert_eq!(visitor.tries(STRANGER, PASSWORD).await.status, 200, "others are not held up");
    world.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(visitor.tries(OWNER, PASSWORD).await.status, 200);
}

/// What is refused in one place counts nowhere else: one machine cannot use up the tries of a name.
#[tokio::test]
async fn one_place_shuts_nobody_out_elsewhere() {
    let world = World::new().await;
    fails(&world.visitor(), OWNER, 10).await;
    for _ in 0..150 {
        assert_eq!(world.visitor().tries(OWNER, WRONG).await.status, 429);
    }
    assert_eq!(world.visitor().at([198, 51, 100, 1]).tries(OWNER, PASSWORD).await.status, 200);
}

/// An address nobody has is throttled alike, or the throttle would tell which ones exist.
#[tokio::test]
async fn unknown_people_have_to_wait_as_well() {
    let world = World::new().await;
    let (known, unknown) = (world.visitor(), world.visitor().at([198, 51, 100, 1]));
    fails(&known, OWNER, 10).await;
    fails(&unknown, "nobody@northwind.example", 10).await;
    let (known, unknown) = (known.tries(OWNER, WRONG).await, unknown.tries("nobody@northwind.example", WRONG).await);
    assert_eq!((known.status, known.body, known.headers), (429, unknown.body, unknown.headers));
}

/// The count is of the person, however address and account are written; otherwise it could be had anew at will.
#[tokio::test]
async fn another_spelling_is_no_new_count() {
    let world = World::new().await;
    for email in [OWNER, " owner@northwind.example", "OWNER@northwind.example", "Owner@Northwind.Example ", OWNER] {
        fails(&world.visitor(), email, 2).await;
    }
    seconds_to_wait(&world.visitor().tries(OWNER, PASSWORD).await);

    let world = World::new().await;
    let named = |account: &str| form(&[("email", OWNER), ("password", WRONG), ("account", account)]);
    for account in ["", "acme", " acme", "acme  ", "\tacme", "", "acme", " acme", "acme  ", "\tacme"] {
        assert_eq!(world.visitor().calls(LOGIN, named(account)).await.status, 401, "{account:?}");
    }
    seconds_to_wait(&world.visitor().tries(OWNER, PASSWORD).await);
}

/// Tries sent at the same moment count one by one: a burst gets no more of them than a patient guesser.
#[tokio::test]
async fn a_burst_of_tries_gets_no_more_of_them() {
    let world = World::new().await;
    let visitor = world.visitor();
    let tries: [_; 24] = std::array::from_fn(|_| visitor.tries(OWNER, WRONG));
    let answers = futures::future::join_all(tries).await;
    let heard = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(heard <= 10, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

/// Many names from one place are one guesser; an office that shares an address still has thirty tries.
#[tokio::test]
async fn one_network_address_has_thirty_tries() {
    let world = World::new().await;
    let visitor = world.visitor();
    for number in 0..30 {
        fails(&visitor, &format!("guess{number}@northwind.example"), 1).await;
    }
    seconds_to_wait(&visitor.tries(OWNER, PASSWORD).await);
    assert_eq!(visitor.at([198, 51, 100, 1]).tries(OWNER, PASSWORD).await.status, 200, "elsewhere it is open");
}

/// Whoever has an IPv6 network has as many addresses as they like, and a site as many networks: they are counted together.
#[tokio::test]
async fn networks_of_one_site_count_together() {
    let world = World::new().await;
    let at = |site: u16, network: u16, host: u16| world.visitor().at([0x2001, 0xdb8, site, network, 0, 0, 0, host]);
    for network in 0..4 {
        for number in 0..30 {
            fails(&at(1, network, number), &format!("guess{number}@northwind.example"), 1).await;
        }
        seconds_to_wait(&at(1, network, 99).tries(OWNER, PASSWORD).await);
    }
    seconds_to_wait(&at(1, 7, 1).tries(OWNER, PASSWORD).await);
    assert_eq!(at(2, 0, 1).tries(OWNER, PASSWORD).await.status, 200, "another site is another one");
}

/// A botnet that guesses one person's password from everywhere is stopped; the person gets in where they have logged in before and,
/// by a mailed link, anywhere else.
#[tokio::test]
async fn a_known_browser_stays_open_whatever_others_do() {
    let world = World::new().await;
    let known = known_browser(&world, OWNER).await;
    for place in 1..=10 {
        fails(&world.visitor().at([198, 51, 100, place]), OWNER, 10).await;
    }
    let fresh = world.visitor().at([198, 51, 100, 200]);
    seconds_to_wait(&fresh.tries(OWNER, PASSWORD).await);
    assert_eq!(fresh.tries(MEMBER, PASSWORD).await.status, 200, "nobody else is held up");
    for place in [7, 200] {
        assert_eq!(known.at([198, 51, 100, place]).tries(OWNER, PASSWORD).await.status, 200, "place {place}");
    }
    world.clock.advance(TimeDelta::minutes(61));
    assert_eq!(fresh.tries(OWNER, PASSWORD).await.status, 200, "an hour later the count begins anew");
}

/// A known browser has tries of its own, for the name it is known by; they are limited as well.
#[tokio::test]
async fn a_known_browser_has_tries_of_its_own() {
    let world = World::new().await;
    let known = known_browser(&world, OWNER).await;
    fails(&world.visitor(), OWNER, 10).await;
    fails(&known, OWNER, 10).await;
    seconds_to_wait(&known.tries(OWNER, PASSWORD).await);
    fails(&known, MEMBER, 10).await;
    seconds_to_wait(&known.tries(MEMBER, PASSWORD).await);
    let admin = form(&[("email", ADMIN), ("password", PASSWORD), ("account", "acme")]);
    assert_eq!(known.calls("/fn/admin/auth/login", admin).await.status, 200, "the other area counts for itself");
}

/// The cookie is for the portal alone, and says nothing to whoever reads it.
#[tokio::test]
async fn the_cookie_of_a_known_browser_is_sealed() {
    for (world, name) in [
        (World::new().await, "portal-partner-device="),
        (World::in_production().await, "__Host-portal-partner-device="),
    ] {
        let answer = world.visitor().tries(OWNER, PASSWORD).await;
        let cookie: Vec<&str> = answer.device().split("; ").collect();
        assert!(cookie[0].starts_with(name) && cookie[0].len() > 100, "{cookie:?}");
        assert!(["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"].iter().all(|part| cookie.contains(part)));
        assert_eq!(cookie.contains(&"Secure"), world.config.production, "{cookie:?}");
        assert_eq!(world.visitor().tries(OWNER, WRONG).await.device(), "", "a failure leaves none");
    }
}

async fn asks_for_link(browser: &Browser<'_>, email: &str) -> Answer {
    browser.calls("/fn/auth/forgot-password", form(&[("email", email)])).await
}

/// Whoever has forgotten a password is never told to wait for what somebody else did; no mailbox is filled for it.
#[tokio::test]
async fn the_way_back_is_never_closed() {
    let world = World::new().await;
    let first = asks_for_link(&world.visitor(), OWNER).await;
    for _ in 0..40 {
        for email in [OWNER, "nobody@northwind.example"] {
            let answer = asks_for_link(&world.visitor(), email).await;
            assert_eq!((answer.status, &answer.headers, &answer.body), (first.status, &first.headers, &first.body));
        }
    }
    assert_eq!(world.events(AuditAction::PasswordResetRequested).await.len(), 0, "nothing is looked up at once");
    world.mails().await;
    assert_eq!(world.events(AuditAction::PasswordResetRequested).await.len(), 5, "five in a quarter of an hour");
    world.clock.advance(TimeDelta::minutes(16));
    asks_for_link(&world.visitor(), OWNER).await;
    world.mails().await;
    assert_eq!(world.events(AuditAction::PasswordResetRequested).await.len(), 6);
}

/// Logins over the limit leave a trace, and not one each.
#[tokio::test]
async fn logins_over_the_limit_are_counted_in_the_audit_log() {
    let world = World::new().await;
    fails(&world.visitor(), OWNER, 10).await;
    for _ in 0..25 {
        assert_eq!(world.visitor().tries(OWNER, WRONG).await.status, 429);
    }
    let events = world.events(AuditAction::LoginThrottled).await;
    let told: Vec<_> = events.iter().map(|event| (event.detail.as_str(), event.result.as_str())).collect();
    let counts = [10, 3, 2, 1].map(|count| format!("{{\"count\":{count}}}"));
    assert_eq!(told, counts.each_ref().map(|count| (count.as_str(), "failure")), "the latest first");
    assert!(events.iter().all(|event| event.address == "203.0.113.7" && event.object_id.is_some()), "{events:?}");
    assert_eq!(world.events(AuditAction::Login).await.len(), 10);
}
