//! Events about leads, pushed to the accounts' own webhooks: one after the other, in the order in which they became true, each until it has
//! arrived.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::Entropy,
    delivery::{
        OffReason,
        schedule::{FAILING_FOR, Outcome, Verdict, judge},
    },
    ids::{AccountId, DeliveryId},
};
use services::{Object, Portal, ServiceError, lead_events::open_secret, record_system};
use store::{
    Db,
    lead_events::{self, DueWebhook, FailedEvents, LeadEvent, SentEvents},
};
use tokio::sync::watch;

use super::{serve_each, webhooks::message};
use crate::{api::EventView, egress::Egress};

/// How often it is looked whether there is something to be sent.
const EVERY: Duration = Duration::from_secs(1);
/// How many events are read at once.
const BATCH: i64 = 20;
/// How many accounts one process serves at once.
const ACCOUNTS: usize = 64;
/// For how long a process has a webhook for itself: longer than an event can take. It is renewed with each.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// When an event is tried again that could not be read.
const UNREADABLE: TimeDelta = TimeDelta::minutes(1);

/// Pushes events to accounts.
#[derive(Clone)]
pub struct AccountWebhooks {
    db: Db,
    portal: Arc<Portal>,
    egress: Egress,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for AccountWebhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountWebhooks").finish_non_exhaustive()
    }
}

impl AccountWebhooks {
    /// One of this process.
    #[must_use]
    pub fn new(db: Db, portal: Arc<Portal>, egress: Egress, entropy: Arc<dyn Entropy>) -> Self {
        Self { db, portal, egress, entropy }
    }

    /// Works until told to stop; what is being sent then is sent to its end and noted. Each account is served by a task of its own, so
    /// that a receiver that is slow holds up nobody else's events.
    pub async fn work(self, stop: watch::Receiver<bool>) {
        let worker = &self;
        let serve = |account| {
            let (worker, stop) = (self.clone(), stop.clone());
            async move { worker.serve(account, &stop).await }
        };
        serve_each(EVERY, ACCOUNTS, stop.clone(), |_| worker.due(), serve).await;
    }

    /// Sends what is due now to every account, each beside the others. Says how many events have arrived.
    pub async fn run_once(&self) -> usize {
        let (_running, stop) = watch::channel(false);
        let served = self.due().await.into_iter().map(|account| self.serve(account, &stop));
        futures::future::join_all(served).await.into_iter().sum()
    }

    async fn due(&self) -> Vec<AccountId> {
        let due = async { lead_events::due_unscoped(&mut self.db.reader().await?).await };
        due.await.unwrap_or_else(|error| {
            tracing::warn!(cause = %error, "accounts' webhooks cannot be read; it will be tried again");
            Vec::new()
        })
    }

    /// Sends an account what waits. Says how many events have arrived.
    async fn serve(&self, account: AccountId, stop: &watch::Receiver<bool>) -> usize {
        let mut arrived = 0;
        if let Err(error) = self.try_serve(account, stop, &mut arrived).await {
            tracing::warn!(%account, cause = %error, "an account's events could not be sent; it will be tried again");
        }
        arrived
    }

