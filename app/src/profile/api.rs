//! The server functions of the profile: contact data, delivery, security, activity.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]
#![expect(clippy::too_many_arguments, reason = "a form's function takes what the form has fields")]

use domain::{
    audit::{Activity, ActivityKind},
    delivery::DeliverySettings,
    partners::Contact,
    users::OwnSession,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the contact page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactView {
    /// The data.
    pub contact: Contact,
    /// Whether the reader may change it.
    pub may_edit: bool,
    /// Whom to ask.
    pub support_contact: String,
}

/// The partner's contact data: its users may all read it.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/contact")]
pub async fn get_contact() -> Result<ContactView, AppError> {
    let session = crate::access::current_partner()?;
    let db = crate::access::state()?.db;
    Ok(ContactView {
        contact: store::partners::contact(&db, &session).await?,
        may_edit: session.permissions().has(domain::access::Permission::EditContact),
        support_contact: session.support_contact().to_owned(),
    })
}

/// Changes the partner's contact data.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_contact`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "profile/save-contact")]
pub async fn save_contact(
    company: String,
    #[server(default)] contact_name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] street: String,
    #[server(default)] postal_code: String,
    #[server(default)] city: String,
    #[server(default)] country: String,
) -> Result<(), AppError> {
    use domain::{access::Permission, audit::AuditAction};
    let scope = crate::access::require_partner(Permission::EditContact).await?;
    let typed = Contact { company, contact_name, email, phone, street, postal_code, city, country };
    let contact = typed.clone().checked().map_err(|errors| AppError::Invalid(errors.keeping(typed.fields())))?;
    let db = crate::access::state()?.db;
    let before = store::partners::contact(&db, scope.session()).await?;
    let changed = before.changed(&contact);
    if !changed.is_empty() {
        let mut tx = db.begin_write().await?;
        store::partners::set_contact(&mut tx, &scope, &contact).await?;
        // Which fields, not what is in them: the log outlives the wish to be forgotten.
        let detail = serde_json::json!({ "changed": changed });
        record(&mut tx, &scope, AuditAction::ContactChanged, "partner", detail).await?;
        tx.commit().await?;
    }
    leptos_axum::redirect("/partner/profile?done=contact");
    Ok(())
}

/// Writes an event about something of the reader's partner, within the change it tells of.
#[cfg(feature = "ssr")]
pub(super) async fn record(
    tx: &mut store::Tx,
    scope: &store::access::PartnerScope,
    action: domain::audit::AuditAction,
    object: &'static str,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let address = crate::access::client_address()?;
    let id = Some(scope.session().partner_id().0);
    let event = store::audit::Event::by_partner(scope.session(), &address, action, (object, id)).with_detail(detail);
    store::audit::record(tx, &event);
    Ok(())
}

/// What the delivery page shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// The settings.
    pub settings: DeliverySettings,
    /// Whether the reader may change them.
    pub may_edit: bool,
    /// A signing secret that was just made: shown this once.
    pub new_secret: Option<String>,
    /// Whom to ask.
    pub support_contact: String,
}

/// The secret is never printed.
impl std::fmt::Debug for DeliveryView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveryView").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Where the partner's leads are delivered to. A signing secret that was just made comes along once, for whoever may make
/// one.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_delivery_settings`.
#[server(prefix = "/fn", endpoint = "profile/delivery")]
pub async fn get_delivery() -> Result<DeliveryView, AppError> {
    use domain::access::Permission;
    let scope = crate::access::require_partner(Permission::ViewDeliverySettings).await?;
    let state = crate::access::state()?;
    let may_edit = scope.session().permissions().has(Permission::EditDeliverySettings);
    let mut new_secret = None;
    if may_edit && !crate::access::is_prefetch()? {
        let mut tx = state.db.begin_write().await?;
        if let Some(sealed) = store::delivery::take_unseen_secret(&mut tx, &scope).await? {
            new_secret = Some(state.secrets.open(scope.session().partner_id().0.as_bytes(), &sealed)?);
            tx.commit().await?;
        }
    }
    Ok(DeliveryView {
        settings: store::delivery::settings(&state.db, &scope).await?,
        may_edit,
        new_secret,
        support_contact: scope.session().support_contact().to_owned(),
    })
}

