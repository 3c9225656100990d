//! The account's settings.

use std::collections::BTreeMap;

use domain::{
    access::{Permission, Permissions},
    audit::AuditAction,
    email::Email,
    leads::SentRule,
    settings::{
        AccountBasics, AccountForm, AccountSettings, InvoicingForm, RESERVED_SLUG, WelcomeForm, is_reserved_slug,
        read_accent, read_retention,
    },
    version,
};
use store::{Reader, StoreError, Tx, accounts, leads};

use crate::{
    AdminActor, ServiceError,
    mail::{self, Welcome},
    partner_users::LOGIN,
};

/// The settings as their page shows them: all of them, where partners log in, and the mail that invites somebody, filled in for
/// an example: its subject and its paragraphs.
pub async fn view(
    actor: &AdminActor,
    read: &mut Reader,
) -> Result<(AccountSettings, String, (String, Vec<String>)), ServiceError> {
    let settings = accounts::settings(read, actor.scope()).await?;
    let login_url = actor.urls(read).await?.page(LOGIN);
    let preview = Welcome::example(&settings, &login_url).preview();
    Ok((settings, login_url, preview))
}

fn record(actor: &AdminActor, tx: &mut Tx, action: AuditAction, detail: serde_json::Value) {
    actor.record(tx, action, actor.scope().session().account_id(), detail);
}

/// The settings, which nobody else can change until the transaction ends.
async fn lock(actor: &AdminActor, tx: &mut Tx) -> Result<AccountSettings, ServiceError> {
    accounts::lock(tx, actor.scope()).await?;
    Ok(accounts::settings(tx, actor.scope()).await?)
}

/// Changes name, short name, support, times and currency.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected, [`ServiceError::Stale`] when somebody has changed what the form
/// of this version was filled with.
pub async fn save_account(actor: &AdminActor, tx: &mut Tx, sent: &str, form: &AccountForm) -> Result<(), ServiceError> {
    let basics = AccountBasics::parse(form)?;
    let before = lock(actor, tx).await?.account;
    version::check(sent, &before.fields(), &form.fields()).map_err(ServiceError::Stale)?;
    if basics.slug != before.slug && is_reserved_slug(&basics.slug) {
        return Err(ServiceError::field("slug", RESERVED_SLUG).keeping(form.fields()));
    }
    match accounts::set_basics(tx, actor.scope(), &basics).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            let taken = ServiceError::field("slug", "Another account has this short name.");
            return Err(taken.keeping(form.fields()));
        }
        Err(error) => return Err(error.into()),
    }
    let detail =
        serde_json::json!({ "changed": ["account"], "time_zone": basics.zone.name(), "currency": basics.currency });
    record(actor, tx, AuditAction::SettingsChanged, detail);
    Ok(())
}

/// Switches the account's portal on or off.
pub async fn switch_portal(actor: &AdminActor, tx: &mut Tx, on: bool) -> Result<(), ServiceError> {
    accounts::switch_portal(tx, actor.scope(), on).await?;
    record(actor, tx, AuditAction::PortalSwitched, serde_json::json!({ "portal_enabled": on }));
    Ok(())
}

/// Changes what partners may do unless overridden: the permissions that are named are allowed, all others denied.
///
/// # Errors
/// [`ServiceError::Invalid`] when one of them is none.
pub async fn save_permissions(
    actor: &AdminActor,
    tx: &mut Tx,
    allow: &BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let unknown = |_| ServiceError::field("allow", "This is not one of the permissions.");
    let allowed =
        allow.keys().map(|name| name.parse::<Permission>().map_err(unknown)).collect::<Result<Vec<_>, _>>()?;
    accounts::set_default_permissions(tx, actor.scope(), Permissions::of(&allowed)).await?;
    let names: Vec<_> = allowed.iter().map(|permission| permission.as_str()).collect();
    record(actor, tx, AuditAction::DefaultPermissionsChanged, serde_json::json!({ "allowed": names }));
    Ok(())
}

/// Changes the seller's data and the payment details of the invoices issued from now on.
///
/// # Errors
/// As [`save_account`].
pub async fn save_invoicing(
    actor: &AdminActor,
    tx: &mut Tx,
    sent: &str,
    form: &InvoicingForm,
) -> Result<(), ServiceError> {
    let (checked, payment_terms) = form.checked()?;
    let before = lock(actor, tx).await?.invoicing;
    version::check(sent, &before.fields(), &form.fields()).map_err(ServiceError::Stale)?;
    accounts::set_invoicing_form(tx, actor.scope(), &checked, payment_terms).await?;
    record(actor, tx, AuditAction::SettingsChanged, serde_json::json!({ "changed": ["invoicing"] }));
    Ok(())
}

