//! Providers for single sign-on: one for the admins of an account, one for the users of each partner; and who is whom with them.
//!
//! **Bypass:** what a login asks for takes no scope: whoever logs in has none yet.

use domain::{
    access::PartnerRole,
    admin::AdminRole,
    email::Email,
    ids::{AccountId, PartnerId, ProviderId, UserId},
    partners::UserKind,
    sso::{ProviderForm, ProviderSettings, Role},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, Own, PartnerScope},
    sql::{Column, Sql, insert, sql, update},
    users::NewUser,
};

/// Whose users log in by a provider. Only a scope makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    account: AccountId,
    partner: Option<PartnerId>,
}

impl Whose {
    /// Whose it is.
    #[must_use]
    pub fn ids(self) -> (AccountId, Option<PartnerId>) {
        (self.account, self.partner)
    }

    fn matches(self, query: Sql) -> Sql {
        let query = query.push(" account_id = ").arg(self.account).push(" AND partner_id ");
        match self.partner {
            Some(partner) => query.push("= ").arg(partner),
            None => query.push("IS NULL"),
        }
    }
}

impl From<&AdminScope> for Whose {
    /// The account's admins.
    fn from(scope: &AdminScope) -> Self {
        Self { account: scope.account_id(), partner: None }
    }
}

impl From<&PartnerScope> for Whose {
    /// The partner's users.
    fn from(scope: &PartnerScope) -> Self {
        Self { account: scope.account_id(), partner: Some(scope.partner_id()) }
    }
}

/// A provider.
#[derive(Debug, Clone, FromRow)]
pub struct Provider {
    id: Uuid,
    account_id: Uuid,
    partner_id: Option<Uuid>,
    /// What its users call it.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// The portal's name with it.
    pub client_id: String,
    /// The portal's secret with it, sealed.
    pub client_secret: Vec<u8>,
    domains: String,
    default_role: Option<String>,
    role_claim: String,
    roles: String,
    /// Whether users can log in by it.
    pub enabled: bool,
    /// Whether they can log in by nothing else.
    pub is_only: bool,
    break_glass_id: Option<Uuid>,
}

impl Provider {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> ProviderId {
        ProviderId(self.id)
    }

    /// By what addresses name it: the partner's id, or for admins the account's.
    #[must_use]
    pub fn key(&self) -> Uuid {
        self.partner_id.unwrap_or(self.account_id)
    }

    /// Whose users log in by it.
    #[must_use]
    pub fn whose(&self) -> Whose {
        Whose { account: AccountId(self.account_id), partner: self.partner_id.map(PartnerId) }
    }

    /// Which kind of users they are.
    #[must_use]
    pub fn kind(&self) -> UserKind {
        if self.partner_id.is_some() { UserKind::Partner } else { UserKind::Admin }
    }

    /// The settings, with the roles of its kind of users.
    ///
    /// # Errors
    /// When the row is unreadable.
    pub fn settings<R: Role>(&self) -> Result<ProviderSettings<R>, StoreError> {
        let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
        let form = ProviderForm {
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            domains: self.domains.clone(),
            default_role: self.default_role.clone().unwrap_or_default(),
            role_claim: self.role_claim.clone(),
            roles: self.roles.clone(),
            enabled: yes(self.enabled),
            only: yes(self.is_only),
        };
        ProviderSettings::parse(&form).map_err(|_| StoreError::Corrupt("a provider's settings".to_owned()))
    }
}

const COLUMNS: &str =
    "SELECT id, account_id, partner_id, name, issuer, client_id, client_secret, domains, default_role, role_claim,
    roles, enabled, is_only, break_glass_id FROM identity_providers WHERE";

/// Users can log in by it: it is switched on, and if it is a partner's, its account lets partners have one.
const USABLE: &str = " enabled
    AND (partner_id IS NULL OR EXISTS (SELECT 1 FROM accounts a WHERE a.id = identity_providers.account_id AND a.partner_sso))";

