//! What users log in by beside a password: passkeys, codes of an app, recovery codes, a provider; and links that end sessions.

use chrono::TimeDelta;
use domain::{
    access::PartnerRole,
    email::Email,
    ids::{PasskeyId, ProviderId, UserId},
    partners::UserKind,
    sso::{ProviderForm, ProviderSettings},
};
use store::{
    access::PartnerScope,
    identity_providers::{self, Whose},
    passkeys, session_end_links, two_factor,
};

use crate::world::{Member, World};

fn settings(issuer: &str, only: &str) -> ProviderSettings<PartnerRole> {
    let form = ProviderForm {
        name: "Northwind ID".into(),
        issuer: issuer.into(),
        client_id: "portal".into(),
        domains: "northwind.example nw.example".into(),
        default_role: "viewer".into(),
        role_claim: "groups".into(),
        roles: "bosses = owner".into(),
        enabled: "yes".into(),
        only: only.into(),
    };
    ProviderSettings::parse(&form).unwrap()
}

impl World {
    async fn has_passkey(&self, member: &Member, id: &[u8]) -> bool {
        let session = self.session(member).await.unwrap();
        self.write(async |tx| passkeys::create(tx, &session, id, "{}", "Phone").await).await
    }

    async fn passkeys(&self, member: &Member) -> Vec<PasskeyId> {
        let session = self.session(member).await.unwrap();
        let found = passkeys::list(&mut self.reader().await, &session).await.unwrap();
        found.iter().map(passkeys::Passkey::id).collect()
    }

    async fn has_two_factors(&self, member: &Member) -> bool {
        self.session(member).await.unwrap().two_factor().on
    }

    async fn sets_up(&self, scope: &PartnerScope, settings: &ProviderSettings<PartnerRole>) -> ProviderId {
        let whose = Whose::from(scope);
        let before = identity_providers::of(&mut self.reader().await, whose).await.unwrap();
        let id =
            before.as_ref().map_or_else(|| ProviderId(self.db.new_id().unwrap()), identity_providers::Provider::id);
        let given = (Some(&b"sealed"[..]), settings.only.then(|| scope.session().user_id()));
        self.write(async |tx| identity_providers::save(tx, whose, (id, before.as_ref()), settings, given).await).await;
        id
    }

    async fn provider(&self, scope: &PartnerScope) -> Option<identity_providers::Provider> {
        identity_providers::of(&mut self.reader().await, scope.into()).await.unwrap()
    }

    async fn knows(&self, scope: &PartnerScope, subject: &str) -> Option<UserId> {
        let provider = self.provider(scope).await.unwrap();
        identity_providers::user_of(&mut self.reader().await, &provider, subject).await.unwrap()
    }
}

