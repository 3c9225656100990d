//! What was typed is not lost when its session has ended: after the login it stands in its form again, for whoever wrote it alone.

use chrono::TimeDelta;

use crate::{
    browser::{Answer, Browser, form},
    world::{ADMIN, MANAGER, MEMBER, OWNER, PASSWORD, World},
};

pub(crate) const CONTACT: &str = "/partner/profile";
const SAVE: &str = "/fn/profile/save-contact";
const TYPED: [(&str, &str); 4] = [
    ("contact_name", "Ada <Byron>"),
    ("phone", "+49 30 999"),
    ("street", "A street typed for minutes"),
    ("postal_code", "10999-X"),
];

/// The value of the cookie with this name that an answer sets.
fn cookie_of(answer: &Answer, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut values = cookies.filter_map(|cookie| cookie.split(';').next()?.strip_prefix(&start));
    values.next().map(ToOwned::to_owned)
}

/// Sends the form without a session, as a page would; the cookie that remembers it.
pub(crate) async fn sends_late(world: &World, session: Option<&str>) -> (Answer, String) {
    let mut browser = world.visitor();
    if let Some(session) = session {
        browser = browser.with_cookie(session);
    }
    let answer = browser.submits(&format!("{CONTACT}?from=mail"), SAVE, &TYPED).await;
    let token = cookie_of(&answer, "portal-form").expect("the form is kept");
    (answer, token)
}

/// A browser that is logged in as somebody and has the cookie of a form.
pub(crate) async fn back<'a>(world: &'a World, email: &str, token: &str) -> Browser<'a> {
    let login = world.visitor().calls("/fn/auth/login", form(&[("email", email), ("password", PASSWORD)])).await;
    world.visitor().with_cookie(&format!("{}; portal-form={token}", login.cookie().unwrap()))
}

#[tokio::test]
async fn a_form_sent_after_its_session_stands_there_again_after_the_login() {
    let world = World::new().await;
    let (late, token) = sends_late(&world, None).await;
    assert!(
        late.location().starts_with("/partner/login?next=%2Fpartner%2Fprofile%3Ffrom%3Dmail"),
        "{}",
        late.location()
    );
    assert!(!late.location().contains("street"), "nothing typed stands in an address");
    let owner = back(&world, OWNER, &token).await;
    let page = owner.opens(CONTACT).await.body;
    assert!(page.contains("so nothing was saved yet"), "{page}");
    assert!(page.contains("value=\"A street typed for minutes\"") && page.contains("value=\"+49 30 999\""), "{page}");
    assert!(page.contains("value=\"10999-X\""), "a postal code is no secret");
    assert!(!owner.opens("/partner/leads").await.body.contains("typed for minutes"), "on its own page alone");
    assert!(owner.opens(CONTACT).await.body.contains("typed for minutes"), "also when the page is loaded again");
    // Sent again, it is done with.
    owner.submits(CONTACT, SAVE, &TYPED).await;
    assert!(!owner.opens(CONTACT).await.body.contains("so nothing was saved yet"));
}

#[tokio::test]
async fn a_form_sent_again_by_script_is_done_with_as_well() {
    let world = World::new().await;
    let (_, token) = sends_late(&world, None).await;
    let owner = back(&world, OWNER, &token).await;
    assert_eq!(owner.calls(SAVE, form(&[("email", "no address")])).await.status, 422);
    assert!(owner.opens(CONTACT).await.body.contains("typed for minutes"), "refused, it is not done with");
    let answer = owner.calls(SAVE, form(&[("company", "Northwind")])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!owner.opens(CONTACT).await.body.contains("so nothing was saved yet"));
}

#[tokio::test]
async fn it_is_whoevers_session_it_was_and_for_half_an_hour() {
    let world = World::new().await;
    let owner = world.visitor().calls("/fn/auth/login", form(&[("email", OWNER), ("password", PASSWORD)])).await;
    let session = owner.cookie().unwrap();
    world.clock.advance(TimeDelta::hours(3));
    let (_, token) = sends_late(&world, Some(&session)).await;
    let other = back(&world, MEMBER, &token).await;
    assert!(!other.opens(CONTACT).await.body.contains("typed for minutes"), "somebody else at the same browser");
    assert!(
        !world.visitor().with_cookie(&format!("portal-form={token}")).opens(CONTACT).await.body.contains("minutes")
    );
    let owner = back(&world, OWNER, &token).await;
    assert!(owner.opens(CONTACT).await.body.contains("typed for minutes"));
    world.clock.advance(TimeDelta::minutes(31));
    assert!(!owner.opens(CONTACT).await.body.contains("typed for minutes"));
}

#[tokio::test]
async fn admins_forms_are_kept_too() {
    let world = World::new().await;
    let page = "/admin/partners/new";
    let late = world
        .visitor()
        .submits(page, "/fn/admin/partners/create", &[("name", "Typed Partner"), ("current", "x")])
        .await;
    let token = cookie_of(&late, "portal-form").unwrap();
    let fields = form(&[("email", MANAGER), ("password", PASSWORD), ("account", "acme")]);
    let login = world.visitor().calls("/fn/admin/auth/login", fields).await;
    let admin = world.visitor().with_cookie(&format!("{}; portal-form={token}", login.cookie().unwrap()));
    assert!(admin.opens(page).await.body.contains("value=\"Typed Partner\""));
}

#[tokio::test]
async fn of_a_failed_login_the_address_is_kept_and_the_password_never() {
    let world = World::new().await;
    let visitor = world.visitor();
    let login =
        visitor.submits("/partner/login", "/fn/auth/login", &[("email", ADMIN), ("password", "x7-secret")]).await;
    let back = visitor.goes_back(&login).await;
    assert_eq!(cookie_of(&back, "portal-login-form").as_deref(), Some(""), "the browser keeps no token of nothing");
    let page = back.body;
    assert!(page.contains(&format!("value=\"{ADMIN}\"")) && !page.contains("x7-secret"), "{page}");
    let again = visitor.goes_back(&login).await.body;
    assert!(!again.contains(ADMIN), "once");
}
