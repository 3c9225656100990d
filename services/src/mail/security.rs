//! The mail that tells a user what was done in its name, and what to do if it was not the user.

use super::frame::templates;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Somebody logged in with a browser that had not logged in before.
    NewBrowser {
        /// The browser and the system, as far as they say it.
        device: &'a str,
    },
    /// The password was changed.
    Password,
    /// The login address was changed.
    Address {
        /// The address from now on.
        new: &'a str,
    },
    /// Two-factor authentication was turned on.
    TwoFactorOn,
    /// Two-factor authentication was turned off.
    TwoFactorOff,
    /// A passkey was added.
    PasskeyAdded {
        /// What it is called.
        name: &'a str,
    },
    /// A passkey was removed.
    PasskeyRemoved {
        /// What it was called.
        name: &'a str,
    },
    /// New recovery codes were made.
    RecoveryCodes,
    /// A recovery code was used to log in.
    RecoveryCodeUsed {
        /// How many are left.
        left: i64,
    },
    /// The password was right again and again, and the codes were wrong.
    WrongCodes,
    /// Somebody was invited as a user of the partner.
    UserInvited {
        /// Where the invitation was sent.
        email: &'a str,
    },
    /// An API key was made.
    KeyMade {
        /// What it is called.
        key: &'a str,
    },
    /// An API key was revoked.
    KeyRevoked {
        /// What it was called.
        key: &'a str,
    },
    /// Where leads or events are delivered to was changed.
    DeliveryTarget,
    /// Single sign-on was set up, changed or removed.
    SingleSignOn,
    /// A new key to sign what is delivered was made.
    SigningSecret,
    /// Somebody was invited as an admin.
    AdminInvited {
        /// Where the invitation was sent.
        email: &'a str,
    },
    /// An admin's role or access was changed.
    AdminChanged {
        /// The admin's name.
        admin: &'a str,
    },
}

impl Notice<'_> {
    /// What was done, as a sentence without its end.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NewBrowser { device } => {
                format!("Somebody logged in with a browser we had not seen before: {device}")
            }
            Self::Password => "Your password was changed".to_owned(),
            Self::Address { new } => format!("Your login address was changed: you log in with {new} from now on"),
            Self::TwoFactorOn => "Two-factor authentication was turned on for your login".to_owned(),
            Self::TwoFactorOff => "Two-factor authentication was turned off for your login".to_owned(),
            Self::PasskeyAdded { name } => format!("The passkey “{name}” was added to your login"),
            Self::PasskeyRemoved { name } => format!("The passkey “{name}” was removed from your login"),
            Self::RecoveryCodes => "New recovery codes were created for your login".to_owned(),
            Self::RecoveryCodeUsed { left: 1 } => "A recovery code was used to log in as you, 1 is left".to_owned(),
            Self::RecoveryCodeUsed { left } => format!("A recovery code was used to log in as you, {left} are left"),
            Self::WrongCodes => "Somebody knows your password and has entered wrong codes to log in as you".to_owned(),
            Self::UserInvited { email } => format!("You have invited {email} as a user"),
            Self::KeyMade { key } => format!("You have created the API key “{key}”"),
            Self::KeyRevoked { key } => format!("You have revoked the API key “{key}”"),
            Self::DeliveryTarget => "You have changed where data is delivered to".to_owned(),
            Self::SingleSignOn => "You have changed by which provider users log in".to_owned(),
            Self::SigningSecret => "You have created a new key to sign what is delivered".to_owned(),
            Self::AdminInvited { email } => format!("You have invited {email} as an admin"),
            Self::AdminChanged { admin } => format!("You have changed the role or the access of {admin}"),
        }
    }

    /// The subject of the mail, without the account it is about.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Self::NewBrowser { .. } => "A login with a new browser",
            Self::Password => "Your password was changed",
            Self::Address { .. } => "Your login address was changed",
            Self::TwoFactorOn => "Two-factor authentication was turned on",
            Self::TwoFactorOff => "Two-factor authentication was turned off",
            Self::PasskeyAdded { .. } => "A passkey was added",
            Self::PasskeyRemoved { .. } => "A passkey was removed",
            Self::RecoveryCodes => "New recovery codes",
            Self::RecoveryCodeUsed { .. } => "A recovery code was used",
            Self::WrongCodes => "Wrong codes for your login",
            Self::UserInvited { .. } => "A user was invited",
            Self::KeyMade { .. } => "An API key was created",
            Self::KeyRevoked { .. } => "An API key was revoked",
            Self::DeliveryTarget => "The delivery settings were changed",
            Self::SingleSignOn => "Single sign-on was changed",
            Self::SigningSecret => "A new signing key",
            Self::AdminInvited { .. } => "An admin was invited",
            Self::AdminChanged { .. } => "An admin was changed",
        }
    }
}

/// Something that was done in a user's name.
#[derive(Clone, Copy)]
pub struct SecurityNotice<'a> {
    /// Whom it greets.
    pub name: &'a str,
    /// What was done.
    pub notice: Notice<'a>,
    /// When, in the account's time zone.
    pub at: &'a str,
    /// From which network address.
    pub address: &'a str,
    /// The link that ends all sessions.
    pub link: &'a str,
}
templates!(SecurityNotice, "mail/security_notice.txt", "mail/security_notice.html");
