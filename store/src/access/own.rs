//! What somebody may do with its own access, whichever kind of user it is.

use domain::ids::{AccountId, UserId};

use super::{AdminSession, PartnerSession};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::PartnerSession {}
    impl Sealed for super::AdminSession {}
}

/// Somebody who is logged in, as the owner of its own password, address and sessions. No permission is needed for those.
pub trait Own: sealed::Sealed {
    /// The user.
    fn own_id(&self) -> UserId;
    /// The user's account.
    fn own_account(&self) -> AccountId;
}

impl Own for PartnerSession {
    fn own_id(&self) -> UserId {
        self.user_id()
    }

    fn own_account(&self) -> AccountId {
        self.account_id()
    }
}

impl Own for AdminSession {
    fn own_id(&self) -> UserId {
        self.user_id()
    }

    fn own_account(&self) -> AccountId {
        self.account_id()
    }
}
