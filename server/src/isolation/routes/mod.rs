//! Who may open and call what: a line for every page, download, upload, server function and API operation there is. A route without
//! a line is a finding of `prove-isolation`, and fails the tests.

mod admin;
mod api;
mod guarded;
mod partner;

use app::access::{is_admin_area, is_public};
use axum::http::Method;
use domain::{access::PartnerRole, admin::AdminRole};

pub use self::{
    admin::{admin_call, admin_opened},
    api::{Operation, operation, operations},
    guarded::{functions_by_permission, guarded_functions, guarded_pages},
    partner::{call, opened, wanted},
};
use crate::router;

/// An id that nothing has.
pub const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Whose answers the tables of the partners' area list, in this order.
pub const ROLES: [PartnerRole; 4] =
    [PartnerRole::Owner, PartnerRole::Member, PartnerRole::Finance, PartnerRole::Viewer];

/// Whose answers the tables of the admin area list, in this order.
pub const ADMIN_ROLES: [AdminRole; 3] = [AdminRole::Owner, AdminRole::Manager, AdminRole::Support];

/// What well-formed requests are about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The account's short name, for what is asked before anybody has logged in.
    pub account: &'a str,
    /// The domain of mail addresses that nobody has.
    pub domain: &'a str,
    /// The id of a partner.
    pub partner: &'a str,
    /// The id of a lead.
    pub lead: &'a str,
    /// The id of anything else: [`NOTHING`], so that the answers are those of the tables.
    pub other: &'a str,
}

impl About<'_> {
    fn address(&self, name: &str) -> String {
        format!("{name}@{}", self.domain)
    }
}

/// The form of a provider that is none.
const NO_PROVIDER: [(&str, &str); 4] = [("name", ""), ("issuer", ""), ("client_id", ""), ("domains", "")];

/// The server functions, by their paths.
#[must_use]
pub fn server_functions() -> Vec<(&'static str, Method)> {
    let mut functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    functions.sort_by_key(|(path, _)| *path);
    functions
}

/// The pages, by the patterns of their paths.
#[must_use]
pub fn pages() -> Vec<String> {
    router::pages().iter().map(|page| page.path().to_owned()).collect()
}

/// The pages and the downloads, by the patterns of their paths.
#[must_use]
pub fn pages_and_downloads() -> Vec<String> {
    pages().into_iter().chain(router::download_paths().map(ToOwned::to_owned)).collect()
}

/// A path with something in place of its parameters.
#[must_use]
pub fn filled(pattern: &str, id: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with(['{', ':', '*']) { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A path of the admin area with the ids of which its table speaks: the partner under `/admin/partners`, and the other one elsewhere.
#[must_use]
pub fn admin_path(pattern: &str, about: &About<'_>) -> String {
    filled(pattern, if pattern.starts_with("/admin/partners") { about.partner } else { about.other })
}

/// Whether a path wants no login.
#[must_use]
pub fn is_open(path: &str) -> bool {
    is_public(path) || router::OPEN.contains(&path)
}

/// Whether a path belongs to the admin area.
#[must_use]
pub fn is_admin_path(path: &str) -> bool {
    is_admin_area(path)
}
