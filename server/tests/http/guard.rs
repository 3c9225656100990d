//! Nobody gets in by a door that was forgotten: the routes are taken from where the router takes them, so that a new
//! one without a guard, or without a line in the tables here, fails these tests.

use app::{access::PUBLIC_PATHS, error::AppError};
use axum::http::Method;
use domain::{
    invoices::InvoiceListQuery,
    leads::{LeadListQuery, LeadStatus},
};
use portal_server::router;
use serde_json::json;

use crate::{
    browser::{Answer, Browser, HOST, form, json},
    world::{FINANCE, LEADS, MEMBER, OWNER, PASSWORD, STRANGER, VIEWER, World},
};

const SOME_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Whose answers the tables list, in this order.
const ROLES: [&str; 4] = [OWNER, MEMBER, FINANCE, VIEWER];

fn server_functions() -> Vec<(&'static str, Method)> {
    let mut functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    functions.sort_by_key(|(path, _)| *path);
    assert!(
        functions.iter().any(|(path, _)| *path == "/fn/leads/review"),
        "the functions are linked in: {functions:?}"
    );
    functions
}

fn pages() -> Vec<String> {
    let pages: Vec<_> = router::pages().iter().map(|page| page.path().to_owned()).collect();
    assert!(pages.iter().any(|page| page == LEADS), "{pages:?}");
    pages
}

