//! Leads on invoices: each billed once, none that was taken back, and what was billed and taken back is to be credited.

use domain::{
    ids::{InvoiceId, LeadId},
    invoices::{AdminInvoice, Billing, Draft, DraftView, InvoiceLine, LeadBilling, Quantity, TaxRate},
    leads::{LeadFilter, NewLead, Review},
    money::{Currency, Money, Price},
    returns::Overdue,
};
use store::{
    StoreError,
    access::{AdminScope, PartnerScope},
    invoices::{self, Found, NotBilled, TakenOff},
    leads::{self, Request},
};

use crate::world::{World, lead};

fn all() -> LeadBilling {
    let to = "2026-11-30".parse().unwrap();
    LeadBilling { from: None, to, campaign: None, tax_rate: TaxRate(1_900), rejected: false }
}

async fn begun(world: &World, admin: &AdminScope) -> InvoiceId {
    let partner = admin.for_partner(&mut world.reader().await, world.northwind.partner).await.unwrap().unwrap();
    world.write(async |tx| invoices::begin_draft(tx, admin, &partner).await).await
}

async fn bill(world: &World, admin: &AdminScope, id: InvoiceId, which: &LeadBilling) -> Result<u64, NotBilled> {
    match world.write(async |tx| invoices::bill_leads(tx, admin, id, which).await).await {
        Found::Done(billed) => billed.map(|(partner, leads)| {
            assert_eq!(partner, world.northwind.partner);
            leads
        }),
        other => panic!("{other:?}"),
    }
}

async fn take_off(world: &World, admin: &AdminScope, id: InvoiceId, which: TakenOff) -> u64 {
    match world.write(async |tx| invoices::take_leads_off(tx, admin, id, which).await).await {
        Found::Done((_, leads)) => leads,
        other => panic!("{other:?}"),
    }
}

async fn draft(world: &World, admin: &AdminScope, id: InvoiceId) -> DraftView {
    match invoices::get_for_admins(&mut world.reader().await, admin, id).await.unwrap().unwrap() {
        AdminInvoice::Draft(draft) => *draft,
        AdminInvoice::Issued { .. } => panic!("it is a draft"),
    }
}

async fn billing(world: &World, admin: &AdminScope, id: InvoiceId) -> Billing {
    invoices::billing(&mut world.reader().await, admin, id, &all()).await.unwrap().unwrap()
}

/// What is billed: how many leads at which price in minor units, line by line, and the draft's total.
fn lines(draft: &DraftView) -> (Vec<(u32, String, i64)>, i64) {
    let line = |line: &domain::invoices::BilledLine| (line.leads, line.unit_price.decimal(), line.net);
    (draft.billed.iter().map(line).collect(), draft.totals.total)
}

async fn returned(world: &World, scope: &PartnerScope, ids: &[LeadId], approved: bool) {
    let asked = Request { reason: "duplicate", comment: "", approved, decide_by: None, overdue: Overdue::Expire };
    let now = world.db.now();
    let done = world.write(async |tx| leads::request_returns(tx, scope, ids, &asked, now).await).await;
    assert_eq!(done, ids.len());
}

fn euros(minor: i64) -> Option<Price> {
    Some(Price::from(Money { minor, currency: Currency::EUR }))
}

/// Ten leads of Northwind, the latest first: eight for 10 euros, one for 0.1234, one in dollars.
async fn delivered(world: &World, scope: &PartnerScope) -> Vec<LeadId> {
    let fine = Some(Price::parse("0.1234", Currency::EUR).unwrap());
    let dollars = Some(Price::from(Money { minor: 500, currency: "USD".parse().unwrap() }));
    let leads = (0..10).map(|n| {
        let price = match n {
            8 => fine,
            9 => dollars,
            _ => euros(1_000),
        };
        NewLead { price, ..lead(&format!("N-{n}"), "Ada", n) }
    });
    world.deliver(&world.northwind, leads.collect()).await;
    leads::ids(&mut world.reader().await, scope, &LeadFilter::default(), 100).await.unwrap()
}

