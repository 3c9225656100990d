//! The server functions of logging in and out, and of "who am I".

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    access::{PartnerRole, Permissions},
    time::LocalTime,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::sso_view::SsoLink;
use crate::error::AppError;

/// Who is looking, as far as the page's frame has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The user's name.
    pub user_name: String,
    /// The user's email address.
    pub email: String,
    /// The user's role.
    pub role: PartnerRole,
    /// The partner's name.
    pub partner_name: String,
    /// The account's name.
    pub account_name: String,
    /// Whom to ask.
    pub support_contact: String,
    /// The time zone in which times are shown.
    pub time_zone: String,
    /// What the user may do.
    pub permissions: Permissions,
    /// The account's short name, by which its colours are found.
    pub account_slug: String,
    /// Whether it is an admin who looks at the portal.
    pub by_admin: bool,
    /// Until when two-factor authentication has to be set up.
    pub two_factor_due: Option<LocalTime>,
    /// Where the list of leads begins: its state as an address has it, empty for all leads.
    pub start_list: String,
}

/// Who is looking.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "auth/viewer")]
pub async fn get_viewer() -> Result<Viewer, AppError> {
    let session = crate::access::current_partner()?;
    Ok(Viewer {
        user_name: session.user_name().to_owned(),
        email: session.email().to_owned(),
        role: session.role(),
        partner_name: session.partner_name().to_owned(),
        account_name: session.account_name().to_owned(),
        support_contact: session.support_contact().to_owned(),
        time_zone: session.zone().name().to_owned(),
        permissions: session.permissions(),
        account_slug: session.account_slug().to_owned(),
        by_admin: session.is_by_admin(),
        two_factor_due: session.two_factor().due.map(|due| session.zone().local(due)),
        start_list: session.start_list().to_owned(),
    })
}

#[cfg(feature = "ssr")]
mark!(GetViewer: Viewable, First);

/// What the login page shows before anybody is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The account's name; none when several share this address and none of them was named.
    pub account_name: Option<String>,
    /// Its short name, by which its colours are found; may be empty.
    pub account_slug: String,
    /// Whether several accounts share the portal.
    pub is_shared: bool,
    /// The provider by which the account's admins log in.
    pub admin_sso: Option<SsoLink>,
    /// Whether users of any partner log in by a provider.
    pub partner_sso: bool,
}

/// Whose portal this is, as far as the address and the browser say. `other`: not the one the browser remembers.
#[server(prefix = "/fn", endpoint = "auth/branding")]
pub async fn get_branding(
    #[server(default)] account: String,
    #[server(default)] other: bool,
) -> Result<Branding, AppError> {
    use services::login::{self, Hints};
    let state = crate::access::state()?;
    let hints = crate::access::AccountHints::of_request()?;
    let hints = if other { Hints { named: &account, ..Hints::default() } } else { hints.of(&account) };
    let mut read = crate::access::reader_unguarded().await?;
    let found = login::account_meant(&mut read, &state.portal, hints).await?;
    let is_shared = store::accounts::count(&mut read).await? > 1;
    let found = found.known();
    let slug = found.as_ref().map(|account| account.slug.clone()).unwrap_or_default();
    let (admin_sso, partner_sso) = match &found {
        Some(account) => {
            use store::identity_providers::{any_of_partners, find};
            let provider = find(&mut read, domain::partners::UserKind::Admin, account.id.0).await?;
            let link = provider.map(|provider| SsoLink { whose: account.id.to_string(), name: provider.name });
            (link, any_of_partners(&mut read, account.id).await?)
        }
        None => (None, false),
    };
    let account_name = found.map(|account| account.name);
    Ok(Branding { account_name, account_slug: slug, is_shared, admin_sso, partner_sso })
}

#[cfg(feature = "ssr")]
mark!(GetBranding: Open, Viewable, First);

/// Sets the reader's own password in place of a temporary one.
///
/// # Errors
/// [`AppError::NotFound`] when it is not a temporary one, [`AppError::Invalid`] when the new one will not do.
#[server(prefix = "/fn", endpoint = "auth/own-password")]
pub async fn set_own_password(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    use services::{own_access, recovery};
    let actor = crate::access::require_user()?;
    let (current, version) = own_access::temporary(&actor, &mut crate::access::reader(&actor).await?).await?;
    recovery::check_password(&password, &repeat, &actor.scope().words())?;
    let asker = services::passwords::Asker::Known;
    let same = actor.portal().passwords.verify(password.clone(), current, asker).await;
    if same.map_err(services::ServiceError::from)? != services::passwords::Verdict::Wrong {
        let message = "This is the temporary password: choose one that nobody else knows.";
        return Err(AppError::Invalid(domain::validation::FieldErrors::one("password", message)));
    }
    let hash = recovery::new_password(actor.portal(), password, &repeat, &[]).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    own_access::replace_temporary(&actor, &mut tx, version, &hash, &crate::access::current_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SetOwnPassword: First);

/// Logs a partner user in and goes on to `next`, a path of the partner area, or to its start.
///
/// # Errors
/// [`AppError::LoginFailed`] for every cause alike, [`AppError::RateLimited`] after too many failures.
#[server(prefix = "/fn", endpoint = "auth/login")]
pub async fn login(
    email: String,
    password: String,
    #[server(default)] account: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use domain::partners::UserKind;
    super::sign_in::log_in(UserKind::Partner, &email, password, (&account, &next)).await
}

#[cfg(feature = "ssr")]
mark!(Login: Open);

/// Logs out and goes to the login page.
///
/// # Errors
/// When the database does not answer; the session may live on then.
#[server(prefix = "/fn", endpoint = "auth/logout")]
pub async fn logout() -> Result<(), AppError> {
    let person = services::login::Person::Partner(crate::access::current_user()?);
    super::sign_in::log_out(&person).await?;
    leptos_axum::redirect("/partner/login");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(Logout: First);
