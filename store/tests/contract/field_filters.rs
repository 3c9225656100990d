//! Lists of leads narrowed by their extra fields.

use domain::leads::{
    AccountLeadQuery, DayRange, FieldBound, FieldFilter, FieldKind, FieldRule, FieldRules, LeadFilter, LeadListQuery,
    LeadStatus, NewLead,
};
use store::{
    access::AdminScope,
    leads::{self, Rows},
};

use crate::world::{World, lead};

fn rule(name: &str, label: &str, kind: FieldKind) -> FieldRule {
    FieldRule {
        name: name.into(),
        label: label.into(),
        position: None,
        hidden: false,
        kind,
        filterable: true,
        searched: false,
    }
}

fn with(id: &str, minute: i64, fields: &[(&str, &str)]) -> NewLead {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    NewLead { fields, ..lead(id, "Ada", 10_000 - minute) }
}

/// How the value of a field is to be, and which.
type Asked = (FieldBound, &'static str, &'static str);

fn filter(asked: &[Asked]) -> LeadFilter {
    let field = |(bound, label, value): &Asked| FieldFilter {
        bound: *bound,
        label: (*label).to_owned(),
        value: (*value).to_owned(),
    };
    LeadFilter { fields: asked.iter().map(field).collect(), ..LeadFilter::default() }
}

async fn set(world: &World, admin: &AdminScope, rules: &FieldRules) {
    world
        .write(async |tx| {
            leads::set_field_rules(tx, admin, rules).await?;
            leads::refold_fields(tx, admin, true).await
        })
        .await;
    while leads::refold(&world.db).await.unwrap() {}
}

const IS: FieldBound = FieldBound::Is;

