//! The permission check, as types.
//!
//! A [`PartnerSession`] is what the database says of a logged-in user at this moment. The only way from there to a
//! [`PartnerScope`], which every partner query takes, is [`PartnerSession::require`] with the permission in question.

mod admin;
mod grants;
mod own;
mod partner_key;

pub(crate) use admin::ShownKey;
pub use admin::{AdminDenied, AdminScope, AdminSession, ApiSession, ScopeMissing};
pub(crate) use grants::{GRANTS, Grants};
pub use own::Own;
pub use partner_key::{PartnerKeyDenied, PartnerKeySession};

use chrono::{DateTime, Utc};
use domain::{
    access::{Denied, Overrides, PartnerRole, Permission, Permissions, effective},
    ids::{AccountId, ApiKeyId, PartnerId, UserId},
    leads::LeadColumns,
    money::Currency,
    partners::{PartnerStatus, UserKind, UserStatus},
    two_factor::{TwoFactorRule, TwoFactorState},
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError,
    error::parse_stored,
    sql::{Conn, sql},
    wall::{Wall, Walled},
};

/// A logged-in partner user whose account, partner and own access are all switched on.
#[derive(Debug, Clone)]
pub struct PartnerSession {
    user_id: UserId,
    user_name: String,
    email: String,
    role: PartnerRole,
    account_id: AccountId,
    account_name: String,
    account_slug: String,
    support_contact: String,
    partner_id: PartnerId,
    partner_number: i64,
    partner_name: String,
    permissions: Permissions,
    zone: Zone,
    currency: Currency,
    must_change_password: bool,
    lead_columns: LeadColumns,
    start_list: String,
    /// Whether it is an admin who looks, and not one of the partner's users.
    by_admin: bool,
    /// Which admin, if it is not an API key that acts.
    admin: Option<UserId>,
    /// The API key that acts, if it is no user at a browser.
    key: Option<ApiKeyId>,
    /// Whether it is the account that reads, which sees the fields that it hides from its partners.
    sees_hidden_fields: bool,
    two_factor: TwoFactorState,
}

#[derive(FromRow)]
struct SessionRow {
    user_id: Uuid,
    user_name: String,
    email: String,
    role: String,
    user_status: String,
    must_change_password: bool,
    lead_columns: Option<i64>,
    start_list: String,
    temporary_until_at: Option<DateTime<Utc>>,
    account_id: Uuid,
    account_name: String,
    account_slug: String,
    support_contact: String,
    portal_enabled: bool,
    default_permissions: i64,
    time_zone: String,
    currency: String,
    partner_id: Uuid,
    partner_number: i64,
    partner_name: String,
    partner_status: String,
    portal_access: bool,
    allowed_permissions: i64,
    denied_permissions: i64,
    two_factor: String,
    two_factor_admins_at: Option<DateTime<Utc>>,
    two_factor_partners_at: Option<DateTime<Utc>>,
    two_factor_on: bool,
}

/// Whether the user `u` has set two-factor authentication up. Whoever has no password logs in by a provider, which sees to that.
pub(crate) const TWO_FACTOR_ON: &str = "(EXISTS (SELECT 1 FROM user_totp t WHERE t.user_id = u.id)
    OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = u.id)
    OR (u.password_hash IS NULL AND EXISTS (SELECT 1 FROM provider_identities i WHERE i.user_id = u.id))) AS two_factor_on";

impl PartnerSession {
    /// What the database says of this user now; `None` when anything in the way to the portal is switched off, or the user's
    /// temporary password has ended.
    ///
    /// **Bypass.** It believes its caller that the visitor is this user: it is for the guard, which has read the id
    /// from a valid session, and for the login, which has checked a password.
    pub async fn of_authenticated_user(read: &mut Reader, user: UserId) -> Result<Option<Self>, StoreError> {
        let now = read.now();
        Self::load(read.conn(), user, now).await
    }

