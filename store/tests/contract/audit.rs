//! Events are written with their transaction, or not at all.

use domain::audit::{AuditAction, AuditFilter, AuditQuery, AuditResult};
use store::{
    Db, Options,
    audit::{self, AuditKeys, Broken, Event, Head, SealedBy, Who},
};

use crate::world::{World, as_superuser};

impl World {
    async fn events(&self, count: usize) {
        let session = self.session(&self.northwind).await.unwrap();
        for number in 0..count {
            let mut event = Event::by_partner(&session, "192.0.2.1", AuditAction::LeadViewed, ("lead", None))
                .with_detail(serde_json::json!({ "number": number }));
            if number % 3 == 0 {
                event.result = AuditResult::Failure;
            }
            let mut tx = self.db.begin_write().await.unwrap();
            audit::record(&mut tx, &event);
            tx.commit().await.unwrap();
        }
    }

    /// Runs a statement past the store, as somebody with the database in hands can.
    async fn tamper(&self, statements: &[&str]) -> Result<(), sqlx::Error> {
        use sqlx::Connection;
        for statement in statements {
            let statement = sqlx::AssertSqlSafe((*statement).to_owned());
            if self.url.starts_with("sqlite") {
                sqlx::query(statement).execute(&mut sqlx::SqliteConnection::connect(&self.url).await?).await?;
            } else {
                sqlx::query(statement)
                    .execute(&mut sqlx::PgConnection::connect(&as_superuser(&self.url)).await?)
                    .await?;
            }
        }
        Ok(())
    }

    /// The same database, with other keys of the audit log.
    async fn with_keys(&self, audit_keys: AuditKeys) -> Db {
        let options = Options { audit_keys, ..Options::new(&*self.url, 2) };
        Db::open(&options, self.clock.clone(), std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap()
    }

    /// What a look finds.
    async fn broken(&self) -> Option<Broken> {
        audit::verify(&mut self.reader().await, self.account, &[], None).await.unwrap().broken
    }

    fn without_triggers(&self) -> Vec<&'static str> {
        if self.url.starts_with("sqlite") {
            vec!["DROP TRIGGER audit_events_are_immutable", "DROP TRIGGER audit_events_stay"]
        } else {
            vec![
                "DROP TRIGGER audit_events_are_immutable ON audit_events",
                "DROP TRIGGER audit_events_stay ON audit_events",
            ]
        }
    }
}

