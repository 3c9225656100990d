//! The admin area: which admin may do what, that its login and the partners' never mix, that one account's admins never
//! reach another's, and what is done there step by step.

use app::access::{Mark, is_marked};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions, effective},
    audit::AuditAction,
    leads::LeadStatus,
    partners::PartnerStatus,
};
use portal_server::{router, workers::mail::Mailer};
use store::partners;

use crate::{
    browser::{Answer, Browser, form},
    tables::{
        ROLES, SOME_ID, Things, admin_call, admin_opened, admin_path, call, filled, functions_by_permission,
        guarded_functions, guarded_pages, is_admin_path, opened, pages, server_functions, wanted,
    },
    world::{ADMIN, ADMINS, FINANCE, LEADS, MANAGER, MEMBER, OWNER, PASSWORD, SUPPORT, VIEWER, World},
};

/// A path of the admin area with the ids its table is about.
fn downloads() -> impl Iterator<Item = String> {
    router::download_paths().into_iter().map(ToOwned::to_owned)
}

impl World {
    /// The texts of all mails written so far, and none after that.
    async fn post(&self) -> Vec<String> {
        Mailer::new(self.db.clone(), self.portal.clone(), &self.config).unwrap().run_once().await.unwrap();
        let Ok(folder) = std::fs::read_dir(self.config.data.join("mails")) else { return Vec::new() };
        let mails = folder.map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            // Quoted-printable breaks long lines.
            text.replace("=\r\n", "").replace("=3D", "=")
        });
        mails.collect()
    }

    async fn set_access(&self, status: PartnerStatus, overrides: Overrides) {
        let mut tx = self.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, self.account, self.northwind, status, true, overrides).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// The path of the link in a mail that leads to one of the pages for visitors.
fn link_in(mails: &[String], page: &str) -> String {
    let found = mails.iter().find_map(|mail| {
        let from = mail.find(&format!("https://portal.example{page}/"))?;
        mail[from + "https://portal.example".len()..].split_whitespace().next().map(ToOwned::to_owned)
    });
    found.unwrap_or_else(|| panic!("no link to {page} in {mails:?}"))
}

/// Follows a mailed link in a browser of its own, and keeps the cookie that holds its token.
async fn follow<'w>(world: &'w World, link: &str) -> Browser<'w> {
    let answer = world.visitor().opens(link).await;
    assert_eq!(answer.status, 303, "{link}");
    assert!(!answer.location().contains(link.rsplit('/').next().unwrap()), "the token leaves the address");
    world.visitor().with_cookie(&answer.cookie().unwrap())
}

async fn submit(browser: &Browser<'_>, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    browser.submits(page, path, fields).await
}

