//! Mailed links: what each is for, and which page it leads to. A link is that page's address and a token behind it, and says
//! which account it belongs to where several share the portal.

use domain::{ids::AccountId, partners::UserKind};
use store::{Reader, StoreError, accounts};

/// Where browsers find an account's pages: what mailed links are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUrl {
    public_url: String,
    /// The account's short name, where several share the portal.
    slug: Option<String>,
}

impl AccountUrl {
    /// Of an account of the portal that is found there; `public_url` has no slash at the end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(read: &mut Reader, public_url: &str, account: AccountId) -> Result<Self, StoreError> {
        Ok(Self { public_url: public_url.to_owned(), slug: accounts::shared_slug(read, account).await? })
    }

    /// Of the only account there is, or of a portal that has none yet.
    #[must_use]
    pub fn of_only_account(public_url: &str) -> Self {
        Self { public_url: public_url.to_owned(), slug: None }
    }

    /// The address of a page, which is given by its path.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        let Self { public_url, slug } = self;
        let account = slug.as_ref().map(|slug| format!("?account={slug}")).unwrap_or_default();
        format!("{public_url}{path}{account}")
    }

    /// The link with this token.
    #[must_use]
    pub fn link(&self, link: Link, token: &str) -> String {
        self.page(&format!("{}/{token}", link.path()))
    }
}

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
    /// To confirm an address as an admin.
    AdminEmail,
    /// To become an admin.
    AdminInvite,
    /// To set an empty installation up.
    Setup,
    /// To stop a report that comes by mail.
    StopReport,
    /// To end all sessions.
    EndSessions,
    /// To end all sessions as an admin.
    AdminEndSessions,
}

impl Link {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Reset,
        Self::Invite,
        Self::Email,
        Self::AdminReset,
        Self::AdminEmail,
        Self::AdminInvite,
        Self::Setup,
        Self::StopReport,
        Self::EndSessions,
        Self::AdminEndSessions,
    ];

    /// The link by which a user of this kind confirms an address.
    #[must_use]
    pub const fn email(kind: UserKind) -> Self {
        match kind {
            UserKind::Partner => Self::Email,
            UserKind::Admin => Self::AdminEmail,
        }
    }

    /// The link by which a user of this kind resets a password.
    #[must_use]
    pub const fn reset(kind: UserKind) -> Self {
        match kind {
            UserKind::Partner => Self::Reset,
            UserKind::Admin => Self::AdminReset,
        }
    }

    /// The link by which a user of this kind ends all its sessions.
    #[must_use]
    pub const fn end_sessions(kind: UserKind) -> Self {
        match kind {
            UserKind::Partner => Self::EndSessions,
            UserKind::Admin => Self::AdminEndSessions,
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
            Self::AdminEmail => "/admin/confirm-email",
            Self::AdminInvite => "/admin/invite",
            Self::Setup => "/admin/setup",
            Self::StopReport => "/partner/stop-report",
            Self::EndSessions => "/partner/end-sessions",
            Self::AdminEndSessions => "/admin/end-sessions",
        }
    }

    /// The link a path is, if it is one: a page's path and one more part, the token.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (page, token) = path.rsplit_once('/')?;
        Self::ALL.into_iter().find(|link| link.path() == page && !token.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_say_which_account_they_belong_to_where_there_are_several() {
        let only = AccountUrl::of_only_account("https://portal.example");
        let one = AccountUrl { slug: Some("acme".to_owned()), ..only.clone() };
        assert_eq!(only.page("/partner/leads"), "https://portal.example/partner/leads");
        assert_eq!(one.page("/partner/leads"), "https://portal.example/partner/leads?account=acme");
        assert_eq!(one.link(Link::Invite, "abc"), "https://portal.example/partner/invite/abc?account=acme");
        assert_eq!(Link::of_path("/partner/invite/abc"), Some(Link::Invite));
    }
}
