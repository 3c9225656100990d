//! Files of leads: a batch and the position after it are stored together or not at all, by one process at a time.

use chrono::TimeDelta;
use domain::{
    admin::{AdminPermission, AdminRole},
    ids::LeadImportId,
    lead_imports::{CellError, ImportState, RejectedRow},
    leads::LeadStatus,
    tables::{Reading, Separator},
};
use store::{
    access::AdminScope,
    lead_imports::{self, Batch, Layout, LeadImport, NewFile, PIECE},
};
use uuid::Uuid;

use crate::world::{World, lead};

const LEASE: TimeDelta = TimeDelta::seconds(20);
const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

impl World {
    /// A file that has come, with rows from byte 10 on.
    async fn uploads(&self, scope: &AdminScope, pieces: &[&[u8]]) -> LeadImportId {
        let file = NewFile { partner: self.northwind.partner, name: "leads.csv".into(), push: false };
        let id = self.write(async |tx| lead_imports::begin(tx, scope, &file).await).await.unwrap();
        for (piece, position) in pieces.iter().zip(0..) {
            self.write(async |tx| lead_imports::keep_piece(tx, scope, id, position, piece).await).await;
        }
        let layout = Layout {
            span: (0, pieces.iter().map(|piece| piece.len() as u64).sum()),
            reading: Reading { separator: Separator::Semicolon, ..Reading::default() },
            header: vec!["Name".into(), "Roof".into()],
            columns: vec!["name".into(), "field".into()],
            first: (10, 2),
        };
        self.write(async |tx| lead_imports::finish(tx, scope, id, &layout).await).await;
        id
    }

    async fn starts(&self, scope: &AdminScope, id: LeadImportId) -> bool {
        self.write(async |tx| lead_imports::start(tx, scope, id).await).await
    }

    async fn cancels(&self, scope: &AdminScope, id: LeadImportId) -> bool {
        self.write(async |tx| lead_imports::cancel(tx, scope, id).await).await
    }

    async fn leases(&self, owner: Uuid) -> Option<LeadImport> {
        let candidate = lead_imports::candidate(&mut self.reader().await).await.unwrap()?;
        self.write(async |tx| lead_imports::lease(tx, owner, LEASE, candidate).await).await
    }

    /// Stores a batch and goes on behind it, as long as the import is the owner's. Says whether it was.
    async fn steps(&self, import: &mut LeadImport, owner: Uuid, batch: &Batch) -> bool {
        let mut tx = self.db.begin_write().await.unwrap();
        let Some(stored) = lead_imports::step(&mut tx, import, owner, batch, LEASE, &stranger).await.unwrap() else {
            return false;
        };
        tx.commit().await.unwrap();
        import.advance(batch, &stored);
        true
    }

