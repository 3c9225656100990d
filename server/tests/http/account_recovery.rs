//! Account recovery: a forgotten password, an invitation, a new address. Mails are read where the mailer left them.

use chrono::TimeDelta;
use domain::audit::AuditAction;
use portal_server::workers::mail::Mailer;
use serde_json::Value;

use crate::{
    browser::{Answer, Browser, form},
    world::{LEADS, MEMBER, OWNER, PASSWORD, STOLEN, STRANGER, Switch, World},
};

const NEW: &str = "some-quiet-walruses";

/// A mail as it arrived.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    /// Its subject.
    pub(crate) fn subject(&self) -> &str {
        self.text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default()
    }

    /// The path of the link in it.
    pub(crate) fn link(&self) -> Option<String> {
        let line = self.text.lines().find(|line| line.starts_with("https://portal.example/"))?;
        Some(line.trim_start_matches("https://portal.example").to_owned())
    }
}

/// Undoes the soft line breaks and escapes of quoted-printable (RFC 2045).
fn decoded(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'=').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl World {
    /// What the mailer delivers now.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        let folder = self.config.data.join("mails");
        let _ = std::fs::remove_dir_all(&folder);
        Mailer::new(self.db.clone(), self.portal.clone(), &self.config).unwrap().run_once().await.unwrap();
        let Ok(files) = std::fs::read_dir(&folder) else { return Vec::new() };
        let mut mails: Vec<Mail> = files
            .map(|file| {
                let text = decoded(&std::fs::read_to_string(file.unwrap().path()).unwrap());
                let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().to_owned();
                Mail { to, text }
            })
            .collect();
        mails.sort_by(|one, two| one.to.cmp(&two.to));
        mails
    }
}

/// Follows a mailed link and gives the browser that came by it.
pub(crate) async fn follow<'w>(world: &'w World, link: &str) -> Browser<'w> {
    let answer = world.visitor().opens(link).await;
    let (path, query) = link.split_once('?').map_or((link, String::new()), |(path, query)| (path, format!("?{query}")));
    let page = format!("{}{query}", path.rsplit_once('/').unwrap().0);
    assert_eq!((answer.status, answer.header("location")), (303, &*page), "on to an address without the token");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    world.visitor().with_cookie(&answer.cookie().unwrap())
}

pub(crate) fn wrong_fields(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["Invalid"]["messages"].as_object().unwrap().keys().cloned().collect()
}

pub(crate) async fn ask(world: &World, email: &str) -> Answer {
    world.visitor().calls("/fn/auth/forgot-password", form(&[("email", email)])).await
}

/// Whoever asks learns nothing of who has access; only the mailbox does.
#[tokio::test]
async fn forgetting_a_password_tells_nobody_whether_an_address_is_known() {
    let world = World::new().await;
    let known = ask(&world, OWNER).await;
    let unknown = ask(&world, "nobody@northwind.example").await;
    assert_eq!((known.status, &known.headers, &known.body), (unknown.status, &unknown.headers, &unknown.body));
    let plain = world
        .visitor()
        .submits("/partner/forgot-password", "/fn/auth/forgot-password", &[("email", "nobody@northwind.example")])
        .await;
    assert_eq!((plain.status, plain.header("location")), (302, "/partner/forgot-password?sent=1"));
    let mails = world.mails().await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [OWNER]);
    assert_eq!(world.events(AuditAction::PasswordResetRequested).await.len(), 1);
}

