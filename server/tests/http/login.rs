//! Logging in: what it takes, what a failure gives away (nothing), and how many tries there are.

use chrono::TimeDelta;
use domain::audit::AuditAction;

use crate::world::{LEADS, OWNER, PASSWORD, STRANGER, Switch, World};

const WRONG: &str = "twelve-lazy-otters";
const LOGIN: &str = "/fn/auth/login";

/// The cookie is out of reach for scripts and other sites, and lasts no longer than the browser.
#[tokio::test]
async fn the_right_password_sets_a_cookie_that_scripts_cannot_read() {
    let world = World::new().await;
    let answer = world.visitor().tries(OWNER, PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (200, "/partner"));
    let cookie: Vec<&str> = answer.header("set-cookie").split("; ").collect();
    assert!(cookie[0].starts_with("portal-partner="), "{cookie:?}");
    assert!(["HttpOnly", "SameSite=Lax", "Path=/"].iter().all(|part| cookie.contains(part)), "{cookie:?}");
    let lasts = |part: &&str| ["Max-Age", "Expires", "Domain"].iter().any(|name| part.starts_with(name));
    assert!(!cookie.iter().any(lasts), "{cookie:?}");
    let nora = world.visitor().with_cookie(cookie[0]);
    assert_eq!(nora.opens(LEADS).await.status, 200);
}

/// `__Host-` makes browsers refuse the cookie unless it came over HTTPS from this very host, so that no neighbouring
/// host can plant one.
#[tokio::test]
async fn in_production_the_cookie_is_bound_to_the_host_and_to_https() {
    let world = World::in_production().await;
    let answer = world.visitor().tries(OWNER, PASSWORD).await;
    let cookie: Vec<&str> = answer.header("set-cookie").split("; ").collect();
    assert!(cookie[0].starts_with("__Host-portal-partner="), "{cookie:?}");
    assert!(["HttpOnly", "SameSite=Lax", "Secure", "Path=/"].iter().all(|part| cookie.contains(part)), "{cookie:?}");
    assert!(!cookie.iter().any(|part| part.starts_with("Domain")), "{cookie:?}");
    assert_eq!(world.logged_in(OWNER).await.opens(LEADS).await.status, 200);
}

/// Somebody who can plant a cookie in another's browser must not know the session that begins there: neither by an
/// invented id, nor by one of their own session, nor by one of the same person's earlier session.
#[tokio::test]
async fn every_login_begins_a_session_with_a_new_id() {
    let world = World::new().await;
    let invented = world.visitor().with_cookie("portal-partner=AAAAAAAAAAAAAAAAAAAAAA");
    let strangers = world.logged_in(STRANGER).await;
    let earlier = world.logged_in(OWNER).await;
    for planted in [invented, strangers, earlier] {
        let answer = planted.tries(OWNER, PASSWORD).await;
        let cookie = answer.cookie().unwrap();
        assert_ne!(cookie, planted.cookie(), "the planted id did not become the session's");
        assert_eq!(planted.with_cookie(&cookie).opens(LEADS).await.status, 200);
        assert!(planted.opens(LEADS).await.leads_to_login(), "the planted id opens nothing");
    }
}

/// Whoever guesses learns nothing from a failure: not whether the address is known, not whether the password was
/// right, not what is switched off. Not even a header differs.
#[tokio::test]
async fn every_failed_login_gets_the_same_answer() {
    let world = World::new().await;
    let visitor = world.visitor();
    let expected = visitor.tries(OWNER, WRONG).await;
    assert_eq!((expected.status, expected.body.as_str(), expected.header("set-cookie")), (401, "\"LoginFailed\"", ""));
    for (email, password) in
        [("nobody@northwind.example", PASSWORD), ("not an address", PASSWORD), ("", ""), (OWNER, "")]
    {
        assert_eq!(visitor.tries(email, password).await, expected, "{email:?} with {password:?}");
    }
    for switch in Switch::ALL {
        world.clock.advance(TimeDelta::minutes(16));
        world.turn(switch, false).await;
        assert_eq!(visitor.tries(OWNER, PASSWORD).await, expected, "{switch:?} is off, the password right");
        assert_eq!(visitor.tries(OWNER, WRONG).await, expected, "{switch:?} is off, the password wrong");
        world.turn(switch, true).await;
    }
    assert_eq!(visitor.tries(OWNER, PASSWORD).await.status, 200);
}

