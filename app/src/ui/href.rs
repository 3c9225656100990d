//! Addresses of pages.

/// An address of ours with one more pair in its query.
#[must_use]
pub fn with_pair(href: &str, name: &str, value: &str) -> String {
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    format!("{href}{}{pair}", if href.contains('?') { '&' } else { '?' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_follows_what_is_there() {
        let one = with_pair("/partner/login", "next", "/partner?a=b c&d");
        assert_eq!(one, "/partner/login?next=%2Fpartner%3Fa%3Db+c%26d");
        assert_eq!(with_pair(&one, "x", ""), format!("{one}&x="));
    }
}
