//! The head of the audit log, mailed to an account's owners every day, if they wish: whoever cuts off the end of the log cannot cut it
//! out of their mailboxes.

use store::{
    Tx, admins,
    audit::{self, HeadMails},
};

use crate::{
    ServiceError,
    mail::{AuditHead, MailQueue},
};

/// Queues the mails of an account, unless its owners got them today already: the days are the account's. Says whether it did.
pub async fn mail(tx: &mut Tx, wanted: &HeadMails) -> Result<bool, ServiceError> {
    let now = tx.now();
    if wanted.mailed_at.is_some_and(|before| wanted.zone.day(before) >= wanted.zone.day(now)) {
        return Ok(false);
    }
    let Some(head) = audit::head(tx, wanted.account).await? else { return Ok(false) };
    if !audit::note_head_mailed(tx, wanted).await? {
        return Ok(false);
    }
    let mails = MailQueue::of(tx, wanted.account).await?;
    let (head, at) = (head.to_string(), wanted.zone.local(now).exact());
    for (name, address) in admins::owners_to_tell(tx, wanted.account).await? {
        mails.send(tx, &address, &AuditHead { name: &name, account: &wanted.slug, head: &head, at: &at }).await?;
    }
    Ok(true)
}
