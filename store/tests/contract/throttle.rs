//! Failed logins add up, and are forgiven with time.

use chrono::TimeDelta;
use store::{
    Db,
    throttle::{self, Limit},
};

const LIMIT: Limit = Limit { failures: 3, window: TimeDelta::minutes(15) };

/// Counts a try that fails.
async fn failed(db: &Db, bucket: &[u8]) -> Option<TimeDelta> {
    let mut tx = db.begin_write().await.unwrap();
    let closed = throttle::count(&mut tx, bucket, LIMIT).await.unwrap();
    tx.commit().await.unwrap();
    closed
}

on_both_engines! {
    async fn too_many_tries_close_a_bucket_for_a_while(world: World) {
        for _ in 0..3 {
            assert_eq!(failed(&world.db, b"ada").await, None);
            world.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(failed(&world.db, b"ada").await, Some(TimeDelta::minutes(12)));
        assert_eq!(failed(&world.db, b"bea").await, None, "another bucket");
        world.clock.advance(TimeDelta::minutes(12));
        assert_eq!(failed(&world.db, b"ada").await, None, "a new window begins at one");
    }

    async fn success_forgives(world: World) {
        for _ in 0..3 {
            failed(&world.db, b"ada").await;
            failed(&world.db, b"office").await;
        }
        world.write(async |tx| throttle::forget(tx, b"ada").await).await;
        world.write(async |tx| throttle::take_back(tx, b"office").await).await;
        assert_eq!(failed(&world.db, b"ada").await, None);
        assert_eq!(failed(&world.db, b"office").await, None);
        assert!(failed(&world.db, b"office").await.is_some(), "the others still count");
    }

    /// Many tries at once: no more of them pass than one after the other.
    async fn a_burst_passes_no_more_than_the_limit(world: World) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let db = world.db.clone();
            tasks.spawn(async move { failed(&db, b"ada").await });
        }
        let passed = tasks.join_all().await.into_iter().filter(Option::is_none).count();
        assert_eq!(passed, 3);
    }

    async fn old_buckets_are_removed(world: World) {
        failed(&world.db, b"ada").await;
        world.write(async |tx| throttle::delete_older(tx, world.db.now()).await).await;
        for _ in 0..3 {
            assert_eq!(failed(&world.db, b"ada").await, None);
        }
    }
}
