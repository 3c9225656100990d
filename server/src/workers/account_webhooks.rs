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

use super::webhooks::message;
use crate::{api::EventView, egress::Egress};

/// How often it is looked whether there is something to be sent.
const EVERY: Duration = Duration::from_secs(1);
/// How many events are read at once.
const BATCH: i64 = 20;
/// For how long a process has a webhook for itself: longer than a batch can take.
const LEASE: TimeDelta = TimeDelta::seconds(20 * 15 + 30);

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

    /// Works until told to stop; what is being sent then is sent to its end.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        loop {
            self.run_once().await;
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Sends what is due now to every account, each beside the others. Says how many events have arrived.
    pub async fn run_once(&self) -> usize {
        let due = async { lead_events::due_unscoped(&mut self.db.reader().await?).await };
        let accounts = match due.await {
            Ok(accounts) => accounts,
            Err(error) => {
                tracing::warn!(cause = %error, "accounts' webhooks cannot be read; it will be tried again");
                return 0;
            }
        };
        let served = accounts.into_iter().map(async |account| match self.serve(account).await {
            Ok(arrived) => arrived,
            Err(error) => {
                tracing::warn!(%account, cause = %error, "an account's events could not be sent; it will be tried again");
                0
            }
        });
        futures::future::join_all(served).await.into_iter().sum()
    }

    async fn serve(&self, account: AccountId) -> Result<usize, ServiceError> {
        let mut arrived = 0;
        loop {
            let until = self.db.now() + LEASE;
            let mut tx = self.db.begin_write().await?;
            let Some(webhook) = lead_events::lease_unscoped(&mut tx, account, until).await? else { return Ok(arrived) };
            tx.commit().await?;
            let page =
                lead_events::events_unscoped(&mut self.db.reader().await?, account, webhook.position, BATCH).await?;
            let (sent, many) = self.send(&webhook, &page.events, page.after).await?;
            arrived += many;
            let (failed, position) = (sent.failed.clone(), sent.position);
            let mut tx = self.db.begin_write().await?;
            lead_events::note_unscoped(&mut tx, &webhook, &sent).await?;
            if let Some(reason) = failed.as_ref().and_then(|failed| failed.off) {
                let (detail, object) = (serde_json::json!({ "reason": reason }), Object("account", Some(account.0)));
                let action = AuditAction::WebhookSwitchedOff;
                record_system(&mut tx, (account, None), action, object, AuditResult::Success, detail);
            }
            tx.commit().await?;
            if failed.is_some() || position == webhook.position || !page.more {
                return Ok(arrived);
            }
        }
    }

    /// Sends events until one fails. `end` is the number up to which there is nothing else to be sent.
    async fn send(
        &self,
        webhook: &DueWebhook,
        events: &[LeadEvent],
        end: i64,
    ) -> Result<(SentEvents, usize), ServiceError> {
        let secrets = [open_secret(&self.portal.secrets, webhook.account(), &webhook.secret)?];
        let (mut position, mut tries) = (webhook.position, webhook.tries);
        for (many, event) in events.iter().enumerate() {
            let (number, id) = (event.number, DeliveryId(event.id));
            let body =
                serde_json::to_vec(&EventView::from(event.clone())).map_err(|error| ServiceError::internal(&error))?;
            let outcome = match message::headers(id, self.db.now(), &body, &secrets) {
                Ok(headers) => match self.egress.post(&webhook.url, &headers, body).await {
                    Ok(answer) => Outcome::Answered { status: answer.status, retry_after: answer.retry_after },
                    Err(failure) => Outcome::Unanswered(failure.to_string()),
                },
                Err(error) => Outcome::Unanswered(error.to_string()),
            };
            if let Some(failed) = self.judged(webhook, &outcome, (many, tries)) {
                return Ok((SentEvents { position, any: many > 0, failed: Some(failed), lease: None }, many));
            }
            (position, tries) = (number, 0);
        }
        Ok((SentEvents { position: end, any: !events.is_empty(), failed: None, lease: None }, events.len()))
    }

    /// What is to be noted of an attempt that has failed; nothing of one that has arrived.
    fn judged(&self, webhook: &DueWebhook, outcome: &Outcome, (before, tries): (usize, i64)) -> Option<FailedEvents> {
        let (now, tries) = (self.db.now(), tries + 1);
        let mut random = [0_u8; 1];
        // Without random numbers the pauses are not spread, that is all.
        let _ = self.entropy.fill(&mut random);
        // What has just arrived shows that it does not fail since longer.
        let since = webhook.failing_since_at.filter(|_| before == 0).unwrap_or(now);
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
