//! Which paths need no login, and which may be used under which circumstances.

use services::links::Link;

/// The pages and server functions a visitor may use without being logged in. Everything else under `/partner`, `/admin` and
/// `/fn` wants a session; a test walks the routes and compares.
pub const PUBLIC_PATHS: &[&str] = &[
    "/partner/login", "/partner/forgot-password", "/partner/reset-password", "/partner/invite",
    "/partner/confirm-email", "/fn/auth/login", "/fn/auth/branding", "/fn/auth/forgot-password", "/fn/auth/reset-link",
    "/fn/auth/reset-password", "/fn/auth/invitation-link", "/fn/auth/accept-invitation", "/fn/auth/email-link",
    "/fn/auth/confirm-email", "/admin/login", "/admin/forgot-password", "/admin/reset-password", "/admin/invite",
    "/admin/setup", "/fn/admin/auth/login", "/fn/admin/auth/forgot-password", "/fn/admin/auth/reset-link",
    "/fn/admin/auth/reset-password", "/fn/admin/auth/invitation-link", "/fn/admin/auth/accept-invitation",
    "/fn/admin/auth/setup-link", "/fn/admin/auth/setup",
];

/// What somebody may use who came in by a temporary password and has to set an own one first.
pub(super) const BEFORE_OWN_PASSWORD: &[&str] =
    &["/partner/new-password", "/fn/auth/viewer", "/fn/auth/branding", "/fn/auth/own-password", "/fn/auth/logout"];

/// The page on which they do so.
pub const NEW_PASSWORD: &str = "/partner/new-password";

fn within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path belongs to the staff's area.
#[must_use]
pub fn is_staff_area(path: &str) -> bool {
    within(path, "/admin") || within(path, "/fn/admin")
}

/// Whether the visitor of a path must be logged in.
#[must_use]
pub fn is_guarded(path: &str) -> bool {
    let area = within(path, "/partner") || within(path, "/admin") || within(path, "/fn");
    area && !PUBLIC_PATHS.contains(&path) && Link::of_path(path).is_none()
}

/// What a visitor who looks at a partner's portal from the staff's area may call: what only reads. Everything else is
/// refused, whatever it is, and so is every download.
pub const VIEWABLE: &[&str] = &[
    "/fn/auth/viewer", "/fn/auth/branding", "/fn/dashboard/load", "/fn/leads/list", "/fn/leads/get",
    "/fn/invoices/list", "/fn/invoices/get", "/fn/profile/contact", "/fn/profile/delivery", "/fn/profile/activity",
    "/fn/users/list", "/fn/delivery/log", "/fn/delivery/get",
];

pub(super) fn is_download(path: &str) -> bool {
    path.ends_with(".csv") || path.ends_with(".zip") || path.ends_with("/pdf") || path.ends_with("/csv")
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
