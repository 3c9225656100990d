//! Nobody gets in by a route that was forgotten: the routes are taken from where the router takes them, so that a new
//! one without a guard, or without a line in the tables here, fails these tests.

use app::{
    access::{Mark, PUBLIC_PAGES, marked},
    error::AppError,
};
use axum::http::Method;
use domain::leads::{LeadListQuery, LeadStatus};
use portal_server::router;
use serde_json::json;

use crate::{
    browser::{Answer, Browser, HOST, form, json},
    tables::{
        ROLES, SOME_ID, Things, admin_call, admin_opened, call, filled, is_admin_path, is_open, opened, pages,
        server_functions,
    },
    world::{LEADS, OWNER, PASSWORD, STRANGER, World},
};

/// A page holds partner data unless it is listed as public. Its visitor is taken to the login, never to an error.
#[tokio::test]
async fn a_visitor_finds_every_page_closed_but_the_listed_ones() {
    let world = World::new().await;
    let visitor = world.visitor();
    for page in pages() {
        let path = filled(&page, SOME_ID);
        for answer in [visitor.opens(&path).await, visitor.fetches(&path).await] {
            if is_open(&page) {
                let expected = if is_admin_path(&page) { admin_opened(&page)[0] } else { opened(&page)[0] };
                assert_eq!(answer.status, expected, "{page} is listed as open");
            } else {
                assert!(
                    answer.leads_to_login(),
                    "{page} answers {}: it is neither guarded nor listed as open",
                    answer.status
                );
            }
            assert!(!answer.body.contains("Ada Lovelace"), "{page}");
        }
    }
}

/// A server function is an address like any other: whoever finds it can call it.
#[tokio::test]
async fn a_visitor_can_call_no_server_function_but_the_listed_ones() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await;
    for (path, method) in server_functions() {
        assert_eq!(method, Method::POST, "{path}: a function that GET can call is one that a link can call");
        let (body, expected) = if is_admin_path(path) {
            let (body, expected) = admin_call(path, &Things::of(&world));
            (body, expected[0])
        } else {
            let (body, expected) = call(path, &lead.to_string());
            (body, expected[0])
        };
        let answer = world.visitor().calls(path, body).await;
        let said = serde_json::from_str::<AppError>(&answer.body).ok();
        if is_open(path) {
            assert_eq!(answer.status, expected, "{path} is listed as open, so it runs");
            assert_ne!(said, Some(AppError::Unauthenticated), "{path}");
        } else {
            assert_eq!((answer.status, said), (401, Some(AppError::Unauthenticated)), "{path}");
        }
        assert!(!answer.body.contains("Ada Lovelace"), "{path}");
    }
    assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::New, "nothing was changed");
}

/// A page that stays open while its session ends calls a server function. Its WebAssembly can lead back to the login
/// only if it can read the answer; anything but the error's JSON it would take for a broken connection.
#[tokio::test]
async fn an_open_page_understands_that_its_session_has_ended() {
    let world = World::new().await;
    let answer = world.visitor().calls("/fn/leads/list", json(&json!({ "query": LeadListQuery::default() }))).await;
    assert_eq!(
        serde_json::from_str::<AppError>(&answer.body).ok(),
        Some(AppError::Unauthenticated),
        "{:?}",
        answer.body
    );
}

#[tokio::test]
async fn a_visitor_can_download_nothing() {
    let world = World::new().await;
    for pattern in router::download_paths() {
        let path = filled(pattern, SOME_ID);
        let answer = world.visitor().fetches(&path).await;
        assert_eq!((answer.status, answer.header("content-disposition")), (401, ""), "{pattern}");
        assert!(world.visitor().opens(&path).await.leads_to_login(), "{pattern}: a link to it leads to the login");
    }
}

/// Routers are built while pages are rendered, here by the tests, elsewhere by nobody: neither may stop the other. (Leptos
/// switches the loading of data off in the whole process while it lists the routes.)
#[tokio::test]
async fn pages_do_not_wait_for_a_router_that_is_being_built() {
    let world = World::new().await;
    let owner = world.logged_in(OWNER).await;
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let building = std::thread::spawn({
        let done = done.clone();
        move || {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(!router::pages().is_empty());
            }
        }
    });
    for _ in 0..30 {
        assert_eq!(owner.opens(LEADS).await.status, 200);
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    building.join().unwrap();
}

