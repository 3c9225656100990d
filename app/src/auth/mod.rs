//! Logging in and out, and account recovery.

mod account_field;
pub mod api;
mod login_page;
#[cfg(feature = "ssr")]
pub(crate) mod own;
mod own_cards;
pub mod passkey_api;
mod passkey_cards;
#[cfg(feature = "ssr")]
pub(crate) mod passkeys;
pub mod recovery_api;
pub(crate) mod recovery_pages;
#[cfg(feature = "ssr")]
pub(crate) mod sign_in;
#[cfg(feature = "ssr")]
pub mod sso;
pub mod sso_api;
mod sso_cards;
#[cfg(feature = "ssr")]
pub(crate) mod sso_form;
mod sso_page;
mod sso_view;
#[cfg(feature = "ssr")]
pub(crate) mod two_factor;
pub mod two_factor_api;
mod two_factor_cards;
mod two_factor_pages;
mod ways;
#[cfg(feature = "ssr")]
pub(crate) mod ways_in;

pub(crate) use account_field::{AccountField, GateLink, OtherAccount};
pub use login_page::LoginPage;
pub(crate) use login_page::{LoginFailure, is_refused};
pub use own_cards::SecurityView;
pub(crate) use own_cards::{AddressCard, PasswordCard, SessionsCard, TwoFactorCard};
pub use passkey_cards::PasskeyRow;
pub(crate) use passkey_cards::{PasskeyAlert, PasskeyForm, PasskeyScript};
pub(crate) use recovery_pages::{ConfirmAddress, Ended, Gate, NewPassword};
pub use recovery_pages::{
    ConfirmEmailPage, EndSessionsPage, ForgotPasswordPage, InvitePage, NewPasswordPage, ResetPasswordPage,
};

pub(crate) use sso_cards::{AdminSsoLink, ProviderForm, SsoAlert};
pub use sso_page::SsoPage;
pub use sso_view::{SsoForm, SsoLink};
pub(crate) use two_factor_cards::{CodeGate, ConfirmGate, SetUpGate};
pub use two_factor_cards::{ConfirmView, TwoFactorView};
pub use two_factor_pages::{ConfirmPage, LoginCodePage, TwoFactorPage};

pub(crate) use ways::Ways;

use domain::settings::is_slug;

use crate::ui::with_pair;

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
    let page = format!("{area}/login");
    let Some(next) = next.filter(|next| *next != area) else { return page };
    // The login is to the account that the target names.
    let account = next.split_once('?').and_then(|(_, query)| named_account(query)).unwrap_or_default();
    with_pair(&with_account(&page, &account), "next", next)
}

/// The account that an address names by `account=` in its query, where several share the portal.
#[must_use]
pub fn named_account(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, value)| key == "account" && is_slug(value)).map(|(_, value)| value.into_owned())
}

/// The path of a page, with the account that it is for; an empty one is not named.
#[must_use]
pub fn with_account(path: &str, account: &str) -> String {
    if account.is_empty() { path.to_owned() } else { with_pair(path, "account", account) }
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
        assert_eq!(
            login_path(Some("/partner?account=acme")),
            "/partner/login?account=acme&next=%2Fpartner%3Faccount%3Dacme"
        );
        assert_eq!(login_path(Some("/partner?account=%00")), "/partner/login?next=%2Fpartner%3Faccount%3D%2500");
    }
}