on_both_engines! {
    /// Each user has its own; a device is one user's; with the last one goes the second factor.
    async fn passkeys_are_their_users_own(world: World) {
        let (nora, sam) = (&world.northwind, &world.contoso);
        assert!(!world.has_two_factors(nora).await);
        assert!(world.has_passkey(nora, b"one").await && world.has_two_factors(nora).await);
        assert!(!world.has_passkey(sam, b"one").await, "somebody has it already");
        assert!(world.has_passkey(sam, b"two").await);
        assert_eq!((world.passkeys(nora).await.len(), world.passkeys(sam).await.len()), (1, 1));
        let found = passkeys::find(&mut world.reader().await, b"one").await.unwrap().unwrap();
        assert_eq!((found.user_id(), found.last_used_at), (nora.user, None));
        world.write(async |tx| passkeys::note_use(tx, found.id(), "{\"counter\":1}").await).await;
        let used = passkeys::find(&mut world.reader().await, b"one").await.unwrap().unwrap();
        assert_eq!((used.credential.as_str(), used.last_used_at), ("{\"counter\":1}", Some(world.db.now())));
        let stranger = world.session(sam).await.unwrap();
        assert!(!world.write(async |tx| passkeys::remove(tx, &stranger, found.id()).await).await, "not a stranger's");
        let own = world.session(nora).await.unwrap();
        assert!(world.write(async |tx| two_factor::remove(tx, own.account_id(), nora.user).await).await);
        assert!(world.passkeys(nora).await.is_empty() && !world.has_two_factors(nora).await);
        assert!(!world.write(async |tx| two_factor::remove(tx, own.account_id(), nora.user).await).await, "it was off");
        assert!(passkeys::has_any(&mut world.reader().await, sam.user).await.unwrap());
    }

    /// A question is answered once, by whoever is first; one for a new passkey in the session that asked, and not too late.
    async fn questions_are_answered_once(world: World) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let db = world.db.clone();
            tasks.spawn(async move {
                let mut tx = db.begin_write().await.unwrap();
                let first = passkeys::use_challenge(&mut tx, b"question").await.unwrap();
                tx.commit().await.unwrap();
                usize::from(first)
            });
        }
        let mut first = 0;
        while let Some(done) = tasks.join_next().await {
            first += done.unwrap();
        }
        assert_eq!(first, 1);
        world.clock.advance(passkeys::ANSWERED);
        let before = world.db.now() - passkeys::ANSWERED;
        world.write(async |tx| passkeys::forget_challenges(tx, before).await).await;
        assert!(world.write(async |tx| passkeys::use_challenge(tx, b"question").await).await, "forgotten by now");

        let own = world.session(&world.northwind).await.unwrap();
        let take = async |session: &[u8]| world.write(async |tx| passkeys::take_pending(tx, &own, session).await).await;
        world.write(async |tx| passkeys::begin(tx, &own, b"here", "first").await).await;
        world.write(async |tx| passkeys::begin(tx, &own, b"here", "second").await).await;
        assert_eq!(take(b"elsewhere").await, None);
        assert_eq!(take(b"here").await.as_deref(), Some("second"));
        assert_eq!(take(b"here").await, None, "once");
        world.write(async |tx| passkeys::begin(tx, &own, b"here", "third").await).await;
        world.clock.advance(passkeys::CHALLENGE_LIFE);
        assert_eq!(take(b"here").await, None, "too late");
    }

    /// A code's time step counts once and only forwards; a recovery code once, for its user.
    async fn codes_are_used_up(world: World) {
        let (nora, sam) = (world.session(&world.northwind).await.unwrap(), world.contoso.user);
        let user = world.northwind.user;
        world.write(async |tx| two_factor::turn_on(tx, &nora, b"sealed", 10).await).await;
        let step = async |user, step| world.write(async |tx| two_factor::use_step(tx, user, step).await).await;
        assert!(!step(user, 10).await && !step(user, 9).await && step(user, 12).await && !step(user, 11).await);
        assert!(!step(sam, 13).await, "who has no app has no code");
        world.write(async |tx| two_factor::set_recovery_codes(tx, &nora, &[b"a".to_vec(), b"b".to_vec()]).await).await;
        let code = async |user, hash: &[u8]| world.write(async |tx| two_factor::use_recovery_code(tx, user, hash).await).await;
        assert!(!code(sam, b"a").await && code(user, b"a").await && !code(user, b"a").await && !code(user, b"c").await);
        assert_eq!(two_factor::recovery_codes_left(&mut world.reader().await, user).await.unwrap(), 1);
        world.write(async |tx| two_factor::set_recovery_codes(tx, &nora, &[b"d".to_vec()]).await).await;
        assert!(!code(user, b"b").await, "those before end");
    }

    /// A partner's provider knows its own users, by names of its own; another issuer knows nobody.
    async fn a_provider_knows_its_own_users(world: World) {
        let (nora, sam) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        let admin = world.admin_scope().await;
        let find = async |kind, whose| identity_providers::find(&mut world.reader().await, kind, whose).await.unwrap().is_some();
        let id = world.sets_up(&nora, &settings("https://one.example", "")).await;
        assert!(!find(UserKind::Partner, world.northwind.partner.0).await, "the account does not allow it yet");
        assert!(world.write(async |tx| identity_providers::let_partners(tx, &admin, true).await).await);
        assert!(!world.write(async |tx| identity_providers::let_partners(tx, &admin, true).await).await, "no change");
        assert!(find(UserKind::Partner, world.northwind.partner.0).await && !find(UserKind::Partner, world.contoso.partner.0).await);
        assert!(!find(UserKind::Admin, world.account.0).await && world.provider(&sam).await.is_none());
        let for_address = async |email: &str| {
            let (key, domain) = (email.to_lowercase(), email.split_once('@').unwrap().1.to_owned());
            let found = identity_providers::for_address(&mut world.reader().await, world.account, &key, &domain).await.unwrap();
            found.map(|found| found.id())
        };
        assert_eq!(for_address("x@nw.example").await, Some(id));
        for other in ["x@w.example", "x@example", "x@sub.nw.example", "x@n_.example"] {
            assert_eq!(for_address(other).await, None, "{other}");
        }
        let provider = world.provider(&nora).await.unwrap();
        let link = async |subject: &str, user| world.write(async |tx| identity_providers::link(tx, &provider, subject, user).await).await;
        assert!(link("n-1", world.northwind.user).await);
        assert!(!link("n-1", world.northwind.user).await && !link("n-2", world.northwind.user).await, "one name for one user");
        assert_eq!(world.knows(&nora, "n-1").await, Some(world.northwind.user));
        assert_eq!(world.sets_up(&nora, &settings("https://one.example", "yes")).await, id);
        assert_eq!(world.knows(&nora, "n-1").await, Some(world.northwind.user), "as before");
        let only = async |user| {
            let (account, partner) = (world.account, Some(world.northwind.partner));
            identity_providers::only_way(&mut world.reader().await, account, partner, user).await.unwrap()
        };
        assert_eq!(only(world.northwind.user).await, None, "whoever said so keeps its password");
        assert_eq!(only(UserId(world.db.new_id().unwrap())).await.as_deref(), Some("Northwind ID"));
        world.sets_up(&nora, &settings("https://two.example", "")).await;
        assert_eq!(world.knows(&nora, "n-1").await, None, "the same name may be somebody else's there");
        let whose = Whose::from(&sam);
        assert!(!world.write(async |tx| identity_providers::remove(tx, whose).await).await, "not a stranger's");
        let whose = Whose::from(&nora);
        assert!(world.write(async |tx| identity_providers::remove(tx, whose).await).await);
        assert!(world.provider(&nora).await.is_none());
    }

    /// A role that a provider gives is that of its own users; the last owner stays one.
    async fn a_provider_gives_roles_to_its_own_users(world: World) {
        let nora = world.scope(&world.northwind).await;
        world.sets_up(&nora, &settings("https://one.example", "")).await;
        let provider = world.provider(&nora).await.unwrap();
        let give = async |user, role: &str| world.write(async |tx| identity_providers::set_role(tx, &provider, user, role).await).await;
        assert!(!give(world.northwind.user, "viewer").await, "the last owner");
        assert!(!give(world.contoso.user, "viewer").await, "another partner's");
        let (id, email) = (UserId(world.db.new_id().unwrap()), Email::parse("new@nw.example").unwrap());
        world.write(async |tx| identity_providers::make_user(tx, &provider, id, (&email, "New"), "viewer").await).await;
        assert!(give(id, "owner").await && !give(id, "owner").await);
        assert!(give(world.northwind.user, "member").await, "there is another owner now");
        assert!(!give(id, "viewer").await, "who is the last one by now");
        let by_address = async |key: &str| identity_providers::user_by_address(&mut world.reader().await, &provider, key).await.unwrap();
        assert_eq!(by_address("new@nw.example").await, Some((id, true)));
        let stranger = world.session(&world.contoso).await.unwrap().email().to_lowercase();
        assert_eq!(by_address(&stranger).await, Some((world.contoso.user, false)));
        assert_eq!(by_address("nobody@nw.example").await, None);
        let has = async |scope: &PartnerScope, domain: &str| identity_providers::has_domain(&mut world.reader().await, scope, domain).await.unwrap();
        let sam = world.scope(&world.contoso).await;
        assert!(has(&nora, "nw.example").await && !has(&sam, "nw.example").await && !has(&nora, "w.example").await);
    }

    /// A link ends sessions once, for its kind of user, and for a week.
    async fn a_link_ends_sessions_once(world: World) {
        let (user, until) = (world.northwind.user, world.db.now() + TimeDelta::days(7));
        for hash in [b"one", b"two"] {
            world.write(async |tx| session_end_links::create(tx, world.account, user, hash, until).await).await;
        }
        let take = async |kind, hash: &[u8]| world.write(async |tx| session_end_links::take(tx, kind, hash).await).await;
        assert!(take(UserKind::Admin, b"one").await.is_none() && take(UserKind::Partner, b"none").await.is_none());
        assert_eq!(take(UserKind::Partner, b"one").await.map(|found| found.user_id()), Some(user));
        assert!(take(UserKind::Partner, b"one").await.is_none(), "once");
        world.clock.advance(TimeDelta::days(7));
        assert!(take(UserKind::Partner, b"two").await.is_none(), "too late");
        let now = world.db.now();
        world.write(async |tx| session_end_links::delete_ended(tx, now).await).await;
    }
}
