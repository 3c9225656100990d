//! Mailed links: what each is for, and which page it leads to. A link is that page's address and a token behind it.

use domain::partners::UserKind;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To set a new password.
    Reset,
    /// To set a first one.
    Invite,
    /// To confirm an address.
    Email,
    /// To set a new password as an admin.
    AdminReset,
    /// To become an admin.
    AdminInvite,
    /// To set an empty installation up.
    Setup,
}

impl Link {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Reset, Self::Invite, Self::Email, Self::AdminReset, Self::AdminInvite, Self::Setup];

    /// The link by which a user of this kind resets a password.
    #[must_use]
    pub const fn reset(kind: UserKind) -> Self {
        match kind {
            UserKind::Partner => Self::Reset,
            UserKind::Admin => Self::AdminReset,
        }
    }

    /// The page it leads to.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Reset => "/partner/reset-password",
            Self::Invite => "/partner/invite",
            Self::Email => "/partner/confirm-email",
            Self::AdminReset => "/admin/reset-password",
            Self::AdminInvite => "/admin/invite",
            Self::Setup => "/admin/setup",
        }
    }

    /// The link with this token.
    #[must_use]
    pub fn href(self, public_url: &str, token: &str) -> String {
        format!("{public_url}{}/{token}", self.path())
    }

    /// The link a path is, if it is one: a page's path and one more part, the token.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (page, token) = path.rsplit_once('/')?;
        Self::ALL.into_iter().find(|link| link.path() == page && !token.is_empty())
    }
}
