//! What an account hears of its leads, and how its webhook keeps its place.

use chrono::TimeDelta;
use domain::{audit::AuditAction, delivery::OffReason, leads::NoteAuthor};
use store::{
    access::PartnerScope,
    audit::{self, Event},
    lead_events::{self, FailedEvents, SentEvents},
    leads,
};

use crate::world::{World, lead};

async fn record(
    world: &World,
    scope: &PartnerScope,
    action: AuditAction,
    lead: domain::ids::LeadId,
    detail: serde_json::Value,
) {
    let mut tx = world.db.begin_write().await.unwrap();
    let mut event = Event::by_partner(scope.session(), "", action, ("lead", Some(lead.0)));
    event.detail = detail;
    audit::record(&mut tx, &event);
    tx.commit().await.unwrap();
}

on_both_engines! {
    /// The account's own events in their order, page by page, with the lead as it is; what one side keeps to itself is not told.
    async fn events_are_read_in_order(world: World) {
        let (nora, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        let (other, _) = world.second_account().await;
        let globex = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1)]).await;
        let ada = leads::ids(&mut world.reader().await, &nora, &leads_filter(), 1).await.unwrap()[0];
        let note = async |shared| {
            world.write(async |tx| leads::add_note(tx, &nora, ada, (NoteAuthor::Partner, shared), "a word").await).await
        };
        let (private, shared) = (note(false).await, note(true).await);
        record(&world, &nora, AuditAction::LeadAccepted, ada, serde_json::json!({})).await;
        for (note, shared) in [(private, false), (shared, true)] {
            record(&world, &nora, AuditAction::LeadNoteWritten, ada, serde_json::json!({ "note": note, "shared": shared })).await;
        }
        record(&world, &nora, AuditAction::LeadsExported, ada, serde_json::json!({})).await;
        record(&world, &nora, AuditAction::LeadRejected, ada, serde_json::json!({ "reason": "duplicate" })).await;
        let page = lead_events::events(&mut world.reader().await, &admin, 0, 10).await.unwrap();
        let told: Vec<_> = page.events.iter().map(|event| (event.action, event.code.as_deref())).collect();
        let expected = [
            (AuditAction::LeadAccepted, None),
            (AuditAction::LeadNoteWritten, None),
            (AuditAction::LeadRejected, Some("duplicate")),
        ];
        assert_eq!((told, page.more), (expected.to_vec(), false));
        assert_eq!(page.events[1].note, Some((NoteAuthor::Partner, "a word".into())));
        assert!(page.events.iter().all(|event| event.lead.as_ref().is_some_and(|lead| lead.external_id == "N-1")));
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = lead_events::events(&mut world.reader().await, &admin, after, 1).await.unwrap();
            seen.extend(page.events.iter().map(|event| event.id));
            after = page.after;
            if !page.more {
                break;
            }
        }
        assert_eq!(seen, page.events.iter().map(|event| event.id).collect::<Vec<_>>());
        assert!(lead_events::events(&mut world.reader().await, &admin, after, 10).await.unwrap().events.is_empty());
        assert!(lead_events::events(&mut world.reader().await, &globex, 0, 10).await.unwrap().events.is_empty());
    }

    /// A webhook begins with what happens from now on, is served by one process at a time, and keeps its place when it fails.
    async fn a_webhook_keeps_its_place(world: World) {
        let (nora, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1)]).await;
        let ada = leads::ids(&mut world.reader().await, &nora, &leads_filter(), 1).await.unwrap()[0];
        record(&world, &nora, AuditAction::LeadViewed, ada, serde_json::json!({})).await;
        let url = "https://crm.example/events";
        world.write(async |tx| lead_events::set_webhook(tx, &admin, url, Some(b"sealed")).await).await;
        let due = async || lead_events::due_unscoped(&mut world.reader().await).await.unwrap();
        assert!(due().await.is_empty(), "nothing has happened since");
        record(&world, &nora, AuditAction::LeadAccepted, ada, serde_json::json!({})).await;
        assert_eq!(due().await, [world.account]);
        let until = world.db.now() + TimeDelta::days(2);
        let lease = async || world.write(async |tx| lead_events::lease_unscoped(tx, world.account, until).await).await;
        let webhook = lease().await.unwrap();
        assert!(lease().await.is_none() && due().await.is_empty(), "one has it");
        let page = lead_events::events_unscoped(&mut world.reader().await, world.account, webhook.position, 10).await.unwrap();
        assert_eq!(page.events.len(), 1);
        let failed = |off| FailedEvents {
            error: "no\0 answer".into(),
            tries: 1,
            since: world.db.now(),
            next: world.db.now() + TimeDelta::minutes(5),
            off,
        };
        let note = async |sent: SentEvents| world.write(async |tx| lead_events::note_unscoped(tx, &webhook, &sent).await).await;
        note(SentEvents { position: webhook.position, any: false, failed: Some(failed(None)), lease: None }).await;
        let shown = lead_events::webhook(&mut world.reader().await, &admin).await.unwrap().unwrap();
        assert_eq!((shown.waiting, shown.failing.map(|(_, error, _)| error)), (1, Some("no answer".into())));
        assert!(due().await.is_empty());
        world.clock.advance(TimeDelta::minutes(5));
        assert_eq!(due().await, [world.account]);
        let arrived = SentEvents { position: page.after, any: true, failed: None, lease: None };
        assert!(!note(arrived.clone()).await, "what was given back is not one's own any more");
        let webhook = lease().await.unwrap();
        let note = async |sent: SentEvents| world.write(async |tx| lead_events::note_unscoped(tx, &webhook, &sent).await).await;
        let renewed = SentEvents { position: webhook.position, any: false, failed: None, lease: Some(until + TimeDelta::minutes(9)) };
        assert!(note(renewed).await && lease().await.is_none(), "it stays its own");
        assert!(note(arrived.clone()).await);
        let shown = lead_events::webhook(&mut world.reader().await, &admin).await.unwrap().unwrap();
        assert!(shown.waiting == 0 && shown.failing.is_none() && shown.sent.is_some() && due().await.is_empty());
        record(&world, &nora, AuditAction::LeadAccepted, ada, serde_json::json!({})).await;
        let webhook = lease().await.unwrap();
        let note = async |sent: SentEvents| world.write(async |tx| lead_events::note_unscoped(tx, &webhook, &sent).await).await;
        let gone = SentEvents { position: page.after, any: false, failed: Some(failed(Some(OffReason::Gone))), lease: None };
        assert!(note(gone.clone()).await);
        world.clock.advance(TimeDelta::days(1));
        assert!(due().await.is_empty(), "it is off");
        world.write(async |tx| lead_events::set_webhook(tx, &admin, url, None).await).await;
        assert_eq!(due().await, [world.account], "and on again where it was");
        let webhook = lease().await.unwrap();
        world.write(async |tx| lead_events::set_webhook(tx, &admin, url, Some(b"another")).await).await;
        let late = world.write(async |tx| lead_events::note_unscoped(tx, &webhook, &gone).await).await;
        assert!(!late && due().await == [world.account], "who was sending while it was changed changes nothing");
        assert!(world.write(async |tx| lead_events::remove_webhook(tx, &admin).await).await);
        assert!(lead_events::webhook(&mut world.reader().await, &admin).await.unwrap().is_none());
    }
}

fn leads_filter() -> domain::leads::LeadFilter {
    domain::leads::LeadFilter::default()
}
