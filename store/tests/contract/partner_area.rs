//! Invoices, the dashboard's figures, mails and links: the same on both engines.

use chrono::{NaiveDate, TimeDelta};
use domain::{
    dashboard::ChartPeriod,
    email::Email,
    ids::{InvoiceId, LeadId},
    invoices::{
        InvoiceCursor, InvoiceFilter, InvoiceLine, InvoiceListQuery, InvoiceState, InvoiceStatus, Payment, Quantity,
        TaxRate,
    },
    money::{Currency, Money},
    partners::{Contact, UserKind},
};
use store::{
    StoreError, dashboard,
    invoices::{self, NewInvoice},
    outbox::{self, NewMail},
    partners,
    tokens::{self, Purpose},
};

use crate::world::{Member, World, instant, lead};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn invoice(world: &World, number: Option<&str>, issued_on: &str, due_on: &str) -> NewInvoice {
    let line = InvoiceLine {
        description: "Leads".into(),
        quantity: Quantity::pieces(1),
        unit_price: Money { minor: 10_000, currency: Currency::EUR }.into(),
        tax_rate: TaxRate(0),
        leads: 0,
    };
    NewInvoice {
        id: InvoiceId(world.db.new_id().unwrap()),
        number: number.map(ToOwned::to_owned),
        status: if number.is_some() { InvoiceStatus::Issued } else { InvoiceStatus::Draft },
        currency: Currency::EUR,
        issued_on: day(issued_on),
        due_on: day(due_on),
        note: String::new(),
        void_reason: String::new(),
        lines: vec![(line, Vec::new())],
        payments: Vec::new(),
    }
}

async fn store_invoice(world: &World, member: &Member, invoice: &NewInvoice) -> Result<(), StoreError> {
    let mut tx = world.db.begin_write().await?;
    invoices::insert_unscoped(&mut tx, world.account, member.partner, invoice).await?;
    tx.commit().await
}

/// Bills these leads to their partner on an issued invoice.
pub(crate) async fn bill(world: &World, member: &Member, leads: &[LeadId]) {
    let mut billed = invoice(world, Some("2026-0001"), "2026-11-01", "2026-11-15");
    billed.lines[0].1 = leads.to_vec();
    store_invoice(world, member, &billed).await.unwrap();
}

fn filtered(state: Option<InvoiceState>, year: Option<i32>) -> InvoiceListQuery {
    InvoiceListQuery { filter: InvoiceFilter { state, year }, cursor: None }
}

