//! What follows when a user's credentials change, whoever changes them and of whichever kind the user is.

use domain::{ids::UserId, partners::UserStatus};
use store::{Tx, credentials};

use crate::{
    ServiceError,
    mail::{self, LoginDisabled, Notice, RoleChanged, TemporaryPasswordMade, TwoFactorReset},
    notices::{Place, tell_at},
};

/// What was changed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    /// Something of its own, by the user itself or in its name.
    Own(Notice<'a>, Place<'a>),
    /// The password, to a temporary one that somebody else made.
    TemporaryPassword,
    /// The address it logs in with.
    Address {
        /// The address until now.
        before: &'a str,
        /// Where the link to the new one was followed.
        place: Place<'a>,
    },
    /// Two-factor authentication was turned off by somebody else.
    TwoFactorReset,
    /// What the user may do; the role is called so.
    Role(&'a str),
    /// The user may not log in any more.
    Disabled,
}

/// Ends what rests on a user's credentials as they were, and writes to the user what happened: its mailed links of every purpose,
/// logins and proofs under way, and its sessions. The session of this hash stays: it is the one in which the user itself made the
/// change.
///
/// Every change of credentials comes through here, after it was stored and in its transaction.
pub(crate) async fn changed(
    tx: &mut Tx,
    user: UserId,
    change: Change<'_>,
    stays: Option<&[u8]>,
) -> Result<(), ServiceError> {
    let holder = credentials::renew(tx, user, stays).await?;
    let (account, name, to) = (holder.account_id(), &*holder.name, &*holder.email);
    match change {
        Change::Own(notice, place) => tell_at(tx, user, &holder, to, notice, place).await,
        Change::TemporaryPassword => mail::send(tx, account, to, &TemporaryPasswordMade { name }).await,
        Change::Address { before, place } => {
            let notice = Notice::Address { new: to };
            tell_at(tx, user, &holder, before, notice, place).await?;
            tell_at(tx, user, &holder, to, notice, place).await
        }
        Change::TwoFactorReset => mail::send(tx, account, to, &TwoFactorReset { name }).await,
        Change::Role(role) => mail::send(tx, account, to, &RoleChanged { name, role }).await,
        Change::Disabled => mail::send(tx, account, to, &LoginDisabled { name }).await,
    }
}

/// The same after somebody else changed a user's role, if it has a new one, or its status.
pub(crate) async fn access_changed(
    tx: &mut Tx,
    user: UserId,
    new_role: Option<&str>,
    status: UserStatus,
    before: UserStatus,
) -> Result<(), ServiceError> {
    match new_role {
        _ if status == UserStatus::Disabled && status != before => changed(tx, user, Change::Disabled, None).await,
        Some(role) => changed(tx, user, Change::Role(role), None).await,
        None => Ok(()),
    }
}
