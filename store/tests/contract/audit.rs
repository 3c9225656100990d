//! Events are written with their transaction, or not at all.

use domain::audit::AuditAction;
use store::audit::{self, Event};

on_both_engines! {
    async fn an_event_is_part_of_its_transaction(world: World) {
        let session = world.session(&world.northwind).await.unwrap();
        let event = Event::by_partner(&session, "192.0.2.1", AuditAction::LeadsExported, ("leads", None))
            .with_detail(serde_json::json!({ "rows": 7 }));
        let mut tx = world.db.begin_write().await.unwrap();
        audit::record(&mut tx, &event).await.unwrap();
        drop(tx);
        assert!(audit::latest(&world.db, world.account, 10).await.unwrap().is_empty());
        let mut tx = world.db.begin_write().await.unwrap();
        audit::record(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
        let events = audit::latest(&world.db, world.account, 10).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].action.as_str(), events[0].actor_name.as_str()), ("leads_exported", "Owner of Northwind Solar"));
        assert_eq!((events[0].detail.as_str(), events[0].address.as_str()), (r#"{"rows":7}"#, "192.0.2.1"));
    }
}
