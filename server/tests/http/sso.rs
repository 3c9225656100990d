//! Single sign-on: set up, used, attacked.

use chrono::TimeDelta;
use domain::{audit::AuditAction, ids::PartnerId};
use serde_json::{Value, json};

use crate::{
    account_recovery::wrong_fields,
    browser::{Answer, Browser, form},
    provider::{Provider, SECRET, Signed},
    world::{ADMIN, LEADS, MANAGER, MEMBER, OWNER, PASSWORD, STRANGER, World},
};

const NEW: &str = "new@northwind.example";

/// The fields of the form, as an owner fills them in.
fn settings<'a>(provider: &'a Provider, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("name", "Northwind ID"),
        ("issuer", &*provider.issuer),
        ("client_id", "portal"),
        ("client_secret", SECRET),
        ("domains", "northwind.example"),
        ("default_role", ""),
        ("role_claim", ""),
        ("roles", ""),
        ("enabled", "yes"),
    ];
    for (name, value) in changed {
        fields.retain(|(field, _)| field != name);
        fields.push((name, value));
    }
    fields
}

/// A world where partners may set up single sign-on.
async fn world() -> World {
    let world = World::beside_others().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let allowed = admin.calls("/fn/admin/settings/let-partners-sso", form(&[("allowed", "yes")])).await;
    assert_eq!(allowed.status, 200, "{}", allowed.body);
    world
}

async fn set_up(world: &World, provider: &Provider, changed: &[(&str, &str)]) {
    let owner = world.logged_in(OWNER).await;
    let answer = owner.calls("/fn/profile/save-sso", form(&settings(provider, changed))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Goes to the provider: where that is, and the browser that comes back.
async fn goes<'w>(browser: &Browser<'w>, whose: PartnerId) -> (String, Browser<'w>) {
    let answer = browser.opens(&format!("/partner/sso/begin/{whose}?next=%2Fpartner%2Fleads")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let kept = answer.cookie_named("portal-partner-sso").unwrap();
    assert!(kept.len() < 2_000, "a browser takes it: {}", kept.len());
    let cookies =
        [browser.cookie(), &kept].iter().filter(|one| !one.is_empty()).copied().collect::<Vec<_>>().join("; ");
    (answer.location().to_owned(), browser.with_cookie(&cookies))
}

async fn comes_back(browser: &Browser<'_>, whose: PartnerId, brings: &str) -> Answer {
    browser.opens(&format!("/partner/sso/callback/{whose}?{brings}")).await
}

async fn logs_in(world: &World, provider: &Provider, email: &str, says: impl FnOnce(&mut Value) -> Signed) -> Answer {
    let (to, browser) = goes(&world.visitor(), world.northwind).await;
    comes_back(&browser, world.northwind, &provider.signs_in(&to, email, says)).await
}

fn well(_: &mut Value) -> Signed {
    Signed::Well
}

fn refused(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.location()), (303, &*format!("/partner/login?notice={why}")));
    assert!(answer.cookie_named("portal-partner").is_none(), "{why}");
}

