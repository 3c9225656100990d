//! What admins do: partners, invoices by hand, settings; and that one account's admins never reach another's.

use domain::{
    access::{Overrides, Permission, Permissions},
    admin::{AdminPermission, AdminRole},
    ids::{InvoiceId, PartnerId},
    invoices::{
        AdminInvoice, AdminInvoiceQuery, AdminInvoiceStatus, Draft, InvoiceLine, InvoiceListQuery, InvoiceState,
        Quantity, TaxRate,
    },
    money::{Currency, Price},
    partners::{Contact, PartnerListQuery, PartnerRecord, PartnerSort, PartnerStatus},
};
use store::{
    Db, Options, StoreError,
    access::{AdminScope, AdminSession},
    accounts,
    audit::{self, Event},
    delivery, invitations,
    invoices::{self, Found},
    leads, one_time_secrets, overview, partners, sessions, users,
};

use crate::world::{World, instant, lead};

fn record(name: &str) -> PartnerRecord {
    PartnerRecord { name: name.into(), ..PartnerRecord::default() }
}

fn draft(lines: usize) -> Draft {
    let line = InvoiceLine {
        description: "Consulting".into(),
        quantity: Quantity(2_500),
        unit_price: Price::parse("10.0123", Currency::EUR).unwrap(),
        tax_rate: TaxRate(1_900),
        leads: 0,
    };
    Draft { due_on: None, note: "Thanks".into(), lines: vec![line; lines] }
}

