//! Where a partner's leads are delivered to, and what is sent there by hand.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    delivery::{AUTHORIZATION_TWICE, Credentials, CredentialsChoice, DeliveryChoice, DeliverySettings, origin},
    ids::{DeliveryId, PartnerId},
    leads::Review,
    time::read_day,
    validation::FieldErrors,
};
use store::{
    Tx,
    delivery::{self, Replay, SentAlong},
    leads::{self, AccountRows},
    users,
};

use crate::{
    AdminActor, PartnerActor, Portal, ServiceError,
    leads::list_has_changed,
    mail::{DeliveryChanged, MailQueue, Notice},
    one_time::{self, Purpose},
    secrets::{Secrets, webhook_secret},
};

/// How long the secret before stays valid beside a new one.
const PREVIOUS_SECRET: TimeDelta = TimeDelta::hours(24);

/// Refuses a webhook's address that the portal must not call. It is looked at before the transaction begins, for it may ask the
/// name service; the address is checked again whenever it is called, as a name can lead elsewhere by then.
///
/// # Errors
/// [`ServiceError::Invalid`] with the reason.
pub async fn check_target(portal: &Portal, choice: &DeliveryChoice) -> Result<(), ServiceError> {
    if choice.webhook_url.is_empty() {
        return Ok(());
    }
    portal.targets.check(&choice.webhook_url).await.map_err(|refused| ServiceError::field("webhook_url", refused))
}

/// Changes where the partner's leads are delivered to, and writes so to its owners. A webhook's address must have passed
/// [`check_target`]. The signing secret of a first webhook is shown in the session of that hash.
pub async fn save(
    actor: &PartnerActor,
    tx: &mut Tx,
    choice: &DeliveryChoice,
    session: &[u8],
) -> Result<(), ServiceError> {
    let before = delivery::settings(tx, actor.scope()).await?;
    let stored = delivery::sent_along(tx, actor.scope()).await?;
    let along = sent_along(actor, &stored, &before, choice, &OsEntropy)?;
    let changed: Vec<&str> = [
        ("webhook_url", before.webhook_url != choice.webhook_url),
        ("credentials", along.credentials != stored.credentials),
        ("headers", along.headers != stored.headers),
        ("email_mode", before.email_mode != choice.email_mode),
        ("recipients", before.recipients != choice.recipients),
        ("fields", before.fields != choice.fields),
        // Saving switches a webhook on again that had switched itself off.
        ("webhook", before.health.off.is_some() && !choice.webhook_url.is_empty()),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect();
    if changed.is_empty() {
        return Ok(());
    }
    delivery::save(tx, actor.scope(), choice).await?;
    if along != stored {
        delivery::set_sent_along(tx, actor.scope(), &stored, &along).await?;
    }
    if !choice.webhook_url.is_empty() && !before.has_secret {
        // A webhook is signed from its first lead on.
        let now = tx.now();
        new_secret(actor, tx, now, session).await?;
    }
    record(actor, tx, AuditAction::DeliveryChanged, serde_json::json!({ "changed": changed }));
    let changes: Vec<_> = changed.into_iter().map(in_words).collect();
    tell_owners(actor, tx, Notice::DeliveryTarget, &changes).await
}

/// What a setting is called in a mail.
fn in_words(setting: &str) -> &str {
    match setting {
        "webhook_url" => "the address of the webhook",
        "email_mode" => "when leads are emailed",
        "recipients" => "who gets the emails",
        "fields" => "which parts of a lead the webhook gets",
        "webhook" => "the webhook is switched on again",
        other => other,
    }
}

/// Writes to the partner's owners what was changed: leads that go elsewhere are seen by nobody at the partner. Whoever did it is told
/// how to end the sessions in which it was done.
async fn tell_owners(
    actor: &PartnerActor,
    tx: &mut Tx,
    notice: Notice<'_>,
    changes: &[&str],
) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    let mails = MailQueue::of(tx, session.account_id()).await?;
    let urls = actor.urls(tx).await?;
    let at = session.zone().local(tx.now()).exact();
    actor.tell(tx, notice).await?;
    for (name, address) in users::owners(tx, actor.scope()).await? {
        if address == session.email() {
            continue;
        }
        let mail = DeliveryChanged {
            name: &name,
            partner: session.partner_name(),
            by: session.user_name(),
            at: &at,
            address: actor.address(),
            changes,
            urls: &urls,
        };
        mails.send(tx, &address, &mail).await?;
    }
    Ok(())
}

