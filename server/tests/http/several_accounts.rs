//! Several accounts in one portal: every link, redirect and mail says which one it belongs to, browsers remember it, and a page that
//! cannot know it asks.

use domain::partners::UserKind;
use store::users;

use crate::{
    account_recovery::follow,
    browser::{Answer, Browser, form},
    world::{ADMIN, LEADS, OWNER, PASSWORD, World},
};

const LOGIN: &str = "/fn/auth/login";
/// What a page says that asks which account is meant.
const ASKED: &str = r#"<label for="account">Company"#;

/// Both accounts have a user of this address with this password.
async fn logs_in(browser: &Browser<'_>, account: &str) -> Answer {
    browser.calls(LOGIN, form(&[("email", OWNER), ("password", PASSWORD), ("account", account)])).await
}

/// Whose portal the session of an answer opens.
async fn portal_of(browser: &Browser<'_>, answer: &Answer) -> &'static str {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let browser = browser.with_cookie(&answer.cookie_named("portal-partner").unwrap());
    let page = browser.opens("/partner").await.body;
    match (page.contains("Acme"), page.contains("Globex")) {
        (true, false) => "acme",
        (false, true) => "globex",
        both => panic!("{both:?}"),
    }
}

/// With one account nobody has to name it; not even by the name it had before.
#[tokio::test]
async fn the_only_account_need_not_be_named() {
    let world = World::new().await;
    let visitor = world.visitor();
    for named in ["", "acme", "its-old-name", "\0"] {
        assert_eq!(portal_of(&visitor, &logs_in(&visitor, named).await).await, "acme", "{named:?}");
    }
    let page = visitor.opens("/partner/login").await.body;
    assert!(page.contains(r#"type="hidden" name="account""#) && !page.contains("at another one"), "{page}");
}

/// Which of several is meant is asked, in words of its own; it is not a wrong password.
#[tokio::test]
async fn a_login_that_cannot_know_the_account_asks_for_it() {
    let world = World::new().await;
    world.second_account().await;
    let visitor = world.visitor();
    for (kind, page) in [("", "/partner/login"), ("admin/", "/admin/login"), ("", "/partner/forgot-password")] {
        let shown = visitor.opens(page).await.body;
        assert!(shown.contains(ASKED), "{kind}{page}: {shown}");
        assert!(!shown.contains("Acme") && !shown.contains("Globex"), "none of them is shown to everybody");
        let action =
            if page.ends_with("login") { format!("/fn/{kind}auth/login") } else { "/fn/auth/forgot-password".into() };
        let fields = [("email", OWNER), ("password", PASSWORD), ("account", "")];
        let answer = visitor.submits(page, &action, &fields).await;
        let back = visitor.goes_back(&answer).await;
        assert!(back.body.contains("Several companies share this portal"), "{}", back.body);
        assert!(back.body.contains(&format!("value=\"{OWNER}\"")) && !back.body.contains("do not match"));
    }
    let unknown = logs_in(&visitor, "initech").await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.body.contains("No company in this portal has this short name"), "{}", unknown.body);
}

/// The address says it, then the browser.
#[tokio::test]
async fn an_account_is_known_by_the_form_the_host_and_the_browser() {
    let world = World::new().await;
    world.second_account().await;
    let visitor = world.visitor();
    for account in ["acme", "globex"] {
        let answer = logs_in(&visitor, account).await;
        assert_eq!(portal_of(&visitor, &answer).await, account);
        assert_eq!(answer.cookie_named("portal-account").as_deref(), Some(&*format!("portal-account={account}")));
        let remembered = visitor.with_cookie(&format!("portal-account={account}"));
        assert_eq!(portal_of(&visitor, &logs_in(&remembered, "").await).await, account);
        let page = remembered.opens("/partner/login?next=%2Fpartner%2Fleads").await.body;
        assert!(page.contains(&format!(r#"name="account" value="{account}""#)), "{page}");
        assert!(page.contains("?other=1&amp;next=%2Fpartner%2Fleads"), "{page}");
        let other = remembered.opens("/partner/login?other=1").await.body;
        assert!(other.contains(ASKED), "{other}");
    }
    let remembers_acme = visitor.with_cookie("portal-account=acme");
    assert_eq!(portal_of(&visitor, &logs_in(&remembers_acme, "globex").await).await, "globex");
    let globex = remembers_acme.on("globex.portal.example");
    assert_eq!(portal_of(&globex, &logs_in(&globex, "").await).await, "globex", "the host's name says more");
    for nonsense in ["portal-account=", "portal-account=initech", "portal-account=%00", "portal-account=a b"] {
        assert_eq!(logs_in(&visitor.with_cookie(nonsense), "").await.status, 422, "{nonsense}");
    }
}

/// A login that is asked for on the way names the account of the page that was wanted.
#[tokio::test]
async fn a_link_of_an_account_leads_to_the_login_of_that_account() {
    let world = World::new().await;
    world.second_account().await;
    let visitor = world.visitor();
    let target = "/partner/leads?account=globex";
    let expected = "/partner/login?account=globex&next=%2Fpartner%2Fleads%3Faccount%3Dglobex";
    assert_eq!(visitor.opens(target).await.location(), expected);
    let acme = visitor.with_cookie(&logs_in(&visitor, "acme").await.cookie_named("portal-partner").unwrap());
    assert_eq!(acme.opens(target).await.location(), expected, "whoever is logged in elsewhere logs in there");
    assert_eq!(acme.opens("/partner/leads?account=acme").await.status, 200);
    assert_eq!(acme.opens("/partner/leads?account=its-old-name").await.status, 200, "there is no such account");
    let answer = visitor
        .calls("/fn/admin/auth/login", form(&[("email", ADMIN), ("password", PASSWORD), ("account", "acme")]))
        .await;
    let admin = visitor.with_cookie(&answer.cookie_named("portal-admin").unwrap());
    assert_eq!(
        admin.opens("/admin/partners?account=globex").await.location(),
        "/admin/login?account=globex&next=%2Fadmin%2Fpartners%3Faccount%3Dglobex"
    );
    let page = visitor.opens(expected).await.body;
    assert!(page.contains("Globex") && page.contains(r#"href="/partner/forgot-password?account=globex""#), "{page}");
}

/// Mails say it in every link, and the pages they lead to keep it.
#[tokio::test]
async fn mailed_links_say_which_account_they_belong_to() {
    let world = World::new().await;
    world.second_account().await;
    let visitor = world.visitor();
    let ask = [("email", OWNER), ("account", "globex")];
    assert_eq!(visitor.calls("/fn/auth/forgot-password", form(&ask)).await.status, 200);
    let link = world.mails().await.iter().find_map(super::account_recovery::Mail::link).unwrap();
    assert!(link.starts_with("/partner/reset-password/") && link.ends_with("?account=globex"), "{link}");
    let spent = visitor.opens("/partner/reset-password?account=globex").await.body;
    assert!(spent.contains(r#"href="/partner/forgot-password?account=globex""#), "{spent}");
    let browser = follow(&world, &link).await;
    let new = "some-quiet-walruses";
    let answer = browser.calls("/fn/auth/reset-password", form(&[("password", new), ("repeat", new)])).await;
    assert_eq!((answer.status, answer.location()), (200, "/partner/login?notice=reset"));
    let remembers = visitor.with_cookie(&answer.cookie_named("portal-account").unwrap());
    let answer = remembers.calls(LOGIN, form(&[("email", OWNER), ("password", new)])).await;
    assert_eq!(portal_of(&visitor, &answer).await, "globex");
    assert_eq!(
        portal_of(&visitor, &logs_in(&visitor, "acme").await).await,
        "acme",
        "the other's password is as it was"
    );
}

/// What one account's people forgot is nothing of the other's, however the request names it.
#[tokio::test]
async fn a_reset_is_asked_for_in_one_account_alone() {
    let world = World::new().await;
    let (globex, _) = world.second_account().await;
    let visitor = world.visitor();
    let email = domain::email::Email::parse(OWNER).unwrap();
    let of = async |account| {
        let mut read = world.read().await;
        users::credentials_for_login(&mut read, account, UserKind::Partner, &email).await.unwrap().unwrap().user_id()
    };
    assert_ne!(of(world.account).await, of(globex).await);
    let acme = visitor.with_cookie("portal-account=acme");
    assert_eq!(acme.calls("/fn/auth/forgot-password", form(&[("email", OWNER)])).await.status, 200);
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].link().unwrap().ends_with("?account=acme"));
    assert!(visitor.opens(LEADS).await.leads_to_login());
}
