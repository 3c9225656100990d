//! Logging in and out.

pub mod api;
#[cfg(feature = "ssr")]
mod login;
mod login_page;
#[cfg(feature = "ssr")]
pub mod password;

pub use login_page::LoginPage;

/// The login page's address, with where to go afterwards: back to `next`, unless that is the start anyway.
#[must_use]
pub fn login_path(next: Option<&str>) -> String {
    match next.filter(|next| *next != "/partner" && *next != "/partner/leads") {
        Some(next) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            format!("/partner/login?{}", query.append_pair("next", next).finish())
        }
        None => "/partner/login".to_owned(),
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