    async fn load(conn: Conn<'_>, user: UserId, now: DateTime<Utc>) -> Result<Option<Self>, StoreError> {
        let row = sql("SELECT u.id AS user_id, u.name AS user_name, u.email, u.role, u.status AS user_status,
                u.must_change_password, u.lead_columns, u.start_list, u.temporary_until_at, a.id AS account_id, a.name AS account_name, a.slug AS account_slug, a.support_contact, a.portal_enabled, a.default_permissions,
                a.time_zone, a.currency,
                p.id AS partner_id, p.number AS partner_number, p.name AS partner_name, p.status AS partner_status,
                p.portal_access, p.allowed_permissions, p.denied_permissions,
                a.two_factor, a.two_factor_admins_at, a.two_factor_partners_at, ")
        .push(TWO_FACTOR_ON)
        .push("
            FROM users u
            JOIN partners p ON p.id = u.partner_id AND p.account_id = u.account_id
            JOIN accounts a ON a.id = u.account_id
            WHERE u.id = $1 AND u.kind = 'partner'")
        .bind(user)
        .optional::<SessionRow>(conn)
        .await?;
        row.map_or(Ok(None), |row| Self::from_row(row, now))
    }

    fn from_row(row: SessionRow, now: DateTime<Utc>) -> Result<Option<Self>, StoreError> {
        let switched_on = row.portal_enabled
            && row.portal_access
            && parse_stored::<PartnerStatus>(&row.partner_status)? == PartnerStatus::Active
            && parse_stored::<UserStatus>(&row.user_status)? == UserStatus::Active;
        // A temporary password that nobody used in time opens nothing any more.
        let too_late = row.must_change_password && row.temporary_until_at.is_none_or(|until| until <= now);
        if !switched_on || too_late {
            return Ok(None);
        }
        let role = parse_stored(&row.role)?;
        let rule = TwoFactorRule {
            policy: parse_stored(&row.two_factor)?,
            admins_from: row.two_factor_admins_at,
            partners_from: row.two_factor_partners_at,
        };
        let two_factor = rule.state(UserKind::Partner, row.two_factor_on, now);
        let overrides = Overrides {
            allowed: Permissions::from_bits(row.allowed_permissions),
            denied: Permissions::from_bits(row.denied_permissions),
        };
        Ok(Some(Self {
            user_id: UserId(row.user_id),
            user_name: row.user_name,
            email: row.email,
            role,
            account_id: AccountId(row.account_id),
            account_name: row.account_name,
            account_slug: row.account_slug,
            support_contact: row.support_contact,
            partner_id: PartnerId(row.partner_id),
            partner_number: row.partner_number,
            partner_name: row.partner_name,
            permissions: effective(Permissions::from_bits(row.default_permissions), overrides, role),
            zone: parse_stored(&row.time_zone)?,
            currency: parse_stored(&row.currency)?,
            must_change_password: row.must_change_password,
            lead_columns: row.lead_columns.map(LeadColumns::from_bits).unwrap_or_default(),
            start_list: row.start_list,
            by_admin: false,
            admin: None,
            key: None,
            sees_hidden_fields: false,
            two_factor,
        }))
    }

    /// The one maker of a [`PartnerScope`].
    ///
    /// # Errors
    /// [`Denied::Missing`] when the user has not this permission, [`Denied::SwitchedOff`] as long as it has to change its
    /// password first, or to set up two-factor authentication.
    pub fn require(&self, permission: Permission) -> Result<PartnerScope, Denied> {
        if self.must_change_password || self.two_factor.is_missing {
            Err(Denied::SwitchedOff)
        } else if self.key.is_none() && self.permissions.has(permission) {
            Ok(PartnerScope { session: self.clone() })
        } else {
            Err(Denied::Missing(permission))
        }
    }

    /// The API key that acts, if it is no user at a browser.
    #[must_use]
    pub fn key_id(&self) -> Option<ApiKeyId> {
        self.key
    }

    /// Whether the extra fields of leads that are hidden from partners are to be read.
    #[must_use]
    pub fn sees_hidden_fields(&self) -> bool {
        self.sees_hidden_fields
    }

    /// The user; of an API key whoever made it.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The user's name.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The user's email address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The user's role.
    #[must_use]
    pub fn role(&self) -> PartnerRole {
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

    /// Whether the user came in by a temporary password and has to set its own before anything else.
    #[must_use]
    pub fn must_change_password(&self) -> bool {
        self.must_change_password
    }

    /// Where the user stands with two-factor authentication.
    #[must_use]
    pub fn two_factor(&self) -> TwoFactorState {
        self.two_factor
    }

    /// The columns that the user wants in the list of leads.
    #[must_use]
    pub fn lead_columns(&self) -> LeadColumns {
        self.lead_columns
    }

    /// Where the list of leads begins for the user: its state as an address has it, empty for all leads.
    #[must_use]
    pub fn start_list(&self) -> &str {
        &self.start_list
    }

    /// Whether it is an admin who looks at the partner's portal: nothing may be changed or taken away then.
    #[must_use]
    pub fn is_by_admin(&self) -> bool {
        self.by_admin
    }

    /// Whom the account's partners can ask.
    #[must_use]
    pub fn support_contact(&self) -> &str {
        &self.support_contact
    }

    /// The partner.
    #[must_use]
    pub fn partner_id(&self) -> PartnerId {
        self.partner_id
    }

    /// The partner's name.
    #[must_use]
    pub fn partner_name(&self) -> &str {
        &self.partner_name
    }

    /// The user's rights.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.permissions
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
}

/// The right to read or change one partner's data, after a permission was checked. Its fields are private and it has no
/// other makers than [`PartnerSession::require`], for API clients [`PartnerKeySession::require`] and, for admins,
/// [`AdminScope::for_partner`]: no scope, no query.
#[derive(Debug, Clone)]
pub struct PartnerScope {
    session: PartnerSession,
}

impl PartnerScope {
    /// The session it came from.
    #[must_use]
    pub fn session(&self) -> &PartnerSession {
        &self.session
    }

    /// The admin who acts for the partner, if it is one.
    pub(crate) fn admin(&self) -> Option<UserId> {
        self.session.admin
    }

    pub(crate) fn account_id(&self) -> AccountId {
        self.session.account_id
    }

    pub(crate) fn partner_id(&self) -> PartnerId {
        self.session.partner_id
    }

    /// The first and the last key a lead of this partner can have.
    pub(crate) fn lead_keys(&self) -> (i64, i64) {
        crate::leads::key_range(self.session.partner_number)
    }
}

impl Walled for PartnerSession {
    fn wall(&self) -> Wall {
        Wall { account: self.account_id, partner: Some(self.partner_id) }
    }
}

impl Walled for PartnerScope {
    fn wall(&self) -> Wall {
        self.session.wall()
    }
}