#[tokio::test]
async fn users_of_a_partner_log_in_by_its_provider() {
    let (world, provider) = (world().await, Provider::start(1).await);
    set_up(&world, &provider, &[]).await;
    let find = [("email", "Somebody@Northwind.example"), ("next", LEADS)];
    let found = world.visitor().calls("/fn/auth/sso-find", form(&find)).await;
    let page = format!("/partner/login/sso?provider={}&next=%2Fpartner%2Fleads", world.northwind);
    assert_eq!((found.status, found.location()), (200, &*page), "{}", found.body);
    let shown = world.visitor().opens(&page).await.body;
    assert!(shown.contains("Northwind ID") && shown.contains("/partner/sso/begin/"), "{shown}");
    let nowhere = [("email", "ada@elsewhere.example")];
    assert_eq!(wrong_fields(&world.visitor().calls("/fn/auth/sso-find", form(&nowhere)).await), ["email"]);

    let answer = logs_in(&world, &provider, OWNER, well).await;
    assert_eq!((answer.status, answer.location()), (303, LEADS), "{}", answer.body);
    for kept in ["portal-partner-device", "portal-account"] {
        assert!(answer.cookie_named(kept).is_some(), "{kept}: what a login leaves in the browser");
    }
    let inside = world.visitor().with_cookie(&answer.cookie_named("portal-partner").unwrap());
    let leads = inside.opens(LEADS).await.body;
    assert!(leads.contains("Ada Lovelace") && !leads.contains("Secret Sam"));
    assert_eq!(world.events(AuditAction::SsoLinked).await.len(), 1);
    // The provider's own name for the user counts from now on, whatever its address is.
    let moved = logs_in(&world, &provider, "nora.new@northwind.example", |says| {
        says["sub"] = json!(format!("id of {OWNER}"));
        Signed::Well
    });
    assert_eq!(moved.await.location(), LEADS);
    assert_eq!(world.events(AuditAction::SsoLinked).await.len(), 1);
    // Somebody else with the owner's address is not the owner.
    let other = logs_in(&world, &provider, OWNER, |says| {
        says["sub"] = json!("somebody else");
        Signed::Well
    });
    refused(&other.await, "sso-closed");
    refused(&logs_in(&world, &provider, NEW, well).await, "sso-unknown");
    refused(&logs_in(&world, &provider, "sam@contoso.example", well).await, "sso-domain");
    world.turn(crate::world::Switch::User, false).await;
    refused(&logs_in(&world, &provider, OWNER, well).await, "sso-closed");
    let reasons = format!("{:?}", world.events(AuditAction::SsoRefused).await);
    assert!(["sso-closed", "sso-unknown", "sso-domain"].iter().all(|reason| reasons.contains(reason)), "{reasons}");
}

#[tokio::test]
async fn users_are_made_with_a_role_that_the_provider_may_say() {
    let (world, provider) = (world().await, Provider::start(2).await);
    let roles = [("default_role", "viewer"), ("role_claim", "groups"), ("roles", "bosses = owner\nsales = member")];
    set_up(&world, &provider, &roles).await;
    let answer = logs_in(&world, &provider, NEW, well).await;
    assert_eq!(answer.location(), LEADS);
    let mut inside = world.visitor().with_cookie(&answer.cookie_named("portal-partner").unwrap());
    let viewer = async |browser: &Browser<'_>| browser.calls("/fn/auth/viewer", form(&[])).await.body;
    assert!(viewer(&inside).await.contains("\"role\":\"viewer\""));
    for (groups, role) in [(json!(["x", "sales"]), "member"), (json!("bosses"), "owner"), (json!(["sales"]), "member")]
    {
        let answer = logs_in(&world, &provider, NEW, |says| {
            says["groups"] = groups;
            Signed::Well
        });
        let answer = answer.await;
        assert_eq!(answer.location(), LEADS);
        assert!(inside.opens(LEADS).await.leads_to_login(), "sessions with another role end");
        inside = world.visitor().with_cookie(&answer.cookie_named("portal-partner").unwrap());
        assert!(viewer(&inside).await.contains(&format!("\"role\":\"{role}\"")), "{role}");
    }
    // Without a password there is no other way in, and what matters is confirmed at the provider.
    let tried = [("email", NEW), ("password", PASSWORD)];
    assert_eq!(world.visitor().calls("/fn/auth/login", form(&tried)).await.status, 401);
    // The last owner stays one, whatever the provider says.
    let owner = logs_in(&world, &provider, OWNER, |says| {
        says["groups"] = json!(["sales"]);
        Signed::Well
    });
    let owner = world.visitor().with_cookie(&owner.await.cookie_named("portal-partner").unwrap());
    assert!(viewer(&owner).await.contains("\"role\":\"owner\""));
    assert_eq!(world.events(AuditAction::SsoUserMade).await.len(), 1);
}

