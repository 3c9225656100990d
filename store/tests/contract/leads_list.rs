//! The list: the right rows, in the right order, on the right page, of nobody else.

use chrono::{Days, NaiveDate, TimeDelta};
use domain::{
    access::Permission,
    ids::LeadId,
    leads::{Count, Cursor, DayRange, LeadFilter, LeadListQuery, LeadSort, LeadStatus, NewLead, PageSize, Period},
    money::{Currency, Price},
    search::{Needle, document, fold},
    zone::Zone,
};
use store::{access::PartnerScope, leads};

use crate::world::{World, instant, lead};

const CAMPAIGNS: [&str; 3] = ["Solar", "Heat pump", ""];

/// Leads of all sorts, many of them delivered in the same instant: the order must be total all the same.
fn mixed(prefix: &str, many: i64) -> Vec<NewLead> {
    let names = ["Ada", "ada", "Żaneta", "Émile", "Zoë", "Øystein", "李小龙", "Ελένη", "Дмитрий", "O'Neil"];
    (0..many)
        .map(|n| NewLead {
            campaign: CAMPAIGNS[usize::try_from(n % 3).unwrap()].into(),
            fields: (0..n % 3).map(|field| (format!("Field {}", n % 5 + field), "x".into())).collect(),
            delivered_at: instant("2026-11-22T12:00:00Z") - TimeDelta::minutes((n / 4) * 397),
            ..lead(&format!("{prefix}{n}"), &format!("{} {}", names[usize::try_from(n % 10).unwrap()], n % 7), 0)
        })
        .collect()
}

async fn walk(world: &World, scope: &PartnerScope, query: &LeadListQuery) -> Vec<LeadId> {
    let mut query = query.clone();
    let mut ids = Vec::new();
    loop {
        let page = leads::list(&mut world.reader().await, scope, &query).await.unwrap();
        assert_eq!(page.has_previous, !ids.is_empty());
        ids.extend(page.leads.iter().map(|lead| lead.id));
        match page.leads.last() {
            Some(last) if page.has_next => query.cursor = Some(Cursor::After(last.id)),
            _ => return ids,
        }
    }
}

async fn walk_back(world: &World, scope: &PartnerScope, query: &LeadListQuery, last: LeadId) -> Vec<LeadId> {
    let mut query = query.at(Cursor::Before(last));
    let mut ids = vec![last];
    loop {
        let page = leads::list(&mut world.reader().await, scope, &query).await.unwrap();
        assert!(page.has_next);
        ids.splice(0..0, page.leads.iter().map(|lead| lead.id));
        if !page.has_previous {
            return ids;
        }
        query.cursor = Some(Cursor::Before(ids[0]));
    }
}

/// What the filter means, said a second time without a database.
fn matches(lead: &NewLead, status: LeadStatus, filter: &LeadFilter, zone: Zone, today: NaiveDate) -> bool {
    let day = zone.day(lead.delivered_at);
    let range = filter.day_range(today);
    let texts = [&lead.name, &lead.email, &lead.phone, &lead.campaign, &lead.external_id].map(String::as_str);
    range.from.is_none_or(|from| from <= day)
        && range.to.is_none_or(|to| day <= to)
        && filter.campaign.as_ref().is_none_or(|campaign| *campaign == lead.campaign)
        && filter.status.is_none_or(|wanted| wanted == status)
        && Needle::new(&filter.q).is_in(&document(&texts, &lead.phone, None))
}

fn filters() -> Vec<LeadFilter> {
    let today: NaiveDate = "2026-11-22".parse().unwrap();
    let q = |text: &str| LeadFilter { q: text.into(), ..LeadFilter::default() };
    let mut filters = vec![LeadFilter::default()];
    filters.extend(
        [
            "ada", "ADA", "zaneta", "øystein 3", "李小龙", "ελενη", "o'neil", "n1@", "solar", "heat p", "3 oystein",
            "solar ada n", "+49 30 12345", "0049 (0)30 12345", "030 123-45", "a", "%", "_", "\"", "no such",
        ]
        .map(q),
    );
    filters.extend(Period::ALL.iter().map(|period| LeadFilter { period: Some(*period), ..LeadFilter::default() }));
    for days in [3, 20] {
        let range =
            DayRange { from: today.checked_sub_days(Days::new(days)), to: today.checked_sub_days(Days::new(2)) };
        filters.push(LeadFilter { days: range, campaign: Some("Solar".into()), ..LeadFilter::default() });
        filters.push(LeadFilter { days: range, status: Some(LeadStatus::Viewed), ..q("ada") });
    }
    filters.extend(LeadStatus::ALL.iter().map(|status| LeadFilter { status: Some(*status), ..LeadFilter::default() }));
    filters.push(LeadFilter { campaign: Some("Heat pump".into()), status: Some(LeadStatus::New), ..q("mail.example") });
    filters
}

