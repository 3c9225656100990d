//! Storing, opening and reviewing leads; the counts beside them.

use chrono::TimeDelta;
use domain::leads::{Count, LeadFilter, LeadListQuery, LeadStatus, NewLead, Period, Review};
use store::{StoreError, access::PartnerScope, leads};

use crate::world::{World, instant, lead};

async fn count(world: &World, scope: &PartnerScope, filter: LeadFilter) -> Count {
    leads::count(&mut world.reader().await, scope, &filter).await.unwrap()
}

async fn assert_counts_are_true(world: &World, scope: &PartnerScope) {
    let list = LeadListQuery::default();
    let all = leads::export_batch(&mut world.reader().await, scope, &leads::Rows::Of(list.clone()), None, 10_000)
        .await
        .unwrap();
    let by = |status: LeadStatus| all.iter().filter(|row| row.summary.status == status).count() as u64;
    assert_eq!(count(world, scope, LeadFilter::default()).await, Count::Exactly(all.len() as u64));
    for status in LeadStatus::ALL {
        for period in [None, Some(Period::Last30Days)] {
            let filter = LeadFilter { status: Some(*status), period, ..LeadFilter::default() };
            assert_eq!(count(world, scope, filter).await, Count::Exactly(by(*status)), "{status}");
        }
    }
}

