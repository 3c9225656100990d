//! Files of leads: a batch and the place behind it are stored together or not at all, by one process at a time.

use chrono::TimeDelta;
use domain::{
    admin::{AdminPermission, AdminRole},
    ids::LeadImportId,
    lead_files::{CellError, ImportState, RejectedRow},
    leads::LeadStatus,
};
use store::{
    access::AdminScope,
    leads::imports::{self, Batch, Layout, LeadImport, NewFile, PIECE},
};
use uuid::Uuid;

use crate::world::{World, lead};

const LEASE: TimeDelta = TimeDelta::seconds(20);
const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

impl World {
    /// A file that has come, with rows from byte 10 on.
    async fn hands_in(&self, scope: &AdminScope, pieces: &[&[u8]]) -> LeadImportId {
        let file = NewFile { partner: self.northwind.partner, name: "leads.csv".into(), push: false };
        let id = imports::begin(&self.db, scope, &file).await.unwrap().unwrap();
        for (piece, position) in pieces.iter().zip(0..) {
            imports::keep_piece(&self.db, scope, id, position, piece).await.unwrap();
        }
        let layout = Layout {
            size: pieces.iter().map(|piece| piece.len() as u64).sum(),
            delimiter: ';',
            header: vec!["Name".into(), "Roof".into()],
            columns: vec!["name".into(), "field".into()],
            first: (10, 2),
        };
        imports::finish(&self.db, scope, id, &layout).await.unwrap();
        id
    }

    async fn starts(&self, scope: &AdminScope, id: LeadImportId) -> bool {
        let mut tx = self.db.begin_write().await.unwrap();
        let started = imports::start(&mut tx, scope, id).await.unwrap();
        tx.commit().await.unwrap();
        started
    }

    async fn cancels(&self, scope: &AdminScope, id: LeadImportId) -> bool {
        let mut tx = self.db.begin_write().await.unwrap();
        let cancelled = imports::cancel(&mut tx, scope, id).await.unwrap();
        tx.commit().await.unwrap();
        cancelled
    }

    async fn ends(&self, import: &LeadImport, owner: Uuid, trouble: Option<&str>) -> bool {
        let mut tx = self.db.begin_write().await.unwrap();
        let ended = imports::end(&mut tx, import, owner, trouble).await.unwrap();
        tx.commit().await.unwrap();
        ended
    }
}

fn batch(external_id: &str, byte: u64) -> Batch {
    let errors = vec![CellError { column: None, message: "names nobody".into() }];
    Batch {
        leads: vec![(lead(external_id, "Ada", 1), LeadStatus::New)],
        rejects: vec![RejectedRow { at: byte - 1, line: byte, errors, cells: vec!["=1".into()] }],
        place: (byte, byte),
    }
}

