//! Keys of partners: whoever shows one acts as the user who made it, no further than the key's scopes go.

use domain::{
    access::Permission,
    api_keys::{ApiScope, ApiScopes},
    ids::{ApiKeyId, PartnerId, UserId},
};

use super::{PartnerScope, PartnerSession};
use crate::{Reader, StoreError};

/// A request of a partner's API client with a valid key. It acts as whoever made the key, no further than the key's scopes go.
#[derive(Debug, Clone)]
pub struct PartnerKeySession {
    session: PartnerSession,
    id: ApiKeyId,
    scopes: ApiScopes,
}

/// Why a partner's key may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerKeyDenied {
    /// It has not this scope.
    Scope(ApiScope),
    /// Whoever made it has not this permission.
    Permission(Permission),
}

impl PartnerKeySession {
    /// The key's session, if whoever made it may still log in and have keys, and is still the partner's.
    pub(crate) async fn of_key(
        read: &mut Reader,
        (id, name, scopes): (ApiKeyId, String, ApiScopes),
        partner: PartnerId,
        made_by: UserId,
    ) -> Result<Option<Self>, StoreError> {
        let session = PartnerSession::of_authenticated_user(read, made_by).await?;
        let may =
            |session: &PartnerSession| session.permissions.has(Permission::ManageApi) && !session.must_change_password;
        let session = session.filter(|session| session.partner_id == partner && may(session));
        let named = |session| PartnerSession { user_name: name, key: Some(id), ..session };
        Ok(session.map(|session| Self { session: named(session), id, scopes }))
    }

    /// The right to act on the key's partner.
    ///
    /// # Errors
    /// When the key has not this scope, or whoever made it not the permission that it takes.
    pub fn require(&self, scope: ApiScope) -> Result<PartnerScope, PartnerKeyDenied> {
        let wanted = ApiScope::OF_PARTNER.iter().find(|(offered, _)| *offered == scope);
        let wanted = wanted.filter(|_| self.scopes.has(scope));
        match wanted {
            None => Err(PartnerKeyDenied::Scope(scope)),
            Some((_, permission)) if !self.session.permissions.has(*permission) => {
                Err(PartnerKeyDenied::Permission(*permission))
            }
            Some(_) => Ok(PartnerScope { session: self.session.clone() }),
        }
    }

    /// The key.
    #[must_use]
    pub fn key_id(&self) -> ApiKeyId {
        self.id
    }

    /// What the key is called, and whose it is.
    #[must_use]
    pub fn session(&self) -> &PartnerSession {
        &self.session
    }
}