    async fn ends(&self, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> bool {
        self.write(async |tx| lead_imports::end(tx, import, owner, failure).await).await
    }
}

fn rejected(at: u64, line: u64, message: &str) -> RejectedRow {
    let errors = vec![CellError { column: None, message: message.to_owned() }];
    RejectedRow { at, line, errors, cells: vec!["=1".into()], raw: b"\xff=1;".to_vec(), endless: true }
}

fn stranger(place: usize) -> RejectedRow {
    rejected(5 + place as u64, 5, "somebody else")
}

fn batch(external_id: &str, byte: u64) -> Batch {
    Batch {
        leads: vec![(lead(external_id, "Ada", 1), LeadStatus::New)],
        rejects: vec![rejected(byte - 1, byte, "has no contact")],
        warned: 1,
        position: (byte, byte),
    }
}

on_both_engines! {
    async fn a_batch_and_its_place_are_stored_together_by_one_process(world: World) {
        let scope = world.admin_scope().await;
        let id = world.uploads(&scope, &[&[b'x'; 40]]).await;
        assert!(world.leases(ONE).await.is_none(), "nobody has started it");
        assert!(world.starts(&scope, id).await);
        assert!(!world.starts(&scope, id).await, "it runs already");
        let mut mine = world.leases(ONE).await.unwrap();
        assert!(world.leases(OTHER).await.is_none(), "one at a time");
        let late = world.write(async |tx| lead_imports::lease(tx, OTHER, LEASE, id).await).await;
        assert!(late.is_none(), "another process was faster");
        assert_eq!((mine.position, mine.reading.separator, mine.summary.id), ((10, 2), Separator::Semicolon, id));
        assert!(world.steps(&mut mine, ONE, &batch("a", 20)).await);
        // The process dies, another one takes over behind its last batch; the first comes back to life and is refused.
        world.clock.advance(TimeDelta::seconds(21));
        let mut theirs = world.leases(OTHER).await.unwrap();
        assert_eq!((theirs.position, theirs.summary.progress.rows()), ((20, 20), 2));
        assert!(!world.steps(&mut mine, ONE, &batch("b", 30)).await);
        assert!(!world.ends(&mine, ONE, None).await);
        assert!(world.steps(&mut theirs, OTHER, &batch("c", 30)).await);
        assert!(world.steps(&mut theirs, OTHER, &batch("a", 40)).await);
        assert!(world.ends(&theirs, OTHER, None).await);
        let done = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap();
        let progress = done.summary.progress;
        assert_eq!((progress.state, progress.added, progress.known, progress.rejected), (ImportState::Done, 2, 1, 3));
        assert_eq!((progress.percent(), done.summary.has_file, done.summary.ended.is_some()), (100, false, true));
        assert!(lead_imports::window(&mut world.reader().await, &done, 0).await.unwrap().is_empty(), "the file is gone");
        let rejects = lead_imports::rejects(&mut world.reader().await, &scope, id, None, 2).await.unwrap();
        assert_eq!(rejects.iter().map(|row| row.line).collect::<Vec<_>>(), [20, 30]);
        assert_eq!(rejects[0], rejected(19, 20, "has no contact"));
        assert_eq!(progress.warned, 3);
        assert_eq!(lead_imports::rejects(&mut world.reader().await, &scope, id, Some(29), 5).await.unwrap().len(), 1);
    }

    async fn a_cancelled_one_stores_no_more_and_goes_on_where_it_was(world: World) {
        let scope = world.admin_scope().await;
        let id = world.uploads(&scope, &[&[b'x'; 40]]).await;
        assert!(!world.cancels(&scope, id).await, "it does not run");
        assert!(world.starts(&scope, id).await);
        let mut mine = world.leases(ONE).await.unwrap();
        world.clock.advance(TimeDelta::seconds(2));
        assert!(world.steps(&mut mine, ONE, &batch("a", 20)).await);
        assert!(world.cancels(&scope, id).await);
        assert!(!world.steps(&mut mine, ONE, &batch("b", 30)).await);
        let cancelled = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap().summary;
        assert_eq!((cancelled.progress.state, cancelled.progress.rows()), (ImportState::Cancelled, 2));
        assert_eq!((cancelled.progress.rate(), cancelled.can_resume()), (Some(1), true));
        world.clock.advance(TimeDelta::hours(1));
        assert!(world.starts(&scope, id).await);
        let mut mine = world.leases(ONE).await.unwrap();
        assert_eq!((mine.position.0, mine.summary.progress.rate()), (20, None), "its speed is measured anew");
        world.clock.advance(TimeDelta::seconds(1));
        assert!(world.steps(&mut mine, ONE, &batch("b", 30)).await);
        assert!(world.ends(&mine, ONE, Some("a row never ends")).await);
        let failed = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap().summary;
        assert_eq!((failed.progress.state, failed.error.as_str()), (ImportState::Failed, "a row never ends"));
        assert!(failed.can_resume());
        world.write(async |tx| lead_imports::release(tx, id, ONE).await).await;
    }

    async fn nobody_of_another_account_can_reach_it(world: World) {
        let scope = world.admin_scope().await;
        let id = world.uploads(&scope, &[b"Name;Roof\nAda;1\n"]).await;
        let (globex, member) = world.second_account().await;
        let theirs = world.admin_of(globex, AdminRole::Owner).await.require(AdminPermission::ImportLeads).unwrap();
        assert!(lead_imports::list(&mut world.reader().await, &theirs, 9).await.unwrap().is_empty());
        assert!(lead_imports::get(&mut world.reader().await, &theirs, id).await.unwrap().is_none());
        assert!(lead_imports::rejects(&mut world.reader().await, &theirs, id, None, 9).await.unwrap().is_empty());
        assert!(!world.starts(&theirs, id).await);
        assert!(!world.cancels(&theirs, id).await);
        let mut tx = world.db.begin_write().await.unwrap();
        let layout = Layout {
            span: (0, 1),
            reading: Reading::default(),
            header: vec!["x".into()],
            columns: vec!["name".into()],
            first: (0, 1),
        };
        assert!(!lead_imports::finish(&mut tx, &theirs, id, &layout).await.unwrap());
        assert!(!lead_imports::discard(&mut tx, &theirs, id).await.unwrap());
        tx.commit().await.unwrap();
        let file = NewFile { partner: member.partner, name: "x.csv".into(), push: true };
        assert!(world.write(async |tx| lead_imports::begin(tx, &scope, &file).await).await.is_none(), "another account's partner");
        world.write(async |tx| lead_imports::keep_piece(tx, &theirs, id, 1, b"more").await).await;
        let mine = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap();
        assert_eq!(lead_imports::window(&mut world.reader().await, &mine, 10).await.unwrap(), b"Ada;1\n");
        assert_eq!(mine.columns, ["name", "field"]);
        let mut tx = world.db.begin_write().await.unwrap();
        assert!(lead_imports::discard(&mut tx, &scope, id).await.unwrap());
        assert!(!lead_imports::discard(&mut tx, &scope, id).await.unwrap(), "once");
        tx.commit().await.unwrap();
    }

    async fn an_id_of_another_person_is_rejected_not_known(world: World) {
        let scope = world.admin_scope().await;
        let id = world.uploads(&scope, &[&[b'x'; 40]]).await;
        assert!(world.starts(&scope, id).await);
        let mut mine = world.leases(ONE).await.unwrap();
        let mut first = batch("same", 20);
        for (name, email) in [("Grace", "grace@mail.example"), ("ADA", "ada@corrected.example")] {
            let mut another = lead("same", name, 1);
            (another.email, another.phone) = (email.to_owned(), String::new());
            first.leads.push((another, LeadStatus::New));
        }
        assert!(world.steps(&mut mine, ONE, &first).await);
        let progress = mine.summary.progress;
        assert_eq!((progress.added, progress.known, progress.rejected), (1, 1, 2));
        let stored = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap();
        assert_eq!(stored.summary.progress.rejected, 2);
        let rejects = lead_imports::rejects(&mut world.reader().await, &scope, id, None, 9).await.unwrap();
        assert_eq!(rejects[0], rejected(6, 5, "somebody else"));
    }

    async fn what_columns_are_is_remembered_for_the_partner_alone(world: World) {
        let scope = world.admin_scope().await;
        let (globex, member) = world.second_account().await;
        let theirs = world.admin_of(globex, AdminRole::Owner).await.require(AdminPermission::ImportLeads).unwrap();
        let (partner, columns) = (world.northwind.partner, vec![("wer".to_owned(), "name".to_owned())]);
        world.write(async |tx| lead_imports::keep_mapping(tx, &theirs, partner, &columns).await).await;
        assert!(lead_imports::mapping(&mut world.reader().await, &scope, partner).await.unwrap().is_empty());
        for columns in [vec![], columns.clone()] {
            world.write(async |tx| lead_imports::keep_mapping(tx, &scope, partner, &columns).await).await;
        }
        assert_eq!(lead_imports::mapping(&mut world.reader().await, &scope, partner).await.unwrap(), columns);
        assert!(lead_imports::mapping(&mut world.reader().await, &theirs, partner).await.unwrap().is_empty());
        assert!(lead_imports::mapping(&mut world.reader().await, &scope, member.partner).await.unwrap().is_empty());
    }

    async fn a_window_is_longer_than_any_row(world: World) {
        let scope = world.admin_scope().await;
        let (one, two, three) = (vec![b'1'; PIECE], vec![b'2'; PIECE], vec![b'3'; 7]);
        let id = world.uploads(&scope, &[&one, &two, &three]).await;
        let import = lead_imports::get(&mut world.reader().await, &scope, id).await.unwrap().unwrap();
        let length = |offset: usize| {
            let (world, import) = (&world, &import);
            async move { lead_imports::window(&mut world.reader().await, import, offset as u64).await.unwrap().len() }
        };
        assert_eq!((length(0).await, length(5).await, length(PIECE - 1).await), (2 * PIECE, 2 * PIECE - 5, PIECE + 1));
        assert_eq!((length(PIECE).await, length(2 * PIECE + 3).await, length(2 * PIECE + 7).await), (PIECE + 7, 4, 0));
    }

    async fn what_nobody_needs_is_forgotten(world: World) {
        let scope = world.admin_scope().await;
        let (waiting, stopped, done) = (
            world.uploads(&scope, &[b"x"]).await,
            world.uploads(&scope, &[&[b'x'; 40]]).await,
            world.uploads(&scope, &[&[b'x'; 40]]).await,
        );
        assert!(world.starts(&scope, done).await);
        let mut mine = world.leases(ONE).await.unwrap();
        assert!(world.steps(&mut mine, ONE, &batch("a", 40)).await);
        assert!(world.ends(&mine, ONE, None).await);
        assert!(world.starts(&scope, stopped).await && world.cancels(&scope, stopped).await);
        world.write(lead_imports::forget).await;
        assert_eq!(lead_imports::list(&mut world.reader().await, &scope, 9).await.unwrap().len(), 3, "nothing is old");
        world.clock.advance(TimeDelta::days(1));
        world.write(lead_imports::forget).await;
        assert!(lead_imports::get(&mut world.reader().await, &scope, waiting).await.unwrap().is_none(), "it was never started");
        assert!(lead_imports::get(&mut world.reader().await, &scope, stopped).await.unwrap().unwrap().summary.can_resume());
        world.clock.advance(TimeDelta::days(6));
        world.write(lead_imports::forget).await;
        assert!(!lead_imports::get(&mut world.reader().await, &scope, stopped).await.unwrap().unwrap().summary.can_resume());
        assert_eq!(lead_imports::rejects(&mut world.reader().await, &scope, done, None, 9).await.unwrap().len(), 1);
        world.clock.advance(TimeDelta::days(23));
        world.write(lead_imports::forget).await;
        assert!(lead_imports::rejects(&mut world.reader().await, &scope, done, None, 9).await.unwrap().is_empty());
        assert_eq!(lead_imports::list(&mut world.reader().await, &scope, 9).await.unwrap().len(), 2, "the history stays");
    }
}
