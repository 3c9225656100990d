//! What the pages of two-factor authentication do, for partner users and admins alike.

use services::{
    ServiceError,
    one_time::Purpose,
    own_access::{self, OwnActor},
    throttle, two_factor,
};

use super::{
    own,
    sso_view::SsoLink,
    two_factor_cards::{ConfirmView, TwoFactorView},
};
use crate::{
    access::{begin_write, count_try, reader, safe_next, take_one_time},
    error::AppError,
};

/// Where the reader stands; what its app is to be given while it is set up, and recovery codes that were just made in the session of
/// this hash, once.
pub(crate) async fn view(actor: &OwnActor, session: &[u8]) -> Result<TwoFactorView, AppError> {
    let own = actor.scope().own();
    let user = own.user_id();
    // Made twice, those of the first time are worth nothing.
    let codes = take_one_time(session, Purpose::RecoveryCodes(user)).await?.pop();
    let rows = super::passkeys::list(actor).await?;
    let mut read = reader(actor).await?;
    let state = own.two_factor();
    let has_app = store::two_factor::app_secret(&mut read, user).await?.is_some();
    let set_up = two_factor::set_up(actor, &mut read, session).await?;
    Ok(TwoFactorView {
        // Whoever has no password is protected by the provider, and can have more than that.
        on: has_app || rows.as_ref().is_some_and(|rows| !rows.is_empty()),
        is_offered: state.is_offered,
        is_required: state.is_required,
        due: state.due.map(|due| own.zone().local(due)),
        is_missing: state.is_missing,
        set_up: set_up.map(|found| (found.secret, found.qr, found.url)),
        codes: codes.iter().flat_map(|codes| codes.split(' ')).map(ToOwned::to_owned).collect(),
        codes_left: store::two_factor::recovery_codes_left(&mut read, user).await?,
        has_app,
        passkeys: rows,
    })
}

/// Whom the reader confirms to be.
pub(crate) async fn confirm_view(actor: &OwnActor) -> Result<ConfirmView, AppError> {
    let own = actor.scope().own();
    let mut read = reader(actor).await?;
    let has_passkey = store::passkeys::has_any(&mut read, own.user_id()).await?;
    let provider = store::identity_providers::of_user(&mut read, own).await?;
    let provider = provider.map(|(whose, name)| SsoLink { whose: whose.to_string(), name });
    let has_password = store::credentials::has_password(&mut read, own).await?;
    let (email, two_factor) = (own.email().to_owned(), own.two_factor().on);
    Ok(ConfirmView { email, two_factor, has_passkey, provider, has_password })
}

/// Makes a secret for the reader's app.
pub(crate) async fn begin(actor: OwnActor, session: &[u8]) -> Result<(), AppError> {
    own::refuse_temporary(actor.scope())?;
    let mut tx = begin_write(&actor).await?;
    two_factor::begin(&actor, &mut tx, session).await?;
    tx.commit().await?;
    own::back(actor.scope().kind(), "");
    Ok(())
}

/// Turns it on by the app's first code.
pub(crate) async fn turn_on(actor: OwnActor, session: &[u8], code: &str) -> Result<(), AppError> {
    own::refuse_temporary(actor.scope())?;
    let counted = count_try("firstcode", &actor.scope().user_id().to_string()).await?;
    let mut tx = begin_write(&actor).await?;
    match two_factor::turn_on(&actor, &mut tx, code, session).await {
        Ok(()) => throttle::succeeded(&mut tx, &counted).await?,
        // The failure is recorded; whatever else goes wrong changes nothing.
        Err(wrong @ ServiceError::Invalid(_)) => {
            tx.commit().await?;
            return Err(wrong.into());
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    own::back(actor.scope().kind(), "?done=on");
    Ok(())
}

/// Turns it off.
pub(crate) async fn turn_off(actor: OwnActor, session: &[u8]) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    two_factor::turn_off(&actor, &mut tx, session).await?;
    tx.commit().await?;
    own::back(actor.scope().kind(), "?done=off");
    Ok(())
}

/// Makes new recovery codes.
pub(crate) async fn renew_codes(actor: OwnActor, session: &[u8]) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    two_factor::renew_recovery_codes(&actor, &mut tx, session).await?;
    tx.commit().await?;
    own::back(actor.scope().kind(), "?done=codes");
    Ok(())
}

/// Notes that the reader has proved anew who it is, and goes back to what it wanted to do.
pub(crate) async fn confirm(
    actor: OwnActor,
    session: &[u8],
    (current, code): (String, &str),
    next: &str,
) -> Result<(), AppError> {
    let proved = own::prove(&actor, current).await?;
    let mut tx = begin_write(&actor).await?;
    let confirmed = own_access::confirm(&actor, &mut tx, &proved, code, session).await;
    tx.commit().await?;
    confirmed?;
    leptos_axum::redirect(safe_next(actor.scope().kind(), next));
    Ok(())
}
