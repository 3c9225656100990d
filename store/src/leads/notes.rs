//! Notes: what the partner's users write for themselves, and what partner and account write to each other about one lead.

use chrono::{DateTime, Utc};
use domain::{
    ids::LeadId,
    leads::{Note, NoteAuthor},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{insert, sql},
};

#[derive(FromRow)]
struct Row {
    author: String,
    shared: bool,
    content: String,
    user_name: String,
    occurred_at: DateTime<Utc>,
}

/// The notes on a lead that one side reads, oldest first: its own, and what the other side shares.
pub async fn notes(
    read: &mut Reader,
    scope: &PartnerScope,
    lead: LeadId,
    side: NoteAuthor,
) -> Result<Vec<Note>, StoreError> {
    let rows = sql("SELECT author, shared, content, user_name, occurred_at FROM lead_notes
        WHERE account_id = $1 AND partner_id = $2 AND lead_id = $3 AND (author = $4 OR shared) ORDER BY occurred_at, id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(lead)
    .bind(side.as_str())
    .all::<Row>(read.conn())
    .await?;
    let note = |row: Row| {
        Ok(Note {
            author: parse_stored(&row.author)?,
            shared: row.shared,
            text: row.content,
            by: row.user_name,
            at: scope.session().zone().local(row.occurred_at),
        })
    };
    rows.into_iter().map(note).collect()
}

/// Writes a note of one side on one of the partner's leads, which the caller has to have found. Answers its id.
pub async fn add_note(
    tx: &mut Tx,
    scope: &PartnerScope,
    lead: LeadId,
    (side, shared): (NoteAuthor, bool),
    text: &str,
) -> Result<Uuid, StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("lead_id", lead.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", scope.partner_id().into()),
        ("author", side.as_str().into()),
        ("shared", shared.into()),
        ("content", text.into()),
        ("user_id", scope.session().user_id().into()),
        ("user_name", scope.session().user_name().into()),
        ("occurred_at", now.into()),
    ];
    insert("lead_notes", row).execute(tx.conn()).await?;
    Ok(id)
}
