//! Which paths need no login, and which may be used under which circumstances.

use services::links::Link;

use super::mark::{Mark, is_marked};

/// The pages a visitor may open without being logged in. Everything else under `/partner`, `/admin` and `/fn` wants a session,
/// but for the server functions that are marked as open.
pub const PUBLIC_PAGES: &[&str] = &[
    "/partner/login", "/partner/forgot-password", "/partner/reset-password", "/partner/invite",
    "/partner/confirm-email", "/partner/stop-report", "/admin/login", "/admin/forgot-password",
    "/admin/reset-password", "/admin/confirm-email", "/admin/invite", "/admin/setup",
];

/// Whether a visitor may use a path without being logged in.
#[must_use]
pub fn is_public(path: &str) -> bool {
    PUBLIC_PAGES.contains(&path) || is_marked(Mark::Open, path)
}

/// Whether somebody may use a path who came in by a temporary password and has to set an own one first.
pub(super) fn is_before_own_password(path: &str) -> bool {
    path == NEW_PASSWORD || is_marked(Mark::BeforeOwnPassword, path)
}

/// The page on which they do so.
pub const NEW_PASSWORD: &str = "/partner/new-password";

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
