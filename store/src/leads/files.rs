//! Files that either side attaches to a lead.

use chrono::{DateTime, Utc};
use domain::{
    files::{FileKind, LeadFile},
    ids::{FileId, LeadId},
    leads::NoteAuthor,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::whose::of_partner;
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{insert, sql},
};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    author: String,
    name: String,
    kind: String,
    size: i64,
    user_name: String,
    occurred_at: DateTime<Utc>,
}

/// The columns of a [`Row`].
const FILE: &str = "id, author, name, kind, size, user_name, occurred_at";

impl Row {
    fn file(self, scope: &PartnerScope) -> Result<LeadFile, StoreError> {
        Ok(LeadFile {
            id: FileId(self.id),
            author: parse_stored(&self.author)?,
            name: self.name,
            kind: parse_stored(&self.kind)?,
            size: u64::try_from(self.size).unwrap_or(0),
            by: (self.user_name, scope.session().zone().local(self.occurred_at)),
        })
    }
}

/// The files that are attached to one of the partner's leads, oldest first.
pub async fn files(read: &mut Reader, scope: &PartnerScope, lead: LeadId) -> Result<Vec<LeadFile>, StoreError> {
    let rows = of_partner(sql("SELECT ").push(FILE).push(" FROM lead_files"), scope)
        .push(" AND lead_id = ")
        .arg(lead)
        .push(" ORDER BY occurred_at, id")
        .all::<Row>(read.conn())
        .await?;
    rows.into_iter().map(|row| row.file(scope)).collect()
}

/// One of them; nothing for any other id.
pub async fn file(
    read: &mut Reader,
    scope: &PartnerScope,
    lead: LeadId,
    id: FileId,
) -> Result<Option<LeadFile>, StoreError> {
    Ok(files(read, scope, lead).await?.into_iter().find(|file| file.id == id))
}

/// What is in a file that is attached to one of the partner's leads.
pub async fn file_content(
    read: &mut Reader,
    scope: &PartnerScope,
    lead: LeadId,
    id: FileId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let content = of_partner(sql("SELECT content FROM lead_files"), scope)
        .push(" AND lead_id = ")
        .arg(lead)
        .push(" AND id = ")
        .arg(id)
        .optional::<(Vec<u8>,)>(read.conn())
        .await?;
    Ok(content.map(|(content,)| content))
}

/// How many of these leads have a file that the partner has attached.
pub async fn with_evidence(read: &mut Reader, scope: &PartnerScope, leads: &[LeadId]) -> Result<usize, StoreError> {
    let mut found = 0;
    let together = read.dialect().rows_per_statement(1) / 2;
    for leads in leads.chunks(together) {
        let count = of_partner(sql("SELECT COUNT(DISTINCT lead_id) FROM lead_files"), scope)
            .push(" AND author = 'partner' AND lead_id IN ")
            .list(leads.iter().copied());
        found += usize::try_from(count.number(read.conn()).await?).unwrap_or(0);
    }
    Ok(found)
}

/// Attaches a file of one side to one of the partner's leads, which the caller has to have found.
pub async fn add_file(
    tx: &mut Tx,
    scope: &PartnerScope,
    lead: LeadId,
    side: NoteAuthor,
    (name, kind, content): (&str, FileKind, Vec<u8>),
) -> Result<FileId, StoreError> {
    let (id, now) = (FileId(tx.new_id()?), tx.now());
    let row = [
        ("id", id.into()),
        ("lead_id", lead.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", scope.partner_id().into()),
        ("author", side.as_str().into()),
        ("name", name.into()),
        ("kind", kind.as_str().into()),
        ("size", i64::try_from(content.len()).unwrap_or(i64::MAX).into()),
        ("user_id", scope.session().user_id().into()),
        ("user_name", scope.session().user_name().into()),
        ("occurred_at", now.into()),
        ("content", content.into()),
    ];
    insert("lead_files", row).execute(tx.conn()).await?;
    Ok(id)
}