#[tokio::test]
async fn every_admin_function_answers_each_role_as_the_table_says() {
    let world = World::new().await;
    let things = Things::of(&world);
    for (path, _) in server_functions().into_iter().filter(|(path, _)| is_admin_path(path)) {
        let (body, expected) = admin_call(path, &things);
        for ((email, role), status) in ADMINS.into_iter().zip(expected) {
            let answer = world.logged_in_admin(email).await.calls(path, body.clone()).await;
            assert_eq!(answer.status, status, "{role} calls {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn every_admin_page_and_download_answers_each_role_as_the_table_says() {
    let world = World::new().await;
    let things = Things::of(&world);
    for (place, (email, role)) in ADMINS.into_iter().enumerate() {
        let browser = world.logged_in_admin(email).await;
        for pattern in pages().into_iter().chain(downloads()).filter(|pattern| is_admin_path(pattern)) {
            let answer = browser.opens(&admin_path(&pattern, &things)).await;
            assert_eq!(answer.status, admin_opened(&pattern)[place], "{role} opens {pattern}");
            if answer.status == 403 {
                assert!(answer.body.contains("You may not"), "{role} at {pattern}");
            }
        }
    }
    assert!(!world.events(AuditAction::PermissionRefused).await.is_empty(), "refusals are noted");
}

/// Every permission off, one by one, for every role: each route obeys at once, whatever the role allows otherwise.
#[tokio::test]
async fn every_permission_is_obeyed_by_every_route_and_role() {
    let world = World::new().await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let roles = [
        (OWNER, PartnerRole::Owner),
        (MEMBER, PartnerRole::Member),
        (FINANCE, PartnerRole::Finance),
        (VIEWER, PartnerRole::Viewer),
    ];
    assert_eq!(roles.map(|(email, _)| email), ROLES);
    let browsers = [
        world.logged_in(OWNER).await,
        world.logged_in(MEMBER).await,
        world.logged_in(FINANCE).await,
        world.logged_in(VIEWER).await,
    ];
    let functions: Vec<_> = functions_by_permission().collect();
    let guarded: Vec<_> = guarded_pages(false).collect();
    for permission in Permission::ALL.iter().copied() {
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[permission]) };
        world.set_access(PartnerStatus::Active, denied).await;
        // Tries are counted; the next permission's begin anew.
        world.clock.advance(chrono::TimeDelta::minutes(16));
        for (place, (_, role)) in roles.into_iter().enumerate() {
            browsers[place].confirms().await;
            let rights = effective(Permissions::all(), denied, role);
            let expected = |path: &str, usual: u16| {
                if wanted(path).iter().all(|needed| rights.has(*needed)) { usual } else { 403 }
            };
            for path in &functions {
                let (body, usual) = call(path, &lead);
                let answer = browsers[place].calls(path, body).await;
                assert_eq!(answer.status, expected(path, usual[place]), "{role} calls {path} without {permission}");
            }
            for pattern in &guarded {
                let answer = browsers[place].opens(&filled(pattern, &lead)).await;
                assert_eq!(
                    answer.status,
                    expected(pattern, opened(pattern)[place]),
                    "{role} opens {pattern} without {permission}"
                );
            }
        }
    }
}

/// Two logins, two cookies: neither opens the other's area, under its own name or the other's.
#[tokio::test]
async fn the_two_logins_never_mix() {
    let world = World::new().await;
    let things = Things::of(&world);
    let partner = world.logged_in(OWNER).await;
    let admin = world.logged_in_admin(ADMIN).await;
    let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
    let posing = partner.with_cookie(&format!("portal-admin={}", value(partner.cookie())));
    let both = partner.with_cookie(&format!("{}; portal-admin={}", partner.cookie(), value(partner.cookie())));
    for browser in [&partner, &posing, &both] {
        for pattern in guarded_pages(true) {
            let answer = browser.opens(&admin_path(&pattern, &things)).await;
            assert!(
                answer.leads_to_login() && answer.location().starts_with("/admin/login"),
                "{pattern}: {}",
                answer.status
            );
        }
        for path in guarded_functions(true) {
            assert_eq!(browser.calls(path, admin_call(path, &things).0).await.status, 401, "{path}");
        }
    }
    let posing = admin.with_cookie(&format!("portal-partner={}", value(admin.cookie())));
    for browser in [&admin, &posing] {
        for pattern in guarded_pages(false) {
            assert!(browser.opens(&filled(&pattern, SOME_ID)).await.leads_to_login(), "{pattern}");
        }
        for path in guarded_functions(false) {
            assert_eq!(browser.calls(path, call(path, SOME_ID).0).await.status, 401, "{path}");
        }
    }
    // The partner's password is not the admin's, even where the address is the same.
    let answer = world.visitor().calls("/fn/admin/auth/login", form(&[("email", OWNER), ("password", PASSWORD)])).await;
    assert_eq!(answer.status, 401);
    assert_eq!(world.visitor().tries(ADMIN, PASSWORD).await.status, 401);
}

/// Viewing as the partner shows what the partner sees, says so, and changes nothing: every write and every download is
/// refused.
#[tokio::test]
async fn viewing_as_a_partner_changes_and_takes_nothing() {
    let world = World::new().await;
    world.deny(Permission::ViewInvoices).await;
    let lead = world.lead_of(OWNER, "Ada Lovelace").await;
    for (email, _) in ADMINS {
        let admin = world.logged_in_admin(email).await;
        let partner = world.northwind.to_string();
        let answer = submit(&admin, "/admin", "/fn/admin/partners/view-as", &[("id", &partner)]).await;
        assert_eq!((answer.status, answer.location()), (302, "/partner"));
        let page = admin.opens(LEADS).await;
        assert!(
            page.status == 200 && page.body.contains("Ada Lovelace") && page.body.contains("Stop viewing"),
            "{email}"
        );
        assert!(!page.body.contains("Secret Sam") && !page.body.contains("Export CSV"));
        assert_eq!(admin.opens(&format!("{LEADS}/{lead}")).await.status, 200);
        assert_eq!(world.lead(OWNER, lead).await.summary.status, LeadStatus::New, "that an admin looked is no opening");
        assert_eq!(admin.opens("/partner/invoices").await.status, 403, "as for the partner itself");
        assert_eq!(admin.opens("/partner/profile/security").await.status, 403, "a user's own business");
        for pattern in downloads().filter(|path| !is_admin_path(path)) {
            let answer = admin.fetches(&filled(&pattern, &lead.to_string())).await;
            assert_eq!((answer.status, answer.header("content-disposition")), (403, ""), "{pattern}");
        }
        for path in guarded_functions(false) {
            let (body, usual) = call(path, &lead.to_string());
            let status = admin.calls(path, body).await.status;
            if is_marked(Mark::Viewable, path) {
                let allowed = [usual[0], 403, 404];
                assert!(allowed.contains(&status), "{path}: {status}");
            } else {
                assert_eq!(status, 403, "{path}");
            }
        }
        let answer = submit(&admin, "/partner", "/fn/admin/view/stop", &[]).await;
        assert_eq!(answer.location(), format!("/admin/partners/{partner}"));
        assert!(admin.opens(LEADS).await.leads_to_login());
    }
    let begun = world.events(AuditAction::PartnerViewed).await;
    assert_eq!((begun.len(), begun[0].actor_kind.as_str()), (3, "admin"));
    assert_eq!(world.events(AuditAction::PartnerViewEnded).await.len(), 3);
    assert!(world.events(AuditAction::LeadViewed).await.is_empty());
}

/// Two accounts with the same names, addresses and external ids: with the other's ids, everything is missing.
#[tokio::test]
async fn two_accounts_live_side_by_side() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let partner_page = format!("/admin/partners/{}", world.northwind);
    let begun =
        submit(&admin, "/admin", "/fn/admin/invoices/begin", &[("partner", &world.northwind.to_string())]).await;
    let draft = begun.location().rsplit('/').next().unwrap().to_owned();
    let user = world.user(OWNER).await.to_string();
    let own_lead = world.lead_of(OWNER, "Ada Lovelace").await.to_string();
    let (_, partner) = world.second_account().await;
    let log_in = async |path: &str, email: &str| {
        let fields = form(&[("email", email), ("password", PASSWORD), ("account", "globex")]);
        let answer = world.visitor().calls(path, fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.visitor().with_cookie(&answer.cookie().unwrap())
    };
    let theirs = log_in("/fn/admin/auth/login", ADMIN).await;
    let their_user = log_in("/fn/auth/login", OWNER).await;
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 422, "which account is not said");

    assert_eq!(theirs.opens(&partner_page).await.status, 404);
    assert_eq!(theirs.opens(&format!("/admin/partners/{partner}")).await.status, 200);
    let list = theirs.opens("/admin/partners").await.body;
    assert!(
        list.contains("Northwind Solar") && !list.contains("Contoso") && !list.contains(&world.northwind.to_string())
    );
    assert!(!theirs.opens("/admin/audit").await.body.contains("created a draft"));
    assert!(!theirs.opens("/admin/invoices").await.body.contains(&draft));
    let missing = theirs.opens(&format!("/admin/partners/{SOME_ID}")).await;
    let foreign = theirs.opens(&partner_page).await;
    // But for the request's own nonce and the address asked for, the two are alike.
    let normalized = |answer: &Answer, id: &str| {
        let nonce = answer
            .header("content-security-policy")
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        answer.body.replace(&nonce, "").replace(id, "")
    };
    assert_eq!(normalized(&missing, SOME_ID), normalized(&foreign, &world.northwind.to_string()));

    // Every route with the other account's ids in every place where an id goes.
    let things = Things { partner: world.northwind.to_string() };
    for pattern in pages().into_iter().chain(downloads()).filter(|path| path.contains("{id}")) {
        let ids = [&things.partner, &draft, &user, &own_lead];
        for id in ids {
            let browser = if is_admin_path(&pattern) { &theirs } else { &their_user };
            assert_eq!(browser.opens(&filled(&pattern, id)).await.status, 404, "{pattern} with {id}");
        }
    }
    for path in guarded_functions(true) {
        let ((kind, body), usual) = admin_call(path, &things);
        // Right in all but the ids: nothing else is wrong that could be answered first.
        let body = body
            .replace(SOME_ID, if path.contains("invoices") { &draft } else { &user })
            .replace("name=&", "name=Ida&");
        if !body.contains(&things.partner) && !body.contains(&draft) && !body.contains(&user) {
            continue;
        }
        let answer = theirs.calls(path, (kind, body)).await;
        assert_eq!(answer.status, 404, "{path} ({usual:?}): {}", answer.body);
    }
    for path in ["/fn/leads/get", "/fn/leads/review", "/fn/invoices/get"] {
        let ((kind, body), _) = call(path, &own_lead);
        assert_eq!(their_user.calls(path, (kind, body)).await.status, 404, "{path}");
    }
    assert_eq!(admin.opens(&format!("/admin/invoices/{draft}")).await.status, 200, "it is still there");

    // The login page speaks in the name of the account that the address tells.
    assert!(world.visitor().opens("/partner/login?account=globex").await.body.contains("Globex"));
    let host = world.visitor().request(axum::http::Method::GET, "/partner/login").header("accept", "text/html");
    let mut request = host.body(axum::body::Body::empty()).unwrap();
    request.headers_mut().insert("host", "globex.portal.example".parse().unwrap());
    let answer = world.visitor().sends(request).await;
    assert!(answer.body.contains("Globex") && answer.body.contains("/brand/globex.css"));
}