#[tokio::test]
async fn what_a_provider_must_not_say_is_refused() {
    let (world, provider) = (world().await, Provider::start(3).await);
    set_up(&world, &provider, &[]).await;
    type Lie = fn(&mut Value) -> Signed;
    let lies: [(&str, &str, Lie); 15] = [
        ("another issuer", "sso-token", |says| {
            says["iss"] = json!("https://evil.example");
            Signed::Well
        }),
        ("another audience", "sso-token", |says| {
            says["aud"] = json!("another portal");
            Signed::Well
        }),
        ("two audiences", "sso-token", |says| {
            says["aud"] = json!(["portal", "another"]);
            Signed::Well
        }),
        ("for another party", "sso-token", |says| {
            says["azp"] = json!("another");
            Signed::Well
        }),
        ("another nonce", "sso-token", |says| {
            says["nonce"] = json!("guessed");
            Signed::Well
        }),
        ("no nonce", "sso-token", |says| {
            says["nonce"].take();
            Signed::Well
        }),
        ("expired", "sso-token", |says| {
            says["exp"] = json!(says["iat"].as_i64().unwrap() - 1);
            Signed::Well
        }),
        ("not yet good", "sso-token", |says| {
            says["nbf"] = json!(says["iat"].as_i64().unwrap() + 3_600);
            Signed::Well
        }),
        ("by another key", "sso-token", |_| Signed::ByAnother),
        ("by the shared secret", "sso-token", |_| Signed::BySecret),
        ("unsigned", "sso-token", |_| Signed::NotAtAll),
        ("address not verified", "sso-email", |says| {
            says["email_verified"] = json!(false);
            Signed::Well
        }),
        ("nothing said of that", "sso-email", |says| {
            says["email_verified"].take();
            Signed::Well
        }),
        ("no address", "sso-email", |says| {
            says["email"].take();
            Signed::Well
        }),
        ("another domain", "sso-domain", |says| {
            says["email"] = json!("nora@northwind.example.evil.example");
            Signed::Well
        }),
    ];
    for (what, why, lie) in lies {
        let answer = logs_in(&world, &provider, OWNER, lie).await;
        assert_eq!(answer.location(), format!("/partner/login?notice={why}"), "{what}");
        assert!(answer.cookie_named("portal-partner").is_none(), "{what}");
    }
    assert_eq!(world.events(AuditAction::SsoRefused).await.len(), 15);
    assert_eq!(logs_in(&world, &provider, OWNER, well).await.location(), LEADS, "and the truth is taken");
}

#[tokio::test]
async fn an_answer_is_good_for_the_browser_and_the_provider_that_were_asked() {
    let (world, provider, evil) = (world().await, Provider::start(4).await, Provider::start(5).await);
    set_up(&world, &provider, &[]).await;
    let stranger = world.logged_in(STRANGER).await;
    let theirs = settings(&evil, &[("domains", "contoso.example northwind.example")]);
    assert_eq!(
        wrong_fields(&stranger.calls("/fn/profile/save-sso", form(&theirs)).await),
        ["domains"],
        "others' domain"
    );
    let theirs = settings(&evil, &[("domains", "contoso.example")]);
    assert_eq!(stranger.calls("/fn/profile/save-sso", form(&theirs)).await.status, 200);

    let (to, browser) = goes(&world.visitor(), world.northwind).await;
    let brings = provider.signs_in(&to, OWNER, well);
    refused(&comes_back(&world.visitor(), world.northwind, &brings).await, "sso-not-asked");
    let (_, other_browser) = goes(&world.visitor(), world.northwind).await;
    refused(&comes_back(&other_browser, world.northwind, &brings).await, "sso-not-asked");
    // What one provider was asked another cannot answer, nor is its code sent to another (RFC 9700, section 4.4).
    refused(&comes_back(&browser, world.contoso, &brings).await, "sso-not-asked");
    let (to_evil, evil_browser) = goes(&world.visitor(), world.contoso).await;
    let state = to_evil.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let code = brings.split('&').next().unwrap();
    let mixed = format!(
        "{code}&state={state}&iss={}",
        form_urlencoded::byte_serialize(provider.issuer.as_bytes()).collect::<String>()
    );
    refused(&comes_back(&evil_browser, world.contoso, &mixed).await, "sso-token");
    refused(&comes_back(&evil_browser, world.northwind, &mixed).await, "sso-not-asked");
    // A partner's provider speaks of its own users alone.
    let (to, evil_browser) = goes(&world.visitor(), world.contoso).await;
    refused(&comes_back(&evil_browser, world.contoso, &evil.signs_in(&to, OWNER, well)).await, "sso-domain");

    let again = comes_back(&browser, world.northwind, &brings).await;
    assert_eq!(again.location(), LEADS, "the right browser gets in, once");
    refused(&comes_back(&browser, world.northwind, &brings).await, "sso-not-asked");
    let (to, browser) = goes(&world.visitor(), world.northwind).await;
    refused(&comes_back(&browser, world.northwind, &brings.replace("state=", "state=x")).await, "sso-not-asked");
    let late = provider.signs_in(&to, OWNER, well);
    let denied = format!("error=access_denied&state={}", to.split("state=").nth(1).unwrap().split('&').next().unwrap());
    refused(&comes_back(&browser, world.northwind, &denied).await, "sso-denied");
    world.clock.advance(TimeDelta::minutes(15));
    refused(&comes_back(&browser, world.northwind, &late).await, "sso-not-asked");
}

