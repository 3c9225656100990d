//! What somebody may do with its own access, whichever kind of user it is.

use domain::{
    ids::{AccountId, UserId},
    two_factor::TwoFactorState,
    zone::Zone,
};

use super::{AdminSession, PartnerSession};

mod sealed {
    pub trait Sealed: Sync {}
    impl Sealed for super::PartnerSession {}
    impl Sealed for super::AdminSession {}
}

macro_rules! own {
    ($($(#[$meta:meta])* $name:ident -> $type:ty),+ $(,)?) => {
        /// Somebody who is logged in, as the owner of its own password, address and sessions. No permission is needed for those.
        pub trait Own: sealed::Sealed {
            $($(#[$meta])* fn $name(&self) -> $type;)+
        }

        // A session's own method goes before the trait's of the same name.
        impl Own for PartnerSession {
            $(fn $name(&self) -> $type { self.$name() })+
        }

        impl Own for AdminSession {
            $(fn $name(&self) -> $type { self.$name() })+
        }
    };
}

own! {
    /// The user.
    user_id -> UserId,
    /// The user's name.
    user_name -> &str,
    /// The address it logs in with.
    email -> &str,
    /// The user's account.
    account_id -> AccountId,
    /// The account's short name.
    account_slug -> &str,
    /// The account's name.
    account_name -> &str,
    /// The account's time zone.
    zone -> Zone,
    /// Where the user stands with two-factor authentication.
    two_factor -> TwoFactorState,
}