/// From an empty installation to its first partner's dashboard, by forms alone.
#[tokio::test]
async fn an_empty_installation_is_set_up_once() {
    let world = World::new().await;
    // The link of an installation that has admins opens nothing, whatever it was.
    let (token, hash) = services::tokens::fresh().unwrap();
    let mut tx = world.db.begin_write().await.unwrap();
    store::admins::set_setup_link(&mut tx, &hash).await.unwrap();
    tx.commit().await.unwrap();
    let guest = follow(&world, &format!("/admin/setup/{token}")).await;
    assert_eq!(guest.opens("/admin/setup").await.status, 410);
    let fields = [
        ("account_name", "Eve Ltd"),
        ("slug", "eve"),
        ("time_zone", "UTC"),
        ("currency", "EUR"),
        ("name", "Eve"),
        ("email", "eve@evil.example"),
        ("password", "seven brass kettles"),
        ("repeat", "seven brass kettles"),
    ];
    assert_eq!(guest.calls("/fn/admin/auth/setup", form(&fields)).await.status, 410);
    assert!(store::accounts::find(&mut world.read().await, Some("eve")).await.unwrap().is_none());
}

/// A partner from its creation to its first login, then paused.
#[tokio::test]
async fn a_partner_is_created_invited_and_paused() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let answer = submit(
        &admin,
        "/admin/partners/new",
        "/fn/admin/partners/create",
        &[("name", "Zeta"), ("internal_notes", "pays late")],
    )
    .await;
    let users = answer.location().split('?').next().unwrap().to_owned();
    let id = users.split('/').nth(3).unwrap().to_owned();
    let again = submit(&admin, "/admin/partners/new", "/fn/admin/partners/create", &[("name", "Zeta")]).await;
    assert!(again.kept_form().is_some(), "a name is taken once: {}", again.location());
    let invite = [("partner", id.as_str()), ("name", "Zoe"), ("email", "zoe@zeta.example"), ("role", "owner")];
    assert!(submit(&admin, &users, "/fn/admin/partners/invite", &invite).await.location().ends_with("done=invited"));
    let mails = world.post().await;
    assert_eq!(mails.len(), 1);
    for said in
        ["Hello Zoe", "https://portal.example/partner/login", "see leads", "Forgot your password", "help@acme.example"]
    {
        assert!(mails[0].contains(said), "{said} in {}", mails[0]);
    }
    let zoe = follow(&world, &link_in(&mails, "/partner/invite")).await;
    let password = [("password", "seven brass kettles"), ("repeat", "seven brass kettles")];
    let accepted = zoe.calls("/fn/auth/accept-invitation", form(&password)).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    let cookies =
        accepted.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let session = cookies.rev().find(|cookie| cookie.starts_with("portal-partner=")).unwrap().to_owned();
    let zoe = zoe.with_cookie(&session);
    let dashboard = zoe.opens("/partner").await;
    assert!(dashboard.status == 200 && !dashboard.body.contains("pays late"));
    assert!(
        !zoe.opens("/partner/profile/activity").await.body.contains("created a partner"),
        "the admins' actions are the admins' alone"
    );
    let paused = submit(&admin, &users, "/fn/admin/partners/set-status", &[("id", &id), ("status", "paused")]).await;
    assert!(paused.location().ends_with("done=status"));
    assert!(zoe.opens("/partner").await.leads_to_login(), "at the next request");
    assert_eq!(world.events(AuditAction::PartnerStatusChanged).await.len(), 1);
}