on_both_engines! {
    /// What is billed and what is left out, and why; lines written by hand stand behind, whatever is put on and taken off.
    async fn leads_are_billed_by_campaign_and_price(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        let ids = delivered(&world, &scope).await;
        let other = NewLead { campaign: "Roof".into(), price: euros(1_000), ..lead("N-20", "Ada", 20) };
        let unpriced = lead("N-21", "Ada", 21);
        world.deliver(&world.northwind, vec![other, unpriced]).await;
        world.deliver(&world.contoso, vec![NewLead { price: euros(9_900), ..lead("C-1", "Sam", 1) }]).await;
        returned(&world, &scope, &ids[..1], true).await;
        returned(&world, &scope, &ids[1..3], false).await;
        let now = world.db.now();
        let reject = Review::Reject { reason: "duplicate".into(), comment: String::new() };
        world.write(async |tx| leads::review(tx, &scope, &ids[3..4], &reject, now).await).await;
        let id = begun(&world, &admin).await;
        let by_hand = InvoiceLine {
            description: "Consulting".into(), quantity: Quantity(2_000), unit_price: euros(500).unwrap(), tax_rate: TaxRate(0), leads: 0,
        };
        let written = Draft { due_on: None, note: "Thanks".into(), lines: vec![by_hand] };
        let save = async || world.write(async |tx| invoices::save_draft(tx, &admin, id, &written).await).await;
        assert_eq!(save().await, Found::Done(Some(world.northwind.partner)));
        assert_eq!(bill(&world, &admin, id, &all()).await, Ok(6));
        let now = draft(&world, &admin, id).await;
        let nets = vec![(1, "10.00".into(), 1_000), (4, "10.00".into(), 4_000), (1, "0.1234".into(), 12)];
        assert_eq!(lines(&now), (nets, 5_012 + 952 + 1_000), "19 % of 50.12, and by hand");
        assert_eq!((now.billed[0].description.as_str(), now.form.lines.len()), ("Leads “Roof”, until 30 Nov 2026", 1));
        let counts = Billing { here: 6, elsewhere: 0, returned: 1, undecided: 2, rejected: 1, unpriced: 1, foreign: 1, open: 0 };
        assert_eq!(billing(&world, &admin, id).await, counts);
        assert_eq!(bill(&world, &admin, id, &all()).await, Err(NotBilled::None), "each once");
        let with_rejected = LeadBilling { rejected: true, ..all() };
        assert_eq!(bill(&world, &admin, id, &with_rejected).await, Ok(1), "where it is wanted");
        assert_eq!(save().await, Found::Done(Some(world.northwind.partner)), "what bills leads stays");
        let second = || TakenOff::Line(2, "Leads “Solar”, until 30 Nov 2026".into(), 4);
        assert_eq!(take_off(&world, &admin, id, second()).await, 4);
        let again = world.write(async |tx| invoices::take_leads_off(tx, &admin, id, second()).await).await;
        assert_eq!(again, Found::OtherStatus, "another line stands there by now");
        let now = draft(&world, &admin, id).await;
        let positions: Vec<_> = now.billed.iter().map(|line| (line.position, line.leads)).collect();
        assert_eq!((positions, now.form.lines.len()), (vec![(1, 1), (2, 1), (3, 1)], 1));
        assert_eq!(billing(&world, &admin, id).await.open, 4, "they are to be billed again");
        let another = begun(&world, &admin).await;
        let roof = LeadBilling { campaign: Some("Roof".into()), ..all() };
        assert_eq!(bill(&world, &admin, another, &roof).await, Err(NotBilled::None), "on another draft already");
        let yesterday = LeadBilling { to: "2026-11-21".parse().unwrap(), ..all() };
        assert_eq!(bill(&world, &admin, another, &yesterday).await, Err(NotBilled::None));
        assert!(matches!(world.write(async |tx| invoices::delete_draft(tx, &admin, id).await).await, Found::Done(_)));
        assert_eq!(bill(&world, &admin, another, &roof).await, Ok(1));
        let (account, _) = world.second_account().await;
        let globex = world.admin_of(account, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        assert_eq!(world.write(async |tx| invoices::bill_leads(tx, &globex, another, &all()).await).await, Found::Nothing);
        assert_eq!(world.write(async |tx| invoices::take_leads_off(tx, &globex, another, TakenOff::Returned).await).await, Found::Nothing);
        assert_eq!(invoices::billing(&mut world.reader().await, &globex, another, &all()).await.unwrap(), None);
    }

    /// A lead that is taken back after it was put on a draft is not billed; after the invoice was issued, it is to be credited.
    async fn what_is_taken_back_is_not_billed_or_to_be_credited(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        let ids = delivered(&world, &scope).await;
        let id = begun(&world, &admin).await;
        assert_eq!(bill(&world, &admin, id, &all()).await, Ok(9));
        returned(&world, &scope, &ids[..2], true).await;
        let now = draft(&world, &admin, id).await;
        assert_eq!((now.billed[0].returned, now.missing.is_some()), (2, true));
        let issue = async || world.write(async |tx| invoices::issue(tx, &admin, id).await).await;
        assert!(matches!(issue().await, Found::Done(Err(_))));
        assert!(leads::credits(&mut world.reader().await, &admin).await.unwrap().is_empty(), "nothing was billed");
        assert_eq!(take_off(&world, &admin, id, TakenOff::Returned).await, 2);
        let now = draft(&world, &admin, id).await;
        assert_eq!((now.billed[0].leads, now.billed[0].returned, now.missing), (6, 0, None));
        let Found::Done(Ok(issued)) = issue().await else { panic!("it can be issued") };
        assert_eq!(issued.total.minor, 6_012 + 1_142);
        assert_eq!(world.write(async |tx| invoices::bill_leads(tx, &admin, id, &all()).await).await, Found::OtherStatus);
        assert_eq!(world.write(async |tx| invoices::take_leads_off(tx, &admin, id, TakenOff::Returned).await).await, Found::OtherStatus);
        returned(&world, &scope, &ids[2..4], true).await;
        returned(&world, &scope, &ids[8..9], true).await;
        let credits = leads::credits(&mut world.reader().await, &admin).await.unwrap();
        assert_eq!((credits[0].leads, &credits[0].amounts[..]), (3, &[Money { minor: 2_012, currency: Currency::EUR }][..]));
        world.write(async |tx| invoices::void(tx, &admin, id, "wrong").await).await;
        assert!(leads::credits(&mut world.reader().await, &admin).await.unwrap().is_empty(), "nothing is owed on it");
        let again = begun(&world, &admin).await;
        assert_eq!(bill(&world, &admin, again, &all()).await, Ok(4), "what is left of it");
    }

    /// Drafts of one partner that are filled at once: no lead is on two of them.
    async fn drafts_filled_at_once_share_no_lead(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        delivered(&world, &scope).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (db, admin, id) = (world.db.clone(), admin.clone(), begun(&world, &admin).await);
            tasks.spawn(async move {
                let mut tx = db.begin_write().await?;
                let billed = invoices::bill_leads(&mut tx, &admin, id, &all()).await?;
                tx.commit().await?;
                Ok::<_, StoreError>(billed)
            });
        }
        let billed = tasks.join_all().await.into_iter().map(Result::unwrap);
        let counts: Vec<_> = billed.map(|billed| match billed {
            Found::Done(billed) => billed.map_or(0, |(_, leads)| leads),
            other => panic!("{other:?}"),
        }).collect();
        assert_eq!(counts.iter().sum::<u64>(), 9, "{counts:?}");
    }
}