on_both_engines! {
    async fn a_lead_delivered_twice_is_one_lead(world: World) {
        let scope = world.scope(&world.northwind).await;
        let batch = || vec![lead("a", "Ada", 1), lead("b", "Bea", 2), lead("a", "Ada again", 3)];
        assert_eq!(world.deliver(&world.northwind, batch()).await, 2);
        assert_eq!(world.deliver(&world.northwind, batch()).await, 0);
        assert_eq!(world.deliver(&world.contoso, batch()).await, 2, "another partner's ids are its own");
        let page = leads::list(&mut world.reader().await, &scope, &LeadListQuery::default()).await.unwrap();
        let names: Vec<_> = page.leads.iter().map(|lead| lead.name.as_str()).collect();
        assert_eq!(names, ["Ada", "Bea"]);
        assert_counts_are_true(&world, &scope).await;
    }

    /// What was delivered comes back to the letter, however strange.
    async fn strange_texts_survive(world: World) {
        let scope = world.scope(&world.northwind).await;
        let strange = ["=cmd|' /C calc'!A0", "say \"hi\"", "two\nlines", "<script>alert(1)</script>", "🦀 𝒳 𐍈", "שלום", "a\u{301}bc9", "'; DROP TABLE leads; --"];
        let all = strange.iter().enumerate().map(|(n, name)| NewLead {
            fields: vec![("b".into(), (*name).into()), ("a".into(), "second".into())],
            ..lead(&format!("s{n}"), name, 1)
        });
        world.deliver(&world.northwind, all.collect()).await;
        for name in strange {
            let filter = LeadFilter { q: name.into(), ..LeadFilter::default() };
            let page = leads::list(&mut world.reader().await, &scope, &LeadListQuery { filter, ..LeadListQuery::default() }).await.unwrap();
            assert_eq!(page.leads.len(), 1, "{name:?} is found");
            let detail = leads::get(&mut world.reader().await, &scope, page.leads[0].id).await.unwrap().unwrap();
            assert_eq!(detail.summary.name, name);
            let fields: Vec<_> = detail.fields.iter().map(|field| (field.label.as_str(), field.text.as_str())).collect();
            assert_eq!(fields, [("b", name), ("a", "second")]);
        }
    }

    async fn opening_counts_once_and_reviewing_is_remembered(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1), lead("b", "Bea", 2)]).await;
        let id = leads::list(&mut world.reader().await, &scope, &LeadListQuery::default()).await.unwrap().leads[0].id;
        for expected in [true, false] {
            let mut tx = world.db.begin_write().await.unwrap();
            assert_eq!(leads::open(&mut tx, &scope, id).await.unwrap(), expected);
            tx.commit().await.unwrap();
            assert_counts_are_true(&world, &scope).await;
            world.clock.advance(TimeDelta::minutes(1));
        }
        let reject = Review::Reject { reason: "duplicate".into(), comment: "seen in May".into() };
        for review in [Review::Accept, reject] {
            let mut tx = world.db.begin_write().await.unwrap();
            leads::review(&mut tx, &scope, &[id], &review, world.db.now()).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            assert_counts_are_true(&world, &scope).await;
            world.clock.advance(TimeDelta::minutes(1));
        }
        let detail = leads::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap();
        assert_eq!(detail.summary.status, LeadStatus::Rejected);
        let steps: Vec<_> = detail.history.iter().map(|event| event.status).collect();
        assert_eq!(steps, [LeadStatus::Viewed, LeadStatus::Accepted, LeadStatus::Rejected]);
        assert_eq!(detail.history[2].reason, Some("Duplicate".into()));
        assert_eq!(detail.history[2].by, "Owner of Northwind Solar");
    }

    /// What was decided at one instant is undone together, by who decided it alone, but for what has happened to a lead since.
    async fn decisions_of_one_instant_are_undone_together(world: World) {
        let (scope, theirs) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1), lead("b", "Bea", 2), lead("c", "Cleo", 3)]).await;
        let list = leads::list(&mut world.reader().await, &scope, &LeadListQuery::default()).await.unwrap().leads;
        let (at, mut tx) = (world.db.now(), world.db.begin_write().await.unwrap());
        let all: Vec<_> = list.iter().map(|found| found.id).collect();
        leads::review(&mut tx, &scope, &all, &Review::Accept, at).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(TimeDelta::minutes(1));
        let mut tx = world.db.begin_write().await.unwrap();
        let reject = Review::Reject { reason: "duplicate".into(), comment: String::new() };
        leads::review(&mut tx, &scope, &[list[2].id], &reject, world.db.now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(TimeDelta::minutes(1));
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(leads::undo_reviews(&mut tx, &theirs, at).await.unwrap().is_empty(), "nobody else's");
        let mut undone = leads::undo_reviews(&mut tx, &scope, at).await.unwrap();
        undone.sort_unstable();
        let mut expected = vec![list[0].id, list[1].id];
        expected.sort_unstable();
        assert_eq!(undone, expected);
        tx.commit().await.unwrap();
        assert_counts_are_true(&world, &scope).await;
        let after = leads::list(&mut world.reader().await, &scope, &LeadListQuery::default()).await.unwrap().leads;
        let statuses: Vec<_> = after.iter().map(|found| found.status).collect();
        assert_eq!(statuses, [LeadStatus::New, LeadStatus::New, LeadStatus::Rejected]);
    }

    async fn nobody_else_can_open_or_review(world: World) {
        let mine = world.scope(&world.northwind).await;
        let theirs = world.scope(&world.contoso).await;
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        let id = leads::list(&mut world.reader().await, &mine, &LeadListQuery::default()).await.unwrap().leads[0].id;
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(!leads::open(&mut tx, &theirs, id).await.unwrap());
        assert_eq!(leads::review(&mut tx, &theirs, &[id], &Review::Accept, world.db.now()).await.unwrap(), None);
        tx.commit().await.unwrap();
        let detail = leads::get(&mut world.reader().await, &mine, id).await.unwrap().unwrap();
        assert_eq!((detail.summary.status, detail.history.len()), (LeadStatus::New, 0));
    }

    /// A day is a day of the account's zone: 03:00 UTC on the 22nd is still the 21st in New York.
    async fn days_are_the_accounts(world: World) {
        let scope = world.scope(&world.northwind).await;
        let night = NewLead { delivered_at: instant("2026-11-22T03:00:00Z"), ..lead("night", "Night", 0) };
        world.deliver(&world.northwind, vec![night, lead("noon", "Noon", 0)]).await;
        for (period, expected) in [(Period::Yesterday, "Night"), (Period::Today, "Noon")] {
            let filter = LeadFilter { period: Some(period), ..LeadFilter::default() };
            let page = leads::list(&mut world.reader().await, &scope, &LeadListQuery { filter, ..LeadListQuery::default() }).await.unwrap();
            assert_eq!(page.count, Count::Exactly(1));
            assert_eq!(page.leads[0].name, expected);
        }
    }

    async fn counting_anew_changes_nothing(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, (0..50).map(|n| lead(&format!("l{n}"), "L", n * 300)).collect()).await;
        let mut tx = world.db.begin_write().await.unwrap();
        leads::rebuild_counts(&mut tx, world.account).await.unwrap();
        tx.commit().await.unwrap();
        assert_counts_are_true(&world, &scope).await;
    }

    /// A transaction that is not committed leaves nothing, neither leads nor counts.
    async fn a_dropped_transaction_leaves_nothing(world: World) {
        let scope = world.scope(&world.northwind).await;
        let mut tx = world.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut tx, world.account, world.northwind.partner, &[(lead("a", "Ada", 1), LeadStatus::New)], leads::Push::Nowhere)
            .await
            .unwrap();
        drop(tx);
        assert_eq!(count(&world, &scope, LeadFilter::default()).await, Count::Exactly(0));
    }

    async fn an_unknown_partner_stores_nothing(world: World) {
        let nobody = domain::ids::PartnerId(world.db.new_id().unwrap());
        let mut tx = world.db.begin_write().await.unwrap();
        let stored = leads::insert_unscoped(&mut tx, world.account, nobody, &[(lead("a", "Ada", 1), LeadStatus::New)], leads::Push::Nowhere).await;
        assert!(matches!(stored, Err(StoreError::Database(_))));
    }
}