/// An API key is shown once, to the session that made it.
#[tokio::test]
async fn an_api_key_is_shown_once_to_whoever_made_it() {
    let world = World::new().await;
    let (olga, elsewhere) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(ADMIN).await);
    let fields = [("name", "CRM"), ("scopes[]", "leads:read"), ("life", "30")];
    submit(&olga, "/admin/api-keys", "/fn/admin/api-keys/create", &fields).await;
    assert!(!elsewhere.opens("/admin/api-keys").await.body.contains("class=\"secret\""));
    let page = olga.opens("/admin/api-keys").await.body;
    assert!(page.contains("class=\"secret\">pp_live_"), "{page}");
    assert!(!olga.opens("/admin/api-keys").await.body.contains("class=\"secret\""));
}

/// A temporary password is shown once, opens nothing but the way to an own one, and stands nowhere else.
#[tokio::test]
async fn a_temporary_password_leads_to_an_own_one() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let users = format!("/admin/partners/{}/users", world.northwind);
    let partner = world.northwind.to_string();
    let fields =
        [("partner", partner.as_str()), ("name", "Tom"), ("email", "tom@northwind.example"), ("role", "member")];
    let answer = submit(&admin, &users, "/fn/admin/partners/create-user", &fields).await;
    assert!(answer.location().ends_with("done=password") && !answer.body.contains("Tom"));
    for other in [SUPPORT, ADMIN, MANAGER] {
        let page = world.logged_in_admin(other).await.opens(&users).await.body;
        assert!(!page.contains("class=\"secret\""), "{other}: only the session that made it shows it");
    }
    let page = admin.opens(&users).await.body;
    let secret = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!admin.opens(&users).await.body.contains(&secret), "shown once");
    for event in store::audit::latest(&mut world.read().await, world.account, 100).await.unwrap() {
        assert!(!event.detail.contains(&secret), "{event:?}");
    }
    let tom = world.logged_in_with("tom@northwind.example", &secret).await;
    assert_eq!(tom.opens(LEADS).await.location(), "/partner/new-password");
    assert_eq!(tom.calls("/fn/leads/list", form(&[])).await.status, 403);
    assert_eq!(tom.fetches("/partner/leads/export.csv").await.location(), "/partner/new-password");
    let own = |password: &str| form(&[("password", password), ("repeat", password)]);
    assert_eq!(tom.calls("/fn/auth/own-password", own(&secret)).await.status, 422, "another one");
    assert_eq!(tom.calls("/fn/auth/own-password", own("seven brass kettles")).await.status, 200);
    assert_eq!(tom.opens(LEADS).await.status, 200);
    assert_eq!(world.visitor().tries("tom@northwind.example", &secret).await.status, 401);
}

