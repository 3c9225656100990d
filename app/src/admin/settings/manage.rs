//! What the staff does with the settings.

use std::collections::BTreeMap;

use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions},
    admin::AdminPermission,
    audit::AuditAction,
    partners::{PartnerAccess, PartnerStatus},
    settings::{
        AccountBasics, AccountForm, AccountSettings, InvoicingForm, WelcomeForm, read_retention, read_test_address,
    },
    validation::FieldErrors,
    zone::Zone,
};
use store::{StoreError, Tx, access::AdminScope, accounts, outbox};

use super::api::SettingsView;
use crate::{
    access::{client_address, require_admin, state},
    admin::{deed::note, partners::welcome},
    auth::login::limit_tries,
    error::AppError,
    mail::Letter,
};

/// The mail as somebody at an example partner would get it, to look at.
fn example(settings: &AccountSettings, login_url: String) -> Letter {
    let access = PartnerAccess {
        portal_enabled: true,
        status: PartnerStatus::Active,
        portal_access: true,
        defaults: settings.default_permissions,
        overrides: Overrides::default(),
    };
    let link = login_url.clone();
    welcome::letter(settings, &access, ("Ada Lovelace", "Example Ltd", PartnerRole::Owner), login_url, link)
}

pub(super) async fn get() -> Result<SettingsView, AppError> {
    let scope = require_admin(AdminPermission::View).await?;
    let state = state()?;
    let settings = accounts::settings(&state.db, &scope).await?;
    let login_url = welcome::login_url(&state, scope.session().account_slug()).await?;
    let letter = example(&settings, login_url.clone());
    let mut paragraphs = vec![format!("Hello {},", letter.name)];
    paragraphs.extend(letter.paragraphs);
    paragraphs.extend(letter.link.map(|(words, _)| format!("[ {words} ]")));
    paragraphs.extend(letter.after);
    let role = scope.session().role();
    Ok(SettingsView {
        settings,
        zones: Zone::names().map(ToOwned::to_owned).collect(),
        login_url,
        preview: (letter.subject, paragraphs),
        may_manage: role.may(AdminPermission::ManageSettings),
        may_secure: role.may(AdminPermission::ManageSecurity),
    })
}

async fn begin(permission: AdminPermission) -> Result<(AdminScope, Tx), AppError> {
    let scope = require_admin(permission).await?;
    let tx = state()?.db.begin_write().await?;
    Ok((scope, tx))
}

fn changed(tx: &mut Tx, scope: &AdminScope, action: AuditAction, detail: serde_json::Value) -> Result<(), AppError> {
    note(tx, scope, action, ("account", Some(scope.session().account_id().0)), detail)
}

pub(super) async fn save_account(form: &AccountForm) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSettings).await?;
    let basics = AccountBasics::parse(form).map_err(AppError::Invalid)?;
    match accounts::set_basics(&mut tx, &scope, &basics).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            let taken = FieldErrors::one("slug", "Another account has this short name.");
            return Err(AppError::Invalid(taken.keeping(form.fields())));
        }
        Err(error) => return Err(error.into()),
    }
    let detail =
        serde_json::json!({ "changed": ["account"], "time_zone": basics.zone.name(), "currency": basics.currency });
    changed(&mut tx, &scope, AuditAction::SettingsChanged, detail)?;
    Ok(tx.commit().await?)
}

pub(super) async fn switch_portal(on: bool) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSettings).await?;
    accounts::switch_portal(&mut tx, &scope, on).await?;
    changed(&mut tx, &scope, AuditAction::PortalSwitched, serde_json::json!({ "portal_enabled": on }))?;
    Ok(tx.commit().await?)
}

pub(super) async fn save_permissions(allow: &BTreeMap<String, String>) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSettings).await?;
    let unknown = |_| AppError::Invalid(FieldErrors::one("allow", "This is none of the permissions."));
    let allowed =
        allow.keys().map(|name| name.parse::<Permission>().map_err(unknown)).collect::<Result<Vec<_>, _>>()?;
    accounts::set_default_permissions(&mut tx, &scope, Permissions::of(&allowed)).await?;
    let names: Vec<_> = allowed.iter().map(|permission| permission.as_str()).collect();
    changed(&mut tx, &scope, AuditAction::DefaultPermissionsChanged, serde_json::json!({ "allowed": names }))?;
    Ok(tx.commit().await?)
}

pub(super) async fn save_invoicing(form: &InvoicingForm) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSettings).await?;
    let (form, payment_terms) = form.checked().map_err(AppError::Invalid)?;
    accounts::set_invoicing_form(&mut tx, &scope, &form, payment_terms).await?;
    changed(&mut tx, &scope, AuditAction::SettingsChanged, serde_json::json!({ "changed": ["invoicing"] }))?;
    Ok(tx.commit().await?)
}

pub(super) async fn save_welcome(form: &WelcomeForm) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSettings).await?;
    let form = form.checked().map_err(AppError::Invalid)?;
    accounts::set_welcome(&mut tx, &scope, &form).await?;
    changed(&mut tx, &scope, AuditAction::WelcomeChanged, serde_json::json!({}))?;
    Ok(tx.commit().await?)
}

pub(super) async fn test_welcome(to: &str) -> Result<(), AppError> {
    let scope = require_admin(AdminPermission::ManageSettings).await?;
    let to = read_test_address(to).map_err(AppError::Invalid)?;
    let state = state()?;
    limit_tries(&state.db, "testmail", &scope.session().user_id().to_string(), &client_address()?).await?;
    let settings = accounts::settings(&state.db, &scope).await?;
    let login_url = welcome::login_url(&state, scope.session().account_slug()).await?;
    let mut letter = example(&settings, login_url);
    letter.subject = format!("Test: {}", letter.subject);
    let mut tx = state.db.begin_write().await?;
    outbox::enqueue(&mut tx, scope.session().account_id(), &letter.to(to)).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn save_retention(months: &str) -> Result<(), AppError> {
    let (scope, mut tx) = begin(AdminPermission::ManageSecurity).await?;
    let months = read_retention(months).map_err(AppError::Invalid)?;
    accounts::set_retention(&mut tx, &scope, months).await?;
    changed(&mut tx, &scope, AuditAction::RetentionChanged, serde_json::json!({ "months": months }))?;
    Ok(tx.commit().await?)
}
