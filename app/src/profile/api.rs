//! The server functions of the profile: contact data, delivery, security, activity.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    audit::{Activity, ActivityKind},
    delivery::DeliverySettings,
    partners::Contact,
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
    let mut read = crate::access::reader(&session).await?;
    Ok(ContactView {
        contact: store::partners::contact(&mut read, &session).await?,
        may_edit: session.permissions().has(domain::access::Permission::EditContact),
        support_contact: session.support_contact().to_owned(),
    })
}

#[cfg(feature = "ssr")]
mark!(GetContact: Viewable);

/// Changes the partner's contact data.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_contact`, [`AppError::Invalid`] when a field has to be corrected,
/// [`AppError::Stale`] when somebody has changed what the form of this `version` was filled with.
#[server(prefix = "/fn", endpoint = "profile/save-contact")]
pub async fn save_contact(
    #[server(default)] version: String,
    #[server(flatten)] contact: Contact,
) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::EditContact).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::profile::save_contact(&actor, &mut tx, &version, &contact).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile?done=contact");
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

/// Where the partner's leads are delivered to. A signing secret that was just made in this session comes along once.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_delivery_settings`.
#[server(prefix = "/fn", endpoint = "profile/delivery")]
pub async fn get_delivery() -> Result<DeliveryView, AppError> {
    use domain::access::Permission;
    let actor = crate::access::require_partner(Permission::ViewDeliverySettings).await?;
    let session = actor.scope().session();
    let may_edit = session.permissions().has(Permission::EditDeliverySettings);
    // An admin who views the portal has made none.
    let new_secret = match crate::access::current_session() {
        Ok(hash) if may_edit => {
            let purpose = services::one_time::Purpose::WebhookSecret(session.partner_id());
            crate::access::take_one_time(&hash, purpose).await?.into_iter().next_back()
        }
        _ => None,
    };
    let mut read = crate::access::reader(&actor).await?;
    Ok(DeliveryView {
        settings: store::delivery::settings(&mut read, actor.scope()).await?,
        may_edit,
        new_secret,
        support_contact: session.support_contact().to_owned(),
    })
}

#[cfg(feature = "ssr")]
mark!(GetDelivery: Viewable);

/// Changes where the partner's leads are delivered to.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings`, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "profile/save-delivery")]
pub async fn save_delivery(
    #[server(default)] webhook_url: String,
    #[server(default)] forget_credentials: String,
    #[server(default)] headers: String,
    #[server(default)] email_mode: String,
    #[server(default)] recipients: String,
    #[server(default)] fields: Vec<String>,
) -> Result<(), AppError> {
    use domain::delivery::{DeliveryChoice, DeliveryForm};
    let actor = crate::access::require_partner(domain::access::Permission::EditDeliverySettings).await?;
    let form = DeliveryForm {
        webhook_url: &webhook_url,
        forget_credentials: &forget_credentials,
        headers: &headers,
        email_mode: &email_mode,
        recipients: &recipients,
        fields: &fields,
    };
    let choice = DeliveryChoice::parse(&form).map_err(|errors| AppError::Invalid(errors.keeping(form.typed())))?;
    let keeping = |error: services::ServiceError| error.keeping(form.typed());
    services::delivery::check_target(actor.portal(), &choice).await.map_err(keeping)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::delivery::save(&actor, &mut tx, &choice, &crate::access::current_session()?).await.map_err(keeping)?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/delivery?done=delivery");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveDelivery: Fresh);

/// Makes a new signing secret for the webhook. The one before stays valid for a day beside it.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings`.
#[server(prefix = "/fn", endpoint = "profile/rotate-secret")]
pub async fn rotate_secret() -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::EditDeliverySettings).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::delivery::rotate_secret(&actor, &mut tx, &crate::access::current_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/delivery?done=secret");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(RotateSecret: Fresh);

/// The reader's own sessions and address.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/security")]
pub async fn get_security() -> Result<crate::auth::SecurityView, AppError> {
    let person = services::login::Person::Partner(crate::access::current_user()?);
    crate::auth::own::view(&person, &crate::access::current_session()?).await
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
    let (actor, session) = (crate::access::require_user()?, crate::access::current_session()?);
    crate::auth::own::change_password(actor, &session, current, (password, &repeat)).await?;
    leptos_axum::redirect("/partner/profile/security?done=password");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangePassword: FreshFactor);

/// Ends the reader's sessions but this one.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "profile/end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_user()?, crate::access::current_session()?);
    crate::auth::own::end_other_sessions(actor, &session).await?;
    leptos_axum::redirect("/partner/profile/security?done=sessions");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(EndOtherSessions: Fresh);

/// Ends one of the reader's own sessions, by the key that the list of them has.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that key.
#[server(prefix = "/fn", endpoint = "profile/end-session")]
pub async fn end_session(session: String) -> Result<(), AppError> {
    crate::auth::own::end_session(crate::access::require_user()?, &session).await?;
    leptos_axum::redirect("/partner/profile/security?done=session");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(EndSession: Fresh);

/// Asks for another address to log in with. The answer is the same whether somebody has that address or not; the change
/// comes when the mail to it is followed.
///
/// # Errors
/// [`AppError::Invalid`] when the password is wrong or it is no address.
#[server(prefix = "/fn", endpoint = "profile/change-email")]
pub async fn change_email(current: String, new_email: String) -> Result<(), AppError> {
    crate::auth::own::change_email(crate::access::require_user()?, current, &new_email).await?;
    leptos_axum::redirect("/partner/profile/security?done=email");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangeEmail: FreshFactor);

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
    let mut read = crate::access::reader(&session).await?;
    let skip = (page.clamp(1, 1_000) - 1) * EVENTS;
    let query = ActivityQuery { kind, skip, rows: EVENTS + 1 };
    let mut events = store::audit::activity(&mut read, &session, query).await?;
    let more = events.len() > EVENTS as usize;
    events.truncate(EVENTS as usize);
    let everybody = session.permissions().has(domain::access::Permission::ManageUsers);
    Ok(ActivityView { events, more, everybody })
}

#[cfg(feature = "ssr")]
mark!(GetActivity: Viewable);
