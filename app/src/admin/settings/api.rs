//! The server functions of the settings.

#![expect(clippy::too_many_arguments, reason = "a form's function takes what the form has fields")]
#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use std::collections::BTreeMap;

use domain::{
    leads::{FieldRules, OutcomeChoice, RejectReason},
    settings::AccountSettings,
    time::LocalTime,
    two_factor::TwoFactorRule,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the settings page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    /// The settings.
    pub settings: AccountSettings,
    /// What partners can say became of a lead.
    pub outcomes: Vec<OutcomeChoice>,
    /// Why partners can refuse a lead.
    pub reasons: Vec<RejectReason>,
    /// What is made of leads' extra fields.
    pub fields: FieldRules,
    /// The time zones to propose.
    pub zones: Vec<String>,
    /// Where partners log in.
    pub login_url: String,
    /// The mail that invites somebody, filled in for an example: its subject and its paragraphs.
    pub preview: (String, Vec<String>),
    /// Who must use two-factor authentication.
    pub two_factor: TwoFactorRule,
    /// From when on admins and partner users must, if that is still to come.
    pub two_factor_from: [Option<LocalTime>; 2],
    /// Whether the reader may change the settings.
    pub may_manage: bool,
    /// Whether the reader may change for how long the audit log is kept.
    pub may_secure: bool,
}

/// The account's settings.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/settings/get")]
pub async fn get_settings() -> Result<SettingsView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (settings, login_url, preview) = services::settings::view(&actor, &mut read).await?;
    let two_factor = store::two_factor::rule(&mut read, actor.scope()).await?;
    let now = read.now();
    let role = actor.scope().session().role();
    Ok(SettingsView {
        settings,
        outcomes: store::leads::list_for_account(&mut read, actor.scope()).await?,
        reasons: store::leads::list_for_account(&mut read, actor.scope()).await?,
        fields: store::leads::field_rules_of_account(&mut read, actor.scope()).await?,
        zones: domain::zone::Zone::names().map(ToOwned::to_owned).collect(),
        login_url,
        preview,
        two_factor,
        two_factor_from: [two_factor.admins_from, two_factor.partners_from]
            .map(|from| from.filter(|from| *from > now).map(|from| actor.scope().session().zone().local(from))),
        may_manage: role.may(P::ManageSettings),
        may_secure: role.may(P::ManageSecurity),
    })
}

/// Changes name, short name, support, times and currency.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be corrected,
/// [`AppError::Stale`] when somebody has changed what the form of this `version` was filled with.
#[server(prefix = "/fn", endpoint = "admin/settings/save-account")]
pub async fn save_account(
    #[server(default)] version: String,
    #[server(flatten)] form: domain::settings::AccountForm,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::save_account(&actor, &mut tx, &version, &form).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings?done=account");
    Ok(())
}

/// Changes the colour of buttons, links and of the invoices issued from now on: `#rrggbb`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when white text could not be read on it.
#[server(prefix = "/fn", endpoint = "admin/settings/save-accent")]
pub async fn save_accent(#[server(default)] accent: String) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::save_accent(&actor, &mut tx, &accent).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/branding?done=accent");
    Ok(())
}

/// Switches the account's portal on or off: `on` is `yes` or `no`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`.
#[server(prefix = "/fn", endpoint = "admin/settings/switch-portal")]
pub async fn switch_portal(on: String) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::switch_portal(&actor, &mut tx, on == "yes").await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings?done=portal");
    Ok(())
}