/// Nobody used it for three days: it opens nothing any more, a link to reset does.
#[tokio::test]
async fn an_unused_temporary_password_ends() {
    let world = World::new().await;
    let partner = world.northwind.to_string();
    let users = format!("/admin/partners/{partner}/users");
    let user = world.user(MEMBER).await.to_string();
    let make = async || {
        let admin = world.logged_in_admin(MANAGER).await;
        let fields = [("partner", partner.as_str()), ("user", user.as_str())];
        submit(&admin, &users, "/fn/admin/partners/temporary-password", &fields).await;
        let page = admin.opens(&users).await.body;
        assert!(page.contains("works for three days"));
        page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let first = make().await;
    world.clock.advance(chrono::TimeDelta::hours(71));
    assert_eq!(world.visitor().tries(MEMBER, &first).await.status, 200);
    world.clock.advance(chrono::TimeDelta::hours(1));
    let late = world.visitor().tries(MEMBER, &first).await;
    let wrong = world.visitor().tries(MEMBER, "some other password").await;
    assert_eq!((late.status, late.body), (401, wrong.body), "it looks like any wrong one");
    let second = make().await;
    assert_eq!(world.visitor().tries(MEMBER, &second).await.status, 200, "a new one has three days of its own");
    world.clock.advance(chrono::TimeDelta::days(3));
    world.mails().await;
    crate::account_recovery::ask(&world, MEMBER).await;
    assert!(world.mails().await.iter().any(|mail| mail.to == MEMBER && mail.link().is_some()));
}

/// An invoice by hand, from the draft to the money, by forms alone; the partner sees it the moment it is issued.
#[tokio::test]
async fn an_invoice_is_written_issued_and_settled() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let owner = world.logged_in(OWNER).await;
    let partner = world.northwind.to_string();
    let page = submit(&admin, "/admin/invoices/new", "/fn/admin/invoices/begin", &[("partner", &partner)])
        .await
        .location()
        .to_owned();
    let id = page.rsplit('/').next().unwrap().to_owned();
    let wrong = [
        ("id", id.as_str()),
        ("lines[0][description]", "Setup"),
        ("lines[0][quantity]", "many"),
        ("lines[0][unit_price]", "10"),
        ("lines[0][tax_rate]", "19"),
    ];
    let back = submit(&admin, &page, "/fn/admin/invoices/save", &wrong).await;
    let shown = admin.goes_back(&back).await.body;
    assert!(
        shown.contains("enter a number") && shown.contains("value=\"many\"") && shown.contains("value=\"Setup\""),
        "nothing is lost"
    );
    let right = [
        ("id", id.as_str()),
        ("lines[0][description]", "Setup"),
        ("lines[0][quantity]", "2.5"),
        ("lines[0][unit_price]", "10,01"),
        ("lines[0][tax_rate]", "19"),
        ("lines[1][description]", ""),
        ("note", "Thanks"),
    ];
    assert!(submit(&admin, &page, "/fn/admin/invoices/save", &right).await.location().ends_with("done=saved"));
    assert!(admin.opens(&page).await.body.contains("€29.79"));
    let their = format!("/partner/invoices/{id}");
    assert_eq!(owner.opens(&their).await.status, 404, "a draft is for admins alone");
    for kind in ["pdf", "csv"] {
        assert_eq!(admin.fetches(&format!("{page}/{kind}")).await.status, 404, "nor a file");
    }
    assert!(
        submit(&admin, &page, "/fn/admin/invoices/issue", &[("id", &id)]).await.location().ends_with("done=issued")
    );
    let seen = owner.opens(&their).await.body;
    assert!(seen.contains("2026-0001") && seen.contains("Pending") && seen.contains("Thanks"));
    let mails = world.post().await;
    assert_eq!(mails.len(), 2, "the owner and the one of the finances: {mails:?}");
    assert!(mails.iter().all(|mail| mail.contains("2026-0001") && mail.contains(&their)));
    assert_eq!(admin.calls("/fn/admin/invoices/save", form(&right)).await.status, 409, "an issued one never changes");
    assert_eq!(admin.calls("/fn/admin/invoices/issue", form(&[("id", &id)])).await.status, 409);
    let (ours, theirs) = (admin.fetches(&format!("{page}/pdf")).await, owner.fetches(&format!("{their}/pdf")).await);
    assert_eq!((ours.status, ours.bytes), (200, theirs.bytes), "the same file");
    assert!(owner.fetches(&format!("{their}/csv")).await.body.contains("2.5,10.01,19.00,25.03"));
    world.clock.advance(chrono::TimeDelta::days(15));
    // Sessions end in the meantime.
    let (admin, owner) = (world.logged_in_admin(MANAGER).await, world.logged_in(OWNER).await);
    assert!(owner.opens(&their).await.body.contains("Overdue"));
    let early = admin.calls("/fn/admin/invoices/pay", form(&[("id", &id), ("paid_on", "2027-01-01")])).await;
    assert!(early.status == 422 && early.body.contains("is in the future"));
    let paid = [("id", id.as_str()), ("paid_on", "2026-12-07"), ("reference", "TRX 7")];
    assert!(submit(&admin, &page, "/fn/admin/invoices/pay", &paid).await.location().ends_with("done=paid"));
    let seen = owner.opens(&their).await.body;
    assert!(seen.contains("Paid in full") && seen.contains("TRX 7"));
    assert!(
        submit(&admin, &page, "/fn/admin/invoices/unpay", &[("id", &id)]).await.location().ends_with("done=unpaid")
    );
    assert!(
        submit(&admin, &page, "/fn/admin/invoices/void", &[("id", &id), ("reason", "Billed twice")])
            .await
            .location()
            .ends_with("done=voided")
    );
    assert!(owner.opens(&their).await.body.contains("Billed twice"));
    for action in [
        AuditAction::InvoiceIssued,
        AuditAction::InvoicePaid,
        AuditAction::InvoicePaymentUndone,
        AuditAction::InvoiceVoided,
    ] {
        assert_eq!(world.events(action).await.len(), 1, "{action}");
    }
}