on_both_engines! {
    async fn drafts_and_other_partners_invoices_are_nowhere(world: World) {
        let own = invoice(&world, Some("1"), "2025-12-31", "2026-11-22");
        let draft = invoice(&world, None, "2026-01-01", "2026-01-02");
        let foreign = invoice(&world, Some("2"), "2026-01-01", "2026-01-02");
        store_invoice(&world, &world.northwind, &own).await.unwrap();
        store_invoice(&world, &world.northwind, &draft).await.unwrap();
        store_invoice(&world, &world.contoso, &foreign).await.unwrap();
        let twice = invoice(&world, Some("1"), "2026-01-01", "2026-01-02");
        let refused = store_invoice(&world, &world.contoso, &twice).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "a number is the account's: {refused:?}");
        let scope = world.scope(&world.northwind).await;
        let page = invoices::list(&mut world.reader().await, &scope, &InvoiceListQuery::default()).await.unwrap();
        assert_eq!((page.count, page.invoices.len(), page.invoices[0].id), (1, 1, own.id));
        for hidden in [draft.id, foreign.id] {
            assert!(invoices::get(&mut world.reader().await, &scope, hidden).await.unwrap().is_none());
            assert!(invoices::billed_leads(&mut world.reader().await, &scope, hidden).await.unwrap().is_empty());
            let from_there = InvoiceListQuery::default().at(InvoiceCursor::After(hidden));
            let page = invoices::list(&mut world.reader().await, &scope, &from_there).await.unwrap();
            assert_eq!((page.invoices.len(), page.has_previous), (1, false), "a foreign cursor is none");
        }
        assert_eq!(invoices::years(&mut world.reader().await, &scope).await.unwrap(), [2025]);
        let due = invoices::due(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!((due.len(), due[0].pending.minor, due[0].overdue.minor), (1, 10_000, 0));
    }

    // The world's clock stands at noon of 22 November in Greenwich, 07:00 in New York, where the account is.
    async fn an_invoice_is_overdue_after_midnight_of_the_accounts_zone(world: World) {
        let mut half_paid = invoice(&world, Some("1"), "2026-10-22", "2026-11-22");
        let payment = Payment { paid_on: day("2026-11-01"), amount: 4_000, reference: "half".into() };
        half_paid.payments.push(payment.clone());
        store_invoice(&world, &world.northwind, &half_paid).await.unwrap();
        let scope = world.scope(&world.northwind).await;
        let state = async || {
            let invoice = invoices::get(&mut world.reader().await, &scope, half_paid.id).await.unwrap().unwrap();
            assert_eq!((invoice.payments.as_slice(), invoice.summary.open.minor), ([payment.clone()].as_slice(), 6_000));
            let due = invoices::due(&mut world.reader().await, &scope).await.unwrap()[0];
            let listed = invoices::list(&mut world.reader().await, &scope, &filtered(Some(invoice.summary.state), Some(2026))).await.unwrap();
            assert_eq!(listed.count, 1);
            (invoice.summary.state, due.pending.minor, due.overdue.minor)
        };
        world.clock.advance(instant("2026-11-23T04:59:59Z") - world.db.now());
        assert_eq!(state().await, (InvoiceState::Pending, 6_000, 0));
        world.clock.advance(TimeDelta::seconds(1));
        assert_eq!(state().await, (InvoiceState::Overdue, 0, 6_000));
    }

    async fn pages_of_invoices_of_one_day_have_no_gap_and_no_double(world: World) {
        for number in 0..120 {
            let one = invoice(&world, Some(&format!("{number}")), "2026-10-22", "2026-11-22");
            store_invoice(&world, &world.northwind, &one).await.unwrap();
        }
        let scope = world.scope(&world.northwind).await;
        let list = async |query: InvoiceListQuery| invoices::list(&mut world.reader().await, &scope, &query).await.unwrap();
        let mut query = InvoiceListQuery::default();
        let mut seen = Vec::new();
        let mut pages = Vec::new();
        loop {
            let page = list(query).await;
            seen.extend(page.invoices.iter().map(|invoice| invoice.id));
            pages.push(page.clone());
            match page.invoices.last().filter(|_| page.has_next) {
                Some(last) => query = query.at(InvoiceCursor::After(last.id)),
                None => break,
            }
        }
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!((pages.len(), seen.len(), distinct.len()), (3, 120, 120));
        let back = list(query.at(InvoiceCursor::Before(pages[2].invoices[0].id))).await;
        assert_eq!((&back.invoices, back.has_previous, back.has_next), (&pages[1].invoices, true, true));
        let (mut exported, mut query) = (Vec::new(), InvoiceListQuery::default());
        loop {
            let batch = invoices::export_batch(&mut world.reader().await, &scope, &query, 70).await.unwrap();
            let Some(last) = batch.last() else { break };
            query = query.at(InvoiceCursor::After(last.id));
            exported.extend(batch);
        }
        let listed: Vec<_> = pages.into_iter().flat_map(|page| page.invoices).collect();
        assert_eq!(exported, listed, "the same, whatever the size of a batch");
    }

    async fn what_was_issued_stays_as_it_was(world: World) {
        let scope = world.scope(&world.northwind).await;
        let contact = Contact { company: "Northwind Solar GmbH".into(), city: "Bonn".into(), ..Contact::default() };
        let save = async |contact: &Contact| {
            let mut tx = world.db.begin_write().await.unwrap();
            partners::set_contact(&mut tx, &scope, contact).await.unwrap();
            tx.commit().await.unwrap();
        };
        save(&contact).await;
        let issued = invoice(&world, Some("1"), "2026-10-22", "2026-11-22");
        store_invoice(&world, &world.northwind, &issued).await.unwrap();
        save(&Contact { company: "Southwind".into(), ..contact }).await;
        let read = invoices::get(&mut world.reader().await, &scope, issued.id).await.unwrap().unwrap();
        assert_eq!((read.buyer.name.as_str(), read.buyer.address.as_slice()), ("Northwind Solar GmbH", ["Bonn".to_owned()].as_slice()));
        assert_eq!(read.totals.total, read.summary.total.minor);
    }

    // At three in the morning in Greenwich it is still the day before in New York.
    async fn the_dashboard_counts_days_of_the_accounts_zone(world: World) {
        let noon = instant("2026-11-22T12:00:00Z");
        let before = |text: &str| (noon - instant(text)).num_minutes();
        let leads = vec![
            lead("A", "October in New York", before("2026-11-01T03:59:00Z")),
            lead("B", "November in New York", before("2026-11-01T04:00:00Z")),
            lead("C", "Last month, the same days", before("2026-10-22T12:00:00Z")),
            lead("D", "Last month, later", before("2026-10-23T12:00:00Z")),
            lead("E", "Today", 60),
        ];
        world.deliver(&world.northwind, leads).await;
        world.deliver(&world.contoso, vec![lead("X", "Not ours", 30)]).await;
        let session = world.session(&world.northwind).await.unwrap();
        let load = async |period| dashboard::load(&mut world.reader().await, &session, period).await.unwrap();
        let board = load(ChartPeriod::Days).await;
        let figures = board.leads.unwrap();
        assert_eq!((figures.total, figures.unopened, figures.this_month, figures.last_month), (5, 5, 2, 1));
        assert_eq!(figures.bars.len(), 30);
        let on = |text: &str| figures.bars.iter().find(|bar| bar.from == day(text) && bar.to == bar.from).map(|bar| bar.leads);
        assert_eq!(on("2026-11-22"), Some(1));
        assert_eq!((on("2026-10-31"), on("2026-11-01"), on("2026-11-02")), (Some(1), Some(1), Some(0)));
        let months = load(ChartPeriod::Months).await.leads.unwrap().bars;
        assert_eq!(months.iter().map(|bar| bar.leads).collect::<Vec<_>>(), [[0; 10].as_slice(), &[3, 2]].concat());
        let weeks = load(ChartPeriod::Weeks).await.leads.unwrap().bars;
        assert_eq!(weeks.iter().map(|bar| bar.leads).sum::<u64>(), 5);
        let newest: Vec<_> = figures.newest.iter().map(|lead| lead.name.as_str()).collect();
        assert_eq!(newest[..2], ["Today", "November in New York"]);
        assert_eq!(board.due.unwrap().len(), 1);
    }

    async fn two_mailers_never_take_the_same_mail(world: World) {
        let mut tx = world.db.begin_write().await.unwrap();
        for number in 0..40 {
            let to = Email::parse(&format!("a{number}@b.example")).unwrap();
            let mail = NewMail { to, subject: "Hi".into(), text: "secret link".into(), html: "<p>secret link</p>".into(), recurring: None, paced: None };
            outbox::enqueue(&mut tx, world.account, &mail).await.unwrap();
        }
        tx.commit().await.unwrap();
        let lease = TimeDelta::minutes(15);
        let round = async || {
            let mut ids = Vec::new();
            loop {
                let taken = world.write(async |tx| outbox::take(tx, lease, 7).await).await;
                if taken.is_empty() {
                    return ids;
                }
                ids.extend(taken.into_iter().map(|mail| mail.id));
            }
        };
        let (one, two) = tokio::join!(round(), round());
        // Whoever comes second to the same rows finds none left, and may go away with nothing.
        let taken = [one, two].concat();
        let all: std::collections::BTreeSet<_> = taken.iter().collect();
        assert_eq!((all.len(), taken.len()), (40, 40));
        world.write(async |tx| outbox::note_sent(tx, taken[0]).await).await;
        world.write(async |tx| outbox::note_failed(tx, taken[1], "no such mailbox", None).await).await;
        world.clock.advance(lease);
        let again = world.write(async |tx| outbox::take(tx, lease, 100).await).await;
        assert_eq!(again.len(), 38, "what nobody sent is taken again, what is done is not");
        assert!(again.iter().all(|mail| mail.attempts == 2 && mail.text_body == "secret link"));
    }

    async fn of_two_that_use_a_link_at_once_one_gets_nothing(world: World) {
        let (user, hash) = (world.northwind.user, b"a hash".as_slice());
        let create = async |purpose, hash: &[u8]| {
            let mut tx = world.db.begin_write().await.unwrap();
            let until = world.db.now() + TimeDelta::hours(1);
            tokens::create(&mut tx, world.account, user, purpose, None, hash, until).await.unwrap();
            tx.commit().await.unwrap();
        };
        let take = async || {
            let mut tx = world.db.begin_write().await.unwrap();
            let taken = tokens::take(&mut tx, UserKind::Partner, Purpose::Reset, hash).await.unwrap();
            tx.commit().await.unwrap();
            taken.is_some()
        };
        create(Purpose::Reset, hash).await;
        assert!(tokens::find(&mut world.reader().await, UserKind::Partner, Purpose::Email, hash).await.unwrap().is_none(), "not for another purpose");
        let (one, two) = tokio::join!(take(), take());
        assert!(one != two, "exactly one");
        create(Purpose::Reset, b"first").await;
        create(Purpose::Reset, b"second").await;
        assert!(tokens::find(&mut world.reader().await, UserKind::Partner, Purpose::Reset, b"first").await.unwrap().is_none(), "a newer one ends it");
        assert!(tokens::find(&mut world.reader().await, UserKind::Partner, Purpose::Reset, b"second").await.unwrap().is_some());
        world.clock.advance(TimeDelta::hours(1));
        assert!(tokens::find(&mut world.reader().await, UserKind::Partner, Purpose::Reset, b"second").await.unwrap().is_none(), "it has ended");
        for (purpose, hash) in [(Purpose::Reset, b"fourth".as_slice()), (Purpose::Email, b"fifth")] {
            create(purpose, hash).await;
        }
        // A change of credentials ends those of every purpose, even one that is about to be used.
        let mut change = world.db.begin_write().await.unwrap();
        store::credentials::renew(&mut change, user, None).await.unwrap();
        let db = world.db.clone();
        let using = tokio::spawn(async move {
            let mut tx = db.begin_write().await.unwrap();
            let taken = tokens::take(&mut tx, UserKind::Partner, Purpose::Reset, b"fourth").await.unwrap();
            tx.commit().await.unwrap();
            taken.is_some()
        });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        change.commit().await.unwrap();
        assert!(!using.await.unwrap());
        assert!(tokens::find(&mut world.reader().await, UserKind::Partner, Purpose::Email, b"fifth").await.unwrap().is_none());
    }
}
