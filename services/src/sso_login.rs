//! Logging in by single sign-on: which user of the portal it is that a provider speaks of, or whether one is made.

use chrono::TimeDelta;
use domain::{
    access::PartnerRole,
    admin::AdminRole,
    audit::AuditAction,
    ids::UserId,
    partners::{UserKind, UserStatus},
    sso::Role,
};
use store::{
    StoreError, Tx, credentials,
    identity_providers::{self as stored, Provider},
    sessions,
};

use crate::{
    Object, Portal, Scope, ServiceError,
    credentials::access_changed,
    login::{From, LoggedIn, Person, note_nameless},
    record_own, record_refused,
    sso::{Identity, Refusal, SignedOut},
};

/// How long ago somebody may have proved to the provider who it is, for that to count as a fresh proof.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// How far the clocks of a provider and the portal may be apart.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The longest name of a session with a provider that is kept.
const MAX_SESSION: usize = 255;

/// Ends what somebody has begun by a provider, who has logged out there. Says no when the provider has said so before.
pub async fn signed_out(
    tx: &mut Tx,
    (provider, out): (&Provider, &SignedOut),
    address: &str,
) -> Result<bool, ServiceError> {
    if !store::passkeys::use_challenge(tx, &out.hash).await? {
        return Ok(false);
    }
    // Whom it does not know, the portal has not let in by it.
    if let Some(user) = stored::user_of(tx, provider, &out.subject).await? {
        let ended = sessions::end_of_provider(tx, user, out.session.as_deref()).await?;
        if ended > 0 {
            let name = store::credentials::holder(tx, user).await?.name;
            let detail = serde_json::json!({ "provider": provider.name, "sessions": ended });
            record_own(tx, provider.whose().ids(), (user, &name), AuditAction::SsoSignedOut, address, detail);
        }
    }
    Ok(true)
}

/// Records that somebody who came from a provider was not let in, and why; of a user whose login was to be confirmed, who it is.
pub fn refused(tx: &mut Tx, provider: &Provider, refusal: Refusal, confirms: Option<UserId>, address: &str) {
    let detail = serde_json::json!({ "reason": refusal.as_str(), "provider": provider.name });
    let user = Object("user", confirms.map(|user| user.0));
    record_refused(tx, provider.whose().ids(), AuditAction::SsoRefused, user, address, detail);
}