/// An admin joins by an invitation; the last owner stays; a disabled admin is out at once.
#[tokio::test]
async fn admins_manage_admins_and_never_lose_their_last_owner() {
    let world = World::new().await;
    let owner = world.logged_in_admin(ADMIN).await;
    let invite = [("name", "Nia"), ("email", "nia@acme.example"), ("role", "owner")];
    assert!(
        submit(&owner, "/admin/users", "/fn/admin/admins/invite", &invite).await.location().ends_with("done=invited")
    );
    let page = owner.opens("/admin/users").await.body;
    assert!(page.contains("nia@acme.example"));
    let nia = follow(&world, &link_in(&world.post().await, "/admin/invite")).await;
    assert!(nia.opens("/admin/invite").await.body.contains("Nia"));
    let password = form(&[("password", "seven brass kettles"), ("repeat", "seven brass kettles")]);
    assert_eq!(nia.calls("/fn/admin/auth/accept-invitation", password.clone()).await.status, 200);
    assert_eq!(nia.calls("/fn/admin/auth/accept-invitation", password).await.status, 410, "once");
    let login = form(&[("email", "nia@acme.example"), ("password", "seven brass kettles")]);
    let answer = world.visitor().calls("/fn/admin/auth/login", login).await;
    let nia = world.visitor().with_cookie(&answer.cookie().unwrap());
    let ids = |page: &str| {
        let mut ids: Vec<String> =
            page.split("id=\"role-").skip(1).map(|part| part.split('"').next().unwrap().to_owned()).collect();
        ids.dedup();
        ids
    };
    let others = ids(&nia.opens("/admin/users").await.body);
    assert_eq!(others.len(), 3, "everybody but herself");
    let change = |id: &str, role: &str, active: &str| form(&[("id", id), ("role", role), ("active", active)]);
    for id in &others {
        assert_eq!(nia.calls("/fn/admin/admins/change", change(id, "support", "no")).await.status, 200);
    }
    assert!(owner.opens("/admin").await.leads_to_login(), "disabled is out at once");
    // Nia is the last owner now. She cannot go, whoever asks.
    let all = store::audit::latest(&mut world.read().await, world.account, 200).await.unwrap();
    let herself =
        all.iter().find(|event| event.action == "admin_invitation_accepted").unwrap().object_id.unwrap().to_string();
    for (role, active) in [("support", "yes"), ("owner", "no")] {
        let answer = nia.calls("/fn/admin/admins/change", change(&herself, role, active)).await;
        assert!(answer.status == 422 && answer.body.contains("last owner"), "{}", answer.body);
    }
}

/// A forgotten password of an admin, by a link of its own that the partners' page does not take.
#[tokio::test]
async fn an_admin_resets_a_forgotten_password() {
    let world = World::new().await;
    let before = world.logged_in_admin(ADMIN).await;
    let asked = world.visitor().calls("/fn/admin/auth/forgot-password", form(&[("email", ADMIN)])).await;
    let unknown = world.visitor().calls("/fn/admin/auth/forgot-password", form(&[("email", "no@acme.example")])).await;
    assert_eq!((asked.status, asked.body), (unknown.status, unknown.body));
    let link = link_in(&world.post().await, "/admin/reset-password");
    let token = link.rsplit('/').next().unwrap();
    let elsewhere = follow(&world, &format!("/partner/reset-password/{token}")).await;
    let password = form(&[("password", "seven brass kettles"), ("repeat", "seven brass kettles")]);
    assert_eq!(elsewhere.calls("/fn/auth/reset-password", password.clone()).await.status, 410);
    let browser = follow(&world, &link).await;
    assert_eq!(browser.calls("/fn/admin/auth/reset-password", password.clone()).await.status, 200);
    assert_eq!(browser.calls("/fn/admin/auth/reset-password", password).await.status, 410, "once");
    assert!(before.opens("/admin").await.leads_to_login(), "logged out everywhere");
    let login = form(&[("email", ADMIN), ("password", "seven brass kettles")]);
    assert_eq!(world.visitor().calls("/fn/admin/auth/login", login).await.status, 200);
}

/// The settings: what is wrong comes back with what was typed, what is right counts from the next request on.
#[tokio::test]
async fn settings_are_judged_and_obeyed() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let owner = world.logged_in(OWNER).await;
    let account = |slug: &'static str| {
        form(&[
            ("name", "Acme"),
            ("slug", slug),
            ("support_contact", "help"),
            ("time_zone", "Europe/Berlin"),
            ("currency", "EUR"),
        ])
    };
    let refused = admin.calls("/fn/admin/settings/save-account", account("admin")).await;
    assert!(refused.status == 422 && refused.body.contains("is reserved"), "{}", refused.body);
    assert_eq!(admin.calls("/fn/admin/settings/save-account", account("acme")).await.status, 200);
    let accent = |color: &'static str| form(&[("accent", color)]);
    let pale = admin.calls("/fn/admin/settings/save-accent", accent("#ffee00")).await;
    assert!(pale.status == 422 && pale.body.contains("hard to read"));
    assert_eq!(admin.calls("/fn/admin/settings/save-accent", accent("#8a1f5c")).await.status, 200);
    let css = world.visitor().fetches("/brand/acme.css").await;
    assert!(
        css.body.contains("--accent: #8a1f5c") && css.header("content-type").starts_with("text/css"),
        "{}",
        css.body
    );
    assert_eq!(world.visitor().fetches("/brand/nobody.css").await.status, 404);
    assert!(owner.opens("/partner").await.body.contains("/brand/acme.css"));
    let only = form(&[("allow[view_leads]", "yes")]);
    assert_eq!(admin.calls("/fn/admin/settings/save-permissions", only).await.status, 200);
    assert_eq!((owner.opens(LEADS).await.status, owner.opens("/partner/invoices").await.status), (200, 403));
    let typo = form(&[("subject", "Hi"), ("text", "Go to {lnik} {link}")]);
    assert!(admin.calls("/fn/admin/settings/save-welcome", typo).await.body.contains("{lnik}"));
    let own = form(&[("subject", "Join {account}"), ("text", "Dear {name}.\n\n{link}\n\nAsk {support}.")]);
    assert_eq!(admin.calls("/fn/admin/settings/save-welcome", own).await.status, 200);
    assert_eq!(admin.calls("/fn/admin/settings/test-welcome", form(&[("to", "me@acme.example")])).await.status, 200);
    let mails = world.post().await;
    assert!(mails[0].contains("Subject: Test: Join Acme") && mails[0].contains("Dear Ada Lovelace."), "{}", mails[0]);
    assert_eq!(admin.calls("/fn/admin/settings/save-retention", form(&[("months", "7")])).await.status, 422);
    assert_eq!(admin.calls("/fn/admin/settings/switch-portal", form(&[("on", "no")])).await.status, 200);
    assert!(owner.opens(LEADS).await.leads_to_login());
    assert_eq!(world.visitor().tries(OWNER, PASSWORD).await.status, 401);
    assert_eq!(admin.opens("/admin").await.status, 200, "admins stay");
}

