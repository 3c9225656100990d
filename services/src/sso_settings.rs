//! Setting single sign-on up: an owner for the admins of the account, a partner's owner for the partner's users.

use domain::{
    access::PartnerRole,
    admin::AdminRole,
    audit::AuditAction,
    clock::OsEntropy,
    ids::{ProviderId, UserId},
    sso::{ProviderForm, ProviderSettings, Role},
};
use store::{
    Reader, Tx,
    access::Own,
    accounts,
    identity_providers::{self as stored, Provider, Whose},
    users,
};

use crate::{
    Actor, AdminActor, PartnerActor, Portal, Scope, ServiceError,
    mail::Notice,
    sso::{discover, owner},
};

/// The most characters of a secret.
const MAX_SECRET: usize = 500;

/// Asks the provider that a form names whether it is one. It takes a while and needs no database.
///
/// # Errors
/// [`ServiceError::Invalid`] when the address may not be called, or there is no provider.
pub async fn check_issuer(portal: &Portal, form: &ProviderForm) -> Result<(), ServiceError> {
    let issuer = form.issuer.trim();
    // What is wrong with the form is said when it is saved.
    if issuer.is_empty() || form.enabled != "yes" {
        return Ok(());
    }
    let wrong = |why: String| ServiceError::field("issuer", why).keeping(typed(form));
    portal.targets.check(issuer).await.map_err(wrong)?;
    discover(portal, issuer, true).await.map(|_| ()).map_err(wrong)
}

fn typed(form: &ProviderForm) -> [(&'static str, &str); 7] {
    [
        ("name", &form.name),
        ("issuer", &form.issuer),
        ("client_id", &form.client_id),
        ("domains", &form.domains),
        ("default_role", &form.default_role),
        ("role_claim", &form.role_claim),
        ("roles", &form.roles),
    ]
}

/// Sets the provider of the account's admins up, or changes it. An empty `secret` is the one before.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected.
pub async fn save_of_admins(
    actor: &AdminActor,
    tx: &mut Tx,
    form: &ProviderForm,
    secret: &str,
) -> Result<(), ServiceError> {
    accounts::lock(tx, actor.scope()).await?;
    let settings = read::<AdminRole>(form)?;
    save(actor, tx, (actor.scope().into(), actor.scope().session()), (form, settings), secret).await
}

/// Sets the provider of the partner's users up, or changes it. An empty `secret` is the one before.
///
/// # Errors
/// [`ServiceError::NotFound`] when the account does not let partners do so, [`ServiceError::Invalid`] when something has to be corrected.
pub async fn save_of_partner(
    actor: &PartnerActor,
    tx: &mut Tx,
    form: &ProviderForm,
    secret: &str,
) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    if !stored::partners_may(tx, session.account_id()).await? {
        return Err(ServiceError::NotFound);
    }
    // A partner speaks for its own people alone: a mailbox of the domain was shown by whoever has been a user with it.
    let settings = read::<PartnerRole>(form)?;
    for domain in &settings.domains {
        if !stored::has_domain(tx, actor.scope(), domain).await? {
            let message = format!(
                "“{domain}” has to be the domain of one of your users already, and of your company alone: invite somebody with such an \
                 address first."
            );
            return Err(ServiceError::field("domains", message).keeping(typed(form)));
        }
    }
    save(actor, tx, (actor.scope().into(), session), (form, settings), secret).await
}

fn read<R: Role>(form: &ProviderForm) -> Result<ProviderSettings<R>, ServiceError> {
    Ok(ProviderSettings::parse(form).map_err(|errors| errors.keeping(typed(form)))?)
}