impl World {
    async fn create_partner(&self, scope: &AdminScope, record: &PartnerRecord) -> Result<PartnerId, StoreError> {
        let mut tx = self.db.begin_write().await.unwrap();
        let id = partners::create(&mut tx, scope, record).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    /// Begins a draft with one line for Northwind.
    async fn drafted(&self, scope: &AdminScope) -> InvoiceId {
        let partner = scope.for_partner(&mut self.reader().await, self.northwind.partner).await.unwrap().unwrap();
        let mut tx = self.db.begin_write().await.unwrap();
        let id = invoices::begin_draft(&mut tx, scope, &partner).await.unwrap();
        assert_eq!(
            invoices::save_draft(&mut tx, scope, id, &draft(1)).await.unwrap(),
            Found::Done(Some(self.northwind.partner))
        );
        tx.commit().await.unwrap();
        id
    }

    async fn issued(&self, scope: &AdminScope, id: InvoiceId) -> invoices::Issued {
        let mut tx = self.db.begin_write().await.unwrap();
        let Found::Done(Ok(issued)) = invoices::issue(&mut tx, scope, id).await.unwrap() else {
            panic!("it can be issued")
        };
        tx.commit().await.unwrap();
        issued
    }
}

on_both_engines! {
    async fn the_list_finds_sorts_and_counts(world: World) {
        let scope = world.admin_scope().await;
        let full = PartnerRecord {
            external_ref: Some("CRM-77".into()),
            contact: Contact { contact_name: "Ünal Öz".into(), phone: "+49 30 1234".into(), ..Contact::default() },
            tags: vec!["Solar".into()],
            internal_notes: "Pays late".into(),
            ..record("Zeta GmbH")
        };
        let zeta = world.create_partner(&scope, &full).await.unwrap();
        assert_eq!(partners::record(&mut world.reader().await, &scope, zeta).await.unwrap().unwrap(), full);
        world.deliver(&world.northwind, vec![lead("a", "A", 1), lead("b", "B", 60 * 24 * 40)]).await;
        let id = world.drafted(&scope).await;
        world.issued(&scope, id).await;
        let names = async |query: PartnerListQuery| {
            let page = partners::list(&mut world.reader().await, &scope, &query).await.unwrap();
            assert_eq!(page.count, page.partners.len() as u64);
            page.partners.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        let search = |q: &str| PartnerListQuery { q: q.into(), ..PartnerListQuery::default() };
        assert_eq!(names(PartnerListQuery::default()).await, ["Contoso Heating", "Northwind Solar", "Zeta GmbH"]);
        for found in ["zeta", "unal oz", "crm-77", "301234"] {
            assert_eq!(names(search(found)).await, ["Zeta GmbH"], "{found}");
        }
        assert_eq!(names(search("solar")).await, ["Northwind Solar", "Zeta GmbH"], "by name and by tag");
        assert!(names(search("pays late")).await.is_empty(), "notes are not searched");
        let newest = PartnerListQuery { sort: PartnerSort::Newest, ..PartnerListQuery::default() };
        assert_eq!(names(newest).await.len(), 3);
        let page = partners::list(&mut world.reader().await, &scope, &search("northwind")).await.unwrap();
        let row = &page.partners[0];
        assert_eq!((row.users, row.leads_this_month), (1, 1), "last month's lead is not this month's");
        assert_eq!(row.unpaid.iter().map(ToString::to_string).collect::<Vec<_>>(), ["€29.79"]);
    }

    async fn names_and_references_are_unique_in_the_account(world: World) {
        let scope = world.admin_scope().await;
        let with_ref = |name: &str| PartnerRecord { external_ref: Some("X".into()), ..record(name) };
        assert!(matches!(world.create_partner(&scope, &record("Northwind Solar")).await, Err(StoreError::Conflict)));
        world.create_partner(&scope, &with_ref("One")).await.unwrap();
        assert!(matches!(world.create_partner(&scope, &with_ref("Two")).await, Err(StoreError::Conflict)));
        let (other, _) = world.second_account().await;
        let theirs = world.admin_of(other, AdminRole::Owner).await.require(AdminPermission::ManagePartners).unwrap();
        world.create_partner(&theirs, &with_ref("One")).await.unwrap();
    }

    /// A draft is for admins alone; issued it is the partner's at once, and never changes.
    async fn an_invoice_goes_from_draft_to_paid(world: World) {
        let scope = world.admin_scope().await;
        let id = world.drafted(&scope).await;
        let theirs = world.scope(&world.northwind).await;
        let seen = async || invoices::list(&mut world.reader().await, &theirs, &InvoiceListQuery::default()).await.unwrap().count;
        assert_eq!(seen().await, 0);
        assert!(invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().is_none());
        let Some(AdminInvoice::Draft(view)) = invoices::get_for_admins(&mut world.reader().await, &scope, id).await.unwrap() else { panic!() };
        assert_eq!((view.totals.net, view.totals.total, view.missing.as_deref()), (2_503, 2_979, None));
        assert_eq!(view.due_if_issued.to_string(), "2026-12-06", "fourteen days");

        let issued = world.issued(&scope, id).await;
        assert_eq!((issued.number.as_str(), issued.total.minor), ("2026-0001", 2_979));
        assert_eq!(seen().await, 1);
        let invoice = invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().unwrap();
        assert_eq!((invoice.summary.state, invoice.buyer.name.as_str()), (InvoiceState::Pending, "Northwind Solar"));
        let mut tx = world.db.begin_write().await.unwrap();
        assert_eq!(invoices::save_draft(&mut tx, &scope, id, &draft(2)).await.unwrap(), Found::OtherStatus);
        assert_eq!(invoices::delete_draft(&mut tx, &scope, id).await.unwrap(), Found::OtherStatus);
        assert_eq!(invoices::undo_payment(&mut tx, &scope, id).await.unwrap(), Found::OtherStatus);
        drop(tx);

        world.clock.advance(chrono::TimeDelta::days(15));
        let state = async || invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().unwrap().summary.state;
        assert_eq!(state().await, InvoiceState::Overdue, "by the clock alone");
        let day = "2026-12-07".parse().unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        assert_eq!(invoices::mark_paid(&mut tx, &scope, id, (day, "TRX 1")).await.unwrap(), Found::Done(world.northwind.partner));
        assert_eq!(invoices::void(&mut tx, &scope, id, "x").await.unwrap(), Found::OtherStatus, "a paid one stays");
        tx.commit().await.unwrap();
        let paid = invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().unwrap();
        assert_eq!((paid.summary.state, paid.summary.open.minor), (InvoiceState::Paid, 0));
        assert_eq!((paid.payments[0].amount, paid.payments[0].reference.as_str()), (2_979, "TRX 1"));
        let mut tx = world.db.begin_write().await.unwrap();
        invoices::undo_payment(&mut tx, &scope, id).await.unwrap();
        tx.commit().await.unwrap();
        let open = invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().unwrap();
        assert_eq!((open.summary.state, open.summary.open.minor, open.payments.len()), (InvoiceState::Overdue, 2_979, 0));
        let mut tx = world.db.begin_write().await.unwrap();
        invoices::void(&mut tx, &scope, id, "Billed twice").await.unwrap();
        tx.commit().await.unwrap();
        let void = invoices::get(&mut world.reader().await, &theirs, id).await.unwrap().unwrap();
        assert_eq!((void.summary.state, void.void_reason.as_str()), (InvoiceState::Void, "Billed twice"));
        let query = AdminInvoiceQuery { status: Some(AdminInvoiceStatus::Void), ..AdminInvoiceQuery::default() };
        assert_eq!(invoices::list_for_admins(&mut world.reader().await, &scope, &query).await.unwrap().count, 1);
    }

    /// What is missing is said; a number is only taken by what is really issued.
    async fn numbers_have_no_gaps(world: World) {
        let scope = world.admin_scope().await;
        let partner = scope.for_partner(&mut world.reader().await, world.northwind.partner).await.unwrap().unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        let empty = invoices::begin_draft(&mut tx, &scope, &partner).await.unwrap();
        assert!(matches!(invoices::issue(&mut tx, &scope, empty).await.unwrap(), Found::Done(Err(_))));
        tx.commit().await.unwrap();
        let (one, two) = (world.drafted(&scope).await, world.drafted(&scope).await);
        let texts = invoices::texts_of_draft(&mut world.reader().await, &scope, one).await.unwrap().unwrap();
        for text in ["Consulting", "Thanks"] {
            assert!(texts.iter().any(|found| found == text), "{text} is not in {texts:?}");
        }
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(matches!(invoices::issue(&mut tx, &scope, one).await.unwrap(), Found::Done(Ok(_))));
        drop(tx);
        assert_eq!(world.issued(&scope, two).await.number, "2026-0001", "what was undone took no number");
        assert_eq!(world.issued(&scope, one).await.number, "2026-0002");
        let issued = invoices::texts_of_draft(&mut world.reader().await, &scope, one).await.unwrap();
        assert_eq!(issued, None, "it is no draft any more");
        world.clock.advance(chrono::TimeDelta::days(60));
        let three = world.drafted(&scope).await;
        assert_eq!(world.issued(&scope, three).await.number, "2027-0001", "each year counts anew");
    }

    async fn switches_are_obeyed_at_once_and_spare_admins(world: World) {
        let scope = world.admin_scope().await;
        for (hash, user) in [(b"partner", world.northwind.user), (b"admin__", scope.session().user_id())] {
            world.write(async |tx| sessions::create(tx, hash, crate::sessions::new(user, domain::users::CredentialsVersion::default())).await).await;
        }
        let open = async |hash: &[u8]| world.used_session(hash, sessions::Lifetime::default()).await.is_some();
        let mut tx = world.db.begin_write().await.unwrap();
        accounts::switch_portal(&mut tx, &scope, false).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!open(b"partner").await && open(b"admin__").await);
        assert!(world.session(&world.northwind).await.is_none());
        let mut tx = world.db.begin_write().await.unwrap();
        accounts::switch_portal(&mut tx, &scope, true).await.unwrap();
        accounts::set_default_permissions(&mut tx, &scope, Permissions::of(&[Permission::ViewLeads])).await.unwrap();
        tx.commit().await.unwrap();
        let session = world.session(&world.northwind).await.unwrap();
        assert!(session.require(Permission::ViewLeads).is_ok() && session.require(Permission::ViewInvoices).is_err());
        let allowed = Overrides { allowed: Permissions::of(&[Permission::ViewInvoices]), denied: Permissions::NONE };
        let mut tx = world.db.begin_write().await.unwrap();
        let access = partners::lock_access(&mut tx, &scope, world.northwind.partner).await.unwrap().unwrap();
        assert_eq!((access.status, access.portal_access), (PartnerStatus::Active, true));
        partners::set_access(&mut tx, &scope, world.northwind.partner, access.status, true, allowed).await.unwrap();
        tx.commit().await.unwrap();
        assert!(world.session(&world.northwind).await.unwrap().require(Permission::ViewInvoices).is_ok());
        assert!(world.session(&world.contoso).await.unwrap().require(Permission::ViewInvoices).is_err(), "only this partner");
    }

    /// Admins read every partner of their account, and change nothing by reading: whatever else they ask for is denied.
    async fn viewing_as_a_partner_only_reads(world: World) {
        let scope = world.admin_scope().await;
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[Permission::ViewInvoices]) };
        let mut tx = world.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, world.account, world.northwind.partner, PartnerStatus::Active, true, denied).await.unwrap();
        tx.commit().await.unwrap();
        let looks = scope.viewing_as(&mut world.reader().await, world.northwind.partner).await.unwrap().unwrap();
        let reads = scope.reading(&mut world.reader().await, world.northwind.partner).await.unwrap().unwrap();
        for permission in Permission::ALL.iter().copied() {
            let reading = matches!(permission, Permission::ViewLeads | Permission::ViewLeadPrice | Permission::ViewInvoices | Permission::ViewDeliverySettings);
            assert_eq!(reads.require(permission).is_ok(), reading, "{permission}");
            assert_eq!(looks.require(permission).is_ok(), reading && permission != Permission::ViewInvoices, "{permission}");
        }
        assert!(looks.is_by_admin());
        let event = Event::by_partner(&looks, "", domain::audit::AuditAction::PermissionRefused, ("portal", None));
        assert!(matches!(event.who, audit::Who::Admin { .. }), "events name the admin");
    }

    async fn a_colour_is_of_one_account(world: World) {
        let ours = world.admin_scope().await;
        let other = world.second_account().await.0;
        let theirs = world.admin_of(other, AdminRole::Owner).await.require(AdminPermission::View).unwrap();
        let accent = async |scope: &AdminScope| {
            accounts::settings(&mut world.reader().await, scope).await.unwrap().accent
        };
        let before = accent(&theirs).await;
        let mut tx = world.db.begin_write().await.unwrap();
        accounts::set_accent(&mut tx, &ours, "#123456".parse().unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(accent(&ours).await, "#123456");
        assert_eq!(accent(&theirs).await, before);
        assert_ne!(before, "#123456");
    }

    /// Everything of one account, asked for by the other's admins, is not there.
    async fn another_accounts_admins_find_nothing(world: World) {
        let ours = world.admin_scope().await;
        let (other, member) = world.second_account().await;
        let theirs = world.admin_of(other, AdminRole::Owner).await.require(AdminPermission::View).unwrap();
        // The same name, address and external id live side by side.
        world.deliver(&world.northwind, vec![lead("a", "Ada", 1)]).await;
        let mut tx = world.db.begin_write().await.unwrap();
        let twin = vec![(lead("a", "Ada", 1), domain::leads::LeadStatus::New)];
        assert_eq!(leads::insert_unscoped(&mut tx, other, member.partner, &twin, leads::Push::Nowhere).await.unwrap().added, 1);
        tx.commit().await.unwrap();
        let id = world.drafted(&ours).await;
        let partner = world.northwind.partner;
        let read = &mut world.reader().await;
        assert!(theirs.for_partner(read, partner).await.unwrap().is_none());
        assert!(theirs.reading(read, partner).await.unwrap().is_none());
        assert!(theirs.viewing_as(read, partner).await.unwrap().is_none());
        assert!(partners::record(read, &theirs, partner).await.unwrap().is_none());
        assert!(partners::access(read, &theirs, partner).await.unwrap().is_none());
        assert!(invoices::get_for_admins(read, &theirs, id).await.unwrap().is_none());
        assert!(partners::get_for_api(read, &theirs, partner).await.unwrap().is_none());
        assert!(leads::list_for_api(read, &theirs, Some(partner), None, 10).await.unwrap().is_empty());
        let query = AdminInvoiceQuery { partner: Some(partner), ..AdminInvoiceQuery::default() };
        assert_eq!(invoices::list_for_admins(read, &theirs, &query).await.unwrap().count, 0);
        let mut tx = world.db.begin_write().await.unwrap();
        assert_eq!(invoices::lock_draft(&mut tx, &theirs, id).await.unwrap(), Found::Nothing);
        assert!(partners::named(&mut tx, &theirs, &[partner], &["N"]).await.unwrap().is_empty());
        assert!(partners::lock_access(&mut tx, &theirs, partner).await.unwrap().is_none());
        assert!(partners::change(&mut tx, &theirs, partner, &record("Mine")).await.unwrap().is_none());
        assert_eq!(invoices::save_draft(&mut tx, &theirs, id, &draft(1)).await.unwrap(), Found::Nothing);
        assert_eq!(invoices::delete_draft(&mut tx, &theirs, id).await.unwrap(), Found::Nothing);
        assert!(matches!(invoices::issue(&mut tx, &theirs, id).await.unwrap(), Found::Nothing));
        assert_eq!(invoices::texts_of_draft(&mut tx, &theirs, id).await.unwrap(), None);
        let day = "2026-11-22".parse().unwrap();
        assert_eq!(invoices::mark_paid(&mut tx, &theirs, id, (day, "")).await.unwrap(), Found::Nothing);
        assert_eq!(invoices::void(&mut tx, &theirs, id, "x").await.unwrap(), Found::Nothing);
        assert!(store::admins::lock(&mut tx, &theirs, ours.session().user_id()).await.unwrap().is_none());
        drop(tx);
        assert_eq!(overview::load(read, &theirs).await.unwrap().leads_this_month, 1, "its own lead alone");
        let everything = audit::entries(read, &theirs, &domain::audit::AuditQuery::default()).await.unwrap().0;
        assert!(everything.is_empty());
    }

    /// What is shown once is shown in the session in which it was made, while it is new, and is gone then.
    async fn secrets_are_shown_once_in_their_session(world: World) {
        let mut tx = world.db.begin_write().await.unwrap();
        for content in [&b"one"[..], b"two"] {
            one_time_secrets::keep(&mut tx, b"session", "api_key", content).await.unwrap();
        }
        tx.commit().await.unwrap();
        for (session, purpose) in [(&b"another"[..], "api_key"), (b"session", "temporary_password"), (b"", "api_key")] {
            assert!(!one_time_secrets::any(&mut world.reader().await, session, purpose).await.unwrap());
            let mut tx = world.db.begin_write().await.unwrap();
            assert!(one_time_secrets::take(&mut tx, session, purpose).await.unwrap().is_empty());
            tx.commit().await.unwrap();
        }
        let take = async || {
            let mut tx = world.db.begin_write().await.unwrap();
            let taken = one_time_secrets::take(&mut tx, b"session", "api_key").await.unwrap();
            tx.commit().await.unwrap();
            taken
        };
        assert!(one_time_secrets::any(&mut world.reader().await, b"session", "api_key").await.unwrap());
        assert_eq!(take().await, [&b"one"[..], b"two"], "in the order in which they were made");
        assert!(take().await.is_empty());
        let mut tx = world.db.begin_write().await.unwrap();
        one_time_secrets::keep(&mut tx, b"session", "api_key", b"three").await.unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(one_time_secrets::LIFE);
        assert!(!one_time_secrets::any(&mut world.reader().await, b"session", "api_key").await.unwrap());
        assert!(take().await.is_empty(), "nobody looked at it in time");
    }

    /// A temporary password opens nothing but the way to an own one, and only for a time.
    async fn a_temporary_password_opens_the_way_to_an_own_one(world: World) {
        let scope = world.admin_scope().await;
        let partner = scope.for_partner(&mut world.reader().await, world.northwind.partner).await.unwrap().unwrap();
        let mut tx = world.db.begin_write().await.unwrap();
        let until = world.db.now() + chrono::TimeDelta::days(3);
        let user = world.northwind.user;
        users::set_temporary_password(&mut tx, &partner, user, "hash", until).await.unwrap();
        tx.commit().await.unwrap();
        let session = world.session(&world.northwind).await.unwrap();
        assert!(session.must_change_password());
        assert!(Permission::ALL.iter().all(|permission| session.require(*permission).is_err()));
        let mut tx = world.db.begin_write().await.unwrap();
        users::set_temporary_password(&mut tx, &partner, user, "hash", until).await.unwrap();
        tx.commit().await.unwrap();
        world.clock.advance(chrono::TimeDelta::days(3) - chrono::TimeDelta::microseconds(1));
        assert!(world.session(&world.northwind).await.is_some());
        world.clock.advance(chrono::TimeDelta::microseconds(1));
        assert!(world.session(&world.northwind).await.is_none(), "it has ended");
        let mut tx = world.db.begin_write().await.unwrap();
        users::set_password(&mut tx, user, "own").await.unwrap();
        tx.commit().await.unwrap();
        assert!(world.session(&world.northwind).await.unwrap().require(Permission::ViewLeads).is_ok());
        assert!(invitations::pending(&mut world.reader().await, &partner).await.unwrap().is_empty());
        assert!(!delivery::settings(&mut world.reader().await, &partner).await.unwrap().has_secret);
    }
}

