//! The mails the portal writes.
//!
//! A mail is a struct of what it tells, and a pair of templates of the same words in `templates/mail`: the text, which holds
//! the subject as well, and the HTML. A shared frame gives them the account's colour and logo. The logo travels with the
//! mail, nothing is fetched, nobody is tracked.

mod access;
mod delivery;
mod frame;
mod invitations;
mod invoices;
mod reports;
mod returns;
mod security;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    email::Email,
    ids::{AccountId, PartnerId},
};
use store::{
    Reader, Tx, accounts,
    outbox::{self, NewMail, Recurring},
};

pub use self::{
    access::{
        AddressChangeAsked, AddressTaken, AuditHead, ConfirmAddress, LoginDisabled, PasswordReset, ResetReason,
        RoleChanged, TemporaryPasswordMade, TwoFactorReset,
    },
    delivery::{DeliveryChanged, LeadDigest, NewLead, WebhookSwitchedOff},
    invitations::{AdminInvitation, Invited, PartnerInvitation, PartnerInvitationElsewhere, Welcome},
    invoices::InvoiceIssued,
    reports::ReportMail,
    returns::ReturnsRequested,
    security::{Notice, SecurityNotice},
};
use crate::ServiceError;
/// What mails of an account look like.
pub use store::accounts::Branding;

/// Something to write to somebody.
///
/// Mails have no `Debug`: their links may give access, which does not belong in a log.
pub trait Mail: Sync {
    /// The mail as it is sent, in an account's look.
    ///
    /// # Errors
    /// When the templates cannot be rendered, which is a fault of ours.
    fn render(&self, branding: &Branding) -> Result<Rendered, ServiceError>;
}

/// A mail as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The most mails that one partner causes to be sent in an hour. More of them go out later: whoever fills the recipients or invites
/// people without end keeps no other partner's mails waiting, nor ruins the name of the server that sends them.
pub const MOST_PER_HOUR: i64 = 1_000;

/// Queues mails in the name of one account, whose look it has loaded once.
#[derive(Debug)]
pub struct MailQueue {
    account: AccountId,
    branding: Branding,
    /// The partner that causes its mails, and how many it has caused lately.
    pace: Option<(PartnerId, AtomicI64)>,
}

impl MailQueue {
    /// For this account.
    pub async fn of(read: &mut Reader, account: AccountId) -> Result<Self, ServiceError> {
        Ok(Self { account, branding: accounts::mail_branding(read, account).await?, pace: None })
    }

    /// For mails that this partner causes, of which so many go out in an hour: [`MOST_PER_HOUR`]. What somebody waits for, such as a link
    /// for a new password or a notice of a login, is not one of them.
    pub async fn of_partner(read: &mut Reader, account: AccountId, partner: PartnerId) -> Result<Self, ServiceError> {
        let caused = AtomicI64::new(outbox::paced(read, partner).await?);
        Ok(Self { pace: Some((partner, caused)), ..Self::of(read, account).await? })
    }

    /// What its mails look like.
    #[must_use]
    pub fn branding(&self) -> &Branding {
        &self.branding
    }

    /// Queues a mail, to be sent once the transaction is committed. Who has no proper address gets none.
    ///
    /// # Errors
    /// Those of [`Mail::render`].
    pub async fn send(&self, tx: &mut Tx, to: &str, mail: &impl Mail) -> Result<(), ServiceError> {
        self.queue(tx, to, mail, None).await
    }

    /// The same of a mail that comes again and again.
    ///
    /// # Errors
    /// Those of [`Mail::render`].
    pub async fn send_recurring(
        &self,
        tx: &mut Tx,
        to: &str,
        mail: &impl Mail,
        recurring: Recurring,
    ) -> Result<(), ServiceError> {
        self.queue(tx, to, mail, Some(recurring)).await
    }

    async fn queue(
        &self,
        tx: &mut Tx,
        to: &str,
        mail: &impl Mail,
        recurring: Option<Recurring>,
    ) -> Result<(), ServiceError> {
        let Ok(to) = Email::parse(to) else { return Ok(()) };
        let Rendered { subject, text, html } = mail.render(&self.branding)?;
        let paced = self
            .pace
            .as_ref()
            .map(|(partner, caused)| (*partner, caused.fetch_add(1, Ordering::Relaxed) / MOST_PER_HOUR));
        Ok(outbox::enqueue(tx, self.account, &NewMail { to, subject, text, html, recurring, paced }).await?)
    }
}

/// Queues one mail; for several of them there is the [`MailQueue`].
///
/// # Errors
/// Those of [`Mail::render`].
pub async fn send(tx: &mut Tx, account: AccountId, to: &str, mail: &impl Mail) -> Result<(), ServiceError> {
    MailQueue::of(tx, account).await?.send(tx, to, mail).await
}

/// The same of a mail that this partner causes, as [`MailQueue::of_partner`] has it.
///
/// # Errors
/// Those of [`Mail::render`].
pub async fn send_paced(
    tx: &mut Tx,
    (account, partner): (AccountId, PartnerId),
    to: &str,
    mail: &impl Mail,
) -> Result<(), ServiceError> {
    MailQueue::of_partner(tx, account, partner).await?.send(tx, to, mail).await
}
