//! Failed logins add up, and are forgiven with time.

use chrono::TimeDelta;
use store::throttle::{self, Limit};

const LIMIT: Limit = Limit { failures: 3, window: TimeDelta::minutes(15) };

on_both_engines! {
    async fn too_many_tries_close_a_bucket_for_a_while(world: World) {
        for _ in 0..3 {
            assert_eq!(throttle::count(&world.db, b"ada", LIMIT).await.unwrap(), None);
            world.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(throttle::count(&world.db, b"ada", LIMIT).await.unwrap(), Some(TimeDelta::minutes(12)));
        assert_eq!(throttle::count(&world.db, b"bea", LIMIT).await.unwrap(), None, "another bucket");
        world.clock.advance(TimeDelta::minutes(12));
        assert_eq!(throttle::count(&world.db, b"ada", LIMIT).await.unwrap(), None, "a new window begins at one");
    }

    async fn success_forgives(world: World) {
        for _ in 0..3 {
            throttle::count(&world.db, b"ada", LIMIT).await.unwrap();
            throttle::count(&world.db, b"office", LIMIT).await.unwrap();
        }
        throttle::forget(&world.db, b"ada").await.unwrap();
        throttle::take_back(&world.db, b"office").await.unwrap();
        assert_eq!(throttle::count(&world.db, b"ada", LIMIT).await.unwrap(), None);
        assert_eq!(throttle::count(&world.db, b"office", LIMIT).await.unwrap(), None);
        assert!(throttle::count(&world.db, b"office", LIMIT).await.unwrap().is_some(), "the others still count");
    }

    /// Many tries at once: no more of them pass than one after the other.
    async fn a_burst_passes_no_more_than_the_limit(world: World) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let db = world.db.clone();
            tasks.spawn(async move { throttle::count(&db, b"ada", LIMIT).await.unwrap() });
        }
        let passed = tasks.join_all().await.into_iter().filter(Option::is_none).count();
        assert_eq!(passed, 3);
    }

    async fn old_buckets_are_removed(world: World) {
        throttle::count(&world.db, b"ada", LIMIT).await.unwrap();
        throttle::delete_older(&world.db, world.db.now()).await.unwrap();
        for _ in 0..3 {
            assert_eq!(throttle::count(&world.db, b"ada", LIMIT).await.unwrap(), None);
        }
    }
}