/// Logs in whoever a provider speaks of. When that is refused the transaction is of no use: a user may have been made in it.
pub async fn finish(
    tx: &mut Tx,
    portal: &Portal,
    (provider, identity): (&Provider, &Identity),
    from: From<'_>,
) -> Result<Result<LoggedIn, Refusal>, ServiceError> {
    let user = match provider.kind() {
        UserKind::Partner => match stored::partners_may(tx, provider.whose().ids().0).await? {
            true => user::<PartnerRole>(tx, (provider, identity), from).await?,
            false => Err(Refusal::Closed),
        },
        UserKind::Admin => user::<AdminRole>(tx, (provider, identity), from).await?,
    };
    let user = match user {
        Ok(user) => user,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(version) = credentials::lock(tx, user).await? else { return Ok(Err(Refusal::Closed)) };
    let Some(person) = Person::of_authenticated_user(tx, provider.kind(), user).await? else {
        return Ok(Err(Refusal::Closed));
    };
    if (person.account_id(), person.partner_id()) != provider.whose().ids() {
        return Ok(Err(Refusal::Closed));
    }
    let (now, proved_at) = (tx.now(), identity.proved_at);
    let proved = proved_at.is_some_and(|at| now - at < FRESH && at <= now + SKEW);
    note_nameless(tx, portal, &person, from, serde_json::json!({ "provider": provider.name })).await?;
    let provider_session = identity.values("sid").into_iter().next().filter(|sid| sid.chars().count() <= MAX_SESSION);
    Ok(Ok(LoggedIn {
        person,
        credentials: version,
        proved,
        provider_session: Some(provider_session.unwrap_or_default()),
    }))
}

/// Whether a provider says that this user has proved anew who it is, after it was asked.
pub async fn confirms(
    tx: &mut Tx,
    (provider, identity): (&Provider, &Identity),
    user: UserId,
) -> Result<bool, ServiceError> {
    let (since, until) = (identity.asked_at - SKEW, tx.now() + SKEW);
    let anew = identity.proved_at.is_some_and(|at| since <= at && at <= until);
    Ok(anew && stored::user_of(tx, provider, &identity.subject).await? == Some(user))
}

/// The user a provider speaks of: the one it is known as, else the one of its address, else one that is made.
async fn user<R: Kind>(
    tx: &mut Tx,
    (provider, identity): (&Provider, &Identity),
    from: From<'_>,
) -> Result<Result<UserId, Refusal>, ServiceError> {
    let settings = provider.settings::<R>()?;
    if !settings.takes(&identity.email) {
        return Ok(Err(Refusal::Domain));
    }
    let said = settings.role_of(&identity.values(&settings.role_claim));
    // Where roles are the provider's to give, whoever has none any more is what everybody is.
    let role = if settings.roles.is_empty() { None } else { said.or(settings.default_role) };
    if !settings.roles.is_empty() && role.is_none() {
        return Ok(Err(Refusal::Unknown));
    }
    if let Some(known) = stored::user_of(tx, provider, &identity.subject).await? {
        if let Some(role) = role
            && stored::set_role(tx, provider, known, &role.to_string()).await?
        {
            let detail = serde_json::json!({ "role": role.to_string(), "by": provider.name });
            let name = store::credentials::holder(tx, known).await?.name;
            record_own(tx, provider.whose().ids(), (known, &name), R::ROLE_CHANGED, from.address, detail);
            access_changed(tx, known, Some(R::label(role)), UserStatus::Active, UserStatus::Active).await?;
        }
        return Ok(Ok(known));
    }
    let user = match stored::user_by_address(tx, provider, &identity.email.key()).await? {
        // That somebody elsewhere has the address is not said.
        Some((_, false)) => return Ok(Err(Refusal::Unknown)),
        Some((user, true)) => user,
        None => match role.or(settings.default_role) {
            Some(role) => match make(tx, (provider, identity), role, from).await {
                Ok(user) => user,
                // Somebody else has made it at the same moment: at the next try it is there.
                Err(ServiceError::Store(StoreError::Conflict)) => return Ok(Err(Refusal::NotAsked)),
                Err(error) => return Err(error),
            },
            None => return Ok(Err(Refusal::Unknown)),
        },
    };
    // It is known by another name already: the provider gave the address to somebody else.
    if !stored::link(tx, provider, &identity.subject, user).await? {
        return Ok(Err(Refusal::Closed));
    }
    let name = store::credentials::holder(tx, user).await?.name;
    let detail = serde_json::json!({ "provider": provider.name });
    record_own(tx, provider.whose().ids(), (user, &name), AuditAction::SsoLinked, from.address, detail);
    Ok(Ok(user))
}

async fn make<R: Kind>(
    tx: &mut Tx,
    (provider, identity): (&Provider, &Identity),
    role: R,
    from: From<'_>,
) -> Result<UserId, ServiceError> {
    let id = UserId(tx.new_id()?);
    let name: String = domain::text::name(&identity.name).chars().filter(|c| *c != '\0').take(100).collect();
    stored::make_user(tx, provider, id, (&identity.email, &name), &role.to_string()).await?;
    let detail = serde_json::json!({ "role": role.to_string(), "provider": provider.name });
    record_own(tx, provider.whose().ids(), (id, &name), AuditAction::SsoUserMade, from.address, detail);
    Ok(id)
}

/// What differs between the two kinds of users.
trait Kind: Role {
    const ROLE_CHANGED: AuditAction;

    /// The role as mails call it.
    fn label(self) -> &'static str;
}

impl Kind for PartnerRole {
    const ROLE_CHANGED: AuditAction = AuditAction::UserRoleChanged;

    fn label(self) -> &'static str {
        Self::label(self)
    }
}

impl Kind for AdminRole {
    const ROLE_CHANGED: AuditAction = AuditAction::AdminRoleChanged;

    fn label(self) -> &'static str {
        Self::label(self)
    }
}
