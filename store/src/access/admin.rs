//! The same for admins: [`AdminSession`] is what the database says of a logged-in admin, and
//! [`AdminSession::require`] the one maker of an [`AdminScope`], which every query of admins takes.

use chrono::{DateTime, Utc};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions, effective},
    admin::{AdminPermission, AdminRole},
    api_keys::{ApiScope, ApiScopes},
    ids::{AccountId, ApiKeyId, PartnerId, UserId},
    leads::LeadColumns,
    money::Currency,
    partners::{UserKind, UserStatus},
    two_factor::{TwoFactorRule, TwoFactorState},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{PartnerScope, PartnerSession, TWO_FACTOR_ON};
use crate::{
    Reader, StoreError,
    error::parse_stored,
    sql::sql,
    wall::{Wall, Walled},
};

/// A logged-in admin whose own access is switched on.
#[derive(Debug, Clone)]
pub struct AdminSession {
    user_id: UserId,
    user_name: String,
    email: String,
    role: AdminRole,
    account_id: AccountId,
    account_name: String,
    account_slug: String,
    zone: Zone,
    currency: Currency,
    lead_columns: LeadColumns,
    two_factor: TwoFactorState,
    viewed_partner: Option<PartnerId>,
    /// Set where it is no admin but an API key that acts.
    key: Option<(ApiKeyId, ApiScopes)>,
}

#[derive(FromRow)]
struct AdminRow {
    user_id: Uuid,
    user_name: String,
    email: String,
    role: String,
    account_id: Uuid,
    account_name: String,
    account_slug: String,
    time_zone: String,
    currency: String,
    user_status: String,
    lead_columns: Option<i64>,
    two_factor: String,
    two_factor_admins_at: Option<DateTime<Utc>>,
    two_factor_partners_at: Option<DateTime<Utc>>,
    two_factor_on: bool,
}

/// Without the permission asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminDenied(pub AdminPermission);