/// What is to be sent along from now on. What was stored for one host is never sent to another one, and goes with the webhook.
fn sent_along(
    actor: &PartnerActor,
    stored: &SentAlong,
    before: &DeliverySettings,
    choice: &DeliveryChoice,
    entropy: &dyn Entropy,
) -> Result<SentAlong, ServiceError> {
    let secrets = &actor.portal().secrets;
    let partner = actor.scope().session().partner_id();
    let mut along = stored.clone();
    let same_host = origin(&before.webhook_url) == origin(&choice.webhook_url);
    match &choice.credentials {
        CredentialsChoice::Keep if same_host => {}
        CredentialsChoice::Keep | CredentialsChoice::Forget => along.credentials = None,
        CredentialsChoice::Set(new) => {
            let json = serde_json::json!([new.user, new.password]).to_string();
            along.credentials = Some(secrets.seal(entropy, &owner(partner, CREDENTIALS), &json)?);
        }
    }
    let authorizes = choice.headers.iter().any(|header| header.name.eq_ignore_ascii_case("authorization"));
    if authorizes && along.credentials.is_some() {
        return Err(ServiceError::field("headers", AUTHORIZATION_TWICE));
    }
    let known = open_headers(secrets, partner, stored.headers.as_deref())?;
    let mut headers = Vec::with_capacity(choice.headers.len());
    for header in &choice.headers {
        let kept = || known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&header.name)).filter(|_| same_host);
        match header.value.clone().or_else(|| kept().map(|(_, value)| value.clone())) {
            Some(value) => headers.push((header.name.clone(), value)),
            None if choice.webhook_url.is_empty() => {}
            None => {
                let message = format!("Enter the value of “{}” again: it was stored for another address.", header.name);
                return Err(ServiceError::field("headers", message));
            }
        }
    }
    if headers != known {
        along.header_names = headers.iter().map(|(name, _)| name.clone()).collect();
        along.headers = match headers.is_empty() {
            true => None,
            false => {
                let json = serde_json::json!(headers).to_string();
                Some(secrets.seal(entropy, &owner(partner, HEADERS), &json)?)
            }
        };
    }
    Ok(along)
}

/// What a sealed secret of a partner's is, so that none can stand in another one's place.
pub(crate) const CREDENTIALS: &[u8] = b"webhook-credentials";
pub(crate) const HEADERS: &[u8] = b"webhook-headers";

/// Whom a partner's signing secret is sealed for.
pub(crate) fn secret_owner(partner: PartnerId) -> Vec<u8> {
    partner.0.as_bytes().to_vec()
}

pub(crate) fn owner(partner: PartnerId, kind: &[u8]) -> Vec<u8> {
    [partner.0.as_bytes().as_slice(), kind].concat()
}

/// Opens a secret with which a partner's webhook is signed.
///
/// # Errors
/// When it cannot be opened: the installation's key was changed.
pub fn open_secret(secrets: &Secrets, partner: PartnerId, sealed: &[u8]) -> Result<String, ServiceError> {
    secrets.open(&secret_owner(partner), sealed)
}

/// Opens the headers that a partner has set.
///
/// # Errors
/// When they cannot be opened: the installation's key was changed.
pub fn open_headers(
    secrets: &Secrets,
    partner: PartnerId,
    sealed: Option<&[u8]>,
) -> Result<Vec<(String, String)>, ServiceError> {
    let Some(sealed) = sealed else { return Ok(Vec::new()) };
    let json = secrets.open(&owner(partner, HEADERS), sealed)?;
    serde_json::from_str(&json).map_err(|error| ServiceError::internal(&error))
}

/// Opens the name and password that are sent along.
///
/// # Errors
/// When they cannot be opened: the installation's key was changed.
pub fn open_credentials(
    secrets: &Secrets,
    partner: PartnerId,
    sealed: Option<&[u8]>,
) -> Result<Option<Credentials>, ServiceError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let json = secrets.open(&owner(partner, CREDENTIALS), sealed)?;
    let (user, password) = serde_json::from_str(&json).map_err(|error| ServiceError::internal(&error))?;
    Ok(Some(Credentials { user, password }))
}

fn record(actor: &PartnerActor, tx: &mut Tx, action: AuditAction, detail: serde_json::Value) {
    actor.record(tx, action, actor.scope().session().partner_id(), detail);
}

/// Makes a signing secret for the actor's partner, which is shown in the session of that hash; the one before is good until then.
async fn new_secret(
    actor: &PartnerActor,
    tx: &mut Tx,
    previous_until: DateTime<Utc>,
    session: &[u8],
) -> Result<(), ServiceError> {
    let secret = webhook_secret(&OsEntropy)?;
    let (portal, partner) = (actor.portal(), actor.scope().session().partner_id());
    let sealed = portal.secrets.seal(&OsEntropy, &secret_owner(partner), &secret)?;
    delivery::rotate_secret(tx, actor.scope(), &sealed, previous_until).await?;
    one_time::keep(portal, tx, session, Purpose::WebhookSecret(partner), &secret).await
}

/// Makes a new signing secret for the webhook, which is shown in the session of that hash. The one before stays valid for a day
/// beside it. The partner's owners are told.
pub async fn rotate_secret(actor: &PartnerActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let until = tx.now() + PREVIOUS_SECRET;
    new_secret(actor, tx, until, session).await?;
    record(actor, tx, AuditAction::WebhookSecretRotated, serde_json::json!({}));
    tell_owners(actor, tx, Notice::SigningSecret, &["the signing secret of the webhook"]).await
}

