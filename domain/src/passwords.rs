//! What a new password must be, and the one form in which passwords are compared. Hashing is the server's work.

#[cfg(feature = "server")]
use unicode_normalization::UnicodeNormalization;

/// Fewest characters of a password (NIST SP 800-63B asks for at least 8; we ask for more).
pub const MIN_LENGTH: usize = 12;
/// Maximum number of characters: beyond this only the hashing gets slower.
pub const MAX_LENGTH: usize = 128;

/// What is said of two passwords that are not the same.
pub const DIFFERENT: &str = "The passwords do not match.";

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Under [`MIN_LENGTH`].
    #[error("Use at least {MIN_LENGTH} characters.")]
    TooShort,
    /// Over [`MAX_LENGTH`].
    #[error("Use at most {MAX_LENGTH} characters.")]
    TooLong,
    /// Guessed soon by whoever knows how people choose passwords.
    #[error("This password is too common: it is among the first that would be tried.")]
    Common,
    /// Built from the person's or the account's own words.
    #[error("Leave out your name, your email address and the company's name.")]
    Guessable,
}

/// The form of a password in which it is hashed and checked: whatever keyboard and system it is typed on, what looks the same is the
/// same. As RFC 8265 says for an `OpaqueString`: every kind of space is a space, and letters are composed (NFC). Nothing is taken
/// away but invisible characters at either end, which come along when a password is pasted.
#[cfg(feature = "server")]
#[must_use]
pub fn normalised(password: &str) -> String {
    let invisible = ['\u{200b}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}'];
    password.trim_matches(invisible).chars().map(|c| if is_space(c) { ' ' } else { c }).nfc().collect()
}

/// Whether a character is a separator of words other than a line's end: Unicode's category Zs.
#[cfg(feature = "server")]
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Judges the length of a password as it stands.
///
/// # Errors
/// [`WeakPassword::TooShort`], [`WeakPassword::TooLong`].
pub fn check_length(password: &str) -> Result<(), WeakPassword> {
    match password.chars().count() {
        length if length < MIN_LENGTH => Err(WeakPassword::TooShort),
        length if length > MAX_LENGTH => Err(WeakPassword::TooLong),
        _ => Ok(()),
    }
}

/// Judges a password in its normal form. `own_words` are the user's name, address and company; words under four letters do not
/// count.
///
/// # Errors
/// The first reason against it.
#[cfg(feature = "server")]
pub fn check(password: &str, own_words: &[&str]) -> Result<(), WeakPassword> {
    let password = normalised(password);
    check_length(&password)?;
    let words = own_words.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let words: Vec<String> = words.filter(|word| word.chars().count() >= 4).map(str::to_lowercase).collect();
    if is_mostly(&password.to_lowercase(), &words) {
        return Err(WeakPassword::Guessable);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if is_strong(&password, &words) {
        Ok(())
    } else if is_strong(&password, &[]) {
        Err(WeakPassword::Guessable)
    } else {
        Err(WeakPassword::Common)
    }
}

/// Whether a password stands a hundred million guesses of somebody who knows these words and how people choose passwords.
#[cfg(feature = "server")]
fn is_strong(password: &str, words: &[&str]) -> bool {
    zxcvbn::zxcvbn(password, words).score() >= zxcvbn::Score::Three
}

/// Whether taking these words out leaves under six characters: words in a row, repeated or decorated.
#[cfg(feature = "server")]
fn is_mostly(text: &str, words: &[String]) -> bool {
    let rest = words.iter().fold(text.to_owned(), |rest, word| rest.replace(word.as_str(), ""));
    rest.len() < text.len() && rest.chars().count() < 6
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weak_ones_are_named_for_what_they_are() {
        let own = ["Ada Lovelace", "ada.lovelace@northwind.example", "Northwind Solar"];
        assert_eq!(check("short", &own), Err(WeakPassword::TooShort));
        assert_eq!(check(&"ab1!".repeat(40), &own), Err(WeakPassword::TooLong));
        for common in [
            "Password2026!", "aaaaaaaaaaaa", "abcdefghijkl", "qwertyuiop12", "Welcome12345", "123456789012",
            "partnerportal", "iloveyou1234", "P@ssw0rd1234",
        ] {
            assert_eq!(check(common, &own), Err(WeakPassword::Common), "{common}");
        }
        for own_word in ["Lovelace1234", "northwind!!!!", "Northwind2026"] {
            assert_eq!(check(own_word, &own), Err(WeakPassword::Guessable), "{own_word}");
        }
        for fine in ["correct horse battery", "пароль для Ады и кота", "vK3#9sQ!pL0x", "the password of my shed"]
        {
            assert_eq!(check(fine, &own), Ok(()), "{fine}");
        }
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (typed, normal) in [
            ("Gro\u{308}\u{df}e der E\u{301}clairs", "Grö\u{df}e der Éclairs"),
            ("a\u{a0}b\u{3000}c\u{2009}d e", "a b c d e"),
            ("\u{feff}\u{200b}pasted \u{200b} in\u{200e}\u{2060}", "pasted \u{200b} in"),
            ("  spaces stay  ", "  spaces stay  "),
            ("\u{212b}ngstr\u{f6}m", "\u{c5}ngström"),
            // Not of one look: these stay apart, as RFC 8265 has it.
            ("\u{ff26}ull ﬁt", "\u{ff26}ull ﬁt"),
        ] {
            assert_eq!(normalised(typed), normal, "{typed:?}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_normal_form() {
        let decomposed = "e\u{301}".repeat(MIN_LENGTH - 1);
        assert_eq!(check(&decomposed, &[]), Err(WeakPassword::TooShort));
        assert_eq!(check(&format!("{}{}", "\u{feff}".repeat(20), "short"), &[]), Err(WeakPassword::TooShort));
        let long = "über den Dächern von Köln ".repeat(8).chars().take(MAX_LENGTH).collect::<String>();
        assert_eq!(
            check(&long.nfd().collect::<String>(), &[]),
            Ok(()),
            "more signs than {MAX_LENGTH}, as many letters"
        );
        assert_eq!(check(&format!("{long}x"), &[]), Err(WeakPassword::TooLong));
    }

    proptest! {
        #[test]
        fn normalising_again_changes_nothing(password in any::<String>()) {
            let once = normalised(&password);
            prop_assert_eq!(normalised(&once), once.clone());
            prop_assert_eq!(normalised(&password.nfd().collect::<String>()), once);
        }

        #[test]
        fn any_password_is_judged(password in any::<String>(), word in any::<String>()) {
            let judged = check(&password, &[&word]);
            prop_assert!(judged.is_ok() || judged.is_err_and(|weak| !weak.to_string().is_empty()));
        }
    }
}
