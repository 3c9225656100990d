//! Versions of what a form shows, so that two people who change the same thing notice each other.
//!
//! A form carries the version of what it was filled with. When it comes back and the stored values have another version by then,
//! somebody was faster: the form is refused with what they wrote, and with what was typed. The version is made of the values
//! themselves: it changes with them and with nothing else, whoever changes them and by whatever way.

use crate::validation::FieldErrors;

/// The version of these values: 64 bits of FNV-1a over names and values, as hexadecimal digits. It tells values apart, it
/// protects nothing.
#[must_use]
pub fn version<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (name, value) in fields {
        // No UTF-8 text holds these bytes: they keep names and values apart.
        for byte in name.bytes().chain([0xfe]).chain(value.bytes()).chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// Compares what a form was filled with, by its version, with what is stored now; and where they differ, what is stored with
/// what was typed. A form without a version is not compared.
///
/// # Errors
/// A message for each field that holds something else by now, with what was typed and the version to send next.
pub fn check<K: AsRef<str>, V: AsRef<str>>(sent: &str, stored: &[(K, V)], typed: &[(K, V)]) -> Result<(), FieldErrors> {
    let texts = |fields: &[(K, V)]| -> Vec<(String, String)> {
        fields.iter().map(|(name, text)| (name.as_ref().to_owned(), text.as_ref().to_owned())).collect()
    };
    let (stored, typed) = (texts(stored), texts(typed));
    let current = version(stored.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    if sent.is_empty() || sent == current {
        return Ok(());
    }
    let mut errors = FieldErrors::default();
    for (name, value) in &typed {
        let now = stored.iter().find(|(field, _)| field == name).map_or("", |(_, now)| now.as_str());
        // Browsers end lines in CR LF.
        if now.trim() != value.replace("\r\n", "\n").trim() {
            // Who has changed this field, they or the typist, a version does not tell: only what is there now.
            errors.add(name, saved_now(now));
        }
    }
    // Values that are stored under names the form did not send: lines that somebody added, say.
    for (name, now) in
        stored.iter().filter(|(name, now)| !now.is_empty() && !typed.iter().any(|(field, _)| field == name))
    {
        errors.add(name, saved_now(now));
    }
    // Both have made the same change.
    if errors.is_empty() {
        return Ok(());
    }
    let typed = typed.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Err(errors.keeping(typed.chain([("version", current.as_str())])))
}

fn saved_now(text: &str) -> String {
    if text.trim().is_empty() {
        "Saved now: nothing.".to_owned()
    } else {
        format!("Saved now: “{}”.", shortened(text))
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_comes_second_is_told_what_the_first_one_wrote() {
        let before = [("name", "Northwind"), ("city", "Bonn")];
        let form = version(before);
        assert_eq!(check(&form, &before, &[("name", "Northwind"), ("city", "Köln")]), Ok(()));
        let stored = [("name", "Northwind"), ("city", "Berlin")];
        let errors = check(&form, &stored, &[("name", "Northwind"), ("city", "Köln")]).unwrap_err();
        assert_eq!(errors.iter().collect::<Vec<_>>(), [("city", "Saved now: “Berlin”.")]);
        assert_eq!(errors.typed("city"), Some("Köln"));
        let next = errors.typed("version").unwrap();
        assert_eq!(check(next, &stored, &[("name", "Northwind"), ("city", "Köln")]), Ok(()), "now on purpose");
        assert_eq!(check(&form, &stored, &[("name", "Northwind"), ("city", "Berlin")]), Ok(()), "the same change");
        assert_eq!(check("", &stored, &[("city", "Köln")]), Ok(()), "no version, no comparison");
        let emptied = check(&form, &[("name", "Northwind"), ("city", "")], &before).unwrap_err();
        assert_eq!(emptied.get("city"), Some("Saved now: nothing."));
        let added = check(&form, &[("name", "Northwind"), ("city", "Bonn"), ("tags", "x")], &before).unwrap_err();
        assert_eq!(added.get("tags"), Some("Saved now: “x”."));
    }

    proptest! {
        #[test]
        fn different_values_have_different_versions(one in ".{0,8}", two in ".{0,8}", three in ".{0,8}") {
            prop_assert_eq!(version([("a", &*one)]), version([("a", &*one)]));
            if one != two {
                prop_assert_ne!(version([("a", &*one)]), version([("a", &*two)]));
            }
            // A value's end is not the next one's beginning.
            if !three.is_empty() {
                let (joined, rest) = (format!("{one}{three}"), "");
                prop_assert_ne!(version([("a", &*one), ("b", &*three)]), version([("a", &*joined), ("b", rest)]));
            }
        }
    }
}
