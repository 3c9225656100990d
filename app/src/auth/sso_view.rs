//! What pages show of providers for single sign-on.

use serde::{Deserialize, Serialize};

/// A provider that somebody can log in by: by what addresses name it, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoLink {
    /// The id of the partner, or for admins of the account.
    pub whose: String,
    /// What its users call it.
    pub name: String,
}

/// What a provider's form shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoForm {
    /// Whether there is a provider.
    pub is_set_up: bool,
    /// Where it sends browsers back to: what has to be entered there.
    pub callback: String,
    /// Where the provider tells of logouts.
    pub backchannel: String,
    /// What its users call it.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// The portal's name with it.
    pub client_id: String,
    /// The domains of its users' addresses.
    pub domains: String,
    /// The role of users that are made at their first login; empty when none are made.
    pub default_role: String,
    /// The claim that says the role.
    pub role_claim: String,
    /// Lines of a value and a role.
    pub roles: String,
    /// Whether users can log in by it.
    pub enabled: bool,
    /// Whether they can log in by nothing else.
    pub only: bool,
}