on_both_engines! {
    async fn an_event_is_part_of_its_transaction(world: World) {
        let session = world.session(&world.northwind).await.unwrap();
        let event = Event::by_partner(&session, "192.0.2.1", AuditAction::LeadsExported, ("leads", None))
            .with_detail(serde_json::json!({ "rows": 7 }));
        let mut tx = world.db.begin_write().await.unwrap();
        audit::record(&mut tx, &event);
        drop(tx);
        assert!(audit::latest(&mut world.reader().await, world.account, 10).await.unwrap().is_empty());
        let mut tx = world.db.begin_write().await.unwrap();
        audit::record(&mut tx, &event);
        tx.commit().await.unwrap();
        let events = audit::latest(&mut world.reader().await, world.account, 10).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].action.as_str(), events[0].actor_name.as_str()), ("leads_exported", "Owner of Northwind Solar"));
        assert_eq!((events[0].detail.as_str(), events[0].address.as_str()), (r#"{"rows":7}"#, "192.0.2.1"));
    }

    /// The database itself refuses to change or remove events.
    async fn events_can_neither_be_changed_nor_removed(world: World) {
        world.events(3).await;
        let changed = world.tamper(&["UPDATE audit_events SET actor_name = 'Eve' WHERE sequence = 2"]).await;
        assert!(changed.unwrap_err().to_string().contains("never changes"));
        let removed = world.tamper(&["DELETE FROM audit_events WHERE sequence = 2"]).await;
        assert!(removed.unwrap_err().to_string().contains("never removed"));
        let verdict = audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap();
        assert_eq!((verdict.checked, verdict.broken), (3, None));
    }

    /// Whoever gets past that leaves a trace: the event is named.
    async fn one_changed_byte_is_found(world: World) {
        world.events(5).await;
        world.tamper(&world.without_triggers()).await.unwrap();
        let victim = "UPDATE audit_events SET detail = '{\"number\":7}' WHERE sequence = 3";
        world.tamper(&[victim]).await.unwrap();
        let verdict = audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap();
        assert!(matches!(verdict.broken, Some(Broken::Changed { sequence: 3, .. })), "{verdict:?}");
        assert_eq!(verdict.checked, 2);
        world.tamper(&["UPDATE audit_events SET detail = '{\"number\":2}' WHERE sequence = 3"]).await.unwrap();
        assert_eq!(audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap().broken, None, "put back as it was");
        world.tamper(&["UPDATE audit_events SET sequence = NULL WHERE sequence = 2"]).await.unwrap();
        assert_eq!(audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap().broken, Some(Broken::Missing { sequence: 2 }));
    }

    async fn a_removed_end_is_found(world: World) {
        world.events(4).await;
        world.tamper(&world.without_triggers()).await.unwrap();
        world.tamper(&["DELETE FROM audit_events WHERE sequence = 4"]).await.unwrap();
        assert_eq!(audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap().broken, Some(Broken::Missing { sequence: 4 }));
    }

    /// Whoever cuts the end off and makes the chain's row match is found out, and what is written next does not cover it.
    async fn a_cut_end_is_found_by_its_seal(world: World) {
        world.events(6).await;
        world.tamper(&world.without_triggers()).await.unwrap();
        world.tamper(&[
            "DELETE FROM audit_events WHERE sequence > 4",
            "UPDATE audit_chains SET last_sequence = 4, last_hash = (SELECT hash FROM audit_events WHERE sequence = 4)
                WHERE last_sequence = 6",
        ]).await.unwrap();
        assert_eq!(world.broken().await, Some(Broken::Seal));
        world.events(1).await;
        assert_eq!(world.broken().await, Some(Broken::Seal), "the next event is chained to the rest, but seals nothing");
        world.tamper(&["UPDATE audit_chains SET seal = NULL, keyed_sequence = last_sequence"]).await.unwrap();
        assert!(world.broken().await.is_some(), "events with a key are none without");
        world.db.migrate().await.unwrap();
        assert!(world.broken().await.is_some(), "no start gives a new seal");
    }

    /// A chain that somebody writes anew from some event on, with everything that the database tells, but another key.
    async fn a_chain_written_without_the_key_is_found(world: World) {
        world.events(3).await;
        let forger = world.with_keys(AuditKeys::derive(&[9; 32], [])).await;
        let session = world.session(&world.northwind).await.unwrap();
        let mut tx = forger.begin_write().await.unwrap();
        audit::record(&mut tx, &Event::by_partner(&session, "192.0.2.1", AuditAction::LeadViewed, ("lead", None)));
        tx.commit().await.unwrap();
        assert!(matches!(world.broken().await, Some(Broken::Changed { sequence: 4, .. })));
        let verdict = audit::verify(&mut forger.reader().await.unwrap(), world.account, &[], None).await.unwrap();
        assert!(matches!(verdict.broken, Some(Broken::Changed { sequence: 1, .. })), "nor does the other key fit the rest");
    }

    /// Events from before the log had a key stay verifiable, beside those with one.
    async fn events_from_before_the_key_stay_verifiable(world: World) {
        world.tamper(&["UPDATE audit_chains SET seal = NULL, keyed_sequence = NULL"]).await.unwrap();
        world.events(3).await;
        audit::adopt(&world.db).await.unwrap();
        world.events(2).await;
        let verdict = audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap();
        assert_eq!((verdict.checked, verdict.keyed_behind, verdict.broken), (5, 3, None));
        world.tamper(&world.without_triggers()).await.unwrap();
        world.tamper(&["UPDATE audit_events SET address = 'x' WHERE sequence = 2"]).await.unwrap();
        assert!(matches!(world.broken().await, Some(Broken::Changed { sequence: 2, .. })));
        world.tamper(&["UPDATE audit_events SET address = '192.0.2.1' WHERE sequence = 2", "UPDATE audit_chains SET keyed_sequence = 5"]).await.unwrap();
        assert!(matches!(world.broken().await, Some(Broken::Changed { sequence: 4, .. })), "nor can the key be taken away");
    }

    /// A head that was noted earlier must still be there.
    async fn a_noted_head_is_expected(world: World) {
        world.events(3).await;
        let look = async |head: Option<&Head>| audit::verify(&mut world.reader().await, world.account, &[], head).await.unwrap();
        let head = look(None).await.head;
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        world.events(2).await;
        assert_eq!(look(Some(&head)).await.broken, None);
        let other = Head { sequence: 2, ..head.clone() };
        assert_eq!(look(Some(&other)).await.broken, Some(Broken::Expected { sequence: 2 }));
        let later = Head { sequence: 6, ..head.clone() };
        assert_eq!(look(Some(&later)).await.broken, Some(Broken::Expected { sequence: 6 }));
        for bad in ["", "3", "3:ab", "x:00", "0:00"] {
            assert!(bad.parse::<Head>().is_err(), "{bad}");
        }
    }

    /// A look in one snapshot calls nothing broken that is being written meanwhile.
    async fn a_log_in_use_is_whole(world: World) {
        let writing = async { for _ in 0..15 { world.events(2).await } };
        let looking = async {
            for _ in 0..15 {
                let mut snapshot = world.db.begin_read().await.unwrap();
                assert_eq!(audit::verify(&mut snapshot, world.account, &[], None).await.unwrap().broken, None);
            }
        };
        tokio::join!(writing, looking);
        assert_eq!(world.broken().await, None);
    }

    /// Purging removes whole months from the beginning on; the rest can still be verified, and the log says so.
    async fn a_purged_log_is_still_verified(world: World) {
        world.events(3).await;
        world.clock.advance(chrono::TimeDelta::days(70));
        world.events(2).await;
        let purge = async |months| world.write(async |tx| audit::purge(tx, world.account, months).await).await;
        assert_eq!(purge(6).await, 0, "nothing is that old");
        assert_eq!(purge(1).await, 3);
        let verdict = audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap();
        assert_eq!((verdict.checked, verdict.purged, verdict.broken), (3, 3, None));
        let events = audit::latest(&mut world.reader().await, world.account, 10).await.unwrap();
        assert_eq!((events.len(), events[0].action.as_str()), (3, "audit_purged"));
        assert_eq!(purge(1).await, 0, "once is enough");
        world.tamper(&world.without_triggers()).await.unwrap();
        world.tamper(&["UPDATE audit_events SET address = 'x' WHERE sequence = 4"]).await.unwrap();
        assert!(audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap().broken.is_some());
    }

    /// The installation's key is changed: the log goes on with the old one until it is sealed anew; what is written then takes the new
    /// one, and the events before are looked at with the former one, which alone makes nothing any more.
    async fn a_log_outlives_its_key(world: World) {
        let mut world = world;
        let (old, both) = (AuditKeys::derive(&[7; 32], []), AuditKeys::derive(&[8; 32], [&[7; 32]]));
        let new = AuditKeys::derive(&[8; 32], []);
        world.tamper(&["UPDATE audit_chains SET seal = NULL"]).await.unwrap();
        world.db = world.with_keys(old.clone()).await;
        audit::adopt(&world.db).await.unwrap();
        world.events(3).await;
        world.db = world.with_keys(both).await;
        world.events(2).await;
        assert_eq!(world.broken().await, None);
        let old_db = world.with_keys(old).await;
        let whole = audit::verify(&mut old_db.reader().await.unwrap(), world.account, &[], None).await.unwrap();
        assert_eq!((whole.checked, whole.broken), (5, None), "a process that knows the old key alone has missed nothing so far");

        let SealedBy::NewestAfter(former) = world.write(async |tx| audit::seal_anew(tx, world.account).await).await else {
            panic!("it was sealed with the old key");
        };
        let again = world.write(async |tx| audit::seal_anew(tx, world.account).await).await;
        assert!(matches!(again, SealedBy::Newest), "{again:?}");
        world.events(2).await;
        world.db = world.with_keys(new).await;
        world.events(2).await;
        let former = [former];
        let look = async || audit::verify(&mut world.reader().await, world.account, &former, None).await.unwrap();
        let verdict = look().await;
        assert_eq!((verdict.checked, verdict.broken), (9, None));
        assert!(matches!(world.broken().await, Some(Broken::Changed { sequence: 1, .. })), "without the former key");

        // Whoever has the old key and the database writes an end of their own, hashed and sealed with it.
        world.tamper(&world.without_triggers()).await.unwrap();
        world.tamper(&[
            "DELETE FROM audit_events WHERE sequence > 2",
            "UPDATE audit_chains SET last_sequence = 2, seal = NULL,
                last_hash = (SELECT hash FROM audit_events WHERE sequence = 2) WHERE last_sequence = 9",
        ]).await.unwrap();
        audit::adopt(&old_db).await.unwrap();
        let event = Event::by_partner(&world.session(&world.northwind).await.unwrap(), "", AuditAction::LeadViewed, ("lead", None));
        let mut tx = old_db.begin_write().await.unwrap();
        audit::record(&mut tx, &event);
        tx.commit().await.unwrap();
        assert!(look().await.broken.is_some());
        world.tamper(&["UPDATE audit_chains SET keyed_sequence = 0"]).await.unwrap();
        assert_eq!(look().await.broken, Some(Broken::Seal), "all of it is as the old key makes it, but the seal");
        let left = world.write(async |tx| audit::seal_anew(tx, world.account).await).await;
        assert!(matches!(left, SealedBy::Unknown), "nor does a change of the key cover it: {left:?}");
    }

    /// A former key is kept once, and lies there sealed.
    async fn former_keys_are_kept(world: World) {
        let key = audit::AuditKey::derive(&[7; 32]);
        for sealed in [&b"sealed"[..], b"sealed again"] {
            world.write(async |tx| audit::keep_former(tx, &key, sealed).await).await;
        }
        assert_eq!(audit::former(&mut world.reader().await).await.unwrap(), [b"sealed"]);
    }

    /// Many at once stay one chain.
    async fn simultaneous_events_stay_one_chain(world: World) {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (db, account) = (world.db.clone(), world.account);
            tasks.spawn(async move {
                let event = Event {
                    account_id: account,
                    partner_id: None,
                    who: Who::System,
                    action: AuditAction::DemoFilled,
                    object: ("account", None),
                    result: AuditResult::Success,
                    address: String::new(),
                    detail: serde_json::json!({}),
                    occurred_at: None,
                };
                let mut tx = db.begin_write().await.unwrap();
                audit::record_all(&mut tx, &[event.clone(), event]);
                tx.commit().await.unwrap();
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let verdict = audit::verify(&mut world.reader().await, world.account, &[], None).await.unwrap();
        assert_eq!((verdict.checked, verdict.broken), (40, None));
    }

    async fn the_log_is_filtered_and_paged(world: World) {
        let scope = world.admin_scope().await;
        world.events(60).await;
        let all = async |filter: AuditFilter| {
            let (mut found, mut query) = (Vec::new(), AuditQuery { filter, before: None });
            loop {
                let (entries, more) = audit::entries(&mut world.reader().await, &scope, &query).await.unwrap();
                query.before = entries.last().map(|entry| entry.sequence);
                found.extend(entries.into_iter().map(|entry| entry.sequence));
                if !more {
                    return found;
                }
            }
        };
        let everything: Vec<i64> = (1..=60).rev().collect();
        assert_eq!(all(AuditFilter::default()).await, everything, "pages neither skip nor repeat");
        let only = |change: &dyn Fn(&mut AuditFilter)| { let mut filter = AuditFilter::default(); change(&mut filter); filter };
        assert_eq!(all(only(&|filter| filter.result = Some(AuditResult::Failure))).await.len(), 20);
        assert_eq!(all(only(&|filter| filter.partner = Some(world.northwind.partner))).await.len(), 60);
        assert!(all(only(&|filter| filter.partner = Some(world.contoso.partner))).await.is_empty());
        assert_eq!(all(only(&|filter| filter.actor = "owner of northwind solar".into())).await.len(), 60);
        assert!(all(only(&|filter| filter.actor = "nobody".into())).await.is_empty());
        assert!(all(only(&|filter| filter.action = Some(AuditAction::Login))).await.is_empty());
        assert_eq!(all(only(&|filter| filter.from = "2026-11-22".parse().ok())).await.len(), 60);
        assert!(all(only(&|filter| filter.to = "2026-11-21".parse().ok())).await.is_empty());
        let entry = &audit::entries(&mut world.reader().await, &scope, &AuditQuery::default()).await.unwrap().0[0];
        assert_eq!((entry.who(), entry.partner.as_ref().unwrap().1.as_str()), ("Owner of Northwind Solar", "Northwind Solar"));
        assert_eq!(entry.detail, [("number".to_owned(), "59".to_owned())]);
    }
}
