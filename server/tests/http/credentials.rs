//! When credentials change, whatever rested on the ones before ends: links, sessions, and logins under way.

use domain::{audit::AuditAction, email::Email, ids::UserId, partners::UserKind};
use portal_server::session_store::Sessions;
use services::{Actor, ServiceError, login, own_access};
use store::{accounts, users};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

use crate::{
    account_recovery::{ask, follow},
    browser::{Browser, form},
    world::{ADMIN, LEADS, MANAGER, MEMBER, OWNER, PASSWORD, World},
};

const NEW: &str = "some-quiet-walruses";
const TYPED_TWICE: [(&str, &str); 2] = [("password", NEW), ("repeat", NEW)];

const FROM: login::From<'_> = login::From { address: "192.0.2.1", device: "", two_factor: "", user_agent: "" };

impl World {
    /// The link in the mail that has come for this address just now.
    async fn link_for(&self, address: &str) -> String {
        let mails = self.mails().await;
        mails.iter().filter(|mail| mail.to == address).find_map(|mail| mail.link()).expect("a mail with a link")
    }

    pub(crate) async fn admin_id(&self, email: &str) -> UserId {
        let email = Email::parse(email).unwrap();
        let found = users::credentials_for_login(&mut self.read().await, self.account, UserKind::Admin, &email).await;
        found.unwrap().unwrap().user_id()
    }

    /// A login that has checked the password and not ended yet.
    async fn half_logged_in(&self, kind: UserKind, email: &str) -> (login::Attempt, login::Checked) {
        let mut tx = self.db.begin_write().await.unwrap();
        let account = accounts::find(&mut tx, Some("acme")).await.unwrap();
        let from = FROM;
        let attempt = login::start(&mut tx, &self.portal, kind, account, email, from).await.unwrap();
        tx.commit().await.unwrap();
        let checked = attempt.check(&self.portal, PASSWORD.into()).await.unwrap();
        (attempt, checked)
    }

    async fn finish(
        &self,
        (attempt, checked): (login::Attempt, login::Checked),
    ) -> Result<login::LoggedIn, ServiceError> {
        let mut tx = self.db.begin_write().await.unwrap();
        let finished = login::finish(&mut tx, &self.portal, &attempt, checked, FROM).await;
        tx.commit().await.unwrap();
        finished.map(|step| match step {
            login::Step::Done(logged_in) => *logged_in,
            login::Step::Code { .. } => panic!("nobody here has a second factor"),
        })
    }

    /// Whether a session can still begin after a login that went well.
    async fn begins_session(&self, logged_in: &login::LoggedIn) -> bool {
        let user = serde_json::json!({
            "user_id": logged_in.person.user_id(), "credentials": logged_in.credentials, "address": "", "user_agent": "",
        });
        let expiry_date = time::OffsetDateTime::UNIX_EPOCH;
        let mut record = Record { id: Id::default(), data: [("user".to_owned(), user)].into(), expiry_date };
        Sessions::new(self.db.clone(), self.config.session_lifetime).create(&mut record).await.is_ok()
    }
}

/// The ways in which a member's credentials change.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    OwnPassword,
    Reset,
    Temporary,
    Address,
    Role,
    RoleByColleague,
    Disabled,
}

impl Way {
    const ALL: [Self; 7] = [
        Self::OwnPassword,
        Self::Reset,
        Self::Temporary,
        Self::Address,
        Self::Role,
        Self::RoleByColleague,
        Self::Disabled,
    ];

    async fn happens(self, world: &World, own: &Browser<'_>, confirm: &str, reset: &str) {
        let (partner, user) = (world.northwind.to_string(), world.user(MEMBER).await.to_string());
        let (partner, user) = (("partner", partner.as_str()), ("user", user.as_str()));
        let change =
            |role: &'static str, active: &'static str| form(&[partner, user, ("role", role), ("active", active)]);
        let answer = match self {
            Self::OwnPassword => {
                let fields = [("current", PASSWORD), TYPED_TWICE[0], TYPED_TWICE[1]];
                own.calls("/fn/profile/change-password", form(&fields)).await
            }
            Self::Reset => follow(world, reset).await.calls("/fn/auth/reset-password", form(&TYPED_TWICE)).await,
            Self::Address => follow(world, confirm).await.calls("/fn/auth/confirm-email", form(&[])).await,
            Self::Temporary => {
                let admin = world.logged_in_admin(MANAGER).await;
                admin.calls("/fn/admin/partners/temporary-password", form(&[partner, user])).await
            }
            Self::Role | Self::Disabled => {
                let (role, active) = if self == Self::Role { ("viewer", "yes") } else { ("member", "no") };
                let admin = world.logged_in_admin(MANAGER).await;
                admin.calls("/fn/admin/partners/change-user", change(role, active)).await
            }
            Self::RoleByColleague => {
                let owner = world.logged_in(OWNER).await;
                owner.calls("/fn/users/change", form(&[("id", user.1), ("role", "viewer"), ("active", "yes")])).await
            }
        };
        assert_eq!(answer.status, 200, "{self:?}: {}", answer.body);
    }

