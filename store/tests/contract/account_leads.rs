//! The account's own list: the leads of all its partners, every filter, no other account's.

use domain::{
    delivery::{DeliveryChoice, DeliveryForm, DeliveryState},
    ids::LeadId,
    leads::{
        AccountLeadQuery, Count, Cursor, LeadFilter, LeadListQuery, LeadSort, LeadStatus, NewLead, PageSize, Period,
    },
};
use store::{
    access::AdminScope,
    delivery, leads,
    leads::{AccountRows, Push},
};

use crate::world::{Member, World, lead};

/// Leads that differ in all that can be asked for.
fn mixed(prefix: &str, many: i64) -> Vec<NewLead> {
    let campaigns = ["Solar", "Heat pump", ""];
    (0..many)
        .map(|n| NewLead {
            campaign: campaigns[usize::try_from(n % 3).unwrap()].into(),
            fields: vec![(format!("Field {}", n % 2), "x".into())],
            ..lead(
                &format!("{prefix}{n}"),
                &format!("{} {n}", ["Ada", "Grace", "Émile"][usize::try_from(n % 3).unwrap()]),
                n * 97,
            )
        })
        .collect()
}

async fn walk(world: &World, scope: &AdminScope, query: &AccountLeadQuery) -> (Vec<LeadId>, Count) {
    let (mut query, mut ids) = (query.clone(), Vec::new());
    loop {
        let page = leads::list_of_account(&mut world.reader().await, scope, &query).await.unwrap();
        assert_eq!(page.has_previous, !ids.is_empty());
        ids.extend(page.leads.iter().map(|lead| lead.summary.id));
        match page.leads.last() {
            Some(last) if page.has_next => query.list.cursor = Some(Cursor::After(last.summary.id)),
            _ => return (ids, page.count),
        }
    }
}

async fn switch_webhook_on(world: &World, member: &Member) {
    let scope = world.scope(member).await;
    let form = DeliveryForm { webhook_url: "https://crm.example/hook", email_mode: "off", ..DeliveryForm::default() };
    let choice = DeliveryChoice::parse(&form).unwrap();
    world
        .write(async |tx| {
            delivery::save(tx, &scope, &choice).await?;
            let now = tx.now();
            delivery::rotate_secret(tx, &scope, b"sealed", now).await
        })
        .await;
}