on_both_engines! {
    async fn a_batch_and_its_place_are_stored_together_by_one_process(world: World) {
        let scope = world.staff().await;
        let id = world.hands_in(&scope, &[&[b'x'; 40]]).await;
        assert!(imports::lease(&world.db, ONE, LEASE).await.unwrap().is_none(), "nobody has set it going");
        assert!(world.starts(&scope, id).await);
        assert!(!world.starts(&scope, id).await, "it runs already");
        let mut mine = imports::lease(&world.db, ONE, LEASE).await.unwrap().unwrap();
        assert!(imports::lease(&world.db, OTHER, LEASE).await.unwrap().is_none(), "one at a time");
        assert_eq!((mine.place, mine.delimiter, mine.summary.id), ((10, 2), ';', id));
        assert!(imports::step(&world.db, &mut mine, ONE, &batch("a", 20), LEASE).await.unwrap());
        // The process dies, another one takes over behind its last batch; the first comes back to life and is refused.
        world.clock.advance(TimeDelta::seconds(21));
        let mut theirs = imports::lease(&world.db, OTHER, LEASE).await.unwrap().unwrap();
        assert_eq!((theirs.place, theirs.summary.progress.rows()), ((20, 20), 2));
        assert!(!imports::step(&world.db, &mut mine, ONE, &batch("b", 30), LEASE).await.unwrap());
        assert!(!world.ends(&mine, ONE, None).await);
        assert!(imports::step(&world.db, &mut theirs, OTHER, &batch("c", 30), LEASE).await.unwrap());
        assert!(imports::step(&world.db, &mut theirs, OTHER, &batch("a", 40), LEASE).await.unwrap());
        assert!(world.ends(&theirs, OTHER, None).await);
        let done = imports::get(&world.db, &scope, id).await.unwrap().unwrap();
        let progress = done.summary.progress;
        assert_eq!((progress.state, progress.added, progress.known, progress.rejected), (ImportState::Done, 2, 1, 3));
        assert_eq!((progress.percent(), done.summary.has_file, done.summary.ended.is_some()), (100, false, true));
        assert!(imports::window(&world.db, &done, 0).await.unwrap().is_empty(), "the file is gone");
        let rejects = imports::rejects(&world.db, &scope, id, None, 2).await.unwrap();
        assert_eq!(rejects.iter().map(|row| row.line).collect::<Vec<_>>(), [20, 30]);
        assert_eq!((rejects[0].errors[0].message.as_str(), rejects[0].cells[0].as_str()), ("names nobody", "=1"));
        assert_eq!(imports::rejects(&world.db, &scope, id, Some(29), 5).await.unwrap().len(), 1);
    }

    async fn a_cancelled_one_stores_no_more_and_goes_on_where_it_was(world: World) {
        let scope = world.staff().await;
        let id = world.hands_in(&scope, &[&[b'x'; 40]]).await;
        assert!(!world.cancels(&scope, id).await, "it does not run");
        assert!(world.starts(&scope, id).await);
        let mut mine = imports::lease(&world.db, ONE, LEASE).await.unwrap().unwrap();
        world.clock.advance(TimeDelta::seconds(2));
        assert!(imports::step(&world.db, &mut mine, ONE, &batch("a", 20), LEASE).await.unwrap());
        assert!(world.cancels(&scope, id).await);
        assert!(!imports::step(&world.db, &mut mine, ONE, &batch("b", 30), LEASE).await.unwrap());
        let cancelled = imports::get(&world.db, &scope, id).await.unwrap().unwrap().summary;
        assert_eq!((cancelled.progress.state, cancelled.progress.rows()), (ImportState::Cancelled, 2));
        assert_eq!((cancelled.progress.rate(), cancelled.can_go_on()), (Some(1), true));
        world.clock.advance(TimeDelta::hours(1));
        assert!(world.starts(&scope, id).await);
        let mut mine = imports::lease(&world.db, ONE, LEASE).await.unwrap().unwrap();
        assert_eq!((mine.place.0, mine.summary.progress.rate()), (20, None), "its speed is measured anew");
        world.clock.advance(TimeDelta::seconds(1));
        assert!(imports::step(&world.db, &mut mine, ONE, &batch("b", 30), LEASE).await.unwrap());
        assert!(world.ends(&mine, ONE, Some("a row never ends")).await);
        let failed = imports::get(&world.db, &scope, id).await.unwrap().unwrap().summary;
        assert_eq!((failed.progress.state, failed.trouble.as_str()), (ImportState::Failed, "a row never ends"));
        assert!(failed.can_go_on());
        imports::release(&world.db, id, ONE).await.unwrap();
    }

    async fn nobody_of_another_account_can_reach_it(world: World) {
        let scope = world.staff().await;
        let id = world.hands_in(&scope, &[b"Name;Roof\nAda;1\n"]).await;
        let (globex, member) = world.second_account().await;
        let theirs = world.admin_of(globex, AdminRole::Owner).await.require(AdminPermission::ImportLeads).unwrap();
        assert!(imports::list(&world.db, &theirs, 9).await.unwrap().is_empty());
        assert!(imports::get(&world.db, &theirs, id).await.unwrap().is_none());
        assert!(imports::rejects(&world.db, &theirs, id, None, 9).await.unwrap().is_empty());
        assert!(!world.starts(&theirs, id).await);
        assert!(!world.cancels(&theirs, id).await);
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(!imports::map(&mut tx, &theirs, id, &["name".into(), "name".into()]).await.unwrap());
        assert!(!imports::discard(&mut tx, &theirs, id).await.unwrap());
        tx.commit().await.unwrap();
        let file = NewFile { partner: member.partner, name: "x.csv".into(), push: true };
        assert!(imports::begin(&world.db, &scope, &file).await.unwrap().is_none(), "another account's partner");
        imports::keep_piece(&world.db, &theirs, id, 1, b"more").await.unwrap();
        let mine = imports::get(&world.db, &scope, id).await.unwrap().unwrap();
        assert_eq!(imports::window(&world.db, &mine, 10).await.unwrap(), b"Ada;1\n");
        assert_eq!(mine.columns, ["name", "field"]);
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(imports::discard(&mut tx, &scope, id).await.unwrap());
        assert!(!imports::discard(&mut tx, &scope, id).await.unwrap(), "once");
        tx.commit().await.unwrap();
    }

    async fn a_window_is_longer_than_any_row(world: World) {
        let scope = world.staff().await;
        let (one, two, three) = (vec![b'1'; PIECE], vec![b'2'; PIECE], vec![b'3'; 7]);
        let id = world.hands_in(&scope, &[&one, &two, &three]).await;
        let import = imports::get(&world.db, &scope, id).await.unwrap().unwrap();
        let length = |offset: usize| {
            let import = import.clone();
            let db = world.db.clone();
            async move { imports::window(&db, &import, offset as u64).await.unwrap().len() }
        };
        assert_eq!((length(0).await, length(5).await, length(PIECE - 1).await), (2 * PIECE, 2 * PIECE - 5, PIECE + 1));
        assert_eq!((length(PIECE).await, length(2 * PIECE + 3).await, length(2 * PIECE + 7).await), (PIECE + 7, 4, 0));
    }

    async fn what_nobody_needs_is_forgotten(world: World) {
        let scope = world.staff().await;
        let (waiting, stopped, done) = (
            world.hands_in(&scope, &[b"x"]).await,
            world.hands_in(&scope, &[&[b'x'; 40]]).await,
            world.hands_in(&scope, &[&[b'x'; 40]]).await,
        );
        assert!(world.starts(&scope, done).await);
        let mut mine = imports::lease(&world.db, ONE, LEASE).await.unwrap().unwrap();
        assert!(imports::step(&world.db, &mut mine, ONE, &batch("a", 40), LEASE).await.unwrap());
        assert!(world.ends(&mine, ONE, None).await);
        assert!(world.starts(&scope, stopped).await && world.cancels(&scope, stopped).await);
        imports::forget(&world.db).await.unwrap();
        assert_eq!(imports::list(&world.db, &scope, 9).await.unwrap().len(), 3, "nothing is old");
        world.clock.advance(TimeDelta::days(1));
        imports::forget(&world.db).await.unwrap();
        assert!(imports::get(&world.db, &scope, waiting).await.unwrap().is_none(), "it was never set going");
        assert!(imports::get(&world.db, &scope, stopped).await.unwrap().unwrap().summary.can_go_on());
        world.clock.advance(TimeDelta::days(6));
        imports::forget(&world.db).await.unwrap();
        assert!(!imports::get(&world.db, &scope, stopped).await.unwrap().unwrap().summary.can_go_on());
        assert_eq!(imports::rejects(&world.db, &scope, done, None, 9).await.unwrap().len(), 1);
        world.clock.advance(TimeDelta::days(23));
        imports::forget(&world.db).await.unwrap();
        assert!(imports::rejects(&world.db, &scope, done, None, 9).await.unwrap().is_empty());
        assert_eq!(imports::list(&world.db, &scope, 9).await.unwrap().len(), 2, "the history stays");
    }
}
