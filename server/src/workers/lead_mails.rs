//! Mails about leads: each as it comes, or those of a day together. They are put into the outbox here; the mailer sends them.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use domain::{delivery::Channel, ids::PartnerId};
use services::{
    Portal, ServiceError,
    mail::{LeadDigest, Mail, MailQueue, NewLead},
};
use store::{
    Db, Tx,
    delivery::mails::{self, MailRound, MailedLead},
};
use tokio::sync::watch;

/// How often the queue is looked into.
const EVERY: Duration = Duration::from_secs(1);

/// Writes mails about leads until told to stop.
pub async fn work(db: Db, portal: Arc<Portal>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = round(&db, &portal.public_url).await {
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
pub async fn round(db: &Db, public_url: &str) -> Result<usize, ServiceError> {
    let mut written = 0;
    for channel in [Channel::Email, Channel::Digest] {
        let due = mails::due_partners(&mut db.reader().await?, channel).await?;
        for partner in due {
            written += write_to(db, partner, channel, public_url).await?;
        }
    }
    Ok(written)
}

async fn write_to(db: &Db, partner: PartnerId, channel: Channel, public_url: &str) -> Result<usize, ServiceError> {
    let mut written = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let Some(round) = mails::take(&mut tx, partner, channel).await? else { return Ok(written) };
        let mails = MailQueue::of(&mut tx, round.account_id).await?;
        let (name, zone) = (&*round.partner_name, round.zone);
        match channel {
            Channel::Digest => {
                for (day, leads) in days(&round) {
                    let digest = LeadDigest { name, day, leads, zone, public_url };
                    written += send(&mut tx, &mails, &round, &digest).await?;
                }
            }
            Channel::Email | Channel::Webhook => {
                for lead in &round.leads {
                    written += send(&mut tx, &mails, &round, &NewLead { name, lead, zone, public_url }).await?;
                }
            }
        }
        tx.commit().await?;
    }
}

/// Queues one mail for each of the partner's recipients.
async fn send(tx: &mut Tx, mails: &MailQueue, round: &MailRound, mail: &impl Mail) -> Result<usize, ServiceError> {
    for to in &round.recipients {
        mails.send(tx, to.as_str(), mail).await?;
    }
    Ok(round.recipients.len())
}

/// The leads day by day, should the portal have been down at the time of an earlier digest.
fn days(round: &MailRound) -> Vec<(NaiveDate, &[MailedLead])> {
    let day = |lead: &MailedLead| round.zone.day(lead.created_at);
    let days = round.leads.chunk_by(|one, two| day(one) == day(two));
    days.filter_map(|leads| leads.first().map(|first| (day(first), leads))).collect()
}
