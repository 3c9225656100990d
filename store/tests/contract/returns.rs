//! Returns: asked for within their rules, decided once, found, counted and credited; and nobody else's.

use chrono::TimeDelta;
use domain::{
    files::FileKind,
    ids::{LeadId, ReturnId},
    leads::{Count, LeadFilter, LeadListQuery, NewLead, NoteAuthor, Review},
    money::{Currency, Money, Price},
    returns::{Overdue, Quota, ReturnDecision, ReturnPolicy, ReturnQuery, ReturnState, ReturnView},
};
use store::{
    access::{AdminScope, PartnerScope},
    leads::{self, Decided, Request},
    partners,
};

use crate::world::{World, lead};

fn request(reason: &'static str) -> Request<'static> {
    Request { reason, comment: "we called", approved: false, decide_by: None, overdue: Overdue::Expire }
}

/// The partner's leads, the latest first.
async fn own(world: &World, scope: &PartnerScope) -> Vec<LeadId> {
    leads::ids(&mut world.reader().await, scope, &LeadFilter::default(), 100).await.unwrap()
}

async fn ask(world: &World, scope: &PartnerScope, ids: &[LeadId], request: Request<'_>) -> usize {
    world.clock.advance(TimeDelta::seconds(1));
    let now = world.db.now();
    world.write(async |tx| leads::request_returns(tx, scope, ids, &request, now).await).await
}

async fn open(world: &World, admin: &AdminScope) -> Vec<ReturnId> {
    let page = leads::queue(&mut world.reader().await, admin, &ReturnQuery::default()).await.unwrap();
    assert_eq!(page.count, page.returns.len() as u64);
    page.returns.iter().map(|one| one.request.id).collect()
}

async fn decide(world: &World, admin: &AdminScope, ids: &[ReturnId], approve: bool) -> Decided {
    let (now, decision) = (world.db.now(), ReturnDecision { approve, answer: "because".into() });
    let mut tx = world.db.begin_write().await.unwrap();
    let decided = leads::decide_returns(&mut tx, admin, ids, &decision, now).await.unwrap();
    if matches!(decided, Decided::Done(_)) {
        tx.commit().await.unwrap();
    }
    decided
}

async fn state(world: &World, scope: &PartnerScope, lead: LeadId) -> Vec<ReturnState> {
    let returns = leads::returns_of(&mut world.reader().await, scope, lead).await.unwrap();
    returns.into_iter().map(|one| one.state).collect()
}

on_both_engines! {
    /// A request is asked for, changed, withdrawn, asked for again, decided; the list, its count and the history say so each time.
    async fn a_return_is_asked_for_and_decided(world: World) {
        let (scope, contoso, admin) =
            (world.scope(&world.northwind).await, world.scope(&world.contoso).await, world.admin_scope().await);
        world.deliver(&world.northwind, (0..4).map(|n| lead(&format!("N-{n}"), "Ada", n)).collect()).await;
        world.deliver(&world.contoso, vec![lead("C-1", "Sam", 1)]).await;
        let ids = own(&world, &scope).await;
        let theirs = own(&world, &contoso).await;
        assert_eq!(ask(&world, &scope, &[ids[0], ids[1], theirs[0]], request("duplicate")).await, 2, "and no stranger's");
        assert!(state(&world, &contoso, theirs[0]).await.is_empty() && state(&world, &contoso, ids[0]).await.is_empty());
        assert_eq!(ask(&world, &scope, &ids[..1], request("other")).await, 1, "for another reason");
        assert_eq!(state(&world, &scope, ids[0]).await, [ReturnState::Withdrawn, ReturnState::Requested]);
        let found = async |state| {
            let filter = LeadFilter { returned: Some(state), ..LeadFilter::default() };
            let query = LeadListQuery { filter, ..LeadListQuery::default() };
            leads::list(&mut world.reader().await, &scope, &query).await.unwrap().count
        };
        assert_eq!(found(ReturnState::Requested).await, Count::Exactly(2));
        let now = world.db.now();
        let back = world.write(async |tx| leads::withdraw_returns(tx, &scope, &ids[..1], now).await).await;
        assert_eq!(back, ids[..1]);
        assert_eq!(ask(&world, &scope, &ids[..1], request("duplicate")).await, 1, "and asked for again");
        let queue = open(&world, &admin).await;
        assert_eq!(queue.len(), 2);
        let (other, _) = world.second_account().await;
        let globex = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        assert!(open(&world, &globex).await.is_empty());
        assert_eq!(decide(&world, &globex, &queue, true).await, Decided::Unknown, "another account's");
        assert!(matches!(decide(&world, &admin, &queue[..1], true).await, Decided::Done(_)));
        assert_eq!(decide(&world, &admin, &queue, false).await, Decided::Closed, "all of them or none");
        assert_eq!(open(&world, &admin).await, queue[1..]);
        assert!(matches!(decide(&world, &admin, &queue[1..], false).await, Decided::Done(_)));
        assert_eq!((found(ReturnState::Approved).await, found(ReturnState::Declined).await), (Count::Exactly(1), Count::Exactly(1)));
        assert_eq!(ask(&world, &scope, &ids[..2], request("other")).await, 0, "what is decided is decided");
        let record = leads::return_record(&mut world.reader().await, &scope).await.unwrap();
        assert_eq!((record.len(), record[0].approved, record[0].decided), (1, 1, 2));
        assert!(leads::return_record(&mut world.reader().await, &contoso).await.unwrap().is_empty());
        let decided = ReturnQuery { view: ReturnView::Decided, partner: Some(world.northwind.partner), after: None };
        let page = leads::queue(&mut world.reader().await, &admin, &decided).await.unwrap();
        assert_eq!(page.count, 4, "with those that were withdrawn");
        let next = ReturnQuery { after: Some(page.returns[1].request.id), ..decided.clone() };
        assert_eq!(leads::queue(&mut world.reader().await, &admin, &next).await.unwrap().returns, page.returns[2..]);
        let elsewhere = ReturnQuery { partner: Some(world.contoso.partner), ..decided };
        assert_eq!(leads::queue(&mut world.reader().await, &admin, &elsewhere).await.unwrap().count, 0);
    }

    /// Two decide on one request at once, in two transactions: one of them has decided, the other is told so.
    async fn of_two_who_decide_one_wins(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        world.deliver(&world.northwind, (0..20).map(|n| lead(&format!("N-{n}"), "Ada", n)).collect()).await;
        let ids = own(&world, &scope).await;
        assert_eq!(ask(&world, &scope, &ids, request("duplicate")).await, 20);
        let queue = open(&world, &admin).await;
        let mut tasks = tokio::task::JoinSet::new();
        for approve in [true, false, true, false] {
            let (db, admin, queue) = (world.db.clone(), admin.clone(), queue.clone());
            tasks.spawn(async move {
                let decision = ReturnDecision { approve, answer: "so".into() };
                let mut won = 0;
                for id in queue {
                    let mut tx = db.begin_write().await.unwrap();
                    let now = db.now();
                    match leads::decide_returns(&mut tx, &admin, &[id], &decision, now).await.unwrap() {
                        Decided::Done(_) => {
                            tx.commit().await.unwrap();
                            won += 1;
                        }
                        Decided::Closed => {}
                        Decided::Unknown => panic!("it is the account's"),
                    }
                }
                won
            });
        }
        let mut won = 0;
        while let Some(done) = tasks.join_next().await {
            won += done.unwrap();
        }
        assert_eq!(won, 20, "each was decided once");
        for id in ids {
            assert_eq!(state(&world, &scope, id).await.len(), 1);
        }
    }

    /// What is left of a quota is not used twice, however many ask at once.
    async fn a_quota_holds_for_all_who_ask_at_once(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, (0..20).map(|n| lead(&format!("N-{n}"), "Ada", n)).collect()).await;
        world.deliver(&world.northwind, vec![lead("old", "Ada", 60 * 24 * 40)]).await;
        let ids = own(&world, &scope).await;
        let month = "2026-11-01".parse().unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for one in 0..6_usize {
            let (db, scope, ids) = (world.db.clone(), scope.clone(), ids.clone());
            tasks.spawn(async move {
                for id in ids.into_iter().skip(one * 3).take(3) {
                    let mut tx = db.begin_write().await.unwrap();
                    partners::lock(&mut tx, &scope).await.unwrap();
                    let quota = leads::month_quota(&mut tx, &scope, month, Quota::Percent(25)).await.unwrap();
                    assert_eq!((quota.delivered, quota.allowed), (20, 5), "those of another month are not among them");
                    if quota.left() > 0 {
                        let now = db.now();
                        leads::request_returns(&mut tx, &scope, &[id], &request("duplicate"), now).await.unwrap();
                    }
                    tx.commit().await.unwrap();
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let quota = leads::month_quota(&mut world.reader().await, &scope, month, Quota::Percent(25)).await.unwrap();
        assert_eq!((quota.used, quota.left()), (5, 0));
    }

    /// A request that nobody decides on ends by the rule it was made under, when its time has come and not before.
    async fn what_is_overdue_ends_by_its_rule(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        world.deliver(&world.northwind, (0..3).map(|n| lead(&format!("N-{n}"), "Ada", n)).collect()).await;
        let ids = own(&world, &scope).await;
        let due = Some(world.db.now() + TimeDelta::days(5));
        ask(&world, &scope, &ids[..1], Request { decide_by: due, overdue: Overdue::Approve, ..request("duplicate") }).await;
        ask(&world, &scope, &ids[1..2], Request { decide_by: due, ..request("duplicate") }).await;
        ask(&world, &scope, &ids[2..], request("duplicate")).await;
        let waiting = async || {
            let overview = store::overview::load(&mut world.db.reader().await.unwrap(), &admin).await.unwrap();
            (overview.open_returns, overview.returns_due)
        };
        assert_eq!(waiting().await, (3, due.map(|at| admin.session().zone().local(at))));
        let close = async || world.write(async |tx| leads::close_overdue_unscoped(tx, 10).await).await;
        assert!(close().await.is_empty());
        world.clock.advance(TimeDelta::days(5));
        assert_eq!(close().await.len(), 2);
        assert!(close().await.is_empty());
        assert_eq!(state(&world, &scope, ids[0]).await, [ReturnState::Approved]);
        assert_eq!(state(&world, &scope, ids[1]).await, [ReturnState::Expired]);
        assert_eq!(open(&world, &admin).await.len(), 1, "one without a deadline waits");
        assert_eq!(waiting().await, (1, None));
        assert_eq!(ask(&world, &scope, &ids[1..2], request("other")).await, 1, "what expired can be asked for again");
    }

    /// A decision that was undone takes its request with it, but not the account's word.
    async fn undoing_does_not_undo_what_the_account_has_decided(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1), lead("N-2", "Grace", 2)]).await;
        let ids = own(&world, &scope).await;
        let (at, reject) = (world.db.now(), Review::Reject { reason: "duplicate".into(), comment: String::new() });
        world.write(async |tx| leads::review(tx, &scope, &ids, &reject, at).await).await;
        let approved = Request { approved: true, ..request("duplicate") };
        ask(&world, &scope, &ids[..1], approved).await;
        ask(&world, &scope, &ids[1..], request("duplicate")).await;
        let undone = world.write(async |tx| leads::undo_reviews(tx, &scope, at).await).await;
        assert_eq!(undone, ids[1..]);
    }

    /// A decision that ended a request is not undone: the lead would be rejected again, and nobody asked.
    async fn undoing_leaves_no_rejected_lead_without_its_request(world: World) {
        let scope = world.scope(&world.northwind).await;
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1)]).await;
        let ids = own(&world, &scope).await;
        let review = async |review: Review| {
            world.clock.advance(TimeDelta::seconds(1));
            let at = world.db.now();
            world.write(async |tx| leads::review(tx, &scope, &ids, &review, at).await).await;
            at
        };
        review(Review::Reject { reason: "duplicate".into(), comment: String::new() }).await;
        ask(&world, &scope, &ids, request("duplicate")).await;
        let now = world.db.now();
        world.write(async |tx| leads::withdraw_returns(tx, &scope, &ids, now).await).await;
        let accepted = review(Review::Accept).await;
        assert!(world.write(async |tx| leads::undo_reviews(tx, &scope, accepted).await).await.is_empty());
        let again = review(Review::Reject { reason: "duplicate".into(), comment: String::new() }).await;
        ask(&world, &scope, &ids, request("duplicate")).await;
        assert_eq!(world.write(async |tx| leads::undo_reviews(tx, &scope, again).await).await, ids, "it was accepted before");
    }

    /// Of a partner who takes its request back and the account that approves it at the same time, one has its way.
    async fn a_request_is_withdrawn_or_approved(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        world.deliver(&world.northwind, (0..8).map(|n| lead(&format!("N-{n}"), "Ada", n)).collect()).await;
        let ids = own(&world, &scope).await;
        let now = world.db.now();
        for id in &ids {
            let id = std::slice::from_ref(id);
            let reject = Review::Reject { reason: "duplicate".into(), comment: String::new() };
            world.write(async |tx| leads::review(tx, &scope, id, &reject, now).await).await;
            ask(&world, &scope, id, Request { decide_by: Some(now), overdue: Overdue::Approve, ..request("duplicate") }).await;
            let withdraw = world.write(async |tx| leads::withdraw_returns(tx, &scope, id, now).await);
            let close = world.write(async |tx| leads::close_overdue_unscoped(tx, 10).await);
            let (withdrawn, closed) = tokio::join!(withdraw, close);
            assert_eq!(withdrawn.len() + closed.len(), 1, "one of them");
            let expected = if closed.is_empty() { ReturnState::Withdrawn } else { ReturnState::Approved };
            assert_eq!(state(&world, &scope, id[0]).await, [expected]);
        }
        assert!(open(&world, &admin).await.is_empty());
    }

    /// What is to be credited are the prices of returned leads that stand on an issued invoice, to the cent.
    async fn what_was_billed_and_returned_is_to_be_credited(world: World) {
        let (scope, admin) = (world.scope(&world.northwind).await, world.admin_scope().await);
        let fine = Price::parse("0.1234", Currency::EUR).unwrap();
        let price = |minor| Some(Price::from(Money { minor, currency: Currency::EUR }));
        let prices = [price(4_917), Some(fine), price(1_000), price(2_000), None];
        let many = prices.into_iter().zip(0..).map(|(price, n)| NewLead { price, ..lead(&format!("N-{n}"), "Ada", n) });
        world.deliver(&world.northwind, many.collect()).await;
        let ids = own(&world, &scope).await;
        assert!(leads::credits(&mut world.reader().await, &admin).await.unwrap().is_empty());
        crate::partner_area::bill(&world, &world.northwind, &[ids[0], ids[1], ids[2], ids[4]]).await;
        let approved = Request { approved: true, ..request("duplicate") };
        ask(&world, &scope, &[ids[0], ids[1], ids[3], ids[4]], approved).await;
        let credits = leads::credits(&mut world.reader().await, &admin).await.unwrap();
        assert_eq!((credits.len(), credits[0].leads, credits[0].partner.0), (1, 3, world.northwind.partner));
        assert_eq!(credits[0].amounts, [Money { minor: 4_929, currency: Currency::EUR }], "49.17 and 0.1234");
        let query = ReturnQuery { view: ReturnView::Credit, ..ReturnQuery::default() };
        let page = leads::queue(&mut world.reader().await, &admin, &query).await.unwrap();
        assert_eq!(page.count, 3, "one that was never billed is not among them");
        assert!(page.returns.iter().all(|one| one.invoice.is_some()));
    }

    /// A partner has its own rules or the account's; another account's are none.
    async fn rules_are_the_partners_or_the_accounts(world: World) {
        let (scope, contoso, admin) =
            (world.scope(&world.northwind).await, world.scope(&world.contoso).await, world.admin_scope().await);
        let policy = |days| ReturnPolicy { requests: true, days: Some(days), quota: Some(Quota::Leads(3)), ..ReturnPolicy::default() };
        assert_eq!(leads::return_policy(&mut world.reader().await, &scope).await.unwrap(), ReturnPolicy::default());
        world.write(async |tx| leads::set_return_policy_of_account(tx, &admin, &policy(14)).await).await;
        world.write(async |tx| leads::set_own_return_policy(tx, &scope, Some(&policy(7))).await).await;
        let days = async |scope: &PartnerScope| leads::return_policy(&mut world.reader().await, scope).await.unwrap().days;
        assert_eq!((days(&scope).await, days(&contoso).await), (Some(7), Some(14)));
        assert_eq!(leads::own_return_policy(&mut world.reader().await, &contoso).await.unwrap(), None);
        world.write(async |tx| leads::set_own_return_policy(tx, &scope, None).await).await;
        assert_eq!(days(&scope).await, Some(14));
        let (_, stranger) = world.second_account().await;
        assert_eq!(days(&world.scope(&stranger).await).await, None);
    }

    /// Files are found under their own lead alone, and by nobody else.
    async fn files_belong_to_one_lead_of_one_partner(world: World) {
        let (scope, contoso) = (world.scope(&world.northwind).await, world.scope(&world.contoso).await);
        world.deliver(&world.northwind, vec![lead("N-1", "Ada", 1), lead("N-2", "Grace", 2)]).await;
        let ids = own(&world, &scope).await;
        let content = vec![0_u8, 159, 146, 150];
        let attach = async |lead, side| {
            let file = ("proof.png", FileKind::Png, content.clone());
            world.write(async |tx| leads::add_file(tx, &scope, lead, side, file).await).await
        };
        let (mine, theirs) = (attach(ids[0], NoteAuthor::Partner).await, attach(ids[1], NoteAuthor::Account).await);
        let files = leads::files(&mut world.reader().await, &scope, ids[0]).await.unwrap();
        assert_eq!((files.len(), files[0].id, files[0].size, &*files[0].name), (1, mine, 4, "proof.png"));
        let read = async |scope: &PartnerScope, lead, file| {
            let found = leads::file(&mut world.reader().await, scope, lead, file).await.unwrap();
            let content = leads::file_content(&mut world.reader().await, scope, lead, file).await.unwrap();
            assert_eq!(found.is_some(), content.is_some());
            content
        };
        assert_eq!(read(&scope, ids[0], mine).await, Some(content.clone()));
        assert_eq!(read(&scope, ids[0], theirs).await, None, "under another lead");
        assert_eq!(read(&contoso, ids[0], mine).await, None);
        assert!(leads::files(&mut world.reader().await, &contoso, ids[0]).await.unwrap().is_empty());
        let shown = leads::with_evidence(&mut world.reader().await, &scope, &ids).await.unwrap();
        assert_eq!(shown, 1, "what the account attached shows nothing for the partner");
    }
}
