//! What every answer carries, whichever route gave it.

use axum::{body::Body, http::Method};
use domain::leads::LeadListQuery;
use serde_json::json;

use crate::{
    browser::{Answer, form, json},
    world::{LEADS, OWNER, PASSWORD, World},
};

/// The security policy's nonce.
fn nonce(answer: &Answer) -> &str {
    let policy = answer.header("content-security-policy");
    let found = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\''));
    found.unwrap_or_else(|| panic!("no nonce in {policy:?}")).0
}

/// The opening tags of this name in a page.
fn tags<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!("<{name}"))
        .skip(1)
        .filter(|rest| rest.starts_with([' ', '>']))
        .filter_map(|rest| rest.split('>').next())
        .collect()
}

/// One answer of every kind the server gives.
async fn every_kind(world: &World) -> Vec<(&'static str, u16, Answer)> {
    let (visitor, nora) = (world.visitor(), world.logged_in(OWNER).await);
    let id = world.lead_of(OWNER, "Ada Lovelace").await;
    let list = || json(&json!({ "query": LeadListQuery::default() }));
    let cross_site = visitor.request(Method::POST, "/fn/auth/login").body("".into()).unwrap();
    vec![
        ("the login page", 200, visitor.opens("/partner/login").await),
        ("a redirect of the guard", 303, visitor.opens(LEADS).await),
        ("the start", 303, visitor.opens("/").await),
        ("no page", 404, visitor.opens("/nothing/here").await),
        ("the list", 200, nora.opens(LEADS).await),
        ("a lead", 200, nora.opens(&format!("{LEADS}/{id}")).await),
        ("no lead", 404, nora.opens(&format!("{LEADS}/x")).await),
        ("no page within", 404, nora.opens("/partner/nothing").await),
        ("a redirect", 303, nora.opens("/").await),
        ("a download", 200, nora.fetches("/partner/leads/export.csv").await),
        ("no download", 401, visitor.fetches("/partner/leads/export.csv").await),
        ("a function", 200, nora.calls("/fn/leads/list", list()).await),
        (
            "a function's error",
            422,
            nora.calls("/fn/leads/review", form(&[("id", &id.to_string()), ("decision", "?")])).await,
        ),
        ("a function's wrong body", 400, nora.calls("/fn/leads/list", form(&[])).await),
        ("a closed function", 401, visitor.calls("/fn/leads/list", list()).await),
        ("no function", 404, nora.calls("/fn/no/such", form(&[])).await),
        ("a wrong method", 405, nora.fetches("/fn/leads/list").await),
        ("another site's request", 403, visitor.sends(cross_site).await),
        ("a failed login", 401, visitor.tries(OWNER, "a wrong password").await),
        ("a login", 200, visitor.tries(OWNER, PASSWORD).await),
        ("an asset", 200, visitor.fetches("/pkg/partner-portal.css").await),
        ("no asset", 404, visitor.fetches("/pkg/nothing.js").await),
        ("the icon", 200, visitor.fetches("/favicon.svg").await),
        ("alive", 200, visitor.fetches("/healthz").await),
        ("ready", 200, visitor.fetches("/readyz").await),
    ]
}

/// A header that is set route by route is missing on the route somebody forgets.
#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::new().await;
    for (kind, status, answer) in every_kind(&world).await {
        assert_eq!(answer.status, status, "{kind}: {}", answer.body);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{kind}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{kind}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{kind}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri '"), "{kind}: {policy:?}");
        assert!(
            !policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'") && !policy.contains('*'),
            "{kind}: {policy:?}"
        );
        assert_eq!(answer.header("strict-transport-security"), "", "{kind}: not over plain HTTP");
        let asset = ["an asset", "no asset", "the icon"].contains(&kind);
        assert_eq!(
            answer.header("cache-control") == "no-store",
            !asset,
            "{kind}: {:?}",
            answer.header("cache-control")
        );
    }
}

/// Once seen over HTTPS, browsers come back that way.
#[tokio::test]
async fn in_production_every_answer_asks_for_https() {
    let world = World::in_production().await;
    for (kind, _, answer) in every_kind(&world).await {
        assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"), "{kind}");
    }
}

