//! Reports that come by mail: whose they are, when they are due, and how they are stopped.

use chrono::TimeDelta;
use domain::{
    ids::ReportMailId,
    report_mails::{Every, MOST},
    reports::{ReportBy, ReportQuery},
};
use store::{
    report_mails::{self, NewReportMail},
    users,
};

use crate::world::instant;

on_both_engines! {
    /// Each side sees and stops what is its own: a partner user its own reports, an admin its own and those of partners' users.
    async fn a_report_is_stopped_by_whose_it_is(world: World) {
        let (nora, sam, admin) =
            (world.scope(&world.northwind).await, world.scope(&world.contoso).await, world.admin_scope().await);
        let other_admin = world.admin(domain::admin::AdminRole::Owner).await;
        let other_admin = other_admin.require(domain::admin::AdminPermission::View).unwrap();
        let query = ReportQuery { by: Some(ReportBy::Campaign), campaign: Some("Solar & heat".into()), ..ReportQuery::default() };
        let new = NewReportMail { every: Every::Week, query: &query, even_empty: true, due_at: instant("2026-11-23T11:00:00Z") };
        for (scope, user) in [(&nora, world.northwind.user), (&sam, world.contoso.user)] {
            assert!(world.write(async |tx| report_mails::add(tx, scope, user, &new).await).await);
        }
        assert!(world.write(async |tx| report_mails::add_for_admin(tx, &admin, &new).await).await);
        let mine = report_mails::own(&mut world.reader().await, &nora).await.unwrap();
        assert_eq!((mine.len(), &mine[0].query, mine[0].every, mine[0].even_empty), (1, &query, Every::Week, true));
        let seen = async |scope| report_mails::of_account(&mut world.reader().await, scope).await.unwrap().len();
        assert_eq!((seen(&admin).await, seen(&other_admin).await), (3, 2), "another admin's own are its own");
        let (other, _) = world.second_account().await;
        let globex = world.admin_of(other, domain::admin::AdminRole::Owner).await;
        let globex = globex.require(domain::admin::AdminPermission::View).unwrap();
        assert_eq!(seen(&globex).await, 0);
        let id = mine[0].id;
        assert!(!world.write(async |tx| report_mails::remove_own(tx, &sam, id).await).await, "a stranger's");
        assert_eq!(world.write(async |tx| report_mails::remove_of_account(tx, &globex, id).await).await, None);
        assert!(world.write(async |tx| report_mails::remove_own(tx, &nora, id).await).await);
        assert!(!world.write(async |tx| report_mails::remove_own(tx, &nora, id).await).await, "it is gone");
        let theirs = report_mails::own(&mut world.reader().await, &sam).await.unwrap()[0].id;
        let removed = world.write(async |tx| report_mails::remove_of_account(tx, &other_admin, theirs).await).await;
        assert_eq!(removed, Some(Some(world.contoso.partner)));
        for _ in 0..MOST {
            assert!(world.write(async |tx| report_mails::add(tx, &nora, world.northwind.user, &new).await).await);
        }
        assert!(!world.write(async |tx| report_mails::add(tx, &nora, world.northwind.user, &new).await).await, "one too many");
        assert_eq!(users::colleagues(&mut world.reader().await, &nora).await.unwrap().len(), 1);
    }

    /// One that is due is taken once, by whoever is first; its link stops it, once, and with it all its links.
    async fn a_due_report_is_taken_once_and_its_link_stops_it(world: World) {
        let nora = world.scope(&world.northwind).await;
        let (query, due_at) = (ReportQuery::default(), world.db.now() + TimeDelta::hours(1));
        let new = NewReportMail { every: Every::Day, query: &query, even_empty: false, due_at };
        world.write(async |tx| report_mails::add(tx, &nora, world.northwind.user, &new).await).await;
        let due = async || report_mails::due_unscoped(&mut world.reader().await, None, 10).await.unwrap();
        assert!(due().await.is_empty());
        world.clock.advance(TimeDelta::hours(1));
        let found = due().await;
        assert_eq!((found.len(), found[0].user, found[0].partner), (1, world.northwind.user, Some(world.northwind.partner)));
        let next = due_at + TimeDelta::days(1);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (db, one) = (world.db.clone(), found[0].clone());
            tasks.spawn(async move {
                let mut tx = db.begin_write().await.unwrap();
                let taken = report_mails::take_unscoped(&mut tx, &one, next).await.unwrap();
                tx.commit().await.unwrap();
                usize::from(taken)
            });
        }
        let mut taken = 0;
        while let Some(done) = tasks.join_next().await {
            taken += done.unwrap();
        }
        assert_eq!(taken, 1);
        assert!(due().await.is_empty());
        let id: ReportMailId = found[0].id;
        for hash in [b"first", b"other"] {
            world.write(async |tx| report_mails::add_link_unscoped(tx, id, hash).await).await;
        }
        let (_, every, account) = report_mails::by_link_unscoped(&mut world.reader().await, b"first").await.unwrap().unwrap();
        assert_eq!((every, &*account), (Every::Day, "Acme Leads"));
        assert!(report_mails::by_link_unscoped(&mut world.reader().await, b"wrong").await.unwrap().is_none());
        let stop = async |hash: &[u8]| world.write(async |tx| report_mails::stop_unscoped(tx, hash).await).await;
        assert_eq!(stop(b"wrong").await, None);
        assert_eq!(stop(b"first").await, Some((world.account, Some(world.northwind.partner), world.northwind.user)));
        assert_eq!((stop(b"first").await, stop(b"other").await), (None, None), "once");
    }
}