on_both_engines! {
    /// Every filter and order gives exactly the rows a plain reading of it gives, page by page, forwards and back,
    /// with the right count, and none of the other partner's.
    async fn list_agrees_with_a_plain_reading(world: World) {
        let scope = world.scope(&world.northwind).await;
        let statuses = [LeadStatus::New, LeadStatus::Viewed, LeadStatus::Accepted];
        let mine: Vec<(NewLead, LeadStatus)> =
            mixed("n", 180).into_iter().enumerate().map(|(n, lead)| (lead, statuses[n % 3])).collect();
        let mut tx = world.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut tx, world.account, world.northwind.partner, &mine, leads::Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
        world.deliver(&world.contoso, mixed("n", 150)).await;
        let zone = scope.session().zone();
        let today = zone.day(world.db.now());
        for filter in filters() {
            let expected = mine.iter().filter(|(lead, status)| matches(lead, *status, &filter, zone, today)).count();
            let mut first: Option<Vec<LeadId>> = None;
            for sort in LeadSort::ALL {
                let query = LeadListQuery { filter: filter.clone(), sort: *sort, size: PageSize::TwentyFive, ..LeadListQuery::default() };
                let ids = walk(&world, &scope, &query).await;
                assert_eq!(ids.len(), expected, "{filter:?} {sort}");
                let page = leads::list(&mut world.reader().await, &scope, &query).await.unwrap();
                assert_eq!(page.count, Count::Exactly(expected as u64), "{filter:?}");
                if let Some(last) = ids.last() {
                    assert_eq!(walk_back(&world, &scope, &query, *last).await, ids, "{filter:?} {sort}, backwards");
                }
                let mut sorted = ids.clone();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), ids.len(), "no row twice");
                assert_eq!(*first.get_or_insert_with(|| sorted.clone()), sorted, "each order has the same rows");
                let rows = leads::Rows::Of(query.clone());
                let exported = leads::export_batch(&mut world.reader().await, &scope, &rows, None, 1_000).await.unwrap();
                assert_eq!(exported.iter().map(|row| row.summary.id).collect::<Vec<_>>(), ids, "{filter:?} {sort}, export");
                let fields = |row: &leads::ExportRow| row.fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
                let mut expected: Vec<_> = exported.iter().map(|row| (row.summary.id, fields(row))).collect();
                let mut named = leads::export_names(&mut world.reader().await, &scope, &rows, None, 7).await.unwrap();
                while let Some(last) = named.last().map(|(id, _)| *id).filter(|_| named.len() < expected.len()) {
                    let mut read = world.reader().await;
                    named.extend(leads::export_names(&mut read, &scope, &rows, Some(last), 100).await.unwrap());
                }
                named.sort_unstable();
                expected.sort_unstable();
                assert_eq!(named, expected, "{filter:?} {sort}, names");
                let mut found = leads::ids(&mut world.reader().await, &scope, &filter, 1_000).await.unwrap();
                found.sort_unstable();
                assert_eq!(found, sorted, "{filter:?}, ids");
            }
        }
    }

    async fn orders_are_what_they_say(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, mixed("n", 40)).await;
        let list = async |sort| {
            let query = LeadListQuery { sort, size: PageSize::Hundred, ..LeadListQuery::default() };
            leads::list(&mut world.reader().await, &scope, &query).await.unwrap().leads
        };
        let newest = list(LeadSort::Newest).await;
        assert!(newest.is_sorted_by(|a, b| a.received.instant() >= b.received.instant()));
        let mut oldest = list(LeadSort::Oldest).await;
        oldest.reverse();
        assert_eq!(newest, oldest);
        let by_name = list(LeadSort::Name).await;
        assert!(by_name.is_sorted_by_key(|lead| fold(&lead.name)));
        assert_eq!(by_name[0].name.to_lowercase(), "ada 0");
    }

    async fn a_page_knows_its_neighbours(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, mixed("n", 60)).await;
        let filter = LeadFilter { q: "ada".into(), ..LeadFilter::default() };
        let query = LeadListQuery { filter, ..LeadListQuery::default() };
        let ids = walk(&world, &scope, &query).await;
        for (index, id) in ids.iter().enumerate() {
            let found = leads::neighbours(&mut world.reader().await, &scope, &query, *id).await.unwrap();
            assert_eq!(found.previous, index.checked_sub(1).map(|before| ids[before]));
            assert_eq!(found.next, ids.get(index + 1).copied());
        }
    }

    /// Another partner's lead is as good as no lead, wherever its id turns up.
    async fn another_partners_id_is_no_id(world: World) {
        let mine = world.scope(&world.northwind).await;
        let theirs = world.scope(&world.contoso).await;
        world.deliver(&world.northwind, mixed("n", 30)).await;
        world.deliver(&world.contoso, mixed("n", 30)).await;
        let first = LeadListQuery::default();
        let foreign = leads::list(&mut world.reader().await, &theirs, &first).await.unwrap().leads[7].id;
        let own_first_page = leads::list(&mut world.reader().await, &mine, &first).await.unwrap();
        for cursor in [Cursor::After(foreign), Cursor::Before(foreign)] {
            assert_eq!(leads::list(&mut world.reader().await, &mine, &first.at(cursor)).await.unwrap(), own_first_page);
        }
        assert_eq!(leads::get(&mut world.reader().await, &mine, foreign).await.unwrap(), None);
        assert_eq!(leads::neighbours(&mut world.reader().await, &mine, &first, foreign).await.unwrap(), Default::default());
    }

    async fn campaigns_are_the_partners_own(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, mixed("n", 9)).await;
        world.deliver(&world.contoso, vec![NewLead { campaign: "Secret".into(), ..lead("x", "X", 1) }]).await;
        let found = leads::campaigns(&mut world.reader().await, &scope).await.unwrap();
        let names: Vec<_> = found.iter().map(|found| (found.campaign.as_str(), found.leads)).collect();
        assert_eq!(names, [("", 3), ("Heat pump", 3), ("Solar", 3)]);
        assert_eq!(leads::total(&mut world.reader().await, &scope).await.unwrap(), 9);
    }

    /// Each user's columns are its own, and only its own leads come by what is selected.
    async fn columns_and_selections_are_the_users_own(world: World) {
        use domain::{ids::LeadId, leads::{LeadColumn, LeadColumns}};
        let chosen = LeadColumns::of(&[LeadColumn::ExternalId]);
        let (scope, theirs) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        assert_eq!(scope.session().lead_columns(), LeadColumns::default());
        world.write(async |tx| store::users::set_lead_columns(tx, &scope, chosen).await).await;
        let scope = world.scope(&world.northwind).await;
        assert_eq!(scope.session().lead_columns(), chosen);
        assert_eq!(world.scope(&world.contoso).await.session().lead_columns(), LeadColumns::default());
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1), lead("b", "Bea", 2)]).await;
        world.deliver(&world.contoso, vec![lead("x", "X", 1)]).await;
        let read = &mut world.reader().await;
        let mut ids: Vec<LeadId> = Vec::new();
        for scope in [&scope, &theirs] {
            let page = leads::list(read, scope, &LeadListQuery::default()).await.unwrap();
            assert_eq!(page.leads.iter().all(|lead| lead.more.is_some()), scope.session().lead_columns() == chosen);
            ids.push(page.leads[0].id);
        }
        let selected = leads::Rows::Selected(ids.clone());
        let found = leads::export_batch(read, &scope, &selected, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.summary.id).collect::<Vec<_>>(), ids[..1], "not the other partner's");
        let names = leads::export_names(read, &scope, &selected, None, 10).await.unwrap();
        assert_eq!(names.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids[..1]);
    }

    /// Prices are for those who may see them.
    async fn price_needs_its_permission(world: World) {
        use domain::{access::{Overrides, Permissions}, partners::PartnerStatus};
        let price = Price::parse("-19.9912", Currency::EUR).unwrap();
        let priced = NewLead { price: Some(price), ..lead("p", "P", 1) };
        world.deliver(&world.northwind, vec![priced]).await;
        let query = LeadListQuery::default();
        for (denied, expected) in [(Permissions::NONE, Some(price)), (Permissions::of(&[Permission::ViewLeadPrice]), None)] {
            let overrides = Overrides { allowed: Permissions::NONE, denied };
            let mut tx = world.db.begin_write().await.unwrap();
            store::partners::set_access_unscoped(&mut tx, world.account, world.northwind.partner, PartnerStatus::Active, true, overrides)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let scope = world.scope(&world.northwind).await;
            let rows = leads::Rows::Of(query.clone());
            let exported = leads::export_batch(&mut world.reader().await, &scope, &rows, None, 10).await.unwrap();
            assert_eq!(exported[0].more.price, expected);
            let detail = leads::get(&mut world.reader().await, &scope, exported[0].summary.id).await.unwrap().unwrap();
            assert_eq!(detail.price, expected);
        }
    }
}
