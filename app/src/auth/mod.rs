//! Logging in and out, and account recovery.

pub mod api;
mod login_page;
pub mod recovery_api;
pub(crate) mod recovery_pages;
#[cfg(feature = "ssr")]
pub(crate) mod sign_in;
#[cfg(feature = "ssr")]
pub(crate) mod ways_in;

pub use login_page::LoginPage;
pub use recovery_pages::{ConfirmEmailPage, ForgotPasswordPage, InvitePage, NewPasswordPage, ResetPasswordPage};

/// The login page's address, with where to go afterwards: back to `next`, unless that is the start anyway.
#[must_use]
pub fn login_path(next: Option<&str>) -> String {
    login_of("/partner", next)
}

/// The same for admins.
#[must_use]
pub fn admin_login_path(next: Option<&str>) -> String {
    login_of("/admin", next)
}

fn login_of(area: &str, next: Option<&str>) -> String {
    match next.filter(|next| *next != area) {
        Some(next) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!("{area}/login?{}", query.append_pair("next", next).finish())
        }
        None => format!("{area}/login"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_leads_back() {
        assert_eq!(
            login_path(Some("/partner/leads?q=a b&x=ü")),
            "/partner/login?next=%2Fpartner%2Fleads%3Fq%3Da+b%26x%3D%C3%BC"
        );
        assert_eq!(login_path(Some("/partner")), "/partner/login");
    }
}