/// Changes what partners may do unless overridden: the permissions that are named are allowed, all others denied.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when one of them is none.
#[server(prefix = "/fn", endpoint = "admin/settings/save-permissions")]
pub async fn save_default_permissions(#[server(default)] allow: BTreeMap<String, String>) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::save_permissions(&actor, &mut tx, &allow).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/permissions?done=permissions");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveDefaultPermissions: Fresh);

/// Changes what stands on the invoices issued from now on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be corrected,
/// [`AppError::Stale`] when somebody has changed what the form of this `version` was filled with.
#[server(prefix = "/fn", endpoint = "admin/settings/save-invoicing")]
pub async fn save_invoicing(
    #[server(default)] version: String,
    #[server(flatten)] form: domain::settings::InvoicingForm,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::save_invoicing(&actor, &mut tx, &version, &form).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/invoices?done=invoicing");
    Ok(())
}

/// Changes the mail that invites a partner's users. Empty fields stand for the built-in text.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be corrected,
/// [`AppError::Stale`] when somebody has changed what the form of this `version` was filled with.
#[server(prefix = "/fn", endpoint = "admin/settings/save-welcome")]
pub async fn save_welcome(
    #[server(default)] version: String,
    #[server(flatten)] form: domain::settings::WelcomeForm,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    services::settings::save_welcome(&actor, &mut tx, &version, &form).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/mails?done=welcome");
    Ok(())
}

/// Sends the mail that invites a partner's users, filled in for an example and without a working link, to an address.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when it is no address.
#[server(prefix = "/fn", endpoint = "admin/settings/test-welcome")]
pub async fn test_welcome(#[server(default)] to: String) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageSettings).await?;
    let to = domain::settings::read_test_address(&to).map_err(AppError::Invalid)?;
    crate::access::limit_tries("testmail", &actor.scope().session().user_id().to_string()).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::settings::send_test_welcome(&actor, &mut tx, to).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/mails?done=test");
    Ok(())
}

/// Changes after how many months audit events are purged, empty for never, and whether the log's last event is mailed to the
/// owners every day: `head_mails` is `yes` or empty.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`, [`AppError::Invalid`] when it is none of the choices.
#[server(prefix = "/fn", endpoint = "admin/settings/save-retention")]
pub async fn save_retention(
    #[server(default)] months: String,
    #[server(default)] head_mails: String,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSecurity).await?;
    services::settings::save_audit_log(&actor, &mut tx, &months, head_mails == "yes").await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/audit-log?done=retention");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveRetention: Fresh);

/// Changes what partners can say became of a lead: for each code the name (`label`), the meaning (`kind`) and whether it is offered
/// (`active` is `yes`), and a new one unless its name is empty.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] for a name that is empty, too long or taken.
#[server(prefix = "/fn", endpoint = "admin/settings/save-outcomes")]
pub async fn save_outcomes(
    #[server(default)] label: BTreeMap<String, String>,
    #[server(default)] kind: BTreeMap<String, String>,
    #[server(default)] active: BTreeMap<String, String>,
    #[server(default)] new_label: String,
    #[server(default)] new_kind: String,
) -> Result<(), AppError> {
    let list = SentList { label, kind, active, new_label, new_kind };
    list.save::<domain::leads::OutcomeKind>("outcomes").await
}

/// Changes the reasons for which partners can refuse a lead, in the same way; `kind` is what a reason takes.
///
/// # Errors
/// As [`save_outcomes`].
#[server(prefix = "/fn", endpoint = "admin/settings/save-reasons")]
pub async fn save_reasons(
    #[server(default)] label: BTreeMap<String, String>,
    #[server(default)] kind: BTreeMap<String, String>,
    #[server(default)] active: BTreeMap<String, String>,
    #[server(default)] new_label: String,
    #[server(default)] new_kind: String,
) -> Result<(), AppError> {
    let list = SentList { label, kind, active, new_label, new_kind };
    list.save::<domain::leads::ReasonNeeds>("reasons").await
}

/// Changes how leads' extra fields are called (`label`), what they are (`kind`), where they stand (`position`), which of them partners do
/// not see (`hidden` is `yes`), which of them lists can be narrowed by (`filterable`) and by whose values a search finds leads (`searched`),
/// each by a key that `name` gives a field's name for. Fields that are not named, or are as the form was filled with them (`was`, a
/// version), stay as they are.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] for a label that is too long, a position that is no
/// number, and fields that stand under one label but are not alike.
#[server(prefix = "/fn", endpoint = "admin/settings/save-fields")]
pub async fn save_fields(
    #[server(default)] name: BTreeMap<String, String>,
    #[server(default)] label: BTreeMap<String, String>,
    #[server(default)] position: BTreeMap<String, String>,
    #[server(default)] kind: BTreeMap<String, String>,
    #[server(default)] hidden: BTreeMap<String, String>,
    #[server(default)] filterable: BTreeMap<String, String>,
    #[server(default)] searched: BTreeMap<String, String>,
    #[server(default)] was: BTreeMap<String, String>,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
    fn of<'a>(map: &'a BTreeMap<String, String>, place: &str) -> &'a str {
        map.get(place).map_or("", String::as_str)
    }
    let sent: Vec<_> = name
        .iter()
        .map(|(place, name)| domain::leads::SentRule {
            place,
            name,
            label: of(&label, place),
            position: of(&position, place),
            kind: of(&kind, place),
            hidden: hidden.contains_key(place),
            filterable: filterable.contains_key(place),
            searched: searched.contains_key(place),
            was: of(&was, place),
        })
        .collect();
    services::settings::save_fields(&actor, &mut tx, &sent).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/leads?done=fields");
    Ok(())
}