    /// What the mail about it says.
    fn says(self) -> &'static str {
        match self {
            Self::OwnPassword | Self::Reset => "Your password was changed",
            Self::Temporary => "a temporary password",
            Self::Address => "Your login address was changed",
            Self::Role | Self::RoleByColleague => "was changed to “Viewer”",
            Self::Disabled => "was disabled",
        }
    }
}

#[tokio::test]
async fn every_change_of_credentials_ends_links_sessions_and_logins_under_way() {
    for way in Way::ALL {
        let world = World::new().await;
        let (own, elsewhere) = (world.logged_in(MEMBER).await, world.logged_in(MEMBER).await);
        let bystander = world.logged_in(OWNER).await;
        let new_address = "mira@northwind.example";
        let asked = form(&[("current", PASSWORD), ("new_email", new_address)]);
        assert_eq!(elsewhere.calls("/fn/profile/change-email", asked).await.status, 200);
        let confirm = world.link_for(new_address).await;
        ask(&world, MEMBER).await;
        let reset = world.link_for(MEMBER).await;
        let before_the_end = world.half_logged_in(UserKind::Partner, MEMBER).await;
        let at_the_end = world.half_logged_in(UserKind::Partner, MEMBER).await;
        let logged_in = world.finish(at_the_end).await.unwrap();

        way.happens(&world, &own, &confirm, &reset).await;
        let mails = world.mails().await;
        assert!(mails.iter().any(|mail| mail.to == MEMBER && mail.text.contains(way.says())), "{way:?}: no word of it");

        for (link, page) in [(&confirm, "/partner/confirm-email"), (&reset, "/partner/reset-password")] {
            assert_eq!(follow(&world, link).await.opens(page).await.status, 410, "{way:?}: {page}");
        }
        let refused = world.finish(before_the_end).await;
        assert!(matches!(refused, Err(ServiceError::LoginFailed)), "{way:?}: {refused:?}");
        assert!(!world.begins_session(&logged_in).await, "{way:?}");
        assert!(elsewhere.opens(LEADS).await.leads_to_login(), "{way:?}");
        assert_eq!(own.opens(LEADS).await.leads_to_login(), way != Way::OwnPassword, "{way:?}: the own doing stays");
        assert_eq!(bystander.opens(LEADS).await.status, 200, "{way:?}");
        if way == Way::Reset {
            // The hash of the old password, made anew, did not come back by the login either.
            assert_eq!(world.visitor().tries(MEMBER, NEW).await.status, 200);
            let failed = world.events(AuditAction::Login).await;
            assert_eq!(failed.iter().filter(|event| event.result == "failure").count(), 1, "and stands in the log");
        }
    }
}

#[tokio::test]
async fn the_same_holds_for_admins() {
    let forgot = async |world: &World| {
        let fields = form(&[("email", MANAGER), ("account", "acme")]);
        assert_eq!(world.visitor().calls("/fn/admin/auth/forgot-password", fields).await.status, 200);
        world.link_for(MANAGER).await
    };
    for (role, active, says) in [("support", "yes", "was changed to “Support”"), ("manager", "no", "was disabled")]
    {
        let world = World::new().await;
        let (owner, manager) = (world.logged_in_admin(ADMIN).await, world.logged_in_admin(MANAGER).await);
        let reset = forgot(&world).await;
        let half = world.half_logged_in(UserKind::Admin, MANAGER).await;
        let id = world.admin_id(MANAGER).await.to_string();
        let change = form(&[("id", id.as_str()), ("role", role), ("active", active)]);
        assert_eq!(owner.calls("/fn/admin/admins/change", change).await.status, 200);
        assert!(world.mails().await.iter().any(|mail| mail.to == MANAGER && mail.text.contains(says)), "{says}");
        assert_eq!(follow(&world, &reset).await.opens("/admin/reset-password").await.status, 410, "{says}");
        assert!(world.finish(half).await.is_err(), "{says}");
        assert!(manager.opens("/admin").await.location().starts_with("/admin/login"), "{says}");
        assert_eq!(owner.opens("/admin").await.status, 200);
    }
    let world = World::new().await;
    let (manager, reset) = (world.logged_in_admin(MANAGER).await, forgot(&world).await);
    let half = world.half_logged_in(UserKind::Admin, MANAGER).await;
    let set = follow(&world, &reset).await.calls("/fn/admin/auth/reset-password", form(&TYPED_TWICE)).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert!(world.finish(half).await.is_err());
    assert!(manager.opens("/admin").await.location().starts_with("/admin/login"));
    assert!(
        world.mails().await.iter().any(|mail| mail.to == MANAGER && mail.subject().contains("password was changed"))
    );
}

