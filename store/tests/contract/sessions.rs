//! Sessions end when they should, and not before.

use chrono::TimeDelta;
use domain::{
    access::Overrides,
    ids::UserId,
    partners::{PartnerStatus, UserStatus},
    users::CredentialsVersion,
};
use store::{
    accounts, credentials, partners,
    sessions::{self, Lifetime, NewSession},
    users,
};

use crate::world::World;

const LIFETIME: Lifetime = Lifetime { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(24) };

/// The credentials everybody here has at first.
const FIRST: CredentialsVersion = CredentialsVersion(0);

/// A session of somebody with these credentials.
pub(crate) const fn new(user: UserId, checked: CredentialsVersion) -> NewSession<'static> {
    NewSession { user, checked, proved: true, address: "", user_agent: "", provider_session: None }
}

impl World {
    async fn begins(&self, id: u8, user: UserId) {
        self.write(async |tx| sessions::create(tx, &[id; 32], new(user, FIRST)).await).await;
    }
}

on_both_engines! {
    async fn use_keeps_a_session_alive_but_not_for_ever(world: World) {
        let (id, user) = ([1; 32], world.northwind.user);
        world.write(async |tx| sessions::create(tx, &id, NewSession { address: "192.0.2.1", user_agent: "Browser\u{7}", ..new(user, FIRST) }).await).await;
        for _ in 0..12 {
            world.clock.advance(TimeDelta::minutes(115));
            let session = world.used_session(&[1; 32], LIFETIME).await.unwrap();
            assert_eq!((session.user_id(), session.user_agent.as_str()), (world.northwind.user, "Browser"));
        }
        world.clock.advance(TimeDelta::minutes(70));
        assert!(world.used_session(&[1; 32], LIFETIME).await.is_none(), "24 hours after its login");
    }

    async fn an_unused_session_ends(world: World) {
        world.begins(1, world.northwind.user).await;
        world.clock.advance(TimeDelta::minutes(121));
        assert!(world.used_session(&[1; 32], LIFETIME).await.is_none());
        assert_eq!(world.write(async |tx| sessions::delete_ended(tx, LIFETIME).await).await, 1);
    }

    /// Whoever was shut out has to log in again, even when the switch was off for a moment only.
    async fn taking_access_ends_sessions(world: World) {
        let lives = async |id: u8| world.used_session(&[id; 32], LIFETIME).await.is_some();
        let none = Overrides::default();
        let (mine, theirs) = (&world.northwind, &world.contoso);
        world.begins(1, mine.user).await;
        world.begins(2, theirs.user).await;
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, world.account, mine.partner, PartnerStatus::Active, true, none).await.unwrap();
        tx.commit().await.unwrap();
        assert!(lives(1).await, "nothing was taken");
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, world.account, mine.partner, PartnerStatus::Paused, true, none).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lives(1).await && lives(2).await);
        world.begins(3, mine.user).await;
        let mut tx = world.db.begin_write().await.unwrap();
        users::set_status(&mut tx, world.account, theirs.user, UserStatus::Disabled).await.unwrap();
        credentials::renew(&mut tx, theirs.user, None).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lives(2).await && lives(3).await);
        let mut tx = world.db.begin_write().await.unwrap();
        accounts::set_portal_enabled(&mut tx, world.account, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lives(3).await);
    }

    /// Whatever a change of credentials ends cannot begin after it, even if the password was checked before: not when the change
    /// was made meanwhile, and not while it is being made.
    async fn no_session_begins_by_credentials_that_have_changed(world: World) {
        let (user, other) = (world.northwind.user, world.contoso.user);
        for id in [1, 2] {
            world.begins(id, user).await;
        }
        world.begins(3, other).await;
        let mut change = world.db.begin_write().await.unwrap();
        credentials::renew(&mut change, user, Some(&[2; 32])).await.unwrap();
        let db = world.db.clone();
        let login = tokio::spawn(async move {
            let mut tx = db.begin_write().await.unwrap();
            let begun = sessions::create(&mut tx, &[4; 32], new(user, FIRST)).await.unwrap();
            tx.commit().await.unwrap();
            begun
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        change.commit().await.unwrap();
        assert!(!login.await.unwrap(), "it waited for the change, and was refused");
        let mut open = Vec::new();
        for id in 1..=4_u8 {
            open.push(world.used_session(&[id; 32], LIFETIME).await.is_some());
        }
        assert_eq!(open, [false, true, true, false], "the one that was to stay, and everybody else's");
        let now = world.write(async |tx| credentials::lock(tx, user).await).await.unwrap();
        assert!(world.write(async |tx| sessions::create(tx, &[5; 32], new(user, now)).await).await);
    }

    async fn a_deleted_session_is_gone_and_others_stay(world: World) {
        for id in [1, 2] {
            world.begins(id, world.northwind.user).await;
        }
        world.write(async |tx| sessions::delete(tx, &[1; 32]).await).await;
        assert!(world.used_session(&[1; 32], LIFETIME).await.is_none());
        assert!(world.used_session(&[2; 32], LIFETIME).await.is_some());
        assert_eq!(world.write(async |tx| sessions::delete_ended(tx, LIFETIME).await).await, 0);
    }

    /// Whoever logs out at a provider is logged out of what was begun by it, and of nothing else.
    async fn sessions_of_a_provider_end_with_it(world: World) {
        let (nora, cora) = (world.northwind.user, world.contoso.user);
        let begun = [(1, nora, None), (2, nora, Some("one")), (3, nora, Some("two")), (4, nora, Some("")), (5, cora, Some("one"))];
        for (id, user, provider_session) in begun {
            let session = NewSession { provider_session, ..new(user, FIRST) };
            world.write(async |tx| sessions::create(tx, &[id; 32], session).await).await;
        }
        let left = async || {
            let mut left = Vec::new();
            for id in 1..=5 {
                if world.used_session(&[id; 32], LIFETIME).await.is_some() {
                    left.push(id);
                }
            }
            left
        };
        assert_eq!(world.write(async |tx| sessions::end_of_provider(tx, nora, Some("one")).await).await, 2);
        assert_eq!(left().await, [1, 3, 5], "the one of no name ends with any");
        assert_eq!(world.write(async |tx| sessions::end_of_provider(tx, nora, None).await).await, 1);
        assert_eq!(left().await, [1, 5], "a login by password is none of the provider's");
    }
}
