//! Several writers at once, in one process and in two.

use domain::leads::{Count, LeadFilter, LeadStatus};
use store::leads;

use crate::world::lead;

on_both_engines! {
    /// The same leads from many sides at once: each is stored once, each counted once, and no key is given twice.
    async fn simultaneous_deliveries_store_each_lead_once(world: World) {
        let batch: Vec<_> = (0..200).map(|n| (lead(&format!("l{n}"), "L", n), LeadStatus::New)).collect();
        let mut tasks = tokio::task::JoinSet::new();
        for start in 0..6_usize {
            let (db, account, partner) = (world.db.clone(), world.account, world.northwind.partner);
            let mut batch = batch.clone();
            batch.rotate_left(start * 30);
            tasks.spawn(async move {
                let mut tx = db.begin_write().await?;
                let inserted = leads::insert_unscoped(&mut tx, account, partner, &batch, leads::Push::Nowhere).await?;
                tx.commit().await?;
                Ok::<_, store::StoreError>(inserted.added)
            });
        }
        let mut added = 0;
        while let Some(done) = tasks.join_next().await {
            added += done.unwrap().unwrap();
        }
        assert_eq!(added, 200);
        let scope = world.scope(&world.northwind).await;
        assert_eq!(leads::count(&mut world.reader().await, &scope, &LeadFilter::default()).await.unwrap(), Count::Exactly(200));
    }
}