fn no_webhook() -> ServiceError {
    ServiceError::field("webhook", "There is no webhook that is switched on.")
}

/// Queues a test event for the webhook. It goes out within a second.
///
/// # Errors
/// [`ServiceError::Invalid`] when there is no webhook.
pub async fn send_test(actor: &PartnerActor, tx: &mut Tx) -> Result<DeliveryId, ServiceError> {
    let id = delivery::send_test(tx, actor.scope()).await?.ok_or_else(no_webhook)?;
    record(actor, tx, AuditAction::WebhookTested, serde_json::json!({}));
    Ok(id)
}

/// What a form asks to be replayed: `lead` names one, `what` is `failed` or `days`, from `from` to `to`.
///
/// # Errors
/// [`ServiceError::Invalid`] when a day is missing, [`ServiceError::BadRequest`] when it makes no sense.
pub fn read_replay(lead: &str, what: &str, from: &str, to: &str) -> Result<Replay, ServiceError> {
    if !lead.is_empty() {
        return lead.parse().map(Replay::Lead).map_err(|_| ServiceError::BadRequest);
    }
    match what {
        "failed" => Ok(Replay::Failed),
        "days" => {
            let mut errors = FieldErrors::default();
            let mut day = |field: &str, text: &str| {
                let day = read_day(text);
                if day.is_err() {
                    errors.add(field, "Choose a day.");
                }
                day.unwrap_or_default()
            };
            let (from, to) = (day("from", from), day("to", to));
            if errors.is_empty() && to < from {
                errors.add("to", "This day is before the other one.");
            }
            if errors.is_empty() { Ok(Replay::Days(from, to)) } else { Err(errors.into()) }
        }
        _ => Err(ServiceError::BadRequest),
    }
}

/// Queues leads once more. Says how many.
///
/// # Errors
/// [`ServiceError::Invalid`] when there is no webhook, or the partner may not see leads.
pub async fn replay(actor: &PartnerActor, tx: &mut Tx, what: Replay) -> Result<usize, ServiceError> {
    if !delivery::sees_leads(tx, actor.scope()).await? {
        return Err(ServiceError::field("webhook", "This partner may not see leads: nothing is sent to its webhook."));
    }
    let leads = delivery::replay(tx, actor.scope(), what).await?.ok_or_else(no_webhook)?;
    let detail = match what {
        Replay::Lead(lead) => serde_json::json!({ "leads": leads, "lead": lead }),
        Replay::Days(from, to) => serde_json::json!({ "leads": leads, "from": from, "to": to }),
        Replay::Failed => serde_json::json!({ "leads": leads, "which": "those that had failed" }),
    };
    record(actor, tx, AuditAction::LeadsReplayed, detail);
    Ok(leads)
}

/// What became of leads that were to be delivered again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveredAgain {
    /// Leads that are on their way.
    pub queued: usize,
    /// Leads of partners that have no way of delivery switched on, or may not see leads.
    pub without_way: usize,
}

/// Queues leads of any of the account's partners once more, for every channel that their partners have switched on. Of a whole list
/// `shown` says how many it had when that was decided: had others come meanwhile, nobody would have looked at those.
///
/// # Errors
/// [`ServiceError::Invalid`] for no lead, for too many and for a list that has changed, [`ServiceError::NotFound`] for any id that is
/// not one of the account's.
pub async fn deliver_again(
    actor: &AdminActor,
    tx: &mut Tx,
    rows: &AccountRows,
    shown: usize,
) -> Result<DeliveredAgain, ServiceError> {
    let by_partner = leads::by_partner(tx, actor.scope(), rows, Review::MOST + 1).await?;
    let found = by_partner.values().map(Vec::len).sum::<usize>();
    match rows {
        AccountRows::Selected(ids) => {
            Review::check_selected(ids.len())?;
            if found < ids.iter().collect::<BTreeSet<_>>().len() {
                return Err(ServiceError::NotFound);
            }
        }
        AccountRows::Of(_) => {
            Review::check_selected(found)?;
            if found != shown {
                return Err(list_has_changed(found));
            }
        }
    }
    let mut done = DeliveredAgain::default();
    for (partner, ids) in by_partner {
        let scope = actor.scope().for_partner(tx, partner).await?.ok_or(ServiceError::NotFound)?;
        if delivery::deliver_again(tx, &scope, &ids).await? == 0 {
            done.without_way += ids.len();
        } else {
            done.queued += ids.len();
            let detail = serde_json::json!({ "leads": ids.len(), "which": "those that were selected" });
            actor.record_about(tx, partner, AuditAction::LeadsReplayed, partner, detail);
        }
    }
    Ok(done)
}