/// One of the account's lists as its form was sent.
#[cfg(feature = "ssr")]
struct SentList {
    label: BTreeMap<String, String>,
    kind: BTreeMap<String, String>,
    active: BTreeMap<String, String>,
    new_label: String,
    new_kind: String,
}

#[cfg(feature = "ssr")]
impl SentList {
    async fn save<K: services::lists::Told>(&self, done: &str) -> Result<(), AppError> {
        use domain::leads::ChoiceRow;
        let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSettings).await?;
        let of = |map: &'_ BTreeMap<String, String>, code: &str| map.get(code).cloned().unwrap_or_default();
        let told: Vec<_> = self
            .label
            .iter()
            .map(|(code, label)| (code, label, of(&self.kind, code), of(&self.active, code)))
            .collect();
        let rows: Vec<_> = told
            .iter()
            .map(|(code, label, kind, active)| ChoiceRow { code, label, kind, active: active == "yes" })
            .collect();
        let new = ChoiceRow { code: "", label: &self.new_label, kind: &self.new_kind, active: true };
        let fields: Vec<_> =
            self.label.iter().map(|(code, label)| (format!("label[{code}]"), label.as_str())).collect();
        let typed = fields.iter().map(|(name, label)| (name.as_str(), *label)).chain([("new_label", &*self.new_label)]);
        services::lists::change::<K>(&actor, &mut tx, &rows, new).await.map_err(|error| error.keeping(typed))?;
        tx.commit().await?;
        leptos_axum::redirect(&format!("/admin/settings/leads?done={done}"));
        Ok(())
    }
}

/// The right to change the settings, and the transaction to do it in.
#[cfg(feature = "ssr")]
async fn begin(permission: domain::admin::AdminPermission) -> Result<(services::AdminActor, store::Tx), AppError> {
    let actor = crate::access::require_admin(permission).await?;
    let tx = crate::access::begin_write(&actor).await?;
    Ok((actor, tx))
}

/// Changes who must use two-factor authentication, and after how many days of `grace` that begins.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`, [`AppError::Invalid`] when it is none of the choices, or would shut the reader
/// out.
#[server(prefix = "/fn", endpoint = "admin/settings/save-two-factor")]
pub async fn save_two_factor_rule(policy: String, #[server(default)] grace: String) -> Result<(), AppError> {
    let (actor, mut tx) = begin(domain::admin::AdminPermission::ManageSecurity).await?;
    services::two_factor::save_rule(&actor, &mut tx, &policy, &grace).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/security?done=two-factor");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveTwoFactorRule: Fresh);
