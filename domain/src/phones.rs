//! Phone numbers as they are compared: by digits, whichever way somebody wrote them.
//!
//! It is known where a calling code ends and what is dialled before a number within its country. A full numbering plan
//! (which numbers exist, how they are grouped) would be a megabyte and is not needed to find a number that is stored.

/// What of a written number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// Written with its calling code.
    International {
        /// The calling code: `49`.
        code: String,
        /// What follows it, without what is dialled within the country only.
        number: String,
    },
    /// Written as it is dialled within a country, whichever that is: all of its digits.
    National(String),
}

/// The fewest digits that make a number; with fewer it is a part of one, or something else.
const FEWEST: usize = 5;
/// The shortest number behind a calling code.
const SHORTEST_NUMBER: usize = 4;

impl Phone {
    /// Reads a number. Nothing is one that has hardly any digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        // Behind a letter stands an extension; before the first digit, a label.
        let start = text.find(|c: char| c == '+' || c.is_ascii_digit())?;
        let body = &text[start..];
        let end = body.find(char::is_alphabetic).unwrap_or(body.len());
        let (written, all) = (&body[..end], digits(&body[..end]));
        if all.len() < FEWEST {
            return None;
        }
        let abroad = if written.starts_with('+') {
            Some(all.as_str())
        } else {
            all.strip_prefix("00").filter(|rest| !rest.starts_with('0'))
        };
        let international = abroad.and_then(|rest| {
            let (code, number) = rest.split_at_checked(code_length(rest))?;
            let number = without_trunk(code, number);
            let is_one = number.len() >= SHORTEST_NUMBER;
            is_one.then(|| Self::International { code: code.to_owned(), number: number.to_owned() })
        });
        Some(international.unwrap_or(Self::National(all)))
    }

    /// The same with the calling code of the country it was written in.
    #[must_use]
    pub fn within(self, code: Option<&str>) -> Self {
        match (self, code) {
            (Self::National(all), Some(code)) => {
                let exit = if code == "1" { all.strip_prefix("011") } else { None };
                if let Some(Some(abroad)) = exit.map(|rest| Self::read(&format!("+{rest}"))) {
                    return abroad;
                }
                let trunk = trunk(code);
                let number = if trunk.is_empty() { all.as_str() } else { all.strip_prefix(trunk).unwrap_or(&all) };
                if number.len() < SHORTEST_NUMBER {
                    return Self::National(all);
                }
                Self::International { code: code.to_owned(), number: number.to_owned() }
            }
            (phone, _) => phone,
        }
    }
}

/// The ways in which a number may be stored that somebody writes like this, without what stands between digits: as it is, with its
/// calling code, and as it is dialled within the country of `calling_code`. None for what is no number.
#[must_use]
pub fn spellings(text: &str, calling_code: Option<&str>) -> Vec<String> {
    let Some(phone) = Phone::read(text) else { return Vec::new() };
    let plain: String = text.chars().filter(|c| !" -()/.".contains(*c)).collect();
    let mut spellings = vec![plain];
    if let Phone::International { code, number } = phone.within(calling_code) {
        spellings.extend([format!("+{code}{number}"), format!("00{code}{number}")]);
        let trunk = trunk(&code);
        if !trunk.is_empty() {
            spellings.push(format!("+{code}{trunk}{number}"));
        }
        if calling_code == Some(code.as_str()) {
            spellings.push(format!("{trunk}{number}"));
        }
    }
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

/// The ASCII digits of a text.
#[must_use]
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// How many digits the calling code has that a number begins with. No code is the beginning of another one.
pub(crate) fn code_length(number: &str) -> usize {
    match number.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

/// What is dialled before a number within the countries of a calling code: mostly a nought.
#[must_use]
pub fn trunk(code: &str) -> &'static str {
    match code {
        "1" => "1",
        "7" => "8",
        "36" => "06",
        "375" => "80",
        // Here numbers are the same from everywhere; in Italy a nought at their beginning is a part of them.
        "30" | "34" | "39" | "45" | "47" | "48" | "52" | "56" | "57" | "65" | "216" | "298" | "299" | "350" | "351"
        | "352" | "354" | "356" | "357" | "371" | "372" | "376" | "377" | "378" | "379" | "420" | "423" | "852"
        | "853" | "965" | "968" | "973" | "974" => "",
        _ => "0",
    }
}

/// People write `+49 (0)171` and `+49 0171`, too.
fn without_trunk<'a>(code: &str, number: &'a str) -> &'a str {
    match trunk(code) {
        "0" => number.strip_prefix('0').unwrap_or(number),
        "06" => number.strip_prefix("06").unwrap_or(number),
        // An eight or a one may be the number's own.
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn international(code: &str, number: &str) -> Option<Phone> {
        Some(Phone::International { code: code.into(), number: number.into() })
    }

    #[test]
    fn one_number_in_many_spellings() {
        for text in [
            "+49 171 2345678", "+49 (0)171/23 45 678", "0049-171-2345678", "p:+491712345678", "tel:+49 0171 2345678",
            "+49.171.2345678 ext. 12",
        ] {
            assert_eq!(Phone::read(text), international("49", "1712345678"), "{text}");
        }
        for text in ["0171 2345678", "(0171) 23-45-678"] {
            assert_eq!(Phone::read(text), Some(Phone::National("01712345678".into())), "{text}");
            assert_eq!(Phone::read(text).map(|phone| phone.within(Some("49"))), international("49", "1712345678"));
        }
        for text in ["", "12-34", "ask for Ada", "+", "+49"] {
            assert_eq!(Phone::read(text), None, "{text}");
        }
    }

    #[test]
    fn countries_dial_in_their_own_ways() {
        let within = |text: &str, code: &str| Phone::read(text).map(|phone| phone.within(Some(code)));
        assert_eq!(Phone::read("+39 06 1234 5678"), international("39", "0612345678"), "a nought that stays");
        assert_eq!(within("06 1234 5678", "39"), international("39", "0612345678"));
        assert_eq!(within("8 (912) 345-67-89", "7"), international("7", "9123456789"));
        assert_eq!(within("1-415-555-2671", "1"), within("(415) 555-2671", "1"));
        assert_eq!(within("011 49 171 2345678", "1"), international("49", "1712345678"));
        assert_eq!(within("06 30 123 4567", "36"), Phone::read("+36 30 123 4567"));
        assert_eq!(Phone::read("+353 1 234 5678"), international("353", "12345678"));
    }

    #[test]
    fn a_number_is_looked_for_in_all_its_spellings() {
        let there = |text: &str| spellings(text, Some("49"));
        let stored = ["+491712345678", "00491712345678", "01712345678", "+4901712345678"];
        for written in ["+49 171 2345678", "0171/2345678", "0049 (0)171 2345678"] {
            let ways = there(written);
            assert!(stored.iter().all(|stored| ways.iter().any(|way| way == stored)), "{written}: {ways:?}");
        }
        assert!(!there("+43 171 2345678").contains(&"01712345678".to_owned()), "another country's");
        assert!(there("12").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), signs in "[+0-9 ()x٣ä/.-]{0,24}", code in "[0-9]{1,3}") {
            for text in [text, signs] {
                if let Some(phone) = Phone::read(&text) {
                    let _ = phone.within(Some(&code));
                }
            }
        }
    }
}
