//! Mails about logging in: passwords and addresses.

use super::frame::templates;

/// Why somebody gets a link to reset a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetReason {
    /// Somebody asked for it on the login page.
    AskedFor,
    /// An admin sends it.
    SentByAdmin,
}

/// A link to set a new password.
#[derive(Clone, Copy)]
pub struct PasswordReset<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// Why it is sent.
    pub reason: ResetReason,
    /// The link, which works once, for an hour.
    pub link: &'a str,
}
templates!(PasswordReset, "mail/password_reset.txt", "mail/password_reset.html");

/// To a new login address: a link to confirm it.
#[derive(Clone, Copy)]
pub struct ConfirmAddress<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The address until then.
    pub old: &'a str,
    /// The link, which works once, for a day.
    pub link: &'a str,
}
templates!(ConfirmAddress, "mail/confirm_address.txt", "mail/confirm_address.html");

/// To a new login address that has a login already: nothing was changed.
#[derive(Clone, Copy)]
pub struct AddressTaken<'a> {
    /// Whom it greets.
    pub name: &'a str,
}
templates!(AddressTaken, "mail/address_taken.txt", "mail/address_taken.html");

/// To the old login address: another one was asked for.
#[derive(Clone, Copy)]
pub struct AddressChangeAsked<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The address that was asked for.
    pub new: &'a str,
}
templates!(AddressChangeAsked, "mail/address_change_asked.txt", "mail/address_change_asked.html");

/// Somebody else made a temporary password for a user, in place of its own if it had one.
#[derive(Clone, Copy)]
pub struct TemporaryPasswordMade<'a> {
    /// Whom it greets.
    pub name: &'a str,
}
templates!(TemporaryPasswordMade, "mail/temporary_password_made.txt", "mail/temporary_password_made.html");

/// Somebody else turned two-factor authentication off for a user.
#[derive(Clone, Copy)]
pub struct TwoFactorReset<'a> {
    /// Whom it greets.
    pub name: &'a str,
}
templates!(TwoFactorReset, "mail/two_factor_reset.txt", "mail/two_factor_reset.html");

/// A user's role was changed.
#[derive(Clone, Copy)]
pub struct RoleChanged<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// What the new role is called.
    pub role: &'a str,
}
templates!(RoleChanged, "mail/role_changed.txt", "mail/role_changed.html");

/// A user's login was disabled.
#[derive(Clone, Copy)]
pub struct LoginDisabled<'a> {
    /// Whom it greets.
    pub name: &'a str,
}
templates!(LoginDisabled, "mail/login_disabled.txt", "mail/login_disabled.html");

/// The last event of an account's audit log, to keep as a proof.
#[derive(Clone, Copy)]
pub struct AuditHead<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// The account's short name.
    pub account: &'a str,
    /// The event's number and hash, `SEQ:HASH`.
    pub head: &'a str,
    /// When that was, in the account's time zone.
    pub at: &'a str,
}
templates!(AuditHead, "mail/audit_head.txt", "mail/audit_head.html");
