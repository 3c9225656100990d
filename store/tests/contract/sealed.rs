//! Sealed values are found where they are, and changed by nobody but whoever read them last.

use std::collections::BTreeSet;

use sqlx::Connection;
use store::{
    kept_forms::{self, KeptForm},
    one_time_secrets,
    sealed::{self, SealedColumn, SealedFor, SealedValue},
};

use crate::world::World;

/// Columns of bytes that hold nothing sealed: hashes, files, pictures.
const NOT_SEALED: &[(&str, &str)] = &[
    ("account_logos", "content"),
    ("account_logos", "hash"),
    ("accounts", "logo"),
    ("admin_invitations", "token_hash"),
    ("api_answers", "request_hash"),
    ("api_keys", "key_hash"),
    ("audit_chains", "last_hash"),
    ("audit_chains", "purged_hash"),
    ("audit_chains", "seal"),
    ("audit_events", "hash"),
    ("former_audit_keys", "key_id"),
    ("invitations", "token_hash"),
    ("invoices", "logo"),
    ("kept_forms", "token_hash"),
    ("lead_files", "content"),
    ("lead_import_pieces", "content"),
    ("lead_import_rejects", "raw"),
    ("login_throttles", "bucket"),
    ("one_time_secrets", "session_hash"),
    ("outbox", "attachment"),
    ("partner_imports", "content"),
    ("passkeys", "credential_id"),
    ("pending_passkeys", "session_hash"),
    ("pending_totp", "session_hash"),
    ("recovery_codes", "code_hash"),
    ("report_mail_links", "token_hash"),
    ("session_end_links", "token_hash"),
    ("sessions", "id_hash"),
    ("setup_links", "token_hash"),
    ("used_challenges", "challenge_hash"),
    ("user_tokens", "token_hash"),
];

/// A column that is neither here nor there is one whose values a change of the key would forget.
#[tokio::test]
async fn every_column_of_bytes_is_sealed_or_known_not_to_be() {
    let world = World::on_postgres().await;
    let mut conn = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' AND data_type = 'bytea'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let found: BTreeSet<_> = found.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
    let sealed = SealedColumn::ALL.map(SealedColumn::place);
    let known: BTreeSet<_> = sealed.into_iter().chain(NOT_SEALED.iter().copied()).collect();
    assert_eq!(known.len(), sealed.len() + NOT_SEALED.len(), "none is both");
    let unknown: Vec<_> = found.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "say in store/src/sealed.rs that they are sealed, or above that they are not: {unknown:?}"
    );
    assert_eq!(known.difference(&found).count(), 0, "gone: {:?}", known.difference(&found));
}

impl World {
    async fn keep(&self, token: &[u8], content: &[u8]) {
        let form = KeptForm::new(None, "/partner/profile", "/fn/save", content.to_vec());
        self.write(async |tx| kept_forms::keep(tx, token, form).await).await;
    }

    async fn kept(&self, token: &[u8]) -> Vec<u8> {
        kept_forms::find(&mut self.reader().await, token).await.unwrap().unwrap().content
    }

    async fn old_ones(&self, column: SealedColumn, after: Option<&SealedValue>, most: i64) -> Vec<SealedValue> {
        sealed::not_sealed_by(&mut self.reader().await, column, b"new", after, most).await.unwrap()
    }
}

on_both_engines! {
    async fn values_are_found_page_by_page_wherever_they_are(world: World) {
        for number in 0..5_u8 {
            world.keep(&[number], &[b"old ", &[number][..]].concat()).await;
        }
        world.keep(b"new", b"new one").await;
        world.keep(b"short", b"ne").await;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = world.old_ones(SealedColumn::KeptForm, after.as_ref(), 2).await;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            found.extend(page);
        }
        let found: Vec<_> = found.into_iter().map(|value| value.sealed).collect();
        let expected: Vec<_> = (0..5).map(|number| [b"old ", &[number][..]].concat()).chain([b"ne".to_vec()]).collect();
        assert_eq!(found, expected);

        world.write(async |tx| one_time_secrets::keep(tx, b"session", "api_key", b"old").await).await;
        let waiting = world.old_ones(SealedColumn::OneTimeSecret, None, 10).await;
        assert_eq!(waiting[0].sealed_for, SealedFor::Session { hash: b"session".to_vec(), purpose: "api_key".into() });
        for column in SealedColumn::ALL {
            let count = sealed::count_not_sealed_by(&mut world.reader().await, column, b"new").await.unwrap();
            assert_eq!(usize::try_from(count).unwrap(), world.old_ones(column, None, 100).await.len(), "{column:?}");
        }
    }

    async fn a_value_that_was_changed_meanwhile_stays(world: World) {
        world.keep(b"a", b"old").await;
        world.keep(b"b", b"old").await;
        let found = world.old_ones(SealedColumn::KeptForm, None, 10).await;
        assert!(world.write(async |tx| sealed::replace(tx, &found[0], b"new").await).await);
        assert_eq!((world.kept(b"a").await, world.kept(b"b").await), (b"new".to_vec(), b"old".to_vec()), "one, and no other");
        assert!(!world.write(async |tx| sealed::replace(tx, &found[0], b"newer").await).await, "it is another one by now");
        assert_eq!(world.kept(b"a").await, b"new");
        world.write(async |tx| kept_forms::forget(tx, b"b").await).await;
        assert!(!world.write(async |tx| sealed::replace(tx, &found[1], b"new").await).await, "it is gone");
    }
}
