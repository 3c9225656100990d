//! What the pages of one's own access do, for partner users and admins alike.

use domain::{partners::UserKind, users::OwnSession};
use services::{
    login::Person,
    own_access::{self, OwnActor, Proved},
    recovery,
};

use super::own_cards::SecurityView;
use crate::{
    access::{begin_write, reader, state, two_factor_page},
    error::AppError,
};

/// Somebody's own sessions and address; `current` is the hash of the session that asks.
pub(crate) async fn view(person: &Person, current: &[u8]) -> Result<SecurityView, AppError> {
    let lifetime = state()?.portal.session_lifetime;
    let own = store::sessions::own(&mut reader(person).await?, person.own(), lifetime).await?;
    let zone = person.zone();
    let listed = own.into_iter().map(|(hash, own)| OwnSession {
        key: own_access::session_key(&hash),
        device: domain::users::device(&own.user_agent),
        address: own.address,
        began: zone.local(own.created_at),
        last_used: zone.local(own.last_used_at),
        current: hash == current,
    });
    let two_factor = person.own().two_factor();
    Ok(SecurityView {
        name: person.user_name().to_owned(),
        email: person.email().to_owned(),
        two_factor: (two_factor.on || two_factor.is_offered).then_some(two_factor.on),
        two_factor_due: two_factor.due.map(|due| zone.local(due)),
        sessions: listed.collect(),
    })
}

/// Asks for the current password: what follows is done only if it is right.
pub(crate) async fn prove(actor: &OwnActor, current: String) -> Result<Proved, AppError> {
    let mut tx = begin_write(actor).await?;
    let proof = own_access::start(actor, &mut tx).await;
    tx.commit().await?;
    Ok(proof?.check(actor, current).await?)
}

/// Changes the password, and ends the other sessions than the one of this hash.
pub(crate) async fn change_password(
    actor: OwnActor,
    session: &[u8],
    current: String,
    (password, repeat): (String, &str),
) -> Result<(), AppError> {
    recovery::check_password(&password, repeat, &actor.scope().words())?;
    let proved = prove(&actor, current).await?;
    let hash = recovery::new_password(actor.portal(), password, repeat, &[]).await?;
    let mut tx = begin_write(&actor).await?;
    let changed = own_access::change_password(&actor, &mut tx, &proved, &hash, session).await;
    tx.commit().await?;
    Ok(changed?)
}

/// Asks for another address to log in with.
pub(crate) async fn change_email(actor: OwnActor, current: String, new_email: &str) -> Result<(), AppError> {
    let new = own_access::read_new_email(actor.scope(), new_email)?;
    let proved = prove(&actor, current).await?;
    let mut tx = begin_write(&actor).await?;
    let asked = own_access::change_email(&actor, &mut tx, &proved, new).await;
    tx.commit().await?;
    Ok(asked.map_err(|error| error.keeping([("new_email", new_email)]))?)
}

/// Ends the other sessions than the one of this hash.
pub(crate) async fn end_other_sessions(actor: OwnActor, session: &[u8]) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    own_access::end_other_sessions(&actor, &mut tx, session).await?;
    Ok(tx.commit().await?)
}

/// Ends one session.
pub(crate) async fn end_session(actor: OwnActor, key: &str) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    own_access::end_session(&actor, &mut tx, key).await?;
    Ok(tx.commit().await?)
}

/// Changes the name.
pub(crate) async fn change_name(actor: OwnActor, name: &str) -> Result<(), AppError> {
    let mut tx = begin_write(&actor).await?;
    own_access::change_name(&actor, &mut tx, name).await?;
    Ok(tx.commit().await?)
}

/// Refuses somebody who came in by a temporary password.
///
/// # Errors
/// [`AppError::First`] then.
pub(super) fn refuse_temporary(person: &Person) -> Result<(), AppError> {
    // Whoever made the temporary password must not bind the user's login to an app of theirs.
    if person.must_change_password() { Err(AppError::First) } else { Ok(()) }
}

/// Goes back to the page of two-factor authentication.
pub(super) fn back(kind: UserKind, done: &str) {
    leptos_axum::redirect(&format!("{}{done}", two_factor_page(kind)));
}