impl AdminSession {
    /// What the database says of this admin now; `None` when it is disabled or is none.
    ///
    /// **Bypass.** It believes its caller that the visitor is this admin: it is for the guard, which has read the id from a
    /// valid session, and for the login, which has checked a password.
    pub async fn of_authenticated_user(read: &mut Reader, user: UserId) -> Result<Option<Self>, StoreError> {
        let row = sql("SELECT u.id AS user_id, u.name AS user_name, u.email, u.role, u.status AS user_status,
                u.lead_columns, a.id AS account_id, a.name AS account_name, a.slug AS account_slug, a.time_zone, a.currency,
                a.two_factor, a.two_factor_admins_at, a.two_factor_partners_at, ")
        .push(TWO_FACTOR_ON)
        .push(" FROM users u JOIN accounts a ON a.id = u.account_id
            WHERE u.id = $1 AND u.kind = 'admin'")
        .bind(user)
        .optional::<AdminRow>(read.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        if parse_stored::<UserStatus>(&row.user_status)? != UserStatus::Active {
            return Ok(None);
        }
        let rule = TwoFactorRule {
            policy: parse_stored(&row.two_factor)?,
            admins_from: row.two_factor_admins_at,
            partners_from: row.two_factor_partners_at,
        };
        let two_factor = rule.state(UserKind::Admin, row.two_factor_on, read.now());
        Ok(Some(Self {
            user_id: UserId(row.user_id),
            user_name: row.user_name,
            email: row.email,
            role: parse_stored(&row.role)?,
            account_id: AccountId(row.account_id),
            account_name: row.account_name,
            account_slug: row.account_slug,
            zone: parse_stored(&row.time_zone)?,
            currency: parse_stored(&row.currency)?,
            lead_columns: row.lead_columns.map_or_else(LeadColumns::of_account, LeadColumns::from_bits),
            two_factor,
            viewed_partner: None,
            key: None,
        }))
    }

    /// The same, noting the partner whose portal this session looks at.
    pub async fn of_session(read: &mut Reader, user: UserId, id_hash: &[u8]) -> Result<Option<Self>, StoreError> {
        let Some(mut session) = Self::of_authenticated_user(read, user).await? else { return Ok(None) };
        let viewed = sql("SELECT viewed_partner_id FROM sessions WHERE id_hash = $1 AND user_id = $2")
            .bind(id_hash)
            .bind(user)
            .optional::<(Option<Uuid>,)>(read.conn())
            .await?;
        session.viewed_partner = viewed.and_then(|(partner,)| partner).map(PartnerId);
        Ok(Some(session))
    }

    /// The one maker of an [`AdminScope`].
    ///
    /// # Errors
    /// When the admin's role does not allow it, or it has to set up two-factor authentication first.
    pub fn require(&self, permission: AdminPermission) -> Result<AdminScope, AdminDenied> {
        // A key has scopes, no permissions.
        if self.key.is_none() && !self.two_factor.is_missing && self.role.may(permission) {
            Ok(AdminScope { session: self.clone() })
        } else {
            Err(AdminDenied(permission))
        }
    }

    /// The API key that acts, if it is no admin.
    #[must_use]
    pub fn key_id(&self) -> Option<ApiKeyId> {
        self.key.map(|(id, _)| id)
    }

    /// The admin, unless it is an API key that acts.
    #[must_use]
    pub fn admin_id(&self) -> Option<UserId> {
        self.key.is_none().then_some(self.user_id)
    }

    /// The admin.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The admin's name.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The admin's address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The admin's role.
    #[must_use]
    pub fn role(&self) -> AdminRole {
        self.role
    }

    /// The account.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The account's name.
    #[must_use]
    pub fn account_name(&self) -> &str {
        &self.account_name
    }

    /// The account's short name in addresses.
    #[must_use]
    pub fn account_slug(&self) -> &str {
        &self.account_slug
    }

    /// The account's time zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The account's currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The columns that the admin wants in the account's list of leads.
    #[must_use]
    pub fn lead_columns(&self) -> LeadColumns {
        self.lead_columns
    }

    /// Where the admin stands with two-factor authentication.
    #[must_use]
    pub fn two_factor(&self) -> TwoFactorState {
        self.two_factor
    }

    /// The partner whose portal this session looks at, if any.
    #[must_use]
    pub fn viewed_partner(&self) -> Option<PartnerId> {
        self.viewed_partner
    }
}

/// A request of an API client with a valid key. It acts with the queries of admins, but has no permission of an
/// admin: what it may do its scopes say.
#[derive(Debug, Clone)]
pub struct ApiSession(AdminSession);

/// A good key, as the database has it, and the account it is for.
pub(crate) struct ShownKey {
    pub(crate) id: ApiKeyId,
    pub(crate) name: String,
    pub(crate) scopes: ApiScopes,
    pub(crate) account_id: AccountId,
    pub(crate) account_name: String,
    pub(crate) account_slug: String,
    pub(crate) zone: Zone,
    pub(crate) currency: Currency,
}

/// Without the scope asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeMissing(pub ApiScope);

impl ApiSession {
    pub(crate) fn new(key: ShownKey) -> Self {
        Self(AdminSession {
            user_id: UserId(key.id.0),
            user_name: key.name,
            email: String::new(),
            role: AdminRole::Support,
            account_id: key.account_id,
            account_name: key.account_name,
            account_slug: key.account_slug,
            zone: key.zone,
            currency: key.currency,
            lead_columns: LeadColumns::default(),
            two_factor: TwoFactorState::default(),
            viewed_partner: None,
            key: Some((key.id, key.scopes)),
        })
    }

    /// The right to act on the key's account.
    ///
    /// # Errors
    /// When the key has not this scope.
    pub fn require(&self, scope: ApiScope) -> Result<AdminScope, ScopeMissing> {
        match self.0.key {
            Some((_, scopes)) if scopes.has(scope) => Ok(AdminScope { session: self.0.clone() }),
            _ => Err(ScopeMissing(scope)),
        }
    }

    /// The key.
    #[must_use]
    pub fn key_id(&self) -> ApiKeyId {
        ApiKeyId(self.0.user_id.0)
    }

    /// What the key is called, and whose it is.
    #[must_use]
    pub fn session(&self) -> &AdminSession {
        &self.0
    }
}

/// The right to act on one account, after a permission was checked. Its fields are private and it has no other maker than
/// [`AdminSession::require`] and, for API clients, [`ApiSession::require`].
#[derive(Debug, Clone)]
pub struct AdminScope {
    session: AdminSession,
}

/// What an admin may read of a partner: everything that is to be read.
const READABLE: [Permission; 4] =
    [Permission::ViewLeads, Permission::ViewLeadPrice, Permission::ViewInvoices, Permission::ViewDeliverySettings];

#[derive(FromRow)]
struct ViewedRow {
    partner_number: i64,
    partner_name: String,
    support_contact: String,
    default_permissions: i64,
    allowed_permissions: i64,
    denied_permissions: i64,
}

impl AdminScope {
    /// The session it came from.
    #[must_use]
    pub fn session(&self) -> &AdminSession {
        &self.session
    }

    pub(crate) fn account_id(&self) -> AccountId {
        self.session.account_id
    }

    /// A session by which admins read one of the account's partners: it can only read, whatever it is asked for, and
    /// its events name the admin. Nothing for a partner of another account.
    pub async fn reading(&self, read: &mut Reader, partner: PartnerId) -> Result<Option<PartnerSession>, StoreError> {
        let session = self.viewed(read, partner, |_| Permissions::of(&READABLE)).await?;
        Ok(session.map(|session| PartnerSession { sees_hidden_fields: true, ..session }))
    }

    /// The right to act for one of the account's partners, where this admin's permission was checked already: what admins
    /// do with a partner's users or invoices goes through the same queries as what the partner does itself. Nothing for a
    /// partner of another account.
    pub async fn for_partner(&self, read: &mut Reader, partner: PartnerId) -> Result<Option<PartnerScope>, StoreError> {
        Ok(self.reading(read, partner).await?.map(|session| PartnerScope { session }))
    }

    /// A session as [`AdminScope::reading`] makes it, narrowed to what an owner at the partner can see.
    pub async fn viewing_as(
        &self,
        read: &mut Reader,
        partner: PartnerId,
    ) -> Result<Option<PartnerSession>, StoreError> {
        self.viewed(read, partner, |owner| owner.and(Permissions::of(&READABLE))).await
    }

    async fn viewed(
        &self,
        read: &mut Reader,
        partner: PartnerId,
        narrow: impl FnOnce(Permissions) -> Permissions,
    ) -> Result<Option<PartnerSession>, StoreError> {
        let row =
            sql("SELECT p.number AS partner_number, p.name AS partner_name, a.support_contact, a.default_permissions,
                p.allowed_permissions, p.denied_permissions
            FROM partners p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1 AND p.id = $2")
            .bind(self.account_id())
            .bind(partner)
            .optional::<ViewedRow>(read.conn())
            .await?;
        Ok(row.map(|row| {
            let overrides = Overrides {
                allowed: Permissions::from_bits(row.allowed_permissions),
                denied: Permissions::from_bits(row.denied_permissions),
            };
            let owner = effective(Permissions::from_bits(row.default_permissions), overrides, PartnerRole::Owner);
            let admin = &self.session;
            PartnerSession {
                user_id: admin.user_id,
                user_name: admin.user_name.clone(),
                email: admin.email.clone(),
                role: PartnerRole::Owner,
                account_id: admin.account_id,
                account_name: admin.account_name.clone(),
                account_slug: admin.account_slug.clone(),
                support_contact: row.support_contact,
                partner_id: partner,
                partner_number: row.partner_number,
                partner_name: row.partner_name,
                permissions: narrow(owner),
                zone: admin.zone,
                currency: admin.currency,
                must_change_password: false,
                lead_columns: LeadColumns::default(),
                start_list: String::new(),
                by_admin: true,
                admin: admin.admin_id(),
                key: None,
                sees_hidden_fields: false,
                two_factor: TwoFactorState::default(),
            }
        }))
    }
}

impl Walled for AdminSession {
    fn wall(&self) -> Wall {
        Wall { account: self.account_id, partner: None }
    }
}

impl Walled for AdminScope {
    fn wall(&self) -> Wall {
        self.session.wall()
    }
}