#[tokio::test]
async fn a_login_is_confirmed_at_the_provider() {
    let (world, provider) = (world().await, Provider::start(6).await);
    set_up(&world, &provider, &[("default_role", "member"), ("role_claim", "groups"), ("roles", "bosses = owner")])
        .await;
    let answer = logs_in(&world, &provider, NEW, |says| {
        says["groups"] = json!("bosses");
        Signed::Well
    });
    let inside = world.visitor().with_cookie(&answer.await.cookie_named("portal-partner").unwrap());
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!(
        inside
            .calls("/fn/users/invite", form(&[("name", "x"), ("email", "x@y.example"), ("role", "viewer")]))
            .await
            .status,
        403
    );
    let page = inside.opens("/partner/confirm?next=%2Fpartner%2Fprofile%2Fusers").await.body;
    assert!(page.contains("Continue with") && page.contains("confirm=yes"), "{page}");
    assert!(!page.contains("Your password") && page.contains("/fn/auth/logout"), "there is no password: {page}");
    let begin = format!("/partner/sso/begin/{}?confirm=yes&next=%2Fpartner%2Fprofile%2Fusers", world.northwind);
    assert!(world.visitor().opens(&begin).await.leads_to_login() || world.visitor().opens(&begin).await.status == 401);
    for (at, who, why) in
        [(0, NEW, Some("sso-not-confirmed")), (660, OWNER, Some("sso-not-confirmed")), (660, NEW, None)]
    {
        let answer = inside.opens(&begin).await;
        assert!(
            answer.location().contains("prompt=login") && answer.location().contains("max_age=0"),
            "{}",
            answer.location()
        );
        let kept = answer.cookie_named("portal-partner-sso").unwrap();
        let brings = provider.signs_in(answer.location(), who, |says| {
            says["auth_time"] = json!(says["iat"].as_i64().unwrap() + at);
            Signed::Well
        });
        let browser = inside.with_cookie(&format!("{}; {kept}", inside.cookie()));
        let back = comes_back(&browser, world.northwind, &brings).await;
        match why {
            Some(why) => {
                let page = format!("/partner/confirm?next=%2Fpartner%2Fprofile%2Fusers&notice={why}");
                assert_eq!((back.status, back.location()), (303, &*page));
                assert!(inside.opens(&page).await.body.contains("Your login could not be confirmed"));
                let refused = world.events(AuditAction::SsoRefused).await;
                assert!(refused.iter().all(|event| event.object_id.is_some()), "it says whose: {refused:?}");
            }
            None => assert_eq!(back.location(), "/partner/profile/users"),
        }
    }
    assert_eq!(
        inside
            .calls("/fn/users/invite", form(&[("name", "x"), ("email", "x@y.example"), ("role", "viewer")]))
            .await
            .status,
        200
    );
}

