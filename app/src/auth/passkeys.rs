//! What logins and pages do with passkeys, for partner users and admins alike.

use domain::{ids::PasskeyId, partners::UserKind};
use services::{
    ServiceError,
    devices::Memory,
    login::{From, HalfIn},
    login_steps,
    own_access::{self, OwnActor},
    own_passkeys,
    passkeys::Given,
};

use super::{
    own::{back, refuse_temporary},
    passkey_cards::PasskeyRow,
    sign_in::{begin_logged_in, too_late},
};
use crate::{
    access::{
        UnderWay, begin_write, begin_write_unguarded, client_address, half_login, kept_by_device, reader,
        remember_two_factor, safe_next, state, user_agent,
    },
    error::AppError,
};

/// What the browser of a visitor is asked, for the login of users of this kind, or for confirming it.
pub(crate) fn ask(kind: UserKind) -> Result<String, AppError> {
    let state = state()?;
    let checker = state.portal.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let question = checker.ask(&state.portal.secrets, kind, state.db.now())?;
    UnderWay::Passkey.keep(kind, &question.kept)?;
    Ok(question.options)
}

/// Logs in whoever has answered, and goes on to `next`. As the `second` step of a login, it must be the user whose password was right.
pub(crate) async fn log_in(
    kind: UserKind,
    answer: &str,
    (second, remember): (bool, bool),
    next: &str,
) -> Result<(), AppError> {
    let (state, address, user_agent) = (state()?, client_address()?, user_agent()?);
    let half: Option<HalfIn> = if second { half_login(kind)? } else { None };
    if second && half.is_none() {
        too_late(kind, next);
        return Ok(());
    }
    let device = kept_by_device(kind, Memory::Device)?;
    let from = From { address: &address, device: &device, two_factor: "", user_agent: &user_agent };
    let question = UnderWay::Passkey.kept(kind)?;
    let mut tx = begin_write_unguarded().await?;
    let counted = login_steps::start_passkey(&mut tx, &address).await;
    tx.commit().await?;
    let given = (&counted?, Given { kept: &question, answer });
    let mut tx = begin_write_unguarded().await?;
    let logged_in = login_steps::finish_passkey(&mut tx, &state.portal, (kind, half.as_ref()), given, from).await;
    tx.commit().await?;
    let logged_in = logged_in?;
    begin_logged_in(&logged_in).await?;
    UnderWay::Passkey.forget(kind)?;
    if second {
        UnderWay::HalfLogin.forget(kind)?;
        if remember {
            remember_two_factor(&logged_in)?;
        }
    }
    leptos_axum::redirect(safe_next(kind, next));
    Ok(())
}

/// Notes that the reader has proved anew who it is, and goes back to what it wanted to do.
pub(crate) async fn confirm(actor: OwnActor, session: &[u8], answer: &str, next: &str) -> Result<(), AppError> {
    let kind = actor.scope().kind();
    let question = UnderWay::Passkey.kept(kind)?;
    let mut tx = begin_write_unguarded().await?;
    let counted = login_steps::start_passkey(&mut tx, &client_address()?).await;
    tx.commit().await?;
    let given = (&counted?, Given { kept: &question, answer });
    let mut tx = begin_write(&actor).await?;
    let confirmed = own_access::confirm_by_passkey(&actor, &mut tx, given, session).await;
    tx.commit().await?;
    confirmed?;
    UnderWay::Passkey.forget(kind)?;
    leptos_axum::redirect(safe_next(kind, next));
    Ok(())
}

/// The reader's passkeys; none where browsers take none.
pub(crate) async fn list(actor: &OwnActor) -> Result<Option<Vec<PasskeyRow>>, AppError> {
    if actor.portal().passkeys.is_none() {
        return Ok(None);
    }
    let zone = actor.scope().zone();
    let found = own_passkeys::list(actor, &mut reader(actor).await?).await?;
    let rows = found.into_iter().map(|passkey| PasskeyRow {
        id: passkey.id(),
        created: zone.local(passkey.created_at),
        last_used: passkey.last_used_at.map(|used| zone.local(used)),
        name: passkey.name,
    });
    Ok(Some(rows.collect()))
}

/// What the reader's browser is asked for a new passkey.
pub(crate) async fn begin(actor: OwnActor, session: &[u8]) -> Result<String, AppError> {
    refuse_temporary(actor.scope())?;
    let mut tx = begin_write(&actor).await?;
    let options = own_passkeys::begin(&actor, &mut tx, session).await?;
    tx.commit().await?;
    Ok(options)
}

/// Keeps the passkey that the reader's browser has made.
pub(crate) async fn add(actor: OwnActor, session: &[u8], answer: &str, name: &str) -> Result<(), AppError> {
    refuse_temporary(actor.scope())?;
    let device = domain::users::device(&user_agent()?);
    let mut tx = begin_write(&actor).await?;
    match own_passkeys::add(&actor, &mut tx, session, (answer, name, &device)).await {
        Ok(()) => {}
        // What was asked is used up.
        Err(wrong @ ServiceError::Invalid(_)) => {
            tx.commit().await?;
            return Err(wrong.into());
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    back(actor.scope().kind(), "?done=passkey");
    Ok(())
}

/// Removes one of the reader's passkeys.
pub(crate) async fn remove(actor: OwnActor, session: &[u8], id: PasskeyId) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    own_passkeys::remove(&actor, &mut tx, id, session).await?;
    tx.commit().await?;
    back(actor.scope().kind(), "?done=passkey-removed");
    Ok(())
}