/// The link works once, and its use puts everybody out who knew the old password.
#[tokio::test]
async fn a_reset_link_works_once_and_ends_all_sessions() {
    let world = World::new().await;
    let before = world.logged_in(OWNER).await;
    ask(&world, OWNER).await;
    let first = world.mails().await[0].link().unwrap();
    ask(&world, OWNER).await;
    let link = world.mails().await[0].link().unwrap();
    let late = follow(&world, &first).await;
    assert_eq!(late.opens("/partner/reset-password").await.status, 410, "a newer link ends the older one");
    let nora = follow(&world, &link).await;
    assert_eq!(nora.opens("/partner/reset-password").await.status, 200);
    let set = async |password: &str, repeat: &str| {
        nora.calls("/fn/auth/reset-password", form(&[("password", password), ("repeat", repeat)])).await
    };
    assert_eq!(wrong_fields(&set("short", "other").await), ["password", "repeat"]);
    assert_eq!(wrong_fields(&set("northwind2026!", "northwind2026!").await), ["password"]);
    let stolen = set(STOLEN, STOLEN).await;
    assert_eq!(wrong_fields(&stolen), ["password"]);
    assert!(stolen.body.contains("stolen elsewhere"), "{}", stolen.body);
    assert_eq!(set(NEW, NEW).await.status, 200);
    assert!(before.opens(LEADS).await.leads_to_login(), "the session from before has ended");
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 401);
    assert_eq!(world.visitor().tries(OWNER, NEW).await.status, 200);
    assert_eq!(set(PASSWORD, PASSWORD).await.status, 410, "the link is used up");
    assert_eq!(world.events(AuditAction::PasswordReset).await.len(), 1);
    let mails = world.mails().await;
    assert!(mails.iter().any(|mail| mail.subject().contains("password was changed")), "the owner hears of it");
}

#[tokio::test]
async fn a_reset_link_ends_after_an_hour_and_never_helps_who_is_shut_out() {
    let world = World::new().await;
    ask(&world, OWNER).await;
    let link = world.mails().await[0].link().unwrap();
    let nora = follow(&world, &link).await;
    world.clock.advance(TimeDelta::minutes(59));
    assert_eq!(nora.opens("/partner/reset-password").await.status, 200);
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(nora.opens("/partner/reset-password").await.status, 410);
    ask(&world, OWNER).await;
    let link = world.mails().await[0].link().unwrap();
    world.turn(Switch::User, false).await;
    assert_eq!(follow(&world, &link).await.opens("/partner/reset-password").await.status, 410);
    ask(&world, OWNER).await;
    assert!(world.mails().await.is_empty(), "who is disabled gets no mail");
}

/// A stolen session must not become a stolen account.
#[tokio::test]
async fn changing_a_password_takes_the_current_one_and_ends_the_other_sessions() {
    let world = World::new().await;
    let (phone, laptop) = (world.logged_in(OWNER).await, world.logged_in(OWNER).await);
    let change = async |current: &str| {
        let fields = [("current", current), ("password", NEW), ("repeat", NEW)];
        laptop.calls("/fn/profile/change-password", form(&fields)).await
    };
    assert_eq!(wrong_fields(&change("not the current one").await), ["current"]);
    assert_eq!(change(PASSWORD).await.status, 200);
    assert!(phone.opens(LEADS).await.leads_to_login());
    assert_eq!(laptop.opens(LEADS).await.status, 200, "this one stays");
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 401);
    let events = world.events(AuditAction::PasswordChanged).await;
    let mut results: Vec<_> = events.iter().map(|event| event.result.as_str()).collect();
    results.sort_unstable();
    assert_eq!(results, ["failure", "success"]);
    assert!(events.iter().all(|event| event.detail == "{}"));
}

/// The address changes when the new mailbox says so, and the old one hears of it before.
#[tokio::test]
async fn a_new_address_has_to_be_confirmed_from_its_mailbox() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let change = async |current: &str, to: &str| {
        nora.calls("/fn/profile/change-email", form(&[("current", current), ("new_email", to)])).await
    };
    assert_eq!(wrong_fields(&change("wrong", "nora@northwind.example").await), ["current"]);
    let taken = change(PASSWORD, STRANGER).await;
    assert!(world.mails().await.iter().all(|mail| mail.link().is_none()), "an address that is taken gets no link");
    let free = change(PASSWORD, "nora@northwind.example").await;
    assert_eq!((taken.status, &taken.headers, &taken.body), (free.status, &free.headers, &free.body));
    let mails = world.mails().await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["nora@northwind.example", OWNER]);
    assert!(mails[1].link().is_none(), "the old mailbox cannot confirm");
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 200, "nothing has changed yet");
    let by_mail = follow(&world, &mails[0].link().unwrap()).await;
    assert_eq!(by_mail.calls("/fn/auth/confirm-email", form(&[])).await.status, 200);
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 401);
    assert_eq!(world.visitor().tries("nora@northwind.example", PASSWORD).await.status, 200);
    assert_eq!(by_mail.calls("/fn/auth/confirm-email", form(&[])).await.status, 410);
}

