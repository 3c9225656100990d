//! Accounts that are made to try the portal with.

use domain::{delivery::Channel, ids::AccountId, leads::LeadStatus};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Db, Options, StoreError, accounts, delivery::mails, leads, outbox, report_mails, synthetic};

use crate::{
    wall_rows::Filled,
    world::{World, as_owner, as_superuser, lead},
};

async fn count(conn: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"))).fetch_one(conn).await.unwrap()
}

/// Every table holds rows of an account that goes and of one that stays.
#[tokio::test]
async fn a_synthetic_account_is_removed_from_every_table() {
    let world = World::on_postgres().await;
    let superuser = as_superuser(&world.url);
    let filled =
        Filled::new(&superuser, &["login_throttles", "used_challenges", "setup_links", "former_audit_keys"]).await;
    let [ours, ..] = &filled.owners;
    let account = AccountId(ours.account);
    let open = async |migration_url: Option<String>| {
        let options = Options { migration_url, ..Options::new(&*world.url, 2) };
        Db::open(&options, world.clock.clone(), std::sync::Arc::new(domain::clock::OsEntropy)).await.unwrap()
    };
    let (server, owner) = (open(None).await, open(Some(as_owner(&world.url))).await);
    let mut conn = PgConnection::connect(&superuser).await.unwrap();
    let before = filled.tables.iter().map(|table| table.rows.len()).sum::<usize>();
    synthetic::remove(&owner, account).await.unwrap();
    for table in &filled.tables {
        assert_eq!(count(&mut conn, &table.name).await, table.rows.len() as i64, "not synthetic: {} stays", table.name);
    }
    let mut tx = server.begin_write().await.unwrap();
    synthetic::mark(&mut tx, account).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!synthetic::is_removable(&server).await.unwrap() && synthetic::is_removable(&owner).await.unwrap());
    assert!(matches!(synthetic::remove(&server, account).await, Err(StoreError::Database(_))), "it may not");
    synthetic::remove(&owner, account).await.unwrap();
    let mut left = 0;
    for table in &filled.tables {
        let stays = table.rows.iter().filter(|(_, of)| ["stranger", "strange_staff"].contains(of)).count();
        assert_eq!(count(&mut conn, &table.name).await, stays as i64, "{}", table.name);
        left += stays;
    }
    assert!(left > 50 && before > 2 * left, "{before} rows were there, {left} stay");
}

on_both_engines! {
    /// Whoever works for all accounts passes over it, and no login has to ask which account is meant.
    async fn nothing_is_sent_for_a_synthetic_account_and_nobody_meets_it(world: World) {
        let (other, partner) = world.second_account().await;
        let mail = |to: &str| outbox::NewMail {
            to: domain::email::Email::parse(to).unwrap(),
            subject: "s".into(),
            text: "t".into(),
            html: "h".into(),
            recurring: None,
            paced: None,
        };
        let mut tx = world.db.begin_write().await.unwrap();
        outbox::enqueue(&mut tx, other, &mail("ida@globex.example")).await.unwrap();
        outbox::enqueue(&mut tx, world.account, &mail("ada@acme.example")).await.unwrap();
        let leads = [(lead("c", "Cid", 1), LeadStatus::New)];
        leads::insert_unscoped(&mut tx, other, partner.partner, &leads, leads::Push::Out).await.unwrap();
        tx.commit().await.unwrap();
        assert!(accounts::find(&mut world.reader().await, None).await.unwrap().is_none(), "there are two");
        assert_eq!(accounts::shared_slug(&mut world.reader().await, world.account).await.unwrap().as_deref(), Some("acme"));
        let mut tx = world.db.begin_write().await.unwrap();
        synthetic::mark(&mut tx, other).await.unwrap();
        tx.commit().await.unwrap();
        let read = &mut world.reader().await;
        assert_eq!(accounts::find(read, None).await.unwrap().map(|account| account.id), Some(world.account));
        assert_eq!(accounts::find(read, Some("globex")).await.unwrap().map(|account| account.id), Some(other));
        assert_eq!((accounts::count(read).await.unwrap(), accounts::retentions(read).await.unwrap().len()), (1, 1));
        assert_eq!(accounts::shared_slug(read, world.account).await.unwrap(), None);
        assert_eq!(accounts::shared_slug(read, other).await.unwrap().as_deref(), Some("globex"), "its links name it");
        assert_eq!(synthetic::all(read).await.unwrap().iter().map(|(id, _)| *id).collect::<Vec<_>>(), [other]);
        assert_eq!(synthetic::mails(read, other).await.unwrap()[0].recipient, "ida@globex.example");
        assert!(synthetic::mails(read, world.account).await.unwrap().is_empty(), "nobody reads others' mails so");
        assert!(synthetic::things(read, other).await.unwrap().iter().any(|thing| thing.kind == "lead"));
        for channel in [Channel::Email, Channel::Digest] {
            assert!(mails::due_partners(read, channel).await.unwrap().is_empty());
        }
        assert!(report_mails::due_unscoped(read, None, 10).await.unwrap().is_empty());
        let mut tx = world.db.begin_write().await.unwrap();
        let taken = outbox::take(&mut tx, chrono::TimeDelta::minutes(1), 10).await.unwrap();
        assert_eq!(taken.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), ["ada@acme.example"]);
    }
}