/// The provider of whoever's users.
pub async fn of(read: &mut Reader, whose: Whose) -> Result<Option<Provider>, StoreError> {
    whose.matches(sql(COLUMNS)).optional(read.conn()).await
}

/// The provider of a partner's users or an account's admins, of whom somebody who is not logged in has named the id, if they can log in
/// by it.
pub async fn find(read: &mut Reader, kind: UserKind, whose: Uuid) -> Result<Option<Provider>, StoreError> {
    let of = match kind {
        UserKind::Partner => " AND partner_id = ",
        UserKind::Admin => " AND partner_id IS NULL AND account_id = ",
    };
    sql(COLUMNS).push(USABLE).push(of).arg(whose).optional(read.conn()).await
}

/// Whether users of any partner of the account log in by a provider.
pub async fn any_of_partners(read: &mut Reader, account: AccountId) -> Result<bool, StoreError> {
    let count = sql("SELECT COUNT(*) FROM identity_providers WHERE partner_id IS NOT NULL AND account_id = $1 AND")
        .bind(account)
        .push(USABLE);
    Ok(count.number(read.conn()).await? > 0)
}

/// The provider for an address of this domain: of several partners that name it the one whose user has the address, then the one that
/// was there first. It is the same answer whether there is such a user or not, but for that order.
pub async fn for_address(
    read: &mut Reader,
    account: AccountId,
    email_key: &str,
    domain: &str,
) -> Result<Option<Provider>, StoreError> {
    // No host's name has these, which stand for any letters in a comparison.
    if domain.contains(['%', '_', '\\']) {
        return Ok(None);
    }
    sql(COLUMNS)
        .push(USABLE)
        .push(" AND partner_id IS NOT NULL AND account_id = ")
        .arg(account)
        .push(" AND ' ' || domains || ' ' LIKE '% ' || ")
        .arg(domain)
        .push(" || ' %' ORDER BY CASE WHEN EXISTS (SELECT 1 FROM users u WHERE u.account_id = identity_providers.account_id
            AND u.kind = 'partner' AND u.partner_id = identity_providers.partner_id AND u.email_key = ")
        .arg(email_key)
        .push(") THEN 0 ELSE 1 END, created_at LIMIT 1")
        .optional(read.conn())
        .await
}

/// Keeps a provider, in place of the one `before`; its secret too, if there is a new one, as there must be for a first one. With another
/// issuer or another name of the portal there nobody is known any more: the same name of a user may be somebody else's.
pub async fn save<R: Role>(
    tx: &mut Tx,
    whose: Whose,
    (id, before): (ProviderId, Option<&Provider>),
    settings: &ProviderSettings<R>,
    (sealed, break_glass): (Option<&[u8]>, Option<UserId>),
) -> Result<(), StoreError> {
    let secret = sealed.map(|sealed| ("client_secret", sealed.into()));
    let row: Vec<Column> = vec![
        ("name", settings.name.as_str().into()),
        ("issuer", settings.issuer.as_str().into()),
        ("client_id", settings.client_id.as_str().into()),
        ("domains", settings.domains.join(" ").into()),
        ("default_role", settings.default_role.map(|role| role.to_string()).into()),
        ("role_claim", settings.role_claim.as_str().into()),
        ("roles", settings.roles_text().into()),
        ("enabled", settings.enabled.into()),
        ("is_only", settings.only.into()),
        ("break_glass_id", break_glass.into()),
    ];
    let Some(before) = before else {
        let now = tx.now();
        let whose: [Column; 4] = [
            ("id", id.into()),
            ("account_id", whose.account.into()),
            ("partner_id", whose.partner.into()),
            ("created_at", now.into()),
        ];
        insert("identity_providers", whose.into_iter().chain(row).chain(secret)).execute(tx.conn()).await?;
        return Ok(());
    };
    if (&*before.issuer, &*before.client_id) != (&*settings.issuer, &*settings.client_id) {
        sql("DELETE FROM provider_identities WHERE provider_id = $1").bind(before.id()).execute(tx.conn()).await?;
    }
    whose
        .matches(update("identity_providers", row.into_iter().chain(secret)).push(" WHERE"))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes a provider and who is whom with it. Says whether there was one.
pub async fn remove(tx: &mut Tx, whose: Whose) -> Result<bool, StoreError> {
    Ok(whose.matches(sql("DELETE FROM identity_providers WHERE")).execute(tx.conn()).await? == 1)
}

/// The users that whoever's provider knows; of all partners of the account, if `all_partners`.
pub async fn known_users(read: &mut Reader, whose: Whose, all_partners: bool) -> Result<Vec<UserId>, StoreError> {
    let query =
        sql("SELECT user_id FROM provider_identities WHERE provider_id IN (SELECT id FROM identity_providers WHERE");
    let query = match all_partners {
        true => query.push(" partner_id IS NOT NULL AND account_id = ").arg(whose.account),
        false => whose.matches(query),
    };
    let found = query.push(") ORDER BY user_id").all::<(Uuid,)>(read.conn()).await?;
    Ok(found.into_iter().map(|(id,)| UserId(id)).collect())
}

/// Whether a partner can say that its users have addresses of this domain: one of them has, and nobody of another partner.
pub async fn has_domain(read: &mut Reader, scope: &PartnerScope, domain: &str) -> Result<bool, StoreError> {
    // Other partners' users stand behind the wall; that there are any is all that is told, and only of a domain that is one's own too.
    let ask = sql("SELECT CAST(COALESCE(SUM(CASE WHEN partner_id = $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN partner_id = $1 THEN 0 ELSE 1 END), 0) AS BIGINT)
        FROM users WHERE account_id = $2 AND kind = 'partner' AND email_key LIKE '%@' || $3")
    .bind(scope.partner_id())
    .bind(scope.account_id())
    .bind(domain);
    let (own, others) = read.beyond_wall::<(i64, i64)>(ask).await?.unwrap_or_default();
    Ok(own > 0 && others == 0)
}

/// Whether an account lets its partners set up providers.
pub async fn partners_may(read: &mut Reader, account: AccountId) -> Result<bool, StoreError> {
    let found = sql("SELECT partner_sso FROM accounts WHERE id = $1").bind(account).one::<(bool,)>(read.conn());
    Ok(found.await?.0)
}

/// Changes whether the scope's account lets its partners set up providers. Says whether that is a change.
pub async fn let_partners(tx: &mut Tx, scope: &AdminScope, may: bool) -> Result<bool, StoreError> {
    let changed = sql("UPDATE accounts SET partner_sso = $1 WHERE id = $2 AND partner_sso <> $1");
    Ok(changed.bind(may).bind(scope.account_id()).execute(tx.conn()).await? == 1)
}

/// The user whom a provider knows by this name.
pub async fn user_of(read: &mut Reader, provider: &Provider, subject: &str) -> Result<Option<UserId>, StoreError> {
    let found =
        sql("SELECT user_id FROM provider_identities WHERE provider_id = $1 AND account_id = $2 AND subject = $3")
            .bind(provider.id())
            .bind(provider.whose().account)
            .bind(subject)
            .optional::<(Uuid,)>(read.conn())
            .await?;
    Ok(found.map(|(id,)| UserId(id)))
}

/// The user with this address among the admins of a provider's account, or among the users of all its partners; and whether it is one of
/// those whom the provider is for.
pub async fn user_by_address(
    read: &mut Reader,
    provider: &Provider,
    email_key: &str,
) -> Result<Option<(UserId, bool)>, StoreError> {
    let whose = provider.whose();
    let found = sql("SELECT id, partner_id FROM users WHERE account_id = $1 AND kind = $2 AND email_key = $3")
        .bind(whose.account)
        .bind(provider.kind().as_str())
        .bind(email_key)
        .optional::<(Uuid, Option<Uuid>)>(read.conn())
        .await?;
    Ok(found.map(|(id, partner)| (UserId(id), partner.map(PartnerId) == whose.partner)))
}

/// Makes a user of a provider's account or partner, without a password.
///
/// # Errors
/// [`StoreError::Conflict`] when there is one with that address.
pub async fn make_user(
    tx: &mut Tx,
    provider: &Provider,
    id: UserId,
    (email, name): (&Email, &str),
    role: &str,
) -> Result<(), StoreError> {
    let (kind, whose) = (provider.kind(), provider.whose());
    let (account_id, partner_id) = whose.ids();
    NewUser { id, account_id, kind, partner_id, email, name, role, password_hash: None }.store(tx).await
}

/// Notes by which name a provider knows a user. Says no when it knows the user by another already.
pub async fn link(tx: &mut Tx, provider: &Provider, subject: &str, user: UserId) -> Result<bool, StoreError> {
    let now = tx.now();
    let row = [
        ("provider_id", provider.id().into()),
        ("subject", subject.into()),
        ("account_id", provider.whose().account.into()),
        ("user_id", user.into()),
        ("linked_at", now.into()),
    ];
    Ok(insert("provider_identities", row).push(" ON CONFLICT DO NOTHING").execute(tx.conn()).await? == 1)
}

/// The provider by which a user has logged in before: by what addresses name it, and its name.
pub async fn of_user(read: &mut Reader, own: &dyn Own) -> Result<Option<(Uuid, String)>, StoreError> {
    sql("SELECT COALESCE(partner_id, account_id), name FROM identity_providers WHERE")
        .push(USABLE)
        .push(" AND id IN (SELECT provider_id FROM provider_identities WHERE account_id = ")
        .arg(own.account_id())
        .push(" AND user_id = ")
        .arg(own.user_id())
        .push(")")
        .optional(read.conn())
        .await
}

/// The name of the provider that a user must log in by, if there is one and the user is not the one who may do otherwise.
pub async fn only_way(
    read: &mut Reader,
    account: AccountId,
    partner: Option<PartnerId>,
    user: UserId,
) -> Result<Option<String>, StoreError> {
    let query = sql(
        "SELECT name FROM identity_providers WHERE is_only AND (break_glass_id IS NULL OR break_glass_id <> $1) AND",
    )
    .bind(user)
    .push(USABLE)
    .push(" AND");
    let found = Whose { account, partner }.matches(query).optional::<(String,)>(read.conn()).await?;
    Ok(found.map(|(name,)| name))
}

/// Sets the role that a provider gives to one of its users, unless it is the last owner, or the one who keeps its password. Says whether
/// that is a change.
pub async fn set_role(tx: &mut Tx, provider: &Provider, user: UserId, role: &str) -> Result<bool, StoreError> {
    // Owners are the same word for both kinds of users.
    debug_assert_eq!(PartnerRole::Owner.as_str(), AdminRole::Owner.as_str());
    let (whose, kind) = (provider.whose(), provider.kind().as_str());
    // Locked, so that two who are owners no more do not both find the other one.
    let owners =
        sql("UPDATE users SET status = status WHERE role = 'owner' AND status = 'active' AND kind = $1 AND").bind(kind);
    let owners = whose.matches(owners).push(" RETURNING id").all::<(Uuid,)>(tx.conn()).await?;
    let stays = owners.iter().all(|(id,)| *id == user.0) || provider.break_glass_id == Some(user.0);
    let changed =
        sql("UPDATE users SET role = $1 WHERE role <> $1 AND id = $2 AND (role <> 'owner' OR $3) AND kind = $4 AND")
            .bind(role)
            .bind(user)
            .bind(!stays)
            .bind(kind);
    Ok(whose.matches(changed).execute(tx.conn()).await? == 1)
}