async fn invite(owner: &Browser<'_>, email: &str, role: &str) -> Answer {
    owner.calls("/fn/users/invite", form(&[("name", "Ida Wells"), ("email", email), ("role", role)])).await
}

#[tokio::test]
async fn an_invitation_makes_a_user_of_its_role_once() {
    let world = World::new().await;
    let owner = world.logged_in(OWNER).await;
    assert_eq!(invite(&owner, "ida@northwind.example", "finance").await.status, 200);
    let first = world.mails().await[0].link().unwrap();
    assert_eq!(invite(&owner, "ida@northwind.example", "viewer").await.status, 200);
    let link = world.mails().await[0].link().unwrap();
    assert_eq!(follow(&world, &first).await.opens("/partner/invite").await.status, 410, "the second ends the first");
    let ida = follow(&world, &link).await;
    assert!(ida.opens("/partner/invite").await.body.contains("Northwind Solar"));
    let accept = async || ida.calls("/fn/auth/accept-invitation", form(&[("password", NEW), ("repeat", NEW)])).await;
    let answer = accept().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let ida_inside = world.logged_in_with("ida@northwind.example", NEW).await;
    assert_eq!(ida_inside.opens(LEADS).await.status, 200);
    assert_eq!(ida_inside.opens("/partner/invoices").await.status, 403, "a viewer");
    assert_eq!(accept().await.status, 410);
    assert_eq!(world.events(AuditAction::UserInvited).await.len(), 2);
    assert_eq!(world.events(AuditAction::InvitationAccepted).await.len(), 1);
}

/// Whether an address has a login at another partner is nobody's business: only its own mailbox is told.
#[tokio::test]
async fn inviting_somebody_of_another_partner_looks_like_any_other_invitation() {
    let world = World::new().await;
    let owner = world.logged_in(OWNER).await;
    let (free, taken) =
        (invite(&owner, "ida@northwind.example", "member").await, invite(&owner, STRANGER, "member").await);
    assert_eq!((free.status, &free.headers, &free.body), (taken.status, &taken.headers, &taken.body));
    let page = owner.opens("/partner/profile/users").await.body;
    assert!(page.contains(STRANGER) && page.contains("ida@northwind.example"), "both wait for an answer");
    let mails = world.mails().await;
    let to_them = mails.iter().filter(|mail| mail.to != OWNER);
    assert_eq!(to_them.map(|mail| mail.link().is_some()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(wrong_fields(&invite(&owner, MEMBER, "member").await), ["email"], "a colleague is no secret");
    assert_eq!(world.logged_in(STRANGER).await.opens(LEADS).await.status, 200, "and stays where they are");
}

/// An error in an address is shown to nobody: the portal itself writes none there.
#[tokio::test]
async fn a_crafted_link_puts_no_words_on_a_page() {
    let world = World::new().await;
    for site in ["cross-site", "none", "same-site", "same-origin"] {
        let path = "/partner/forgot-password?account=x&__path=%2Ffn&__err=eyJ9";
        let request = world.visitor().request(axum::http::Method::GET, path);
        let request = request.header("accept", "text/html").header("sec-fetch-site", site);
        let answer = world.visitor().sends(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.location()), (303, "/partner/forgot-password?account=x"), "{site}");
    }
}

/// What takes an error out of an address leads to the same page, and never to another site.
#[tokio::test]
async fn no_address_leads_to_another_site() {
    let world = World::new().await;
    for (path, expected) in [
        ("//evil.example/x?__err=1", "/"),
        ("//evil.example?__path=1", "/"),
        ("///evil.example/?a=b&__err=1", "/?a=b"),
        ("/%2f/evil.example?__err=1", "/"),
        ("/%5Cevil.example?__err=1", "/"),
        ("/partner/login?__err=1&next=//evil.example", "/partner/login?next=%2F%2Fevil.example"),
    ] {
        let request = world.visitor().request(axum::http::Method::GET, "/").header("accept", "text/html");
        let mut request = request.header("sec-fetch-site", "cross-site").body(axum::body::Body::empty()).unwrap();
        *request.uri_mut() = axum::http::Uri::builder().path_and_query(path).build().unwrap();
        let answer = world.visitor().sends(request).await;
        assert_eq!((answer.status, answer.location()), (303, expected), "{path}");
    }
}