/// Several partners at once; the lists as files.
#[tokio::test]
async fn several_partners_are_changed_and_exported_at_once() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let owner = world.logged_in(OWNER).await;
    let (one, two) = (world.northwind.to_string(), world.contoso.to_string());
    let none = submit(&admin, "/admin/partners", "/fn/admin/partners/bulk", &[("action", "pause")]).await;
    assert!(none.kept_form().is_some());
    let both = [("ids[]", one.as_str()), ("ids[]", two.as_str()), ("action", "pause")];
    let done = submit(&admin, "/admin/partners", "/fn/admin/partners/bulk", &both).await;
    assert!(done.location().ends_with("done=bulk&changed=2"), "{}", done.location());
    assert!(owner.opens(LEADS).await.leads_to_login());
    let file = admin.fetches("/admin/partners/export.csv?status=paused").await;
    assert_eq!(file.body.lines().count(), 3, "{}", file.body);
    assert!(file.header("content-disposition").contains("partners-2026-11-22.csv"));
    let chosen = admin.fetches(&format!("/admin/partners/export.csv?status=paused&ids%5B%5D={one}")).await;
    assert!(chosen.body.contains("Northwind") && !chosen.body.contains("Contoso"));
    let log = admin.fetches("/admin/audit/export.csv?action=partner_status_changed").await;
    assert_eq!(log.body.lines().count(), 3, "{}", log.body);
    assert_eq!(world.events(AuditAction::PartnersExported).await.len(), 2);
}

/// A form with a file in it, as browsers send it.
async fn upload(browser: &Browser<'_>, path: &str, content: &[u8]) -> Answer {
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n"
            .to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = browser
        .request(axum::http::Method::POST, path)
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin");
    browser.sends(request.body(body.into()).unwrap()).await
}

/// A file of partners is looked at first, row by row, and imported once; nobody else's file can be reached.
#[tokio::test]
async fn a_file_of_partners_is_looked_at_and_imported_once() {
    let world = World::new().await;
    let admin = world.logged_in_admin(MANAGER).await;
    let import = "/admin/partners/import";
    for (content, word) in
        [(&b""[..], "empty"), (&b"PK\x03\x04"[..], "workbook"), (&vec![b'x'; 1_048_600][..], "large")]
    {
        assert!(upload(&admin, import, content).await.location().ends_with(&format!("wrong={word}")), "{word}");
    }
    let useless = upload(&admin, import, b"Strasse;Ort\nA;B").await;
    assert!(admin.opens(useless.location()).await.body.contains("No column is called"));
    let file = "\u{feff}Name;E-Mail;Shoe size\r\nZeta;office@zeta.example;43\r\nNorthwind Solar;;\r\n\"Yeti; Sons\";nobody;\r\n";
    let taken = upload(&admin, import, file.as_bytes()).await.location().to_owned();
    let page = admin.opens(&taken).await.body;
    for said in ["1 partner to create", "Zeta", "ignored", "of this name already", "name@example.com"] {
        assert!(page.contains(said), "{said}");
    }
    let id = taken.rsplit('=').next().unwrap();
    world.second_account().await;
    let fields = form(&[("email", ADMIN), ("password", PASSWORD), ("account", "globex")]);
    let theirs = world.visitor().calls("/fn/admin/auth/login", fields).await;
    let theirs = world.visitor().with_cookie(&theirs.cookie().unwrap());
    for path in ["/fn/admin/partners/import-preview", "/fn/admin/partners/import-run"] {
        assert_eq!(theirs.calls(path, form(&[("id", id)])).await.status, 404, "{path}");
    }
    let done = submit(&admin, &taken, "/fn/admin/partners/import-run", &[("id", id)]).await;
    assert!(done.location().ends_with("changed=1"), "{}", done.location());
    assert!(admin.opens("/admin/partners?q=office@zeta").await.body.contains("Zeta"));
    assert_eq!(admin.calls("/fn/admin/partners/import-run", form(&[("id", id)])).await.status, 404, "once");
    assert_eq!(world.events(AuditAction::PartnersImported).await.len(), 1);
}

#[tokio::test]
async fn only_admins_upload_files() {
    let world = World::new().await;
    for path in router::upload_paths().into_iter().filter(|path| path.starts_with("/admin/")) {
        assert!(upload(&world.visitor(), path, b"x").await.leads_to_login(), "{path}");
        assert!(upload(&world.logged_in(OWNER).await, path, b"x").await.leads_to_login(), "{path}");
        assert_eq!(upload(&world.logged_in_admin(SUPPORT).await, path, b"x").await.status, 403, "{path}");
        let foreign = world.logged_in_admin(ADMIN).await;
        let request = foreign.request(axum::http::Method::POST, path).header("sec-fetch-site", "cross-site");
        assert_eq!(foreign.sends(request.body(axum::body::Body::empty()).unwrap()).await.status, 403, "{path}");
    }
}

