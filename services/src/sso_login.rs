//! Logging in by single sign-on: which user of the portal it is that a provider speaks of, or whether one is made.

use chrono::TimeDelta;
use domain::{access::PartnerRole, admin::AdminRole, audit::AuditAction, ids::UserId, partners::UserKind, sso::Role};
use sha2::{Digest, Sha256};
use store::{
    Tx, credentials,
    identity_providers::{self as stored, Provider},
};

use crate::{
    Object, Portal, Scope, ServiceError,
    login::{self, From, LoggedIn, Person},
    record_own, record_refused,
    sso::{Identity, Refusal},
};

/// How long ago somebody may have proved to the provider who it is, for that to count as a fresh proof.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// How far the clocks of a provider and the portal may be apart.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Records that somebody who came from a provider was not let in, and why.
pub fn refused(tx: &mut Tx, provider: &Provider, refusal: Refusal, address: &str) {
    let detail = serde_json::json!({ "reason": refusal.as_str(), "provider": provider.name });
    record_refused(tx, provider.whose().ids(), AuditAction::SsoRefused, Object("user", None), address, detail);
}

/// Logs in whoever a provider speaks of. The transaction must be committed also when that is refused.
pub async fn finish(
    tx: &mut Tx,
    portal: &Portal,
    (provider, identity): (&Provider, &Identity),
    from: From<'_>,
) -> Result<Result<LoggedIn, Refusal>, ServiceError> {
    // What a browser brings back is good once.
    if !store::passkeys::use_challenge(tx, &Sha256::digest(&identity.question)).await? {
        return Ok(Err(Refusal::NotAsked));
    }
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
    let proved = identity.proved_at.is_some_and(|at| tx.now() - at < FRESH);
    login::by_provider(tx, portal, &person, &provider.name, from).await?;
    Ok(Ok(LoggedIn { person, credentials: version, proved }))
}

/// Whether a provider says that this user has just proved anew who it is. The transaction must be committed either way.
pub async fn confirms(
    tx: &mut Tx,
    (provider, identity): (&Provider, &Identity),
    user: UserId,
) -> Result<bool, ServiceError> {
    let fresh = identity.proved_at.is_some_and(|at| tx.now() - at < FRESH + SKEW);
    let once = store::passkeys::use_challenge(tx, &Sha256::digest(&identity.question)).await?;
    Ok(once && fresh && stored::user_of(tx, provider, &identity.subject).await? == Some(user))
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
    let role = settings.role_of(&identity.values(&settings.role_claim));
    if let Some(known) = stored::user_of(tx, provider, &identity.subject).await? {
        if let Some(role) = role
            && stored::set_role(tx, provider, known, &role.to_string()).await?
        {
            let detail = serde_json::json!({ "role": role.to_string(), "by": provider.name });
            record_own(tx, provider.whose().ids(), (known, &identity.name), R::ROLE_CHANGED, from.address, detail);
        }
        return Ok(Ok(known));
    }
    let user = match stored::user_by_address(tx, provider, &identity.email.key()).await? {
        Some((_, false)) => return Ok(Err(Refusal::Closed)),
        Some((user, true)) => user,
        None => match role.or(settings.default_role) {
            Some(role) => make(tx, (provider, identity), role, from).await?,
            None => return Ok(Err(Refusal::Unknown)),
        },
    };
    // It is known by another name already: the provider gave the address to somebody else.
    if !stored::link(tx, provider, &identity.subject, user).await? {
        return Ok(Err(Refusal::Closed));
    }
    let detail = serde_json::json!({ "provider": provider.name });
    record_own(tx, provider.whose().ids(), (user, &identity.name), AuditAction::SsoLinked, from.address, detail);
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
}

impl Kind for PartnerRole {
    const ROLE_CHANGED: AuditAction = AuditAction::UserRoleChanged;
}

impl Kind for AdminRole {
    const ROLE_CHANGED: AuditAction = AuditAction::AdminRoleChanged;
}
