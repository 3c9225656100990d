//! Sessions end when they should, and not before.

use chrono::TimeDelta;
use domain::{
    access::Overrides,
    partners::{PartnerStatus, UserStatus},
};
use store::{
    accounts, partners,
    sessions::{self, Lifetime},
    users,
};

const LIFETIME: Lifetime = Lifetime { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(24) };

on_both_engines! {
    async fn use_keeps_a_session_alive_but_not_for_ever(world: World) {
        sessions::create(&world.db, &[1; 32], world.northwind.user, "192.0.2.1", "Browser\u{7}").await.unwrap();
        for _ in 0..12 {
            world.clock.advance(TimeDelta::minutes(115));
            let session = sessions::load(&world.db, &[1; 32], LIFETIME).await.unwrap().unwrap();
            assert_eq!((session.user_id(), session.user_agent.as_str()), (world.northwind.user, "Browser"));
        }
        world.clock.advance(TimeDelta::minutes(70));
        assert!(sessions::load(&world.db, &[1; 32], LIFETIME).await.unwrap().is_none(), "24 hours after its login");
    }

    async fn an_unused_session_ends(world: World) {
        sessions::create(&world.db, &[1; 32], world.northwind.user, "", "").await.unwrap();
        world.clock.advance(TimeDelta::minutes(121));
        assert!(sessions::load(&world.db, &[1; 32], LIFETIME).await.unwrap().is_none());
        assert_eq!(sessions::delete_ended(&world.db, LIFETIME).await.unwrap(), 1);
    }

    /// Whoever was shut out has to log in again, even when the switch was off for a moment only.
    async fn taking_access_ends_sessions(world: World) {
        let begin = async |id: u8, user| sessions::create(&world.db, &[id; 32], user, "", "").await.unwrap();
        let lives = async |id: u8| sessions::load(&world.db, &[id; 32], LIFETIME).await.unwrap().is_some();
        let none = Overrides::default();
        let (mine, theirs) = (&world.northwind, &world.contoso);
        begin(1, mine.user).await;
        begin(2, theirs.user).await;
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access(&mut tx, world.account, mine.partner, PartnerStatus::Active, true, none).await.unwrap();
        tx.commit().await.unwrap();
        assert!(lives(1).await, "nothing was taken");
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access(&mut tx, world.account, mine.partner, PartnerStatus::Paused, true, none).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!lives(1).await && lives(2).await);
        begin(3, mine.user).await;
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
            sessions::create(&world.db, &[id; 32], world.northwind.user, "", "").await.unwrap();
        }
        sessions::delete(&world.db, &[1; 32]).await.unwrap();
        assert!(sessions::load(&world.db, &[1; 32], LIFETIME).await.unwrap().is_none());
        assert!(sessions::load(&world.db, &[2; 32], LIFETIME).await.unwrap().is_some());
        assert_eq!(sessions::delete_ended(&world.db, LIFETIME).await.unwrap(), 0);
    }
}