    async fn try_serve(
        &self,
        account: AccountId,
        stop: &watch::Receiver<bool>,
        arrived: &mut usize,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.begin_write().await?;
        let leased = lead_events::lease_unscoped(&mut tx, account, self.db.now() + LEASE).await?;
        tx.commit().await?;
        let Some(mut webhook) = leased else { return Ok(()) };
        loop {
            match self.send(&mut webhook, stop, arrived).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let now = self.db.now();
                    let failed = FailedEvents {
                        error: "The portal could not read what is to be sent. Its log says why.".to_owned(),
                        tries: webhook.tries + 1,
                        since: webhook.failing_since_at.unwrap_or(now),
                        next: now + UNREADABLE,
                        off: None,
                    };
                    self.note(&webhook, (false, Some(failed)), None).await?;
                    return Err(error);
                }
            }
        }
    }

    /// Sends a batch of events, one after the other; each is noted as soon as it has arrived. Says whether to go on.
    async fn send(
        &self,
        webhook: &mut DueWebhook,
        stop: &watch::Receiver<bool>,
        arrived: &mut usize,
    ) -> Result<bool, ServiceError> {
        let secrets = [open_secret(&self.portal.secrets, webhook.account(), &webhook.secret)?];
        let read = &mut self.db.reader().await?;
        let page = lead_events::events_unscoped(read, webhook.account(), webhook.position, BATCH).await?;
        for event in page.events {
            let number = event.number;
            let outcome = self.post(webhook, event, &secrets).await?;
            if let Some(failed) = self.judged(webhook, &outcome) {
                self.note(webhook, (false, Some(failed)), None).await?;
                return Ok(false);
            }
            *arrived += 1;
            (webhook.position, webhook.tries, webhook.failing_since_at) = (number, 0, None);
            let ends = *stop.borrow();
            if !self.note(webhook, (true, None), (!ends).then_some(LEASE)).await? || ends {
                return Ok(false);
            }
        }
        // Up to there nothing else is to be sent.
        webhook.position = page.after;
        let goes_on = page.more && !*stop.borrow();
        Ok(self.note(webhook, (false, None), goes_on.then_some(LEASE)).await? && goes_on)
    }

    async fn post(&self, webhook: &DueWebhook, event: LeadEvent, secrets: &[String]) -> Result<Outcome, ServiceError> {
        let id = DeliveryId(event.id);
        let body = serde_json::to_vec(&EventView::from(event)).map_err(|error| ServiceError::internal(&error))?;
        let headers =
            message::headers(id, self.db.now(), &body, secrets).map_err(|error| ServiceError::internal(&error))?;
        Ok(match self.egress.post(&webhook.url, &headers, body).await {
            Ok(answer) => Outcome::Answered { status: answer.status, retry_after: answer.retry_after },
            Err(failure) => Outcome::Unanswered(failure.to_string()),
        })
    }

    /// Notes how far it has come: whether something has arrived, what went wrong, and for how long it stays its own. Says whether it
    /// still was.
    async fn note(
        &self,
        webhook: &DueWebhook,
        (any, failed): (bool, Option<FailedEvents>),
        lease: Option<TimeDelta>,
    ) -> Result<bool, ServiceError> {
        let lease = lease.map(|lease| self.db.now() + lease);
        let sent = SentEvents { position: webhook.position, any, failed, lease };
        let mut tx = self.db.begin_write().await?;
        let held = lead_events::note_unscoped(&mut tx, webhook, &sent).await?;
        if let Some(reason) = sent.failed.as_ref().and_then(|failed| failed.off).filter(|_| held) {
            let account = webhook.account();
            let (detail, object) = (serde_json::json!({ "reason": reason }), Object("account", Some(account.0)));
            let action = AuditAction::WebhookSwitchedOff;
            record_system(&mut tx, (account, None), action, object, AuditResult::Success, detail);
        }
        tx.commit().await?;
        Ok(held)
    }

    /// What is to be noted of an attempt that has failed; nothing of one that has arrived.
    fn judged(&self, webhook: &DueWebhook, outcome: &Outcome) -> Option<FailedEvents> {
        let (now, tries) = (self.db.now(), webhook.tries + 1);
        let mut random = [0_u8; 1];
        // Without random numbers the pauses are not spread, that is all.
        let _ = self.entropy.fill(&mut random);
        let since = webhook.failing_since_at.unwrap_or(now);
        let (next, off) = match judge(outcome, tries, now, f64::from(random[0]) / 255.0) {
            Verdict::Delivered => return None,
            Verdict::RetryAt(at) => (at, None),
            Verdict::Gone => (now, Some(OffReason::Gone)),
            // An event is never left out: either all of them wait, or the webhook is off.
            Verdict::GivenUp => (now + FAILING_FOR, Some(OffReason::Failing)),
        };
        let error = match outcome {
            Outcome::Answered { status, .. } => format!("The receiver answered with status {status}."),
            Outcome::Unanswered(why) => why.clone(),
        };
        Some(FailedEvents { error, tries, since, next, off })
    }
}
