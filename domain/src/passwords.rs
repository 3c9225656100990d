//! What a new password must be. Hashing is the server's work.

/// Fewest characters of a password (NIST SP 800-63B asks for at least 8; we ask for more).
pub const MIN_LENGTH: usize = 12;
/// Maximum number of characters: beyond this only the hashing gets slower.
pub const MAX_LENGTH: usize = 128;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Under [`MIN_LENGTH`].
    #[error("Use at least {MIN_LENGTH} characters.")]
    TooShort,
    /// Over [`MAX_LENGTH`].
    #[error("Use at most {MAX_LENGTH} characters.")]
    TooLong,
    /// On the list of common ones, or a repetition.
    #[error("This password is too common: it is among the first that would be tried.")]
    Common,
    /// Built from the person's or the account's own words.
    #[error("Leave out your name, your email address and the company's name.")]
    Guessable,
}

/// Judges a password. `own_words` are the user's name, address and company; words under four letters do not count.
///
/// # Errors
/// The first reason against it.
pub fn check(password: &str, own_words: &[&str]) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Err(WeakPassword::TooShort);
    }
    if length > MAX_LENGTH {
        return Err(WeakPassword::TooLong);
    }
    let folded = password.to_lowercase();
    let distinct = folded.chars().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < 4 || is_run(&folded) || is_mostly(&folded, COMMON_STEMS.iter().copied()) {
        return Err(WeakPassword::Common);
    }
    let words = own_words.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let words: Vec<String> = words.filter(|word| word.chars().count() >= 4).map(str::to_lowercase).collect();
    if is_mostly(&folded, words.iter().map(String::as_str)) {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

/// Whether the characters only count up or down: `abcdefghijkl`, `987654321098`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes.windows(2).map(|pair| pair[1] - pair[0]);
    let odd = steps.filter(|step| !matches!(step, 1 | -1 | 9 | -9)).count();
    odd == 0
}

/// Whether taking these words out leaves under six characters: words in a row, repeated or decorated.
fn is_mostly<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> bool {
    let rest = words.fold(text.to_owned(), |rest, word| rest.replace(word, ""));
    rest.len() < text.len() && rest.chars().count() < 6
}

/// Stems of the passwords that lead every published list, long ones included: at twelve characters and more
/// the common ones are these, repeated or decorated with a year or an exclamation mark.
const COMMON_STEMS: &[&str] = &[
    "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "motdepasse", "contraseña", "qwertyuiop", "qwerty",
    "qwertz", "azerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1q2w3e4r5t", "1q2w3e4r", "1qaz2wsx", "q1w2e3r4",
    "123456789", "12345678", "1234567890", "123456", "987654321", "654321", "iloveyou", "letmein", "welcome",
    "willkommen", "bienvenue", "changeme", "trustno1", "superman", "batman", "football", "baseball", "basketball",
    "princess", "sunshine", "dragon", "monkey", "shadow", "master", "michael", "jennifer", "charlie", "starwars",
    "pokemon", "liverpool", "chelsea", "arsenal", "summer", "winter", "spring", "autumn", "sommer", "hello", "secret",
    "admin", "administrator", "default", "partner", "portal", "abc123", "a1b2c3", "google", "internet", "computer",
    "samsung", "whatever", "freedom", "mustang", "access",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_ones_are_named_for_what_they_are() {
        let own = ["Ada Lovelace", "ada.lovelace@northwind.example", "Northwind Solar"];
        assert_eq!(check("short", &own), Err(WeakPassword::TooShort));
        assert_eq!(check(&"ab1!".repeat(40), &own), Err(WeakPassword::TooLong));
        for common in [
            "Password2026!", "aaaaaaaaaaaa", "abcdefghijkl", "qwertyuiop12", "Welcome12345", "123456789012",
            "partnerportal",
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
}