/// Scripts run because the server put them there in this very answer, and for no other reason.
#[tokio::test]
async fn pages_allow_their_own_scripts_by_a_nonce_and_no_others() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let lead = format!("{LEADS}/{}", world.lead_of(OWNER, "Ada Lovelace").await);
    for (page, again) in [
        (nora.opens(LEADS).await, nora.opens(LEADS).await),
        (nora.opens(&lead).await, nora.opens(&lead).await),
        (nora.opens("/partner/leads/x").await, nora.opens("/partner/leads/x").await),
        (world.visitor().opens("/partner/login").await, world.visitor().opens("/partner/login").await),
        (world.visitor().opens("/nothing").await, world.visitor().opens("/nothing").await),
    ] {
        assert!(page.header("content-type").starts_with("text/html"));
        let policy = page.header("content-security-policy");
        let scripts = policy.split(';').map(str::trim).find(|rule| rule.starts_with("script-src ")).unwrap();
        assert!(scripts.contains("'nonce-") && scripts.contains("'wasm-unsafe-eval'"), "{scripts}");
        assert!(!["http:", "https:", "data:", "blob:"].iter().any(|source| scripts.contains(source)), "{scripts}");
        assert!(nonce(&page).len() >= 22 && nonce(&page) != nonce(&again), "each answer has a nonce of its own");
        let found = tags(&page.body, "script");
        assert!(!found.is_empty());
        for tag in found {
            assert!(tag.contains(&format!("nonce=\"{}\"", nonce(&page))), "<script{tag}> would not run");
        }
        assert!(tags(&page.body, "style").is_empty() && !page.body.contains(" style=\""), "no inline styles");
        assert!(!page.body.contains(" onclick=") && !page.body.contains("javascript:"));
        for link in tags(&page.body, "link").into_iter().chain(tags(&page.body, "img")) {
            assert!(!link.contains("://"), "<{link}> asks a third party");
        }
    }
}

/// The files of the site folder are public; what lies beside it is not.
#[tokio::test]
async fn assets_come_from_the_site_folder_and_nowhere_else() {
    let world = World::new().await;
    let visitor = world.visitor();
    assert_eq!(visitor.fetches("/pkg/partner-portal.css").await.body, "body { margin: 0 }");
    for path in [
        "/pkg/../../secret.txt", "/pkg/..%2f..%2fsecret.txt", "/pkg/%2e%2e/%2e%2e/secret.txt",
        "/pkg/..%5c..%5csecret.txt", "/pkg/", "/pkg",
    ] {
        let answer = visitor.fetches(path).await;
        assert!(answer.status >= 300 && !answer.body.contains("outside"), "{path}: {}", answer.status);
    }
}

/// What pages load is kept by browsers for good, under a name that changes with what is in it, and comes compressed from the build.
#[tokio::test]
async fn assets_are_kept_for_good_under_the_hash_of_their_content() {
    let world = World::new().await;
    let visitor = world.visitor();
    let page = visitor.opens("/partner/login").await.body;
    let start = page.find("/pkg/").expect("the page has a style sheet");
    let path: String = page[start..].chars().take_while(|c| *c != '"').collect();
    let tag = path.strip_prefix("/pkg/").and_then(|rest| rest.strip_suffix("/partner-portal.css")).unwrap();
    assert!(tag.len() == 16 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}");
    let get = async |path: &str, more: &[(&str, &str)]| {
        let request = more
            .iter()
            .fold(visitor.request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
        visitor.sends(request.body(Body::empty()).unwrap()).await
    };
    let plain = get(&path, &[]).await;
    assert_eq!((plain.status, &*plain.body), (200, "body { margin: 0 }"));
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!((plain.header("content-type"), plain.header("vary")), ("text/css; charset=utf-8", "Accept-Encoding"));
    let small = get(&path, &[("accept-encoding", "gzip, deflate, br, zstd")]).await;
    assert_eq!((small.header("content-encoding"), &*small.body), ("br", "the style sheet, compressed"));
    assert_eq!(get(&path, &[("accept-encoding", "br; q=0, identity")]).await.body, "body { margin: 0 }");
    assert_ne!(small.header("etag"), plain.header("etag"), "each form has a tag of its own");
    let again = get(&path, &[("if-none-match", plain.header("etag"))]).await;
    assert_eq!((again.status, &*again.body), (304, ""));
    assert_eq!(get("/pkg/0000000000000000/partner-portal.css", &[]).await.status, 404, "another version's code");
    let unnamed = get("/pkg/partner-portal.css", &[]).await;
    assert_eq!((unnamed.status, unnamed.header("cache-control")), (200, "public, max-age=0, must-revalidate"));
    assert_eq!(get("/pkg/partner-portal.css.br", &[]).await.status, 404);
}

/// The two questions a load balancer asks.
#[tokio::test]
async fn a_server_says_that_it_lives_and_that_it_is_ready() {
    let world = World::new().await;
    assert_eq!(world.visitor().fetches("/healthz").await.body, "alive");
    assert_eq!(world.visitor().fetches("/readyz").await.body, "ready");
    world.db.close().await;
    assert_eq!(world.visitor().fetches("/healthz").await.status, 200, "alive, though it cannot work");
    let answer = world.visitor().fetches("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(!answer.body.contains("sqlx") && !answer.body.contains("pool"), "{}", answer.body);
}

/// Whoever finds a weakness learns whom to tell (RFC 9116).
#[tokio::test]
async fn a_security_contact_is_found() {
    let answer = World::new().await.visitor().fetches("/.well-known/security.txt").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(
        answer.body.starts_with("Contact: mailto:security@acme.example\nExpires: 2027-05-21T00:00:00Z\n"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("\nCanonical: https://portal.example/.well-known/security.txt\n"), "{}", answer.body);
}
