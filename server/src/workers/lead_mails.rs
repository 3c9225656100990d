//! Mails about leads: each as it comes, or those of a day together. They are put into the outbox here; the mailer sends them.

use std::{fmt::Write, sync::Arc, time::Duration};

use domain::{delivery::Channel, ids::PartnerId};
use services::{Portal, letter::Letter};
use store::{
    Db, StoreError,
    delivery::mails::{self, MailRound, MailedLead},
    outbox,
};
use tokio::sync::watch;

/// How often the queue is looked into.
const EVERY: Duration = Duration::from_secs(1);
/// How many leads a digest names one by one.
const NAMED: usize = 200;

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
pub async fn round(db: &Db, public_url: &str) -> Result<usize, StoreError> {
    let mut written = 0;
    for channel in [Channel::Email, Channel::Digest] {
        let due = mails::due_partners(&mut db.reader().await?, channel).await?;
        for partner in due {
            written += write_to(db, partner, channel, public_url).await?;
        }
    }
    Ok(written)
}

async fn write_to(db: &Db, partner: PartnerId, channel: Channel, public_url: &str) -> Result<usize, StoreError> {
    let mut written = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let Some(round) = mails::take(&mut tx, partner, channel).await? else { return Ok(written) };
        let letters: Vec<Letter> = match channel {
            Channel::Digest => days(&round).into_iter().map(|leads| digest(&round, leads, public_url)).collect(),
            Channel::Email | Channel::Webhook => {
                round.leads.iter().map(|lead| single(&round, lead, public_url)).collect()
            }
        };
        for letter in &letters {
            for to in &round.recipients {
                outbox::enqueue(&mut tx, round.account_id, &letter.to(to.clone())).await?;
                written += 1;
            }
        }
        tx.commit().await?;
    }
}

/// The leads day by day, should the portal have been down at the time of an earlier digest.
fn days(round: &MailRound) -> Vec<&[MailedLead]> {
    round.leads.chunk_by(|one, two| round.zone.day(one.created_at) == round.zone.day(two.created_at)).collect()
}

fn single(round: &MailRound, lead: &MailedLead, public_url: &str) -> Letter {
    Letter {
        subject: format!("New lead: {}", who(lead)),
        name: round.partner_name.clone(),
        paragraphs: vec![format!("{} has delivered a lead to you.", round.account_name), describe(round, lead)],
        link: Some(("Open the lead".to_owned(), format!("{public_url}/partner/leads/{}", lead.lead_id))),
        after: vec!["You can choose in the portal's delivery settings how you are mailed.".to_owned()],
        sender: round.account_name.clone(),
    }
}

fn digest(round: &MailRound, leads: &[MailedLead], public_url: &str) -> Letter {
    let day = leads.first().map(|lead| round.zone.day(lead.created_at)).unwrap_or_default();
    let noun = if leads.len() == 1 { "lead" } else { "leads" };
    let mut paragraphs = vec![format!("on {day} {} has delivered {} {noun} to you.", round.account_name, leads.len())];
    paragraphs.extend(leads.iter().take(NAMED).map(|lead| describe(round, lead)));
    if leads.len() > NAMED {
        paragraphs.push(format!("And {} more.", leads.len() - NAMED));
    }
    Letter {
        subject: format!("{} new {noun} on {day}", leads.len()),
        name: round.partner_name.clone(),
        paragraphs,
        link: Some(("Open the leads".to_owned(), format!("{public_url}/partner/leads"))),
        after: vec!["You can choose in the portal's delivery settings how you are mailed.".to_owned()],
        sender: round.account_name.clone(),
    }
}

fn who(lead: &MailedLead) -> &str {
    [&lead.name, &lead.email, &lead.phone].into_iter().find(|text| !text.is_empty()).map_or("", |text| text)
}

fn describe(round: &MailRound, lead: &MailedLead) -> String {
    let mut text = lead.name.clone();
    for part in [&lead.email, &lead.phone, &lead.campaign] {
        if !part.is_empty() {
            let separator = if text.is_empty() { "" } else { ", " };
            // Writing to a text cannot fail.
            let _ = write!(text, "{separator}{part}");
        }
    }
    let at = round.zone.local(lead.delivered_at);
    format!("{text} ({})", at.exact())
}
