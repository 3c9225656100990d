//! Mails: written in the transaction that causes them, taken out by a worker. Several workers never take the same one.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    email::Email,
    ids::{AccountId, PartnerId},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
};

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// To whom.
    pub to: Email,
    /// Its subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// What goes with it, if it is one that comes again and again.
    pub recurring: Option<Recurring>,
    /// The partner that has caused it, and how many hours later it goes out; nothing for one that goes out at once.
    pub paced: Option<(PartnerId, i64)>,
}

/// What goes with a mail that comes again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurring {
    /// Where it is stopped by one click (RFC 8058).
    pub unsubscribe: String,
    /// A workbook that travels with it: the name of its file, and what is in it.
    pub workbook: Option<(String, Vec<u8>)>,
}

/// A mail a worker has taken.
#[derive(Clone, FromRow)]
pub struct TakenMail {
    /// Its id, which also makes its `Message-ID`.
    pub id: Uuid,
    /// The account's name, for the sender.
    pub account_name: String,
    /// To whom.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// The text.
    pub text_body: String,
    /// The same as HTML.
    pub html_body: String,
    /// The account's logo, a PNG, when the HTML shows it as `cid:logo`; none any more, when it was removed since.
    pub logo: Option<Vec<u8>>,
    /// Where it is stopped by one click (RFC 8058); empty where it is not one that comes again and again.
    pub unsubscribe: String,
    /// The name of the workbook that travels with it.
    pub attachment_name: String,
    /// The workbook.
    pub attachment: Option<Vec<u8>>,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// Its texts may hold a link that gives access: they are never printed.
impl std::fmt::Debug for TakenMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakenMail").field("id", &self.id).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// Puts a mail into the outbox, due at once or as it is paced.
///
/// # Errors
/// When the database does not answer; what the mail is about must not happen then.
pub async fn enqueue(tx: &mut Tx, account: AccountId, mail: &NewMail) -> Result<(), StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let turn = mail.paced.map(|(_, hours)| now + TimeDelta::hours(hours));
    let workbook = mail.recurring.as_ref().and_then(|recurring| recurring.workbook.as_ref());
    let row = [
        ("id", id.into()),
        ("account_id", account.into()),
        ("recipient", mail.to.as_str().into()),
        ("subject", mail.subject.as_str().into()),
        ("text_body", mail.text.as_str().into()),
        ("html_body", mail.html.as_str().into()),
        ("created_at", now.into()),
        ("attempts", 0_i64.into()),
        ("next_attempt_at", turn.unwrap_or(now).into()),
        ("paced_for", mail.paced.map(|(partner, _)| partner).into()),
        ("turn_at", turn.into()),
        ("last_error", "".into()),
        ("unsubscribe", mail.recurring.as_ref().map_or("", |recurring| recurring.unsubscribe.as_str()).into()),
        ("attachment_name", workbook.map_or("", |(name, _)| name.as_str()).into()),
        ("attachment", workbook.map(|(_, content)| content.as_slice()).into()),
    ];
    insert("outbox", row).execute(tx.conn()).await?;
    Ok(())
}

/// How many of the mails that a partner has caused had their turn within the last hour or still wait for it. **Bypass:** mails are the
/// account's to see; it says no more than their number.
pub async fn paced(read: &mut Reader, partner: PartnerId) -> Result<i64, StoreError> {
    let since = read.now() - TimeDelta::hours(1);
    let count = sql("SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE paced_for = $1 AND turn_at > $2");
    let found = read.beyond_wall::<(i64,)>(count.bind(partner).bind(since)).await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Takes mails that are due. Whoever takes one has `lease` to send it; after that somebody else may try.
pub async fn take(tx: &mut Tx, lease: TimeDelta, most: i64) -> Result<Vec<TakenMail>, StoreError> {
    let now = tx.now();
    // The condition stands twice: two workers may choose the same rows, and the second one then finds them changed.
    // What people typed cannot look like the frame's picture: quotes are escaped in it.
    let taken = sql("UPDATE outbox SET attempts = attempts + 1, next_attempt_at = $1
        WHERE next_attempt_at <= $2
            AND id IN (SELECT id FROM outbox WHERE next_attempt_at <= $2
                AND account_id NOT IN (SELECT id FROM accounts WHERE is_synthetic) ORDER BY next_attempt_at, id LIMIT $3)
        RETURNING id, (SELECT name FROM accounts WHERE accounts.id = outbox.account_id) AS account_name, recipient, subject,
            text_body, html_body, attempts, unsubscribe, attachment_name, attachment,
            CASE WHEN html_body LIKE '%\"cid:logo\"%' THEN (SELECT l.content FROM account_logos l
                JOIN accounts a ON a.id = l.account_id AND a.logo = l.hash WHERE a.id = outbox.account_id) END AS logo")
    .bind(now + lease)
    .bind(now)
    .bind(most)
    .all::<TakenMail>(tx.conn())
    .await?;
    Ok(taken)
}

/// Notes that a mail was sent, and forgets its texts.
pub async fn note_sent(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    let now = tx.now();
    sql("UPDATE outbox SET sent_at = $1, next_attempt_at = NULL, text_body = '', html_body = '', last_error = '',
            unsubscribe = '', attachment = NULL WHERE id = $2")
    .bind(now)
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a mail could not be sent, and when to try again; never, when `next` is none, and its texts are forgotten.
pub async fn note_failed(tx: &mut Tx, id: Uuid, error: &str, next: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    let error: String = error.chars().filter(|c| *c != '\0').take(500).collect();
    sql("UPDATE outbox SET next_attempt_at = $1, last_error = $2,
            text_body = CASE WHEN $1 IS NULL THEN '' ELSE text_body END,
            html_body = CASE WHEN $1 IS NULL THEN '' ELSE html_body END,
            unsubscribe = CASE WHEN $1 IS NULL THEN '' ELSE unsubscribe END,
            attachment = CASE WHEN $1 IS NULL THEN NULL ELSE attachment END
        WHERE id = $3")
    .bind(next)
    .bind(error)
    .bind(id)
    .execute(tx.conn())
    .await?;
    Ok(())
}
