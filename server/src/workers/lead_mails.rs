//! Mails about leads: each as it comes, many that come at once together, or those of a day together. They are put into the outbox here; the mailer sends them.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use domain::{delivery::Channel, ids::PartnerId};
use services::{
    Portal, ServiceError,
    links::AccountUrl,
    mail::{LeadDigest, Mail, MailQueue, NewLead},
};
use store::{
    Db, Tx,
    delivery::mails::{self, DueMails, MailedLead},
};
use tokio::sync::watch;

/// How often the queue is looked into.
const EVERY: Duration = Duration::from_secs(1);

/// The most leads that come at once and still have a mail each: a file of leads fills no mailbox.
const APART: usize = 10;

/// Writes mails about leads until told to stop.
pub async fn work(db: Db, portal: Arc<Portal>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = run_once(&db, &portal.public_url).await {
            tracing::warn!(cause = %error, "mails about leads could not be written; it will be tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Writes every mail that is due now. Says how many.
///
/// # Errors
/// When the database does not answer; what was not written stays queued.
pub async fn run_once(db: &Db, public_url: &str) -> Result<usize, ServiceError> {
    let mut written = 0;
    for channel in [Channel::Email, Channel::Digest] {
        let due = mails::due_partners(&mut db.reader().await?, channel).await?;
        for partner in due {
            written += write_to(db, partner, channel, public_url).await?;
        }
    }
    Ok(written)
}

/// Writes what is due for one partner by one channel. Says how many mails.
///
/// # Errors
/// As [`run_once`].
pub(crate) async fn write_to(
    db: &Db,
    partner: PartnerId,
    channel: Channel,
    public_url: &str,
) -> Result<usize, ServiceError> {
    let mut written = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let Some(due) = mails::take(&mut tx, partner, channel).await? else { return Ok(written) };
        let mails = MailQueue::of_partner(&mut tx, due.account_id, partner).await?;
        let urls = &AccountUrl::of(&mut tx, public_url, due.account_id).await?;
        let (name, zone) = (&*due.partner_name, due.zone);
        if channel == Channel::Digest || due.leads.len() > APART {
            for (day, leads) in days(&due) {
                let digest = LeadDigest { name, day, leads, zone, urls };
                written += send(&mut tx, &mails, &due, &digest).await?;
            }
        } else {
            for lead in &due.leads {
                written += send(&mut tx, &mails, &due, &NewLead { name, lead, zone, urls }).await?;
            }
        }
        tx.commit().await?;
    }
}

/// Queues one mail for each of the partner's recipients.
async fn send(tx: &mut Tx, mails: &MailQueue, due: &DueMails, mail: &impl Mail) -> Result<usize, ServiceError> {
    for to in &due.recipients {
        mails.send(tx, to.as_str(), mail).await?;
    }
    Ok(due.recipients.len())
}

/// The leads day by day, should the portal have been down at the time of an earlier digest.
fn days(due: &DueMails) -> Vec<(NaiveDate, &[MailedLead])> {
    let day = |lead: &MailedLead| due.zone.day(lead.created_at);
    let days = due.leads.chunk_by(|one, two| day(one) == day(two));
    days.filter_map(|leads| leads.first().map(|first| (day(first), leads))).collect()
}