/// The audit log is read by many: it names the user by id, and holds nothing anybody typed.
#[tokio::test]
async fn logins_and_failed_logins_are_audited_without_what_was_typed() {
    let world = World::new().await;
    world.visitor().tries(OWNER, PASSWORD).await;
    world.visitor().tries(OWNER, WRONG).await;
    world.visitor().tries("nobody@northwind.example", WRONG).await;
    let events = world.events(AuditAction::Login).await;
    let count = |result: &str, known: bool| {
        events.iter().filter(|event| event.result == result && event.object_id.is_some() == known).count()
    };
    assert_eq!((count("success", true), count("failure", true), count("failure", false)), (1, 1, 1), "{events:?}");
    for event in &events {
        assert_eq!((event.address.as_str(), event.object_kind.as_str()), ("203.0.113.7", "user"));
        let kept = format!("{event:?}").to_lowercase();
        for typed in ["northwind.example", "otters"] {
            assert!(!kept.contains(typed), "{kept}");
        }
    }
}

/// Without WebAssembly the browser follows a redirect back to the form, which says what went wrong, and of course
/// carries neither address nor password in its URL.
#[tokio::test]
async fn without_webassembly_a_failed_login_comes_back_to_the_form() {
    let world = World::new().await;
    let visitor = world.visitor();
    let here = "/partner/login?next=%2Fpartner%2Fleads%3Fq%3Dada";
    let fields = [("email", OWNER), ("password", WRONG), ("account", ""), ("next", "/partner/leads?q=ada")];
    let answer = visitor.submits(here, LOGIN, &fields).await;
    assert_eq!((answer.status, answer.location()), (302, here));
    let page = visitor.goes_back(&answer).await;
    assert!(
        page.body.contains(&format!("value=\"{OWNER}\"")) && !page.body.contains(WRONG),
        "the address is kept, the password not"
    );
    assert_eq!(page.status, 401);
    assert!(page.body.contains("do not match, or the access is switched off"));
    assert!(page.body.contains("/partner/leads?q=ada"), "the way on is kept");
}

/// A link to the login page may carry any error: it must not put its author's words on our page.
#[tokio::test]
async fn a_crafted_link_cannot_write_on_the_login_page() {
    let world = World::new().await;
    for error in
        [r#"{"Internal":"call 0900 12345 and say your password"}"#, r#"{"RateLimited":4294967295}"#, "nonsense"]
    {
        let link = format!("/partner/login?__path=%2Ffn%2Fauth%2Flogin&__err={}", base64(error));
        let answer = world.visitor().opens(&link).await;
        assert_eq!((answer.status, answer.location()), (303, "/partner/login"));
        let page = world.visitor().opens(answer.location()).await;
        assert!(!page.body.contains("0900") && page.body.contains("name=\"password\""), "{error}");
    }
}

/// URL-safe base64 (RFC 4648), as the framework writes errors into URLs.
fn base64(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let encoded = text.as_bytes().chunks(3).flat_map(|chunk| {
        let bits = (0..3).fold(0, |bits, place| (bits << 8) | u32::from(chunk.get(place).copied().unwrap_or(0)));
        (0..4).map(move |place| {
            let sign = SIGNS[((bits >> (18 - 6 * place)) & 63) as usize];
            if place > chunk.len() { "%3D".to_owned() } else { char::from(sign).to_string() }
        })
    });
    encoded.collect()
}

/// The way on leads into the partner area and nowhere else: a login page that leads to another site is a trap.
#[tokio::test]
async fn without_webassembly_a_login_goes_on_to_where_it_was_wanted() {
    let world = World::new().await;
    for (next, expected) in [
        ("", "/partner"),
        ("/partner/leads?q=ada", "/partner/leads?q=ada"),
        ("https://evil.example/partner", "/partner"),
        ("//evil.example", "/partner"),
        ("/partner\\@evil.example", "/partner"),
        ("/partner/login", "/partner"),
    ] {
        let fields = [("email", OWNER), ("password", PASSWORD), ("next", next)];
        let answer = world.visitor().submits("/partner/login", LOGIN, &fields).await;
        assert_eq!((answer.status, answer.header("location")), (302, expected), "{next}");
        let nora = world.visitor().with_cookie(&answer.cookie().unwrap());
        assert_eq!(nora.opens(LEADS).await.status, 200);
    }
}