/// A path with something in the place of its parameters.
fn filled(pattern: &str, id: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with(['{', ':', '*']) { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn is_open(path: &str) -> bool {
    PUBLIC_PATHS.contains(&path) || router::OPEN.contains(&path)
}

/// A well-formed body for a server function, and how it answers each of [`ROLES`].
fn call(path: &str, lead: &str) -> ((&'static str, String), [u16; 4]) {
    let query = LeadListQuery::default();
    match path {
        "/fn/auth/login" => {
            (form(&[("email", "nobody@northwind.example"), ("password", "a wrong password")]), [401; 4])
        }
        "/fn/auth/logout" => (form(&[]), [200; 4]),
        "/fn/auth/viewer" => (form(&[]), [200; 4]),
        // Whoever they are, the proof these ask for is in the request, and here there is none.
        "/fn/auth/forgot-password" => (form(&[("email", "nobody@northwind.example")]), [200; 4]),
        "/fn/auth/reset-link" | "/fn/auth/invitation-link" | "/fn/auth/email-link" => (form(&[]), [410; 4]),
        "/fn/auth/reset-password" | "/fn/auth/accept-invitation" => {
            (form(&[("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]), [410; 4])
        }
        "/fn/auth/confirm-email" => (form(&[]), [410; 4]),
        "/fn/profile/contact" | "/fn/profile/security" => (form(&[]), [200; 4]),
        "/fn/profile/activity" => (form(&[("page", "1")]), [200; 4]),
        "/fn/profile/save-contact" => (form(&[("company", "Northwind")]), [200, 200, 200, 403]),
        "/fn/profile/delivery" => (form(&[]), [200, 200, 403, 403]),
        "/fn/profile/save-delivery" => (form(&[("email_mode", "off")]), [200, 200, 403, 403]),
        "/fn/profile/rotate-secret" => (form(&[]), [200, 200, 403, 403]),
        // Everybody may change their own password, with the current one.
        "/fn/profile/change-password" => (
            form(&[("current", "wrong"), ("password", "some-quiet-walruses"), ("repeat", "some-quiet-walruses")]),
            [422; 4],
        ),
        "/fn/profile/change-email" => (form(&[("current", "wrong"), ("new_email", "new@northwind.example")]), [422; 4]),
        "/fn/profile/end-other-sessions" => (form(&[]), [200; 4]),
        "/fn/users/list" => (form(&[]), [200, 403, 403, 403]),
        "/fn/users/invite" => {
            (form(&[("name", "Ida"), ("email", "ida@northwind.example"), ("role", "viewer")]), [200, 403, 403, 403])
        }
        "/fn/users/revoke" => (form(&[("id", SOME_ID)]), [404, 403, 403, 403]),
        "/fn/users/change" => (form(&[("id", SOME_ID), ("role", "viewer"), ("active", "yes")]), [404, 403, 403, 403]),
        "/fn/dashboard/load" => (form(&[]), [200; 4]),
        "/fn/invoices/get" => (json(&json!({ "id": SOME_ID })), [404, 404, 404, 403]),
        "/fn/invoices/list" => (json(&json!({ "query": InvoiceListQuery::default() })), [200, 200, 200, 403]),
        "/fn/leads/get" => (json(&json!({ "id": lead, "query": query })), [200, 200, 403, 200]),
        "/fn/leads/list" => (json(&json!({ "query": query })), [200, 200, 403, 200]),
        "/fn/leads/review" => (form(&[("id", lead), ("decision", "accept")]), [200, 200, 403, 403]),
        new => panic!("{new} has no line in this table: say who may call it"),
    }
}

/// How a page or download answers each of [`ROLES`].
fn opened(pattern: &str) -> [u16; 4] {
    match pattern {
        "/partner/login" | "/partner/forgot-password" => [200; 4],
        // Without the link that leads there.
        "/partner/reset-password" | "/partner/invite" | "/partner/confirm-email" => [410; 4],
        "/partner/profile" | "/partner/profile/security" | "/partner/profile/activity" => [200; 4],
        "/partner/profile/delivery" => [200, 200, 403, 403],
        "/partner/profile/users" => [200, 403, 403, 403],
        "/partner" => [200; 4],
        "/partner/invoices" => [200, 200, 200, 403],
        "/partner/invoices/{id}" | "/partner/invoices/{id}/pdf" | "/partner/invoices/{id}/csv" => [404, 404, 404, 403],
        "/partner/invoices/export.zip" => [404, 404, 404, 403],
        "/partner/leads" | "/partner/leads/{id}" => [200, 200, 403, 200],
        "/partner/leads/export.csv" => [200, 200, 403, 403],
        new => panic!("{new} has no line in this table: say who may open it"),
    }
}

/// A page holds partner data unless it is listed as public. Its visitor is taken to the login, never to an error.
#[tokio::test]
async fn a_visitor_finds_every_page_closed_but_the_listed_ones() {
    let world = World::new().await;
    let visitor = world.visitor();
    for page in pages() {
        let path = filled(&page, SOME_ID);
        for answer in [visitor.opens(&path).await, visitor.fetches(&path).await] {
            if is_open(&page) {
                assert_eq!(answer.status, opened(&page)[0], "{page} is listed as open");
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
        let (body, expected) = call(path, &lead.to_string());
        let answer = world.visitor().calls(path, body).await;
        let said = serde_json::from_str::<AppError>(&answer.body).ok();
        if is_open(path) {
            assert_eq!(answer.status, expected[0], "{path} is listed as open, so it runs");
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
    for pattern in router::DOWNLOADS {
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

/// What is listed as open exists and says nothing: a stale line would open a door later.
#[tokio::test]
async fn what_is_listed_as_open_is_there_for_everybody() {
    let world = World::new().await;
    let visitor = world.visitor();
    for path in router::OPEN {
        let answer = visitor.opens(path).await;
        let expected = if *path == "/" { (303, "/partner/login") } else { (200, "") };
        assert_eq!((answer.status, answer.header("location")), expected, "{path}");
    }
    for path in PUBLIC_PATHS {
        let known =
            pages().iter().any(|page| page == path) || server_functions().iter().any(|(known, _)| known == path);
        assert!(known, "{path} is public, but no route answers to it");
    }
    assert_eq!(world.logged_in(OWNER).await.opens("/").await.header("location"), "/partner");
}

/// Being logged in is not enough. Each function is called by each role with a body it would accept.
#[tokio::test]
async fn every_server_function_answers_each_role_as_the_table_says() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    for (path, _) in server_functions() {
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
        for pattern in pages().into_iter().chain(router::DOWNLOADS.iter().map(|path| (*path).to_owned())) {
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
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://portal.example")],
        &[("origin", "https://evil.example")],
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
    let answer = post(&nora, "/fn/leads/review", &review, &[("origin", &format!("http://{HOST}"))]).await;
    assert!(answer.status < 400, "the portal's own page may: {}", answer.body);
    assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::Accepted);
}
