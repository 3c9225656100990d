//! Sessions end when they should, and not before.

use chrono::TimeDelta;
use domain::{
    access::Overrides,
    ids::UserId,
    partners::{PartnerStatus, UserStatus},
};
use store::{
    accounts, partners,
    sessions::{self, Lifetime},
    users,
};

use crate::world::World;

const LIFETIME: Lifetime = Lifetime { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(24) };

impl World {
    async fn begins(&self, id: u8, user: UserId) {
        self.write(async |tx| sessions::create(tx, &[id; 32], user, "", "").await).await;
    }
}

on_both_engines! {
    async fn use_keeps_a_session_alive_but_not_for_ever(world: World) {
        let (id, user) = ([1; 32], world.northwind.user);
        world.write(async |tx| sessions::create(tx, &id, user, "192.0.2.1", "Browser\u{7}").await).await;
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
        tx.commit().await.unwrap();
        assert!(!lives(2).await && lives(3).await);
        let mut tx = world.db.begin_write().await.unwrap();
        accounts::set_portal_enabled(&mut tx, world.account, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lives(3).await);
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
}
