//! The form in which texts are compared by a search: what people think of as "the same letters".

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds a text for searching and sorting: compatibility forms unified, accents dropped, lower case, one space
/// for any white space. `"  Łódź\tÉté"` becomes `"łodz ete"`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c))
    {
        match c {
            'ß' => folded.push_str("ss"),
            c if c.is_whitespace() || c.is_control() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => folded.push(c),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Joins the searchable texts of one object. A phone number is added a second time as bare digits, so that
/// `0301234` finds `(030) 12-34`. Nothing can match across two texts: [`fold`] yields no line break.
#[must_use]
pub fn document(texts: &[&str], phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let mut parts: Vec<String> = texts.iter().map(|text| fold(text)).filter(|text| !text.is_empty()).collect();
    if !digits.is_empty() && digits != phone {
        parts.push(digits);
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_unites_what_people_take_for_the_same() {
        assert_eq!(fold("  Łódź\tÉté "), "łodz ete");
        assert_eq!(fold("Straße MÜLLER"), "strasse muller");
        assert_eq!(fold("Ｆｕｌｌ ﬁt"), "full fit");
        assert_eq!(fold("ΕΛΛΗΝΙΚΆ"), "ελληνικα");
        assert_eq!(fold("a\u{0}\nb"), "a b");
    }

    #[test]
    fn phones_are_found_by_their_digits() {
        assert!(document(&["Ada", "+49 (0)30 / 12-34"], "+49 (0)30 / 12-34").contains("490301234"));
        assert_eq!(document(&["Ada", "123"], "123"), "ada\n123");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn every_text_is_found_in_its_document(name in "\\PC{0,30}", email in "\\PC{0,30}") {
            let document = document(&[&name, &email], "");
            prop_assert!(document.contains(&fold(&name)) && document.contains(&fold(&email)));
        }
    }
}