on_both_engines! {
    /// A search finds leads by the values of fields that the account has it look in, whether the rule or the lead came first; by hidden
    /// ones nobody is found.
    async fn a_search_looks_in_fields(world: World) {
        let of = |postcode: &str| [("Postcode".to_owned(), postcode.to_owned()), ("score".to_owned(), "Very good".to_owned())];
        let deliver = async |id: &str, postcode: &str| {
            let new = NewLead { fields: of(postcode).into(), ..lead(id, "Ada", 1) };
            world.deliver(&world.northwind, vec![new]).await;
        };
        deliver("N-1", "SW1A 1AA").await;
        let (admin, scope) = (world.admin_scope().await, world.scope(&world.northwind).await);
        let found = async |q: &str| {
            let query = LeadListQuery { filter: LeadFilter { q: q.to_owned(), ..LeadFilter::default() }, ..LeadListQuery::default() };
            let list = leads::list(&mut world.reader().await, &scope, &query).await.unwrap();
            let rows = list.leads.len();
            let of_account = AccountLeadQuery { list: query, ..AccountLeadQuery::default() };
            assert_eq!(leads::list_of_account(&mut world.reader().await, &admin, &of_account).await.unwrap().leads.len(), rows);
            rows
        };
        assert_eq!(found("sw1a").await, 0);
        let looked_in = |name: &str, hidden| FieldRule { searched: true, filterable: false, hidden, ..rule(name, "", FieldKind::Text) };
        set(&world, &admin, &FieldRules(vec![looked_in("Postcode", false), looked_in("score", true)])).await;
        deliver("N-2", "sw1a 2bb").await;
        assert_eq!((found("SW1A").await, found("ada 2BB").await, found("very good").await), (2, 1, 0));
        set(&world, &admin, &FieldRules(vec![rule("Postcode", "", FieldKind::Text), looked_in("score", false)])).await;
        assert_eq!((found("SW1A").await, found("very good").await), (0, 2));
    }

    /// A list narrowed by fields has the leads whose values are meant, in each of its forms, whether the rule or the lead came first.
    async fn a_list_is_narrowed_by_fields(world: World) {
        let first = vec![
            with("N-1", 1, &[("roof", "Flat"), ("area", "1.250,5"), ("since", "27.11.2026"), ("own", "ja")]),
            with("N-2", 2, &[("dach", "flat "), ("area", "80"), ("since", "2026-01-02"), ("own", "no")]),
        ];
        world.deliver(&world.northwind, first).await;
        let admin = world.admin_scope().await;
        let rules = FieldRules(vec![
            rule("roof", "Roof", FieldKind::Choice),
            rule("dach", "Roof", FieldKind::Choice),
            rule("area", "", FieldKind::Number),
            rule("since", "", FieldKind::Date),
            rule("own", "", FieldKind::YesNo),
        ]);
        set(&world, &admin, &rules).await;
        let later = vec![
            with("N-3", 3, &[("roof", "Steep"), ("area", "-5"), ("own", "TRUE"), ("note", "flat")]),
            with("N-4", 4, &[("area", "large"), ("roof", "flat"), ("dach", "steep")]),
        ];
        world.deliver(&world.northwind, later).await;
        world.deliver(&world.contoso, vec![with("C-1", 5, &[("roof", "Flat"), ("roof", "Tent"), ("own", "yes")])]).await;
        let scope = world.scope(&world.northwind).await;
        let cases: &[(&[Asked], &[&str])] = &[
            (&[(IS, "Roof", "FLAT")], &["N-4", "N-2", "N-1"]),
            (&[(IS, "Roof", "steep")], &["N-3"]),
            (&[(IS, "Roof", "tent")], &[]),
            (&[(IS, "Roof", "flat"), (IS, "own", "Yes")], &["N-1"]),
            (&[(IS, "own", "yes")], &["N-3", "N-1"]),
            (&[(FieldBound::From, "area", "80")], &["N-2", "N-1"]),
            (&[(FieldBound::From, "area", "-10"), (FieldBound::To, "area", "80")], &["N-3", "N-2"]),
            (&[(IS, "area", "1250.50")], &["N-1"]),
            (&[(FieldBound::To, "since", "2026-06-01")], &["N-2"]),
            (&[(FieldBound::From, "since", "2026-06-01")], &["N-1"]),
            (&[(IS, "area", "large")], &[]),
            (&[(IS, "note", "flat")], &[]),
            (&[(IS, "Roof'; --", "flat")], &[]),
        ];
        for (asked, expected) in cases {
            let filter = filter(asked);
            let query = LeadListQuery { filter: filter.clone(), ..LeadListQuery::default() };
            let mut read = world.db.begin_read().await.unwrap();
            let page = leads::list(&mut read, &scope, &query).await.unwrap();
            assert_eq!(page.count, domain::leads::Count::Exactly(expected.len() as u64), "{asked:?}");
            let rows = Rows::Of(query.clone());
            let rows = leads::export_batch(&mut read, &scope, &rows, None, 100).await.unwrap();
            let ids: Vec<_> = rows.iter().map(|row| row.more.external_id.as_str()).collect();
            assert_eq!(ids, *expected, "{asked:?}");
            assert_eq!(page.leads.iter().map(|lead| lead.id).collect::<Vec<_>>(), rows.iter().map(|row| row.summary.id).collect::<Vec<_>>());
            assert_eq!(leads::ids(&mut read, &scope, &filter, 100).await.unwrap().len(), expected.len());
            let of_partner = domain::leads::AccountLeadQuery { list: query, partner: Some(world.northwind.partner), ..domain::leads::AccountLeadQuery::default() };
            let listed = leads::list_of_account(&mut read, &admin, &of_partner).await.unwrap();
            assert_eq!((listed.leads.len(), listed.count), (expected.len(), page.count), "{asked:?}");
        }
        // With what else can be asked for.
        let days = DayRange { from: Some("2000-01-01".parse().unwrap()), to: None };
        let both = LeadFilter { status: Some(LeadStatus::New), days, ..filter(&[(IS, "Roof", "flat")]) };
        let mut read = world.db.begin_read().await.unwrap();
        assert_eq!(leads::count(&mut read, &scope, &both).await.unwrap(), domain::leads::Count::Exactly(3));
        let all = domain::leads::AccountLeadQuery { list: LeadListQuery { filter: filter(&[(IS, "Roof", "flat")]), ..LeadListQuery::default() }, ..domain::leads::AccountLeadQuery::default() };
        assert_eq!(leads::list_of_account(&mut read, &admin, &all).await.unwrap().leads.len(), 4);
        // What there is to choose from is the partner's own.
        let choices = leads::filter_fields(&mut read, &scope).await.unwrap();
        let of = |label: &str| choices.iter().find(|field| field.label == label).unwrap().values.clone();
        assert_eq!((of("Roof"), of("own")), (vec!["Flat".to_owned(), "Steep".into()], vec!["No".to_owned(), "Yes".into()]));
        let own = leads::filter_fields(&mut read, &world.scope(&world.contoso).await).await.unwrap();
        assert!(own.iter().any(|field| field.values == ["Flat"]), "{own:?}");
    }

    /// What the account hides is asked for by no partner from that moment on, whatever is still stored: nor what stands under the label that
    /// a hidden field had.
    async fn a_hidden_field_is_asked_for_by_no_partner(world: World) {
        world.deliver(&world.northwind, vec![with("N-1", 1, &[("stars", "five"), ("score", "platinum")])]).await;
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        let asked = async |label: &'static str, value: &'static str| {
            let filter = filter(&[(IS, label, value)]);
            let mut read = world.db.begin_read().await.unwrap();
            let own = leads::ids(&mut read, &scope, &filter, 10).await.unwrap().len();
            let list = LeadListQuery { filter, ..LeadListQuery::default() };
            let query = domain::leads::AccountLeadQuery { list, ..domain::leads::AccountLeadQuery::default() };
            (own, leads::list_of_account(&mut read, &admin, &query).await.unwrap().leads.len())
        };
        let choices = async || {
            let fields = leads::filter_fields(&mut world.db.begin_read().await.unwrap(), &scope).await.unwrap();
            fields.into_iter().map(|field| (field.label, field.values)).collect::<Vec<_>>()
        };
        let rating = rule("score", "Rating", FieldKind::Choice);
        set(&world, &admin, &FieldRules(vec![rating.clone()])).await;
        assert_eq!(asked("Rating", "platinum").await, (1, 1));
        assert_eq!(choices().await, [("Rating".to_owned(), vec!["platinum".to_owned()])]);
        // Nothing is written anew yet.
        let hidden = FieldRule { hidden: true, ..rating };
        world.write(async |tx| leads::set_field_rules(tx, &admin, &FieldRules(vec![hidden.clone()])).await).await;
        assert_eq!(asked("Rating", "platinum").await, (0, 0));
        assert!(choices().await.is_empty());
        set(&world, &admin, &FieldRules(vec![hidden.clone()])).await;
        assert_eq!(asked("Rating", "platinum").await, (0, 1), "staff ask for it");
        let moved = FieldRule { label: "Internal".into(), ..hidden };
        let open = rule("stars", "Rating", FieldKind::Choice);
        let rules = FieldRules(vec![moved, open]);
        world.write(async |tx| leads::set_field_rules(tx, &admin, &rules).await).await;
        assert_eq!(asked("Rating", "platinum").await, (0, 0));
        assert_eq!(choices().await, [("Rating".to_owned(), vec![])]);
        set(&world, &admin, &rules).await;
        assert_eq!((asked("Rating", "five").await, asked("Rating", "platinum").await), ((1, 1), (0, 0)));
        assert_eq!((asked("Internal", "platinum").await, asked("Internal", "five").await), ((0, 1), (0, 0)));
        let mut read = world.db.begin_read().await.unwrap();
        let q = LeadFilter { q: "platinum".into(), ..LeadFilter::default() };
        assert!(leads::ids(&mut read, &scope, &q, 10).await.unwrap().is_empty(), "searches find no fields");
    }

    /// Of a value that many leads have, pages are found by walking; of one that few have, by looking it up. Both give the same.
    async fn common_and_rare_values_are_found_alike(world: World) {
        let admin = world.admin_scope().await;
        world.deliver(&world.northwind, vec![with("N-0", 0, &[("size", "small")])]).await;
        set(&world, &admin, &FieldRules(vec![rule("size", "", FieldKind::Choice)])).await;
        let many: Vec<_> = (1..2_400).map(|n| with(&format!("N-{n}"), n, &[("size", if n % 200 == 0 { "large" } else { "small" })])).collect();
        for batch in many.chunks(400) {
            world.deliver(&world.northwind, batch.to_vec()).await;
        }
        let scope = world.scope(&world.northwind).await;
        let mut read = world.db.begin_read().await.unwrap();
        for (size, count) in [("small", 2_389), ("large", 11)] {
            let filter = filter(&[(IS, "size", size)]);
            assert_eq!(leads::count(&mut read, &scope, &filter).await.unwrap(), domain::leads::Count::Exactly(count));
            assert_eq!(leads::ids(&mut read, &scope, &filter, 5_000).await.unwrap().len() as u64, count);
        }
    }
}