async fn save<R: Role, S: Scope>(
    actor: &Actor<S>,
    tx: &mut Tx,
    (whose, own): (Whose, &dyn Own),
    (form, settings): (&ProviderForm, ProviderSettings<R>),
    secret: &str,
) -> Result<(), ServiceError> {
    let wrong = |field: &str, why: &str| ServiceError::field(field, why).keeping(typed(form));
    let before = stored::of(tx, whose).await?;
    let id = match &before {
        Some(before) => before.id(),
        None => ProviderId(tx.new_id()?),
    };
    let secret = secret.trim();
    let sealed = match &before {
        _ if secret.chars().count() > MAX_SECRET => {
            return Err(wrong("client_secret", &format!("Use at most {MAX_SECRET} characters.")));
        }
        // A secret is for one provider: it must not go to another one.
        Some(before) if secret.is_empty() && before.issuer == settings.issuer => None,
        _ if secret.is_empty() => return Err(wrong("client_secret", "Enter the secret that the provider gave you.")),
        _ => Some(actor.portal().secrets.seal(&OsEntropy, &owner(id), secret)?),
    };
    let break_glass = if settings.only { Some(keeps_a_way_in(tx, own, &wrong).await?) } else { None };
    // Whoever came by the provider as it was comes in anew.
    let is_another = before.as_ref().is_some_and(|before| {
        !settings.enabled || (&*before.issuer, &*before.client_id) != (&*settings.issuer, &*settings.client_id)
    });
    let known = if is_another { stored::known_users(tx, whose, false).await? } else { Vec::new() };
    end_sessions(tx, known, own.user_id()).await?;
    stored::save(tx, whose, (id, before.as_ref()), &settings, (sealed.as_deref(), break_glass)).await?;
    let detail = serde_json::json!({
        "issuer": settings.issuer, "domains": settings.domains, "enabled": settings.enabled, "only": settings.only,
    });
    actor.record(tx, AuditAction::ProviderChanged, own.user_id(), detail);
    actor.tell(tx, Notice::SingleSignOn).await
}

/// Whoever shuts the password's way has to be able to come in by it, should the provider fail.
async fn keeps_a_way_in(
    tx: &mut Tx,
    own: &dyn Own,
    wrong: &(dyn Fn(&str, &str) -> ServiceError + Sync),
) -> Result<UserId, ServiceError> {
    let (hash, _) = users::own_credentials(tx, own).await?;
    match hash {
        Some(_) => Ok(own.user_id()),
        None => Err(wrong("only", "Set a password for yourself first: somebody has to get in if the provider fails.")),
    }
}

/// Removes the provider of the account's admins.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is none.
pub async fn remove_of_admins(actor: &AdminActor, tx: &mut Tx) -> Result<(), ServiceError> {
    remove(actor, tx, actor.scope().into(), actor.scope().session().user_id()).await
}

/// Removes the provider of the partner's users.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is none.
pub async fn remove_of_partner(actor: &PartnerActor, tx: &mut Tx) -> Result<(), ServiceError> {
    remove(actor, tx, actor.scope().into(), actor.scope().session().user_id()).await
}

async fn remove<S: Scope>(actor: &Actor<S>, tx: &mut Tx, whose: Whose, user: UserId) -> Result<(), ServiceError> {
    let known = stored::known_users(tx, whose, false).await?;
    end_sessions(tx, known, user).await?;
    if !stored::remove(tx, whose).await? {
        return Err(ServiceError::NotFound);
    }
    actor.record(tx, AuditAction::ProviderRemoved, user, serde_json::json!({}));
    actor.tell(tx, Notice::SingleSignOn).await
}

/// Ends the sessions of users who came by a provider that is none any more, but for whoever says so.
async fn end_sessions(tx: &mut Tx, users: Vec<UserId>, but: UserId) -> Result<(), ServiceError> {
    for user in users.into_iter().filter(|user| *user != but) {
        store::credentials::renew(tx, user, None).await?;
    }
    Ok(())
}

/// Lets partners set up providers of their own, or not any more: then nobody logs in by those that are there.
pub async fn let_partners(actor: &AdminActor, tx: &mut Tx, may: bool) -> Result<(), ServiceError> {
    if stored::let_partners(tx, actor.scope(), may).await? {
        if !may {
            let known = stored::known_users(tx, actor.scope().into(), true).await?;
            end_sessions(tx, known, actor.scope().session().user_id()).await?;
        }
        let account = actor.scope().session().account_id();
        actor.record(tx, AuditAction::PartnerSsoChanged, account, serde_json::json!({ "allowed": may }));
    }
    Ok(())
}

/// The provider of the account's admins.
pub async fn of_admins(actor: &AdminActor, read: &mut Reader) -> Result<Option<Provider>, ServiceError> {
    Ok(stored::of(read, actor.scope().into()).await?)
}

/// The provider of the partner's users; nothing at all where the account does not let partners set one up.
pub async fn of_partner(actor: &PartnerActor, read: &mut Reader) -> Result<Option<Option<Provider>>, ServiceError> {
    if !stored::partners_may(read, actor.scope().session().account_id()).await? {
        return Ok(None);
    }
    Ok(Some(stored::of(read, actor.scope().into()).await?))
}