/// A picture of so many pixels in one colour.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = [200, 30, 60].repeat((width * height) as usize);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

/// How many pictures a PDF has, as another program counts them.
fn pictures(pdf: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, pdf).unwrap();
    let listed = std::process::Command::new("pdfimages").arg("-list").arg(&path).output();
    let listed = listed.expect("pdfimages is missing: run tools/setup.sh test");
    String::from_utf8(listed.stdout).unwrap().lines().count() - 2
}

/// The logo stands on every page and on the invoices issued from then on; an invoice keeps the one it was issued with.
#[tokio::test]
async fn a_logo_is_judged_shown_and_kept() {
    let world = World::new().await;
    let admin = world.logged_in_admin(ADMIN).await;
    let logo = "/admin/settings/logo";
    let mut broken = picture(10, 10);
    broken.truncate(60);
    for (content, word) in [
        (&b"<svg/>"[..], "logo-other"),
        (&broken[..], "logo-other"),
        (b"", "logo-empty"),
        (&picture(2_001, 1)[..], "logo-large"),
    ] {
        assert!(upload(&admin, logo, content).await.location().ends_with(word), "{word}");
    }
    let issued = async || {
        let begun =
            submit(&admin, "/admin", "/fn/admin/invoices/begin", &[("partner", &world.northwind.to_string())]).await;
        let id = begun.location().rsplit('/').next().unwrap().to_owned();
        let line = [
            ("id", id.as_str()),
            ("lines[0][description]", "Setup"),
            ("lines[0][quantity]", "1"),
            ("lines[0][unit_price]", "10"),
            ("lines[0][tax_rate]", "19"),
        ];
        submit(&admin, "/admin", "/fn/admin/invoices/save", &line).await;
        submit(&admin, "/admin", "/fn/admin/invoices/issue", &[("id", &id)]).await;
        format!("/admin/invoices/{id}/pdf")
    };
    let before = issued().await;
    assert!(upload(&admin, logo, &picture(300, 60)).await.location().ends_with("done=logo"));
    let css = world.visitor().fetches("/brand/acme.css").await.body;
    let address = css.split('"').nth(1).unwrap().to_owned();
    let shown = world.visitor().fetches(&address).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "image/png"));
    assert_eq!(shown.bytes, picture(300, 60));
    assert!(admin.opens("/admin/settings/branding").await.body.contains(&address));
    world.second_account().await;
    assert_eq!(
        world.visitor().fetches(&address.replace("/acme/", "/globex/")).await.status,
        404,
        "another account's it is not"
    );
    let with = issued().await;
    let (old, new) = (admin.fetches(&before).await.bytes, admin.fetches(&with).await.bytes);
    assert_eq!((pictures(&old), pictures(&new)), (0, 1));
    let form = "--x\r\nContent-Disposition: form-data; name=\"remove\"\r\n\r\nyes\r\n--x--\r\n".to_owned();
    let request = admin
        .request(axum::http::Method::POST, logo)
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "multipart/form-data; boundary=x").body(form.into()).unwrap();
    assert!(admin.sends(request).await.location().ends_with("logo-removed"));
    assert!(!world.visitor().fetches("/brand/acme.css").await.body.contains("url("));
    assert_eq!(admin.fetches(&with).await.bytes, new, "an issued invoice never changes");
}

/// The owners who wish so get the head of the audit log once a day, and it proves that nothing up to it was changed.
#[tokio::test]
async fn the_head_of_the_audit_log_is_mailed_daily_on_wish() {
    use portal_server::workers::housekeeping::mail_audit_heads;
    let world = World::new().await;
    assert_eq!(mail_audit_heads(&world.db).await.unwrap(), 0, "nobody asked for it");
    let wish = async |head_mails: &str| {
        let fields = [("months", ""), ("head_mails", head_mails)];
        let admin = world.logged_in_admin(ADMIN).await;
        assert_eq!(admin.calls("/fn/admin/settings/save-retention", form(&fields)).await.status, 200);
        admin.opens("/admin/settings/audit-log").await.body
    };
    let page = wish("yes").await;
    assert!(page.contains(r#"name="head_mails" value="yes" checked"#));
    assert_eq!(mail_audit_heads(&world.db).await.unwrap(), 1);
    let mails = world.mails().await;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [ADMIN], "owners alone");
    let head = mails[0].text.split("--expect ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let holds = async |head: &str| {
        let expected = head.parse().unwrap();
        let verdict = store::audit::verify(&mut world.read().await, world.account, &[], Some(&expected)).await.unwrap();
        verdict.broken.is_none()
    };
    assert!(holds(&head).await);
    assert!(
        !holds(&head.replace(|digit: char| digit.is_ascii_lowercase(), "0")).await,
        "another hash is not the log's"
    );
    assert_eq!(mail_audit_heads(&world.db).await.unwrap(), 0, "once a day");
    world.clock.advance(chrono::TimeDelta::days(1));
    let (one, other) = tokio::join!(mail_audit_heads(&world.db), mail_audit_heads(&world.db));
    assert_eq!(one.unwrap_or(0) + other.unwrap_or(0), 1, "whichever process comes first");
    assert!(holds(&head).await, "what came later does not touch it");
    world.mails().await;
    wish("").await;
    world.clock.advance(chrono::TimeDelta::days(1));
    assert_eq!(mail_audit_heads(&world.db).await.unwrap(), 0);
    assert!(world.mails().await.is_empty());
}