/// Another site cannot log anybody in without a word, nor use the portal to send people on.
#[tokio::test]
async fn another_sites_link_shows_first_where_it_leads() {
    let (world, provider) = (world().await, Provider::start(11).await);
    set_up(&world, &provider, &[]).await;
    let begin = format!("/partner/sso/begin/{}?next=%2Fpartner%2Fleads", world.northwind);
    for (site, leads_on) in [("cross-site", false), ("same-site", false), ("same-origin", true), ("none", true)] {
        let visitor = world.visitor();
        let request = visitor.request(axum::http::Method::GET, &begin).header("sec-fetch-site", site);
        let answer = visitor.sends(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.location().starts_with(&provider.issuer), leads_on, "{site}: {}", answer.location());
        assert_eq!(answer.cookie_named("portal-partner-sso").is_some(), leads_on, "{site}");
    }
    let owner = world.logged_in(OWNER).await;
    let known = logs_in(&world, &provider, MEMBER, well).await;
    let member = world.visitor().with_cookie(&known.cookie_named("portal-partner").unwrap());
    assert_eq!(owner.calls("/fn/profile/remove-sso", form(&[])).await.status, 200);
    assert!(member.opens(LEADS).await.leads_to_login(), "whoever came by it is out with it");
    assert_eq!(owner.opens(LEADS).await.status, 200);
    set_up(&world, &provider, &[]).await;
    let (place, back) = (world.visitor().at([192, 0, 2, 9]), format!("/partner/sso/callback/{}", world.northwind));
    for _ in 0..30 {
        refused(&place.opens(&back).await, "sso-not-asked");
    }
    assert_eq!(place.opens(&back).await.status, 429, "nobody brings nothing for ever");
}

#[tokio::test]
async fn where_nothing_else_is_allowed_one_owner_keeps_the_password() {
    let (world, provider) = (world().await, Provider::start(7).await);
    set_up(&world, &provider, &[("only", "yes")]).await;
    let login = async |email: &str| {
        world.visitor().calls("/fn/auth/login", form(&[("email", email), ("password", PASSWORD)])).await
    };
    assert_eq!(wrong_fields(&login(MEMBER).await), ["email"]);
    assert_eq!(login(OWNER).await.status, 200, "whoever shut the door has the key under glass");
    assert_eq!(login(STRANGER).await.status, 200, "other partners are not concerned");
    assert_eq!(logs_in(&world, &provider, MEMBER, well).await.location(), LEADS);
    // Whoever is invited is told how to log in, and not that the password that was just set is of no use.
    let owner = world.logged_in(OWNER).await;
    let invite = [("name", "Ida Rhodes"), ("email", NEW), ("role", "member")];
    assert_eq!(owner.calls("/fn/users/invite", form(&invite)).await.status, 200);
    let mails = world.mails().await;
    let link = mails.iter().filter_map(crate::account_recovery::Mail::link).find(|link| link.contains("/invite/"));
    let invited = crate::account_recovery::follow(&world, &link.unwrap()).await;
    let password = [("password", "seven brass kettles"), ("repeat", "seven brass kettles")];
    let accepted = invited.calls("/fn/auth/accept-invitation", form(&password)).await;
    assert_eq!((accepted.status, accepted.location()), (200, "/partner/login?notice=sso-only"), "{}", accepted.body);
    assert!(invited.opens(accepted.location()).await.body.contains("Your access is ready"));
    assert_eq!(logs_in(&world, &provider, NEW, well).await.location(), LEADS);
    let admin = world.logged_in_admin(ADMIN).await;
    assert_eq!(admin.calls("/fn/admin/settings/let-partners-sso", form(&[])).await.status, 200);
    let begin = format!("/partner/sso/begin/{}", world.northwind);
    assert_eq!(world.visitor().opens(&begin).await.status, 404);
    assert_eq!(login(MEMBER).await.status, 200, "what the account takes back shuts nobody out");
}

#[tokio::test]
async fn admins_log_in_by_the_provider_of_their_account() {
    let (world, provider) = (world().await, Provider::start(8).await);
    let (admin, manager) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await);
    let fields = settings(&provider, &[("name", "Acme ID"), ("domains", "acme.example"), ("only", "yes")]);
    assert_eq!(manager.calls("/fn/admin/settings/save-sso", form(&fields)).await.status, 403);
    assert_eq!(admin.calls("/fn/admin/settings/save-sso", form(&fields)).await.status, 200);
    assert!(world.visitor().opens("/admin/login").await.body.contains("Acme ID"));
    let begin = format!("/admin/sso/begin/{}?next=%2Fadmin%2Fpartners", world.account);
    let answer = world.visitor().opens(&begin).await;
    let browser = world.visitor().with_cookie(&answer.cookie_named("portal-admin-sso").unwrap());
    let brings = provider.signs_in(answer.location(), MANAGER, well);
    let back = browser.opens(&format!("/admin/sso/callback/{}?{brings}", world.account)).await;
    assert_eq!((back.status, back.location()), (303, "/admin/partners"), "{}", back.body);
    let inside = world.visitor().with_cookie(&back.cookie_named("portal-admin").unwrap());
    assert_eq!(inside.opens("/admin/partners").await.status, 200);
    let tries = [("email", MANAGER), ("password", PASSWORD), ("account", "acme")];
    assert_eq!(wrong_fields(&world.visitor().calls("/fn/admin/auth/login", form(&tries)).await), ["email"]);
    assert_eq!(world.visitor().opens(&format!("/partner/sso/begin/{}", world.account)).await.status, 404);
    assert_eq!(admin.calls("/fn/admin/settings/remove-sso", form(&[])).await.status, 200);
    assert_eq!(world.visitor().calls("/fn/admin/auth/login", form(&tries)).await.status, 200);
}