on_both_engines! {
    /// The account sees exactly what its partners see together, in the order of delivery; of one partner, what that partner sees.
    async fn it_has_what_the_partners_have(world: World) {
        let scope = world.admin_scope().await;
        let (other, stranger) = world.second_account().await;
        let mut tx = world.db.begin_write().await.unwrap();
        let foreign: Vec<_> = mixed("n", 30).into_iter().map(|lead| (lead, LeadStatus::New)).collect();
        leads::insert_unscoped(&mut tx, other, stranger.partner, &foreign, Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
        world.deliver(&world.northwind, mixed("n", 70)).await;
        world.deliver(&world.contoso, mixed("c", 40)).await;
        let contoso = world.scope(&world.contoso).await;
        let rejected = leads::ids(&mut world.reader().await, &contoso, &LeadFilter::default(), 5).await.unwrap();
        world
            .write(async |tx| {
                let now = tx.now();
                leads::review(tx, &contoso, &rejected, &domain::leads::Review::Accept, now).await
            })
            .await;
        let filters = [
            LeadFilter::default(),
            LeadFilter { q: "grace".into(), ..LeadFilter::default() },
            LeadFilter { q: "emile 4".into(), ..LeadFilter::default() },
            LeadFilter { q: "no such".into(), ..LeadFilter::default() },
            LeadFilter { campaign: Some("Heat pump".into()), ..LeadFilter::default() },
            LeadFilter { status: Some(LeadStatus::Accepted), ..LeadFilter::default() },
            LeadFilter { status: Some(LeadStatus::Rejected), ..LeadFilter::default() },
            LeadFilter { period: Some(Period::Last7Days), status: Some(LeadStatus::New), ..LeadFilter::default() },
            LeadFilter { period: Some(Period::Yesterday), q: "ada".into(), ..LeadFilter::default() },
        ];
        for filter in filters {
            let mut expected = Vec::new();
            for member in [&world.northwind, &world.contoso] {
                let own = world.scope(member).await;
                let ids = leads::ids(&mut world.reader().await, &own, &filter, 1_000).await.unwrap();
                let list = LeadListQuery { filter: filter.clone(), size: PageSize::TwentyFive, ..LeadListQuery::default() };
                for sort in LeadSort::ALL {
                    let query = AccountLeadQuery {
                        list: LeadListQuery { sort: *sort, ..list.clone() }, partner: Some(member.partner), delivery: None,
                    };
                    let (found, count) = walk(&world, &scope, &query).await;
                    let mut sorted = [found, ids.clone()];
                    sorted.iter_mut().for_each(|ids| ids.sort_unstable());
                    assert_eq!(sorted[0], sorted[1], "{filter:?} {sort}");
                    assert_eq!(count, Count::Exactly(ids.len() as u64), "{filter:?}");
                }
                expected.extend(ids);
            }
            let mut orders = Vec::new();
            for sort in [LeadSort::Newest, LeadSort::Oldest] {
                let list = LeadListQuery { filter: filter.clone(), size: PageSize::TwentyFive, sort, ..LeadListQuery::default() };
                let query = AccountLeadQuery { list, partner: None, delivery: None };
                let (found, count) = walk(&world, &scope, &query).await;
                assert_eq!(count, Count::Exactly(expected.len() as u64), "{filter:?}");
                let rows = leads::export_of_account(&mut world.reader().await, &scope, &query, None, 1_000).await.unwrap();
                assert_eq!(rows.iter().map(|row| row.lead.summary.id).collect::<Vec<_>>(), found, "{filter:?}, export");
                orders.push(found);
            }
            let oldest_first: Vec<_> = orders[0].iter().rev().copied().collect();
            assert_eq!(orders[1], oldest_first, "{filter:?}: one order is the other one turned round");
            orders[0].sort_unstable();
            expected.sort_unstable();
            assert_eq!(orders[0], expected, "{filter:?}");
        }
        let campaigns = leads::campaigns_of_account(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!(campaigns.iter().map(|campaign| campaign.leads).sum::<u64>(), 110);
        let theirs = AccountLeadQuery { partner: Some(stranger.partner), ..AccountLeadQuery::default() };
        assert_eq!(walk(&world, &scope, &theirs).await, (vec![], Count::Exactly(0)), "another account's partner");
    }

    /// Leads are found by how far they are on their way; to deliver them again, each goes to its own partner's queue.
    async fn leads_are_found_and_sent_by_their_delivery(world: World) {
        let scope = world.admin_scope().await;
        let (other, stranger) = world.second_account().await;
        switch_webhook_on(&world, &world.northwind).await;
        world.deliver(&world.northwind, mixed("n", 6)).await;
        world.deliver(&world.contoso, mixed("c", 4)).await;
        let everything = AccountLeadQuery::default();
        let by = |state| AccountLeadQuery { delivery: Some(state), ..AccountLeadQuery::default() };
        let (all, _) = walk(&world, &scope, &everything).await;
        assert_eq!(walk(&world, &scope, &by(DeliveryState::Waiting)).await.0.len(), 0, "they were stored without a push");
        let mut tx = world.db.begin_write().await.unwrap();
        let by_partner = leads::by_partner(&mut tx, &scope, &AccountRows::Selected(all.clone()), 1_000).await.unwrap();
        assert_eq!(by_partner.values().map(Vec::len).collect::<Vec<_>>().iter().sum::<usize>(), 10);
        assert_eq!(by_partner[&world.northwind.partner].len(), 6);
        for (partner, ids) in &by_partner {
            let own = scope.for_partner(&mut tx, *partner).await.unwrap().unwrap();
            let channels = delivery::deliver_again(&mut tx, &own, ids).await.unwrap();
            assert_eq!(channels, usize::from(*partner == world.northwind.partner), "Contoso has no way of delivery");
        }
        tx.commit().await.unwrap();
        let (waiting, count) = walk(&world, &scope, &by(DeliveryState::Waiting)).await;
        assert_eq!((waiting.len(), count), (6, Count::Exactly(6)));
        assert_eq!(walk(&world, &scope, &by(DeliveryState::Failed)).await.1, Count::Exactly(0));
        let page = leads::list_of_account(&mut world.reader().await, &scope, &everything).await.unwrap();
        let states: Vec<_> = page.leads.iter().map(|lead| (lead.partner.0, lead.delivery)).collect();
        assert!(states.contains(&(world.northwind.partner, Some(DeliveryState::Waiting))), "{states:?}");
        assert!(states.contains(&(world.contoso.partner, None)), "{states:?}");
        let foreign = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let foreign = foreign.require(domain::admin::AdminPermission::View).unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(leads::by_partner(&mut tx, &foreign, &AccountRows::Selected(all), 1_000).await.unwrap().is_empty());
        drop(tx);
        assert_eq!(walk(&world, &foreign, &everything).await.0, vec![], "{}", stranger.partner);
    }
}
