//! A session ends when its user says so, when anything in the way is switched off, and when its time is over.

use app::ui::UNATTENDED;
use axum::{body::Body, http::Method};
use chrono::TimeDelta;
use domain::{audit::AuditAction, leads::LeadListQuery};
use serde_json::json;

use crate::{
    browser::{Browser, form, json},
    world::{LEADS, MEMBER, OWNER, STRANGER, Switch, World},
};

/// Whether the session is open, asked by page, function and download alike: all three must agree.
async fn is_open(browser: &Browser<'_>) -> bool {
    let page = browser.opens(LEADS).await;
    let function = browser.calls("/fn/leads/list", json(&json!({ "query": LeadListQuery::default() }))).await;
    let download = browser.fetches("/partner/leads/export.csv").await;
    let open = page.status == 200;
    assert_eq!(open, !page.leads_to_login());
    assert_eq!((function.status, download.status), if open { (200, 200) } else { (401, 401) });
    open
}

/// Logging out ends the session itself, not only the browser's memory of it: a copied cookie is worth nothing.
#[tokio::test]
async fn logging_out_ends_this_session_and_no_other() {
    let world = World::new().await;
    let (phone, laptop) = (world.logged_in(OWNER).await, world.logged_in(OWNER).await);
    let answer = phone.calls("/fn/auth/logout", form(&[])).await;
    assert_eq!((answer.status, answer.header("location")), (200, "/partner/login"));
    assert_eq!(answer.cookie().as_deref(), Some("portal-partner="), "the browser forgets it too");
    assert!(!is_open(&phone).await && is_open(&laptop).await);
    assert_eq!(world.events(AuditAction::Logout).await.len(), 1);
    let answer = laptop.submits(LEADS, "/fn/auth/logout", &[]).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/partner/login"), "without WebAssembly as well");
    assert!(!is_open(&laptop).await);
}

/// Who is shut out is out at the next request, wherever they are logged in.
#[tokio::test]
async fn every_switch_ends_open_sessions_at_their_next_request() {
    for switch in Switch::ALL {
        let world = World::new().await;
        let (nora, colleague) = (world.logged_in(OWNER).await, world.logged_in(MEMBER).await);
        let stranger = world.logged_in(STRANGER).await;
        assert!(is_open(&nora).await && is_open(&colleague).await && is_open(&stranger).await);
        world.turn(switch, false).await;
        assert!(!is_open(&nora).await, "{switch:?}");
        assert_eq!(is_open(&colleague).await, matches!(switch, Switch::User), "{switch:?} ends what it is meant for");
        assert_eq!(is_open(&stranger).await, !matches!(switch, Switch::Portal), "{switch:?} leaves others alone");
    }
}

/// An ended session does not come back to life: whoever is let in again logs in again. A cookie copied before somebody
/// was shut out would otherwise work once they are back.
#[tokio::test]
async fn a_session_that_a_switch_has_ended_stays_ended() {
    for switch in Switch::ALL {
        let world = World::new().await;
        let nora = world.logged_in(OWNER).await;
        world.turn(switch, false).await;
        assert!(!is_open(&nora).await, "{switch:?}");
        world.turn(switch, true).await;
        assert!(!is_open(&nora).await, "{switch:?} is on again");
        assert!(is_open(&world.logged_in(OWNER).await).await);
    }
}

/// A browser left alone is logged out after two hours; one in use stays.
#[tokio::test]
async fn an_idle_session_ends() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    for _ in 0..3 {
        world.clock.advance(TimeDelta::minutes(119));
        assert!(is_open(&nora).await);
    }
    world.clock.advance(TimeDelta::minutes(120));
    assert!(!is_open(&nora).await);
}

/// What an open page asks by itself keeps nobody logged in who has gone away.
#[tokio::test]
async fn an_open_page_alone_is_no_use_of_a_session() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let total = async || {
        let asked = nora.request(Method::POST, "/fn/leads/total").header("sec-fetch-site", "same-origin");
        nora.sends(asked.header(UNATTENDED, "true").body(Body::empty()).unwrap()).await.status
    };
    for _ in 0..3 {
        world.clock.advance(TimeDelta::minutes(39));
        assert_eq!(total().await, 200);
    }
    world.clock.advance(TimeDelta::minutes(3));
    assert_eq!(total().await, 401, "two hours without anybody");
    assert!(!is_open(&nora).await);
}

/// Use keeps a session open for a day, not for ever: a stolen cookie that is used all the time ends too.
#[tokio::test]
async fn a_session_in_use_ends_after_a_day() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    for hour in 1..24 {
        world.clock.advance(TimeDelta::hours(1));
        assert!(is_open(&nora).await, "after {hour} h");
    }
    world.clock.advance(TimeDelta::hours(1));
    assert!(!is_open(&nora).await);
}

/// A cookie that is no id, or nobody's, is the same as none; it breaks nothing.
#[tokio::test]
async fn a_made_up_cookie_opens_nothing() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let half = &nora.cookie()[..nora.cookie().len() - 1];
    for cookie in [
        "portal-partner=", "portal-partner=1", "portal-partner=AAAAAAAAAAAAAAAAAAAAAA", "portal-partner=' OR 1=1",
        "x=y", half,
    ] {
        assert!(!is_open(&world.visitor().with_cookie(cookie)).await, "{cookie}");
    }
    let other_name = nora.cookie().replace("portal-partner", "__Host-portal-partner");
    assert!(!is_open(&world.visitor().with_cookie(&other_name)).await, "the name counts");
    assert!(is_open(&nora).await);
}