#[tokio::test]
async fn a_provider_is_set_up_by_whoever_may_and_only_where_there_is_one() {
    let (world, provider) = (world().await, Provider::start(9).await);
    let owner = world.logged_in(OWNER).await;
    let wrong = async |changed: &[(&str, &str)]| {
        wrong_fields(&owner.calls("/fn/profile/save-sso", form(&settings(&provider, changed))).await)
    };
    assert_eq!(wrong(&[("issuer", "http://127.0.0.1:9")]).await, ["issuer"], "nobody answers there");
    assert_eq!(wrong(&[("issuer", &format!("{}/", provider.issuer))]).await, ["issuer"], "it calls itself otherwise");
    assert_eq!(wrong(&[("client_secret", "")]).await, ["client_secret"]);
    assert_eq!(wrong(&[("default_role", "owner")]).await, ["default_role"]);
    set_up(&world, &provider, &[]).await;
    set_up(&world, &provider, &[("client_secret", ""), ("name", "Other")]).await;
    let shown = owner.calls("/fn/profile/sso", form(&[])).await.body;
    assert!(
        shown.contains("Other")
            && !shown.contains(SECRET)
            && shown.contains(&format!("/partner/sso/callback/{}", world.northwind))
    );
    let elsewhere = Provider::start(10).await;
    assert_eq!(
        wrong(&[("client_secret", ""), ("issuer", &elsewhere.issuer)]).await,
        ["client_secret"],
        "a secret is for one provider"
    );
    let admin = world.logged_in_admin(ADMIN).await;
    assert_eq!(admin.calls("/fn/admin/settings/let-partners-sso", form(&[])).await.status, 200);
    assert_eq!(owner.calls("/fn/profile/save-sso", form(&settings(&provider, &[]))).await.status, 404);
    assert_eq!(world.events(AuditAction::ProviderChanged).await.len(), 2);
    assert!(world.mails().await.iter().any(|mail| mail.subject().contains("Single sign-on was changed")));
}

/// Tells the portal of a logout, as a provider does: without anything that browsers send.
async fn tells(world: &World, whose: PartnerId, token: &str) -> u16 {
    let path = format!("/partner/sso/logout/{whose}");
    let (kind, body) = form(&[("logout_token", token)]);
    let request = world.visitor().request(axum::http::Method::POST, &path).header("content-type", kind);
    let answer = world.visitor().sends(request.body(body.into()).unwrap()).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.status
}

/// Somebody who has logged in by the provider, in this session with it.
async fn inside<'w>(world: &'w World, provider: &Provider, sid: &str) -> Browser<'w> {
    let answer = logs_in(world, provider, OWNER, |says| {
        says["sid"] = json!(sid);
        Signed::Well
    });
    let answer = answer.await;
    assert_eq!(answer.location(), LEADS, "{}", answer.body);
    world.visitor().with_cookie(&answer.cookie_named("portal-partner").unwrap())
}

