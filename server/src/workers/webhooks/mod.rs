//! Pushing leads out: to webhooks here, to mailboxes in [`super::lead_mails`].
//!
//! Each endpoint is served by a task of its own, in whichever process holds its lease, so that one that is slow or dead holds
//! up nobody else's leads. What is due is tried a few at a time; after a failure one at a time, and after several the
//! endpoint rests ([`domain::delivery::schedule`]).

pub mod message;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::Entropy,
    delivery::{
        OffReason,
        schedule::{FAILING_FOR, Outcome, Verdict, judge, parse_retry_after, rest},
    },
    ids::PartnerId,
};
use futures::StreamExt;
use services::{
    Portal, ServiceError,
    delivery::{open_credentials, open_headers, open_secret},
    links::AccountUrl,
    mail::{MailQueue, WebhookSwitchedOff},
    record_system,
};
use store::{
    Db, StoreError, Tx,
    delivery::endpoints::{self, Attempted, Due, Endpoint, Health, Next},
};
use tokio::sync::watch;
use uuid::Uuid;

use super::serve_each;
use crate::egress::Egress;

/// How often the queue is looked into.
const EVERY: Duration = Duration::from_millis(500);
/// How many endpoints one process serves at once.
const ENDPOINTS: usize = 64;
/// How many pushes one endpoint gets at once while all is well.
const AT_ONCE: usize = 8;
/// How many are taken from the queue at once.
const BATCH: i64 = 24;
/// How long an endpoint is nobody else's: longer than a round can take, [`BATCH`] / [`AT_ONCE`] times the egress' time
/// limit.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Pushes what is due to webhooks.
#[derive(Clone)]
pub struct WebhookWorker {
    db: Db,
    portal: Arc<Portal>,
    egress: Egress,
    entropy: Arc<dyn Entropy>,
    /// What this process signs its leases with.
    owner: Uuid,
}

