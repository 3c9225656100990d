//! What becomes of leads: outcomes, next steps and notes, counted, found, and nobody else's.

use domain::{
    ids::LeadId,
    leads::{ChoiceRow, Count, LeadFilter, LeadListQuery, NextStep, NoteAuthor, Outcome, OutcomeChoice},
    money::{Currency, Money},
};
use store::{access::PartnerScope, leads};

use crate::world::{World, lead};

fn outcome(code: Option<&str>, minor: Option<i64>) -> Outcome {
    let value = minor.map(|minor| Money { minor, currency: Currency::EUR });
    Outcome { code: code.map(ToOwned::to_owned), value, comment: "said so".into() }
}

fn of(code: &str) -> LeadFilter {
    LeadFilter { outcome: Some(code.into()), ..LeadFilter::default() }
}

async fn found(world: &World, scope: &PartnerScope, filter: LeadFilter) -> (Vec<LeadId>, Count) {
    let query = LeadListQuery { filter, ..LeadListQuery::default() };
    let page = leads::list(&mut world.reader().await, scope, &query).await.unwrap();
    (page.leads.into_iter().map(|lead| lead.id).collect(), page.count)
}

on_both_engines! {
    /// Leads are found and counted by their outcome, whatever it was before; its history keeps every word.
    async fn leads_are_found_by_their_outcome(world: World) {
        let scope = world.scope(&world.northwind).await;
        let many = (0..7).map(|n| lead(&format!("N-{n}"), "Ada", n * 1_000)).collect();
        world.deliver(&world.northwind, many).await;
        world.deliver(&world.contoso, vec![lead("C-1", "Sam", 1)]).await;
        let ids = leads::ids(&mut world.reader().await, &scope, &LeadFilter::default(), 10).await.unwrap();
        let set = async |ids: &[LeadId], outcome: Outcome| {
            world.clock.advance(chrono::TimeDelta::seconds(1));
            world.write(async |tx| { let now = tx.now(); leads::set_outcome(tx, &scope, ids, &outcome, now).await }).await
        };
        assert_eq!(set(&ids[..4], outcome(Some("contacted"), None)).await, Some(()));
        assert_eq!(set(&ids[2..4], outcome(Some("sold"), Some(99_00))).await, Some(()));
        assert_eq!(set(&ids[3..4], outcome(None, None)).await, Some(()));
        assert_eq!(found(&world, &scope, of("contacted")).await, (ids[..2].to_vec(), Count::Exactly(2)));
        assert_eq!(found(&world, &scope, of("sold")).await, (ids[2..3].to_vec(), Count::Exactly(1)));
        assert_eq!(found(&world, &scope, of("lost")).await, (vec![], Count::Exactly(0)));
        let detail = leads::get(&mut world.reader().await, &scope, ids[2]).await.unwrap().unwrap();
        assert_eq!(detail.outcome.as_ref().map(|outcome| outcome.code.as_str()), Some("sold"));
        assert_eq!(detail.outcome.unwrap().value, Some(Money { minor: 99_00, currency: Currency::EUR }));
        let labels: Vec<_> = detail.outcomes.iter().map(|event| event.label.as_deref()).collect();
        assert_eq!(labels, [Some("Contacted"), Some("Sold")]);
        let back = leads::get(&mut world.reader().await, &scope, ids[3]).await.unwrap().unwrap();
        assert!(back.outcome.is_none() && back.outcomes.len() == 3 && back.outcomes[2].label.is_none());
        let dated = LeadFilter { period: Some(domain::leads::Period::Today), ..of("contacted") };
        assert_eq!(found(&world, &scope, dated).await.1, Count::Exactly(1), "counted by day as well");
        // A stranger's lead among them: nothing is kept.
        let contoso = world.scope(&world.contoso).await;
        let stranger = leads::ids(&mut world.reader().await, &contoso, &LeadFilter::default(), 1).await.unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        let mixed = [ids[0], stranger[0]];
        let now = world.db.now();
        assert_eq!(leads::set_outcome(&mut tx, &scope, &mixed, &outcome(Some("sold"), None), now).await.unwrap(), None);
        drop(tx);
        assert_eq!(found(&world, &contoso, of("sold")).await.1, Count::Exactly(0));
    }

    /// A step is due from its day on, for the partner whose lead it is.
    async fn next_steps_come_due(world: World) {
        let scope = world.scope(&world.northwind).await;
        let contoso = world.scope(&world.contoso).await;
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1), lead("N-2", "Grace", 2), lead("N-3", "Joan", 3)]).await;
        let ids = leads::ids(&mut world.reader().await, &scope, &LeadFilter::default(), 3).await.unwrap();
        let today = "2026-11-22".parse().unwrap();
        for (id, on) in ids.iter().zip(["2026-11-22", "2026-11-20", "2026-11-23"]) {
            let step = NextStep { text: "Call".into(), on: on.parse().ok(), assignee: Some(world.northwind.user) };
            assert!(world.write(async |tx| leads::set_next_step(tx, &scope, *id, &step).await).await);
            let foreign = world.write(async |tx| leads::set_next_step(tx, &contoso, *id, &NextStep::default()).await);
            assert!(!foreign.await, "a stranger plans nothing");
        }
        let due = leads::due(&mut world.reader().await, &scope, today).await.unwrap();
        assert_eq!(due.iter().map(|due| &*due.name).collect::<Vec<_>>(), ["Grace", "Ada"], "the longest due first");
        assert_eq!(due[0].assignee.as_deref(), Some("Owner of Northwind Solar"));
        assert!(leads::due(&mut world.reader().await, &contoso, today).await.unwrap().is_empty());
        assert!(world.write(async |tx| leads::set_next_step(tx, &scope, ids[1], &NextStep::default()).await).await);
        assert_eq!(leads::due(&mut world.reader().await, &scope, today).await.unwrap().len(), 1);
    }

    /// Each side reads its own notes and what the other one shares.
    async fn notes_are_read_by_whom_they_are_for(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1)]).await;
        let id = leads::ids(&mut world.reader().await, &scope, &LeadFilter::default(), 1).await.unwrap()[0];
        let account = world.admin_scope().await.for_partner(&mut world.reader().await, world.northwind.partner).await;
        let account = account.unwrap().unwrap();
        for (by, side, shared, text) in [
            (&scope, NoteAuthor::Partner, false, "ours"),
            (&scope, NoteAuthor::Partner, true, "to the account"),
            (&account, NoteAuthor::Account, false, "staff alone"),
            (&account, NoteAuthor::Account, true, "to the partner"),
        ] {
            world.clock.advance(chrono::TimeDelta::seconds(1));
            world.write(async |tx| leads::add_note(tx, by, id, (side, shared), text).await).await;
        }
        let read = async |side| {
            let notes = leads::notes(&mut world.reader().await, &scope, id, side).await.unwrap();
            notes.into_iter().map(|note| note.text).collect::<Vec<_>>()
        };
        assert_eq!(read(NoteAuthor::Partner).await, ["ours", "to the account", "to the partner"]);
        assert_eq!(read(NoteAuthor::Account).await, ["to the account", "staff alone", "to the partner"]);
        let contoso = world.scope(&world.contoso).await;
        assert!(leads::notes(&mut world.reader().await, &contoso, id, NoteAuthor::Partner).await.unwrap().is_empty());
    }

    /// Every account begins with a list, names it as it likes, and keeps what its leads have.
    async fn an_account_has_its_own_outcomes(world: World) {
        let scope = world.admin_scope().await;
        let (other, _) = world.second_account().await;
        let list = leads::list_for_account(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!(list, OutcomeChoice::first_list());
        let row = ChoiceRow { code: "contacted", label: "Reached", kind: "open", active: false };
        let new = ChoiceRow { code: "", label: "Site visit", kind: "open", active: true };
        let changed = OutcomeChoice::parse_list(&list, &[row], new).unwrap();
        world.write(async |tx| leads::set_list(tx, &scope, &changed).await).await;
        let northwind = world.scope(&world.northwind).await;
        assert_eq!(leads::outcomes(&mut world.reader().await, &northwind).await.unwrap(), changed);
        let globex = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        let theirs = leads::list_for_account(&mut world.reader().await, &globex).await.unwrap();
        assert_eq!(theirs, OutcomeChoice::first_list());
    }
}