#[tokio::test]
async fn whoever_logs_out_at_the_provider_is_logged_out_here() {
    let (world, provider) = (world().await, Provider::start(20).await);
    set_up(&world, &provider, &[]).await;
    let by_password = world.logged_in(OWNER).await;
    let (one, two) = (inside(&world, &provider, "one").await, inside(&world, &provider, "two").await);
    let token = provider.logout_token(OWNER, |says| {
        says["sid"] = json!("one");
        Signed::Well
    });
    assert_eq!(tells(&world, world.northwind, &token).await, 200);
    assert!(one.opens(LEADS).await.leads_to_login() && two.opens(LEADS).await.status == 200);
    assert_eq!(tells(&world, world.northwind, &token).await, 400, "once");
    assert_eq!(tells(&world, world.northwind, &provider.logout_token(OWNER, well)).await, 200);
    assert!(two.opens(LEADS).await.leads_to_login(), "without a name of the session all of them end");
    assert_eq!(by_password.opens(LEADS).await.status, 200, "this one the provider has not begun");
    assert_eq!(world.events(AuditAction::SsoSignedOut).await.len(), 2);
    assert_eq!(tells(&world, world.northwind, &provider.logout_token("nobody@northwind.example", well)).await, 200);
    let page = by_password.opens("/partner/profile/single-sign-on").await.body;
    assert!(page.contains(&format!("https://portal.example/partner/sso/logout/{}", world.northwind)), "{page}");
}

#[tokio::test]
async fn nobody_but_the_provider_logs_anybody_out() {
    let (world, provider, other) = (world().await, Provider::start(21).await, Provider::start(22).await);
    set_up(&world, &provider, &[]).await;
    let nora = inside(&world, &provider, "one").await;
    type Change = (&'static str, fn(&mut Value) -> Signed);
    let changes: [Change; 14] = [
        ("another issuer", |says| {
            says["iss"] = json!("https://evil.example");
            Signed::Well
        }),
        ("for another one", |says| {
            says["aud"] = json!("another client");
            Signed::Well
        }),
        ("with a nonce, as a login's has", |says| {
            says["nonce"] = json!("n");
            Signed::Well
        }),
        ("no event", |says| {
            says["events"] = json!({});
            Signed::Well
        }),
        ("another event", |says| {
            says["events"] = json!({ "http://schemas.openid.net/event/other": {} });
            Signed::Well
        }),
        ("an event that is none", |says| {
            says["events"] = json!({ "http://schemas.openid.net/event/backchannel-logout": "yes" });
            Signed::Well
        }),
        ("expired", |says| {
            says["exp"] = json!(says["iat"].as_i64().unwrap() - 1);
            Signed::Well
        }),
        ("old", |says| {
            says["iat"] = json!(says["iat"].as_i64().unwrap() - 601);
            Signed::Well
        }),
        ("without a name", |says| {
            says.as_object_mut().unwrap().remove("jti");
            Signed::Well
        }),
        ("of nobody", |says| {
            says.as_object_mut().unwrap().remove("sub");
            says["sid"] = json!("one");
            Signed::Well
        }),
        ("by another key", |_| Signed::ByAnother),
        ("by the secret", |_| Signed::BySecret),
        ("unsigned", |_| Signed::NotAtAll),
        ("by another one's session", |says| {
            says["sub"] = json!("id of somebody else");
            says["sid"] = json!("one");
            Signed::Well
        }),
    ];
    for (why, change) in changes {
        let status = tells(&world, world.northwind, &provider.logout_token(OWNER, change)).await;
        // Whom the provider does not know here, it may say that of.
        assert_eq!(status, if why == "by another one's session" { 200 } else { 400 }, "{why}");
        assert_eq!(nora.opens(LEADS).await.status, 200, "{why}");
    }
    for token in ["", "x", "a.b.c"] {
        assert_eq!(tells(&world, world.northwind, token).await, 400, "{token:?}");
    }
    assert_eq!(tells(&world, world.northwind, &other.logout_token(OWNER, well)).await, 400, "another provider");
    assert_eq!(tells(&world, world.contoso, &provider.logout_token(OWNER, well)).await, 400, "another partner");
    assert_eq!(nora.opens(LEADS).await.status, 200);
    // A token of a logout lets nobody in.
    let (to, browser) = goes(&world.visitor(), world.northwind).await;
    let brings = provider.signs_in(&to, OWNER, |says| {
        says["events"] = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        says.as_object_mut().unwrap().remove("nonce");
        Signed::Well
    });
    refused(&comes_back(&browser, world.northwind, &brings).await, "sso-token");
}