/// Where the test below finds its database, in the processes it starts.
const WORKER: &str = "PORTAL_TEST_ISSUE";

/// Issues drafts until there are none left. Run by the test below, in processes of their own.
#[tokio::test]
#[ignore = "a worker of two_processes_issue_without_gaps"]
async fn issue_worker() {
    let Ok(url) = std::env::var(WORKER) else { return };
    let clock = std::sync::Arc::new(domain::clock::ManualClock::at(instant("2026-11-22T12:00:00Z")));
    let options = Options::new(url, 8);
    let db = Db::open(&options, clock, std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap();
    let (user, ids) = std::env::var("PORTAL_TEST_DRAFTS")
        .unwrap()
        .split_once(';')
        .map(|(user, ids)| (user.to_owned(), ids.to_owned()))
        .unwrap();
    let session = AdminSession::of_authenticated_user(&mut db.reader().await.unwrap(), user.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let scope = session.require(AdminPermission::ManageInvoices).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for id in ids.split(',').map(|id| id.parse::<InvoiceId>().unwrap()) {
        let (db, scope) = (db.clone(), scope.clone());
        tasks.spawn(async move {
            let mut tx = db.begin_write().await.unwrap();
            let found = invoices::issue(&mut tx, &scope, id).await.unwrap();
            // Every fourth one is undone at first: its number must not be lost.
            if id.0.as_u128() % 4 == 0 {
                drop(tx);
                tx = db.begin_write().await.unwrap();
                invoices::issue(&mut tx, &scope, id).await.unwrap();
            }
            assert!(matches!(found, Found::Done(Ok(_))));
            tx.commit().await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// Two hundred drafts, issued by two processes at once, have the numbers from 1 to 200.
#[tokio::test]
async fn two_processes_issue_without_gaps() {
    let world = World::on_postgres().await;
    let scope = world.admin_scope().await;
    let mut ids = Vec::new();
    for _ in 0..200 {
        ids.push(world.drafted(&scope).await.to_string());
    }
    let worker = |ids: &[String]| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "admin_area::issue_worker"])
            .env(WORKER, &world.url)
            .env("PORTAL_TEST_DRAFTS", format!("{};{}", scope.session().user_id(), ids.join(",")))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut workers = [worker(&ids[..100]), worker(&ids[100..])];
    for worker in &mut workers {
        assert!(worker.wait().unwrap().success());
    }
    let mut numbers = Vec::new();
    let (mut query, mut after) = (AdminInvoiceQuery::default(), None);
    loop {
        let page = invoices::list_for_admins(&mut world.reader().await, &scope, &query).await.unwrap();
        let rows = AdminInvoiceQuery::ROWS;
        let mut read = world.reader().await;
        let batch = invoices::export_batch_for_admins(&mut read, &scope, &query, after, rows).await.unwrap();
        assert_eq!(batch, page.invoices, "an export has the list's rows");
        after = batch.last().map(|invoice| (invoice.issued_on, invoice.id));
        numbers.extend(page.invoices.iter().filter_map(|invoice| invoice.number.clone()));
        query.after = page.invoices.last().map(|invoice| invoice.id).filter(|_| page.has_next);
        if query.after.is_none() {
            break;
        }
    }
    numbers.sort();
    assert_eq!(numbers, (1..=200).map(|n| format!("2026-{n:04}")).collect::<Vec<_>>());
    assert_eq!(scope.session().currency(), Currency::EUR);
}