/// What is listed as open exists and says nothing: a stale line would open a route later.
#[tokio::test]
async fn what_is_listed_as_open_is_there_for_everybody() {
    let world = World::new().await;
    let visitor = world.visitor();
    for path in router::OPEN {
        let answer = visitor.opens(path).await;
        let expected = if *path == "/" { (303, "/partner/login") } else { (200, "") };
        assert_eq!((answer.status, answer.header("location")), expected, "{path}");
    }
    for path in PUBLIC_PAGES.iter().copied().chain(marked(Mark::Open)) {
        let known =
            pages().iter().any(|page| *page == path) || server_functions().iter().any(|(known, _)| *known == path);
        assert!(known, "{path} is public, but no route answers to it");
    }
    assert_eq!(world.logged_in(OWNER).await.opens("/").await.header("location"), "/partner");
}

/// Being logged in is not enough. Each function is called by each role with a body it would accept.
#[tokio::test]
async fn every_server_function_answers_each_role_as_the_table_says() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    for (path, _) in server_functions().into_iter().filter(|(path, _)| !is_admin_path(path)) {
        let (body, expected) = call(path, &lead);
        for (email, status) in ROLES.into_iter().zip(expected) {
            let answer = world.logged_in(email).await.calls(path, body.clone()).await;
            assert_eq!(answer.status, status, "{email} calls {path}: {}", answer.body);
        }
    }
}

/// A page out of reach answers with its status and says so; it neither hides nor shows half of itself.
#[tokio::test]
async fn every_page_and_download_answers_each_role_as_the_table_says() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    for email in ROLES {
        let browser = world.logged_in(email).await;
        let role = ROLES.iter().position(|role| *role == email).unwrap();
        let all = pages().into_iter().chain(router::download_paths().into_iter().map(ToOwned::to_owned));
        for pattern in all.filter(|pattern| !is_admin_path(pattern)) {
            let answer = browser.opens(&filled(&pattern, &lead)).await;
            assert_eq!(answer.status, opened(&pattern)[role], "{email} opens {pattern}");
            if answer.status == 403 {
                assert!(
                    !answer.body.contains("Ada Lovelace") && answer.body.contains("You may not"),
                    "{email} at {pattern}"
                );
            }
        }
    }
}

/// Spelling an address otherwise must not lead around the guard.
#[tokio::test]
async fn no_spelling_of_an_address_goes_around_the_guard() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await;
    for path in [
        "//partner/leads".to_owned(),
        "/partner//leads".to_owned(),
        "/partner/leads/".to_owned(),
        "/PARTNER/leads".to_owned(),
        "/%70artner/leads".to_owned(),
        "/partner%2Fleads".to_owned(),
        "/partner/login/../leads".to_owned(),
        "/x/../partner/leads".to_owned(),
        format!("//partner/leads/{lead}"),
        format!("/%70artner/leads/{lead}"),
        "/partner/leads/export%2Ecsv".to_owned(),
        "//partner/leads/export.csv".to_owned(),
    ] {
        for answer in [world.visitor().opens(&path).await, world.visitor().fetches(&path).await] {
            // Beyond the guard a page without a session redirects too; a script is told where by the header alone.
            let turned_away =
                answer.header("location").starts_with("/partner/login") || [401, 404].contains(&answer.status);
            assert!(turned_away && !answer.body.contains("Lovelace"), "{path}: {}", answer.status);
        }
    }
    assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::New);
}

/// Sends a form with these headers alone to say where it comes from.
async fn post(browser: &Browser<'_>, path: &str, body: &(&str, String), headers: &[(&str, &str)]) -> Answer {
    let mut request = browser.request(Method::POST, path).header("accept", "text/html").header("content-type", body.0);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.sends(request.body(body.1.clone().into()).unwrap()).await
}

/// The browser says where a request comes from. One that another site's page made, or that does not say, changes
/// nothing: not even whose session this browser has.
#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await;
    let foreign: [&[(&str, &str)]; 7] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://portal.example")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://portal.example")],
        &[("origin", "null")],
    ];
    let login = form(&[("email", STRANGER), ("password", PASSWORD)]);
    let review = form(&[("id", &lead.to_string()), ("decision", "accept")]);
    for headers in foreign {
        for (path, body) in [("/fn/auth/login", &login), ("/fn/leads/review", &review)] {
            let answer = post(&nora, path, body, headers).await;
            assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{path} with {headers:?}");
        }
    }
    assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::New);
    let answer = post(&nora, "/fn/leads/review", &review, &[("origin", &format!("https://{HOST}"))]).await;
    assert!(answer.status < 400, "the portal's own page may: {}", answer.body);
    assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::Accepted);
}
