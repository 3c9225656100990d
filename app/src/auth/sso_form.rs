//! What the form of a provider shows.

use domain::{partners::UserKind, sso::Role};
use services::{Portal, sso};
use store::identity_providers::Provider;
use uuid::Uuid;

use super::sso_view::SsoForm;
use crate::error::AppError;

/// The form of this provider, or an empty one; `whose` is the id of the partner, or for admins of the account.
///
/// # Errors
/// When the provider is unreadable.
pub(crate) fn shown<R: Role>(
    portal: &Portal,
    provider: Option<&Provider>,
    kind: UserKind,
    whose: Uuid,
) -> Result<SsoForm, AppError> {
    let callback = sso::callback(&portal.public_url, kind, whose);
    let backchannel = sso::backchannel(&portal.public_url, kind, whose);
    let Some(provider) = provider else {
        return Ok(SsoForm { callback, backchannel, enabled: true, ..SsoForm::default() });
    };
    let settings = provider.settings::<R>()?;
    Ok(SsoForm {
        is_set_up: true,
        callback,
        backchannel,
        roles: settings.roles_text(),
        domains: settings.domains.join(" "),
        default_role: settings.default_role.map(|role| role.to_string()).unwrap_or_default(),
        name: settings.name,
        issuer: settings.issuer,
        client_id: settings.client_id,
        role_claim: settings.role_claim,
        enabled: settings.enabled,
        only: settings.only,
    })
}