/// Changes where the partner's leads are delivered to.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "profile/save-delivery")]
pub async fn save_delivery(
    #[server(default)] webhook_url: String,
    #[server(default)] email_mode: String,
    #[server(default)] recipients: String,
    #[server(default)] fields: Vec<String>,
) -> Result<(), AppError> {
    use domain::{
        access::Permission, audit::AuditAction, clock::OsEntropy, delivery::DeliveryChoice, validation::FieldErrors,
    };
    let scope = crate::access::require_partner(Permission::EditDeliverySettings).await?;
    let choice = DeliveryChoice::parse(&webhook_url, &email_mode, &recipients, &fields);
    let state = crate::access::state()?;
    let choice = match choice {
        // The guard looks at the address again whenever it is called: a name can lead elsewhere by then.
        Ok(choice) if !choice.webhook_url.is_empty() => match state.targets.check(&choice.webhook_url).await {
            Ok(()) => Ok(choice),
            Err(refused) => Err(FieldErrors::one("webhook_url", refused)),
        },
        other => other,
    };
    let choice = choice.map_err(|errors| {
        let typed = [("webhook_url", webhook_url.as_str()), ("email_mode", &email_mode), ("recipients", &recipients)];
        AppError::Invalid(errors.keeping(typed))
    })?;
    let before = store::delivery::settings(&state.db, &scope).await?;
    let changed: Vec<&str> = [
        ("webhook_url", before.webhook_url != choice.webhook_url),
        ("email_mode", before.email_mode != choice.email_mode),
        ("recipients", before.recipients != choice.recipients),
        ("fields", before.fields != choice.fields),
        // Saving switches a webhook on again that had switched itself off.
        ("webhook", before.health.off.is_some() && !choice.webhook_url.is_empty()),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect();
    if !changed.is_empty() {
        let mut tx = state.db.begin_write().await?;
        store::delivery::save(&mut tx, &scope, &choice).await?;
        if !choice.webhook_url.is_empty() && !before.has_secret {
            // A webhook is signed from its first lead on.
            let sealed = new_secret(&state, &scope, &OsEntropy)?;
            store::delivery::rotate_secret(&mut tx, &scope, &sealed, state.db.now()).await?;
        }
        let detail = serde_json::json!({ "changed": changed });
        record(&mut tx, &scope, AuditAction::DeliveryChanged, "partner", detail).await?;
        tx.commit().await?;
    }
    leptos_axum::redirect("/partner/profile/delivery?done=delivery");
    Ok(())
}

/// Makes a new signing secret for the webhook. The one before stays valid for a day beside it.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings`.
#[server(prefix = "/fn", endpoint = "profile/rotate-secret")]
pub async fn rotate_secret() -> Result<(), AppError> {
    use domain::{access::Permission, audit::AuditAction, clock::OsEntropy};
    let scope = crate::access::require_partner(Permission::EditDeliverySettings).await?;
    let state = crate::access::state()?;
    let sealed = new_secret(&state, &scope, &OsEntropy)?;
    let previous_until = state.db.now() + chrono::TimeDelta::hours(24);
    let mut tx = state.db.begin_write().await?;
    store::delivery::rotate_secret(&mut tx, &scope, &sealed, previous_until).await?;
    record(&mut tx, &scope, AuditAction::WebhookSecretRotated, "partner", serde_json::json!({})).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/delivery?done=secret");
    Ok(())
}

/// A fresh signing secret, sealed for the scope's partner.
#[cfg(feature = "ssr")]
fn new_secret(
    state: &crate::access::AppState,
    scope: &store::access::PartnerScope,
    entropy: &dyn domain::clock::Entropy,
) -> Result<Vec<u8>, AppError> {
    let secret = crate::secrets::webhook_secret(entropy)?;
    state.secrets.seal(entropy, scope.session().partner_id().0.as_bytes(), &secret)
}

/// What the security page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityView {
    /// The address the reader logs in with.
    pub email: String,
    /// Where the reader is logged in, last used first.
    pub sessions: Vec<OwnSession>,
}

/// The reader's own sessions and address.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/security")]
pub async fn get_security() -> Result<SecurityView, AppError> {
    let session = crate::access::current_user()?;
    let state = crate::access::state()?;
    let current = crate::access::current_session()?;
    let own = store::sessions::own(&state.db, &session, state.settings.session_lifetime).await?;
    let zone = session.zone();
    let listed = own.into_iter().map(|(hash, own)| OwnSession {
        device: domain::users::device(&own.user_agent),
        address: own.address,
        began: zone.local(own.created_at),
        last_used: zone.local(own.last_used_at),
        current: hash == current,
    });
    Ok(SecurityView { email: session.email().to_owned(), sessions: listed.collect() })
}

/// Changes the reader's own password, and ends its other sessions.
///
/// # Errors
/// [`AppError::Invalid`] when the current one is wrong or the new one will not do, [`AppError::RateLimited`] after too many
/// wrong ones.
#[server(prefix = "/fn", endpoint = "profile/change-password")]
pub async fn change_password(
    current: String,
    password: String,
    #[server(default)] repeat: String,
) -> Result<(), AppError> {
    super::security::change_password(current, password, &repeat).await?;
    leptos_axum::redirect("/partner/profile/security?done=password");
    Ok(())
}

/// Ends the reader's sessions but this one.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    super::security::end_other_sessions().await?;
    leptos_axum::redirect("/partner/profile/security?done=sessions");
    Ok(())
}

/// Asks for another address to log in with. The answer is the same whether somebody has that address or not; the change
/// comes when the mail to it is followed.
///
/// # Errors
/// [`AppError::Invalid`] when the password is wrong or it is no address.
#[server(prefix = "/fn", endpoint = "profile/change-email")]
pub async fn change_email(current: String, new_email: String) -> Result<(), AppError> {
    super::security::change_email(current, &new_email).await?;
    leptos_axum::redirect("/partner/profile/security?done=email");
    Ok(())
}

/// A page of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityView {
    /// The events, newest first.
    pub events: Vec<Activity>,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether these are everybody's at the partner, not only the reader's own.
    pub everybody: bool,
}

/// How many events a page shows.
pub const EVENTS: u32 = 50;

/// What happened: at the whole partner for whoever manages its users, else what the reader did. Pages count from 1.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/activity")]
pub async fn get_activity(kind: Option<ActivityKind>, page: u32) -> Result<ActivityView, AppError> {
    use store::audit::ActivityQuery;
    let session = crate::access::current_partner()?;
    let db = crate::access::state()?.db;
    let skip = (page.clamp(1, 1_000) - 1) * EVENTS;
    let mut events = store::audit::activity(&db, &session, ActivityQuery { kind, skip, rows: EVENTS + 1 }).await?;
    let more = events.len() > EVENTS as usize;
    events.truncate(EVENTS as usize);
    let everybody = session.permissions().has(domain::access::Permission::ManageUsers);
    Ok(ActivityView { events, more, everybody })
}