/// Changes the colour of buttons, links and of the invoices issued from now on: `#rrggbb`.
///
/// # Errors
/// [`ServiceError::Invalid`] when white text could not be read on it.
pub async fn save_accent(actor: &AdminActor, tx: &mut Tx, accent: &str) -> Result<(), ServiceError> {
    let accent = read_accent(accent)?;
    accounts::set_accent(tx, actor.scope(), accent).await?;
    record(actor, tx, AuditAction::SettingsChanged, serde_json::json!({ "changed": ["accent"] }));
    Ok(())
}

/// Puts a logo, or none, in place of the one before.
pub async fn set_logo(actor: &AdminActor, tx: &mut Tx, png: Option<&[u8]>) -> Result<(), ServiceError> {
    accounts::set_logo(tx, actor.scope(), png).await?;
    record(actor, tx, AuditAction::SettingsChanged, serde_json::json!({ "changed": ["logo"] }));
    Ok(())
}

/// Changes the mail that invites a partner's users. Empty fields stand for the built-in text.
///
/// # Errors
/// As [`save_account`].
pub async fn save_welcome(actor: &AdminActor, tx: &mut Tx, sent: &str, form: &WelcomeForm) -> Result<(), ServiceError> {
    let checked = form.checked()?;
    let before = lock(actor, tx).await?.welcome;
    version::check(sent, &before.fields(), &form.fields()).map_err(ServiceError::Stale)?;
    accounts::set_welcome(tx, actor.scope(), &checked).await?;
    record(actor, tx, AuditAction::WelcomeChanged, serde_json::json!({}));
    Ok(())
}

/// Changes how leads' extra fields are called, what they are and where they stand, which of them partners do not see and which of them
/// lists can be narrowed by or searches look in. Where leads are then found by other values, those are written anew beside the requests.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected.
pub async fn save_fields(actor: &AdminActor, tx: &mut Tx, sent: &[SentRule<'_>]) -> Result<(), ServiceError> {
    accounts::lock(tx, actor.scope()).await?;
    let before = leads::field_rules_of_account(tx, actor.scope()).await?;
    let typed = |rule: &SentRule<'_>| {
        let of = |name: &str, text: &str| (format!("{name}[{}]", rule.place), text.to_owned());
        [of("label", rule.label), of("position", rule.position), of("kind", rule.kind)]
    };
    let typed: Vec<_> = sent.iter().flat_map(typed).collect();
    let typed = typed.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let rules = before.parse(sent).map_err(|errors| ServiceError::Invalid(errors.keeping(typed)))?;
    leads::set_field_rules(tx, actor.scope(), &rules).await?;
    let values = !rules.filter_as(&before);
    if values || !rules.search_as(&before) {
        leads::refold_fields(tx, actor.scope(), values).await?;
    }
    let hidden: Vec<_> = rules.0.iter().filter(|rule| rule.hidden).map(|rule| rule.name.as_str()).collect();
    record(actor, tx, AuditAction::SettingsChanged, serde_json::json!({ "changed": ["fields"], "hidden": hidden }));
    Ok(())
}

/// Sends the mail that invites a partner's users, filled in for an example and without a working link.
pub async fn send_test_welcome(actor: &AdminActor, tx: &mut Tx, to: Email) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    let settings = accounts::settings(tx, actor.scope()).await?;
    let login_url = actor.urls(tx).await?.page(LOGIN);
    let mail = Welcome::example(&settings, &login_url).as_test();
    mail::send(tx, session.account_id(), to.as_str(), &mail).await
}

/// Changes after how many months audit events are deleted, empty for never, and whether the log's head is mailed to the owners.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is none of the choices.
pub async fn save_audit_log(
    actor: &AdminActor,
    tx: &mut Tx,
    months: &str,
    head_mails: bool,
) -> Result<(), ServiceError> {
    let months = read_retention(months)?;
    accounts::set_audit_log(tx, actor.scope(), months, head_mails).await?;
    let detail = serde_json::json!({ "months": months, "head_mails": head_mails });
    record(actor, tx, AuditAction::RetentionChanged, detail);
    Ok(())
}
