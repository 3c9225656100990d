//! Several writers at once, in one process and in two.

use domain::{
    clock::{Clock, SystemClock},
    leads::{Count, LeadFilter, LeadStatus},
};
use store::leads;

use crate::world::{World, lead};

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

/// Of several that write at once, one may end later with leads that are older by their ids: the list of the whole account waits for
/// it, so that whoever reads on after the last lead misses none.
#[tokio::test]
async fn a_list_of_the_account_waits_for_leads_that_are_committed_late() {
    let world = World::on_postgres().await;
    let scope = world.admin_scope().await;
    // Ids are made by this clock, transactions begin by that of the database.
    world.clock.advance(SystemClock.now() - world.db.now());
    let listed = async |after| {
        let found = leads::list_for_api(&mut world.reader().await, &scope, None, after, 10).await.unwrap();
        found.into_iter().map(|lead| lead.id).collect::<Vec<_>>()
    };
    let writes = async |partner, id: &str| {
        let mut tx = world.db.begin_write().await.unwrap();
        let batch = [(lead(id, "L", 0), LeadStatus::New)];
        let inserted = leads::insert_unscoped(&mut tx, world.account, partner, &batch, leads::Push::Nowhere).await;
        (tx, inserted.unwrap().ids[0].0)
    };
    let (late, first) = writes(world.northwind.partner, "first").await;
    world.clock.advance(chrono::TimeDelta::milliseconds(5));
    let (early, second) = writes(world.contoso.partner, "second").await;
    early.commit().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    assert!(listed(None).await.is_empty(), "one that is older is still being written");
    late.commit().await.unwrap();
    assert_eq!(listed(None).await, [first, second]);
    assert_eq!(listed(Some(first)).await, [second]);
    assert!(listed(Some(second)).await.is_empty());
    // A partner's own leads are written one after the other: nothing waits there.
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let (third, _) = writes(world.contoso.partner, "third").await;
    third.commit().await.unwrap();
    let own = leads::list_for_api(&mut world.reader().await, &scope, Some(world.contoso.partner), None, 10).await;
    assert_eq!(own.unwrap().len(), 2);
}