impl std::fmt::Debug for WebhookWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookWorker").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl WebhookWorker {
    /// One of this process.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(db: Db, portal: Arc<Portal>, egress: Egress, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let owner = db.new_id()?;
        Ok(Self { db, portal, egress, entropy, owner })
    }

    /// Works until told to stop; pushes under way then are ended and written down, the rest stays queued.
    pub async fn work(self, stop: watch::Receiver<bool>) {
        let worker = &self;
        let serve = |partner| {
            let (worker, stop) = (self.clone(), stop.clone());
            async move { worker.serve(partner, &stop).await }
        };
        serve_each(EVERY, ENDPOINTS, stop.clone(), |most| worker.lease(most), serve).await;
    }

    async fn lease(&self, most: usize) -> Vec<PartnerId> {
        if most == 0 {
            return Vec::new();
        }
        match self.try_lease(i64::try_from(most).unwrap_or(1)).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::warn!(cause = %error, "the delivery queue cannot be read; it will be tried again");
                Vec::new()
            }
        }
    }

    async fn try_lease(&self, most: i64) -> Result<Vec<PartnerId>, StoreError> {
        let candidates = endpoints::candidates(&mut self.db.reader().await?, most).await?;
        if candidates.is_empty() {
            return Ok(candidates);
        }
        let mut tx = self.db.begin_write().await?;
        let leased = endpoints::lease(&mut tx, self.owner, LEASE, &candidates).await?;
        tx.commit().await?;
        Ok(leased)
    }

    async fn release(&self, partner: PartnerId) -> Result<(), StoreError> {
        let mut tx = self.db.begin_write().await?;
        endpoints::release(&mut tx, self.owner, partner).await?;
        tx.commit().await
    }

    /// Serves every endpoint that is due now to the end of its queue. Says how many attempts were made.
    pub async fn run_once(&self) -> usize {
        let (_keep, stop) = watch::channel(false);
        let mut attempts = 0;
        loop {
            let leased = self.lease(ENDPOINTS).await;
            if leased.is_empty() {
                return attempts;
            }
            let served = leased.into_iter().map(|partner| self.serve(partner, &stop));
            attempts += futures::future::join_all(served).await.into_iter().sum::<usize>();
        }
    }

    /// Pushes what is due at one endpoint, and gives its lease back. Says how many attempts were made.
    async fn serve(&self, partner: PartnerId, stop: &watch::Receiver<bool>) -> usize {
        let mut attempts = 0;
        loop {
            match self.serve_batch(partner, stop).await {
                Ok(0) => break,
                Ok(made) => attempts += made,
                Err(error) => {
                    tracing::warn!(%partner, cause = %error, "an endpoint could not be served; it will be tried again");
                    break;
                }
            }
            if *stop.borrow() {
                break;
            }
        }
        if let Err(error) = self.release(partner).await {
            tracing::warn!(%partner, cause = %error, "an endpoint's lease could not be given back; it ends by itself");
        }
        attempts
    }

    async fn serve_batch(&self, partner: PartnerId, stop: &watch::Receiver<bool>) -> Result<usize, ServiceError> {
        let mut read = self.db.reader().await?;
        let Some(endpoint) = endpoints::leased(&mut read, self.owner, partner).await? else { return Ok(0) };
        let (most, at_once) = if endpoint.failures > 0 { (1, 1) } else { (BATCH, AT_ONCE) };
        let due = endpoints::due(&mut read, &endpoint, most).await?;
        // Calling the endpoint may take long: the connection is somebody else's meanwhile.
        drop(read);
        if !endpoint.sees_leads {
            let mut tx = self.db.begin_write().await?;
            endpoints::give_up_leads(&mut tx, &endpoint).await?;
            tx.commit().await?;
        }
        let open = |sealed: &Vec<u8>| open_secret(&self.portal.secrets, partner, sealed);
        let secrets = endpoint.secrets.iter().map(open).collect::<Result<Vec<String>, _>>();
        let (secrets, along) = match secrets.and_then(|secrets| Ok((secrets, self.sent_along(&endpoint)?))) {
            Ok(opened) => opened,
            Err(error) => {
                // With the wrong key nothing can be signed, and nothing is lost.
                tracing::error!(%partner, cause = %error, "a webhook cannot be signed");
                return Ok(0);
            }
        };
        let any_failed = AtomicBool::new(false);
        let attempts: Vec<Made> = futures::stream::iter(due)
            .map(|due| self.attempt(&endpoint, due, (&secrets, &along), &any_failed, stop))
            .buffer_unordered(at_once)
            .filter_map(std::future::ready)
            .collect()
            .await;
        if attempts.is_empty() {
            return Ok(0);
        }
        self.note(&endpoint, &attempts).await?;
        Ok(attempts.len())
    }

    /// What the partner wants sent along: headers of its own, and the name and password of its address.
    fn sent_along(&self, endpoint: &Endpoint) -> Result<Vec<(String, String)>, ServiceError> {
        let (secrets, partner) = (&self.portal.secrets, endpoint.partner_id);
        let mut along = open_headers(secrets, partner, endpoint.headers.as_deref())?;
        if let Some(credentials) = open_credentials(secrets, partner, endpoint.credentials.as_deref())? {
            along.push(("authorization".to_owned(), message::basic(&credentials)));
        }
        Ok(along)
    }

    /// One attempt; none when another one has just failed, or the process is to stop.
    async fn attempt(
        &self,
        endpoint: &Endpoint,
        due: Due,
        (secrets, along): (&[String], &[(String, String)]),
        any_failed: &AtomicBool,
        stop: &watch::Receiver<bool>,
    ) -> Option<Made> {
        if any_failed.load(Ordering::Relaxed) || *stop.borrow() {
            return None;
        }
        let (started_at, began) = (self.db.now(), Instant::now());
        let body = message::body(&due, &endpoint.fields);
        let (outcome, excerpt, redirect) = match message::headers(due.id, started_at, &body, secrets) {
            Ok(ours) => {
                let mut headers: Vec<(&str, String)> = ours.into();
                headers.extend(along.iter().map(|(name, value)| (name.as_str(), value.clone())));
                match self.egress.post(&endpoint.url, &headers, body).await {
                    Ok(answer) => {
                        let outcome = Outcome::Answered { status: answer.status, retry_after: answer.retry_after };
                        (outcome, answer.excerpt, answer.location.map(|place| not_followed(&place)))
                    }
                    Err(failure) => (Outcome::Unanswered(failure.to_string()), String::new(), None),
                }
            }
            Err(error) => (Outcome::Unanswered(error.to_string()), String::new(), None),
        };
        let mut random = [0_u8; 1];
        // Without random numbers the pauses are not spread, that is all.
        let _ = self.entropy.fill(&mut random);
        let verdict = judge(&outcome, due.tries + 1, self.db.now(), f64::from(random[0]) / 255.0);
        if verdict != Verdict::Delivered {
            any_failed.store(true, Ordering::Relaxed);
        }
        let (status, failure, retry_after) = match outcome {
            Outcome::Answered { status, retry_after } => (Some(status), redirect.unwrap_or_default(), retry_after),
            Outcome::Unanswered(why) => (None, why, None),
        };
        Some(Made {
            verdict,
            retry_after,
            attempted: Attempted {
                id: due.id,
                number: due.attempts + 1,
                started_at,
                millis: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
                status,
                failure,
                excerpt,
                next: match verdict {
                    Verdict::Delivered => Next::Delivered,
                    Verdict::RetryAt(at) => Next::At(at),
                    Verdict::GivenUp | Verdict::Gone => Next::GivenUp,
                },
            },
        })
    }

    async fn note(&self, endpoint: &Endpoint, made: &[Made]) -> Result<(), ServiceError> {
        let now = self.db.now();
        let failed = made.iter().filter(|made| made.verdict != Verdict::Delivered).count();
        let any_good = failed < made.len();
        let failures = i64::try_from(failed).unwrap_or(0) + if any_good { 0 } else { endpoint.failures };
        let failing_since = match (failed, any_good) {
            (0, _) => None,
            (_, true) => Some(now),
            (_, false) => endpoint.failing_since.or(Some(now)),
        };
        let retry_after = made.iter().filter_map(|made| parse_retry_after(made.retry_after.as_deref()?, now)).max();
        let rests_until = if failed == 0 { None } else { rest(failures, now).max(retry_after) };
        let health = Health { failures, failing_since, rests_until };
        let given_up = made.iter().any(|made| made.verdict == Verdict::GivenUp);
        let off = if made.iter().any(|made| made.verdict == Verdict::Gone) {
            Some(OffReason::Gone)
        } else if given_up && failing_since.is_some_and(|since| since + FAILING_FOR <= now) {
            Some(OffReason::Failing)
        } else {
            None
        };
        let attempts: Vec<Attempted> = made.iter().map(|made| made.attempted.clone()).collect();
        let mut tx = self.db.begin_write().await?;
        endpoints::note(&mut tx, endpoint, &attempts, health, now + LEASE).await?;
        if let Some(reason) = off {
            self.switch_off(&mut tx, endpoint, reason).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn switch_off(&self, tx: &mut Tx, endpoint: &Endpoint, reason: OffReason) -> Result<(), ServiceError> {
        endpoints::switch_off(tx, endpoint, reason).await?;
        record_system(
            tx,
            (endpoint.account_id, Some(endpoint.partner_id)),
            AuditAction::WebhookSwitchedOff,
            endpoint.partner_id,
            AuditResult::Success,
            serde_json::json!({ "reason": reason }),
        );
        let owners = endpoints::webhook_owners(tx, endpoint).await?;
        let mails = MailQueue::of(tx, endpoint.account_id).await?;
        let urls = AccountUrl::of(tx, &self.portal.public_url, endpoint.account_id).await?;
        for (name, address) in &owners.recipients {
            let mail = WebhookSwitchedOff { name, partner: &owners.partner_name, reason, urls: &urls };
            mails.send(tx, address, &mail).await?;
        }
        Ok(())
    }
}

/// Why a redirect counts as a failure, and what to do about it.
fn not_followed(place: &str) -> String {
    let shown: String = place.chars().filter(|c| !c.is_control()).take(300).collect();
    format!("a redirect to {shown}, which is not followed; enter the address where leads shall arrive")
}

/// An attempt and what it came to.
struct Made {
    verdict: Verdict,
    retry_after: Option<String>,
    attempted: Attempted,
}
