//! The server functions of the settings.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use std::collections::BTreeMap;

use domain::settings::AccountSettings;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the settings page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    /// The settings.
    pub settings: AccountSettings,
    /// The time zones to propose.
    pub zones: Vec<String>,
    /// Where partners log in.
    pub login_url: String,
    /// The mail that invites somebody, filled in for an example: its subject and its paragraphs.
    pub preview: (String, Vec<String>),
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
    super::manage::get().await
}

/// Changes name, short name, support, times, money and colour.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/settings/save-account")]
pub async fn save_account(
    name: String,
    slug: String,
    support_contact: String,
    time_zone: String,
    currency: String,
    accent: String,
) -> Result<(), AppError> {
    let form = domain::settings::AccountForm { name, slug, support_contact, time_zone, currency, accent };
    super::manage::save_account(&form).await?;
    leptos_axum::redirect("/admin/settings?done=account");
    Ok(())
}

/// Switches the account's portal on or off: `on` is `yes` or `no`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`.
#[server(prefix = "/fn", endpoint = "admin/settings/switch-portal")]
pub async fn switch_portal(on: String) -> Result<(), AppError> {
    super::manage::switch_portal(on == "yes").await?;
    leptos_axum::redirect("/admin/settings?done=portal");
    Ok(())
}

/// Changes what partners may do unless overridden: the permissions that are named are allowed, all others denied.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when one of them is none.
#[server(prefix = "/fn", endpoint = "admin/settings/save-permissions")]
pub async fn save_default_permissions(#[server(default)] allow: BTreeMap<String, String>) -> Result<(), AppError> {
    super::manage::save_permissions(&allow).await?;
    leptos_axum::redirect("/admin/settings?done=permissions");
    Ok(())
}

/// Changes what stands on the invoices issued from now on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/settings/save-invoicing")]
pub async fn save_invoicing(
    #[server(default)] legal_name: String,
    #[server(default)] address: String,
    #[server(default)] vat_id: String,
    #[server(default)] payment_details: String,
    #[server(default)] payment_terms: String,
) -> Result<(), AppError> {
    let form = domain::settings::InvoicingForm { legal_name, address, vat_id, payment_details, payment_terms };
    super::manage::save_invoicing(&form).await?;
    leptos_axum::redirect("/admin/settings?done=invoicing");
    Ok(())
}

/// Changes the mail that invites a partner's users. Empty fields stand for the built-in text.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/settings/save-welcome")]
pub async fn save_welcome(#[server(default)] subject: String, #[server(default)] text: String) -> Result<(), AppError> {
    super::manage::save_welcome(&domain::settings::WelcomeForm { subject, text }).await?;
    leptos_axum::redirect("/admin/settings?done=welcome");
    Ok(())
}

/// Sends the mail that invites a partner's users, filled in for an example and without a working link, to an address.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_settings`, [`AppError::Invalid`] when it is no address.
#[server(prefix = "/fn", endpoint = "admin/settings/test-welcome")]
pub async fn test_welcome(#[server(default)] to: String) -> Result<(), AppError> {
    super::manage::test_welcome(&to).await?;
    leptos_axum::redirect("/admin/settings?done=test");
    Ok(())
}

/// Changes after how many months audit events are purged; empty for never.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`, [`AppError::Invalid`] when it is none of the choices.
#[server(prefix = "/fn", endpoint = "admin/settings/save-retention")]
pub async fn save_retention(#[server(default)] months: String) -> Result<(), AppError> {
    super::manage::save_retention(&months).await?;
    leptos_axum::redirect("/admin/settings?done=retention");
    Ok(())
}
