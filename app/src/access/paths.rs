//! Which paths need no login, and which may be used under which circumstances.

use domain::partners::UserKind;
use services::links::Link;

use super::mark::{Mark, is_marked};

/// The pages a visitor may open without being logged in. Everything else under `/partner`, `/admin` and `/fn` wants a session,
/// but for the server functions that are marked as open.
pub const PUBLIC_PAGES: &[&str] = &[
    "/partner/login", "/partner/login/code", "/partner/login/sso", "/partner/forgot-password",
    "/partner/reset-password", "/partner/invite", "/partner/confirm-email", "/partner/stop-report",
    "/partner/end-sessions", "/admin/login", "/admin/login/code", "/admin/forgot-password", "/admin/reset-password",
    "/admin/confirm-email", "/admin/end-sessions", "/admin/invite", "/admin/setup",
];

/// Whether a visitor may use a path without being logged in.
#[must_use]
pub fn is_public(path: &str) -> bool {
    PUBLIC_PAGES.contains(&path) || is_marked(Mark::Open, path) || is_sso(path)
}

/// Whether a path leads to a provider for single sign-on, or back from it.
fn is_sso(path: &str) -> bool {
    ["/partner/sso/", "/admin/sso/"].iter().any(|area| path.starts_with(area))
}

/// The page on which somebody who came in by a temporary password sets an own one.
pub const NEW_PASSWORD: &str = "/partner/new-password";

/// The page on which users of this kind set two-factor authentication up.
#[must_use]
pub const fn two_factor_page(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "/partner/two-factor",
        UserKind::Admin => "/admin/two-factor",
    }
}

/// The page on which they prove anew who they are.
#[must_use]
pub const fn confirm_page(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "/partner/confirm",
        UserKind::Admin => "/admin/confirm",
    }
}

/// The page on which they give a code for a login.
#[must_use]
pub const fn code_page(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "/partner/login/code",
        UserKind::Admin => "/admin/login/code",
    }
}

fn within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path belongs to the admin area.
#[must_use]
pub fn is_admin_area(path: &str) -> bool {
    within(path, "/admin") || within(path, "/fn/admin")
}

/// Whether the visitor of a path must be logged in.
#[must_use]
pub fn is_guarded(path: &str) -> bool {
    let area = within(path, "/partner") || within(path, "/admin") || within(path, "/fn");
    area && !is_public(path) && Link::of_path(path).is_none()
}

pub(super) fn is_download(path: &str) -> bool {
    [".csv", ".xlsx", ".zip", "/pdf", "/csv"].iter().any(|ending| path.ends_with(ending)) || path.contains("/files/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_open() {
        for open in [
            "/partner/login", "/fn/auth/login", "/", "/pkg/app.js", "/partners", "/partner/reset-password",
            "/partner/invite/abc", "/partner/reset-password/abc", "/partner/confirm-email/abc", "/admin/login",
            "/admin/setup/abc", "/administrator",
        ] {
            assert!(!is_guarded(open), "{open}");
        }
        for guarded in [
            "/partner", "/partner/", "/partner/invite/", "/partner/invite/a/b", "/partner/invited", "/partner/login/",
            "/partner/leads", "/fn/leads/list", "/fn/auth/login2", "/partner/x/../login", "/admin", "/admin/partners",
            "/admin/login/", "/fn/admin/partners/list",
        ] {
            assert!(is_guarded(guarded), "{guarded}");
        }
    }
}