/// Keys and invitations are doors as well: they end with the admin who made them, and the page says so before.
#[tokio::test]
async fn what_an_admin_has_made_ends_with_the_admin() {
    let world = World::new().await;
    let owner = world.logged_in_admin(ADMIN).await;
    let second = "second@acme.example";
    let invited = form(&[("name", "Second"), ("email", second), ("role", "owner")]);
    assert_eq!(owner.calls("/fn/admin/admins/invite", invited).await.status, 200);
    let link = world.link_for(second).await;
    let joined = follow(&world, &link).await.calls("/fn/admin/auth/accept-invitation", form(&TYPED_TWICE)).await;
    let cookies =
        joined.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap().split(';').next().unwrap());
    let session = cookies.rev().find(|cookie| cookie.starts_with("portal-admin=")).unwrap().to_owned();
    let leaver = world.visitor().with_cookie(&session);

    let make_key = async |admin: &Browser<'_>, name: &str| {
        let fields = [("name", name), ("life", "30"), ("scopes[]", "leads:read")];
        assert_eq!(admin.calls("/fn/admin/api-keys/create", form(&fields)).await.status, 200);
        let listed: serde_json::Value =
            serde_json::from_str(&admin.calls("/fn/admin/api-keys/list", form(&[])).await.body).unwrap();
        listed["new_key"].as_str().unwrap().to_owned()
    };
    let (theirs, stays) = (make_key(&leaver, "Theirs").await, make_key(&owner, "Stays").await);
    let partner = world.northwind.to_string();
    let invite = async |admin: &Browser<'_>, email: &str| {
        let fields = [("partner", partner.as_str()), ("name", "Ida"), ("email", email), ("role", "member")];
        assert_eq!(admin.calls("/fn/admin/partners/invite", form(&fields)).await.status, 200);
        world.link_for(email).await
    };
    let (ends, kept) = (invite(&leaver, "ida@northwind.example").await, invite(&owner, "ina@northwind.example").await);
    let fields = form(&[("name", "Third"), ("email", "third@acme.example"), ("role", "support")]);
    assert_eq!(leaver.calls("/fn/admin/admins/invite", fields).await.status, 200);
    let admin_ends = world.link_for("third@acme.example").await;

    let page = owner.opens("/admin/users").await.body;
    assert!(page.contains("1 API key (Theirs) and 2 invitations"), "{page}");
    let id = world.admin_id(second).await.to_string();
    let disable = form(&[("id", id.as_str()), ("role", "owner"), ("active", "no")]);
    assert_eq!(owner.calls("/fn/admin/admins/change", disable).await.status, 200);

    let calls = async |key: &str| {
        let request = world.visitor().request(axum::http::Method::GET, "/api/v1/leads");
        let request = request.header("authorization", format!("Bearer {key}"));
        world.visitor().sends(request.body(axum::body::Body::empty()).unwrap()).await.status
    };
    assert_eq!((calls(&theirs).await, calls(&stays).await), (401, 200));
    for (link, page, status) in
        [(&ends, "/partner/invite", 410), (&admin_ends, "/admin/invite", 410), (&kept, "/partner/invite", 200)]
    {
        assert_eq!(follow(&world, link).await.opens(page).await.status, status, "{page}");
    }
    assert_eq!(world.events(AuditAction::ApiKeyRevoked).await.len(), 1);
    let invitations = world.events(AuditAction::InvitationRevoked).await.len()
        + world.events(AuditAction::AdminInvitationRevoked).await.len();
    assert_eq!(invitations, 2);
    assert!(!owner.opens("/admin/users").await.body.contains("I take them over"), "nothing is left");

    // Enabled again, the admin makes new ones; the old ones stay dead.
    let enable = form(&[("id", id.as_str()), ("role", "owner"), ("active", "yes")]);
    assert_eq!(owner.calls("/fn/admin/admins/change", enable).await.status, 200);
    assert_eq!(calls(&theirs).await, 401);

    // What is taken over stays good, and ends with whoever has taken it over.
    let fields = [("email", second), ("password", NEW), ("account", "acme")];
    let again = world.visitor().calls("/fn/admin/auth/login", form(&fields)).await;
    let again = world.visitor().with_cookie(&again.cookie_named("portal-admin").unwrap());
    let (taken, link) = (make_key(&again, "Taken").await, invite(&again, "ivy@northwind.example").await);
    let take = form(&[("id", id.as_str()), ("role", "owner"), ("active", "no"), ("made", "take")]);
    assert_eq!(owner.calls("/fn/admin/admins/change", take).await.status, 200);
    assert_eq!(calls(&taken).await, 200);
    assert_eq!(follow(&world, &link).await.opens("/partner/invite").await.status, 200);
    let details: Vec<String> =
        world.events(AuditAction::AdminDisabled).await.into_iter().map(|event| event.detail).collect();
    assert!(details.contains(&r#"{"taken_api_keys":1,"taken_invitations":1}"#.to_owned()), "{details:?}");
    let listed = owner.calls("/fn/admin/admins/list", form(&[])).await.body;
    assert!(listed.contains(r#""made":{"api_keys":["Stays","Taken"],"invitations":2}"#), "{listed}");
}

/// Whoever knows the old password asks for another address at the moment in which its owner changes it.
#[tokio::test]
async fn a_proof_by_a_password_that_was_changed_meanwhile_proves_nothing() {
    let world = World::new().await;
    let user = world.user(MEMBER).await;
    let mut read = world.read().await;
    let session = store::access::PartnerSession::of_authenticated_user(&mut read, user).await.unwrap().unwrap();
    drop(read);
    let actor = Actor::new(world.portal.clone(), login::Person::Partner(session), "192.0.2.1".into());
    let mut tx = world.db.begin_write().await.unwrap();
    let proof = own_access::start(&actor, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let proved = proof.check(&actor, PASSWORD.into()).await.unwrap();

    let fields = form(&[("current", PASSWORD), TYPED_TWICE[0], TYPED_TWICE[1]]);
    let own = world.logged_in(MEMBER).await;
    assert_eq!(own.calls("/fn/profile/change-password", fields).await.status, 200);

    let mut tx = world.db.begin_write().await.unwrap();
    let evil = Email::parse("evil@attacker.example").unwrap();
    let asked = own_access::change_email(&actor, &mut tx, &proved, evil).await;
    let changed = own_access::change_password(&actor, &mut tx, &proved, "a hash", b"a session").await;
    tx.commit().await.unwrap();
    for refused in [asked, changed] {
        assert!(matches!(&refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }
    assert!(world.mails().await.iter().all(|mail| mail.link().is_none_or(|link| link.contains("/end-sessions/"))));
    assert_eq!(world.visitor().tries(MEMBER, NEW).await.status, 200);
}

/// The same by requests alone, whichever comes first: a login is let in before the reset and ended by it, or it fails. It is never
/// an error of ours.
#[tokio::test]
async fn logins_beside_a_reset_leave_no_session() {
    let world = World::new().await;
    ask(&world, MEMBER).await;
    let link = world.link_for(MEMBER).await;
    let own = follow(&world, &link).await;
    let thieves: [_; 5] =
        std::array::from_fn(|number| world.visitor().at([198, 51, 100, u8::try_from(number).unwrap()]));
    let tries = futures::future::join_all(thieves.iter().map(|thief| thief.tries(MEMBER, PASSWORD)));
    let (reset, tries) = tokio::join!(own.calls("/fn/auth/reset-password", form(&TYPED_TWICE)), tries);
    assert_eq!(reset.status, 200, "{}", reset.body);
    for answer in tries {
        assert!(matches!(answer.status, 200 | 401), "{}: {}", answer.status, answer.body);
        if let Some(cookie) = answer.cookie().filter(|_| answer.status == 200) {
            assert!(world.visitor().with_cookie(&cookie).opens(LEADS).await.leads_to_login());
        }
    }
}
