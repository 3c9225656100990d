//! The form in which texts are compared by a search: what people think of as "the same letters".

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    phones::{Phone, digits, trunk},
    text::is_invisible,
};

/// The version of the form. Whoever changes what [`fold`] or [`document`] makes of a text counts it up: texts that were stored in
/// an older form are then written anew (`store::leads::refold`).
pub const VERSION: i64 = 2;

/// Folds a text for searching and sorting: compatibility forms unified, accents dropped, letters with strokes and ligatures
/// written plainly, lower case, one kind of apostrophe and of hyphen, ASCII digits, one space for any white space, nothing that
/// nobody sees. `"  Łódź\tÉté"` becomes `"lodz ete"`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.chars().for_each(|c| push(&mut folded, c.to_ascii_lowercase()));
    } else {
        // What is left out goes first: a mark on either side of it then finds its place.
        let text = text.chars().filter(|c| !is_invisible(*c) && !is_tatweel(*c)).map(plain_sign);
        for c in text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).filter(|c| !is_accent(*c)) {
            match plain_letters(c) {
                Some(letters) => folded.push_str(letters),
                None => push(&mut folded, plain_digit(plain_sign(c))),
            }
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn push(folded: &mut String, c: char) {
    if c.is_whitespace() || c.is_control() {
        if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    } else {
        folded.push(if c == '`' { '\'' } else { c });
    }
}

/// Marks that change a letter's look or stress. Those that are vowels of their own (in the scripts of India and its neighbours) and
/// the marks of Japanese syllables make other words and stay.
fn is_accent(c: char) -> bool {
    const NUKTA: char = '\u{93C}';
    is_combining_mark(c)
        && (c == NUKTA
            || !matches!(c, '\u{900}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{3099}' | '\u{309A}' | '\u{A8E0}'..='\u{A8FF}' | '\u{11000}'..='\u{11FFF}'))
}

/// The stretch within an Arabic word, alone and under one mark or two.
fn is_tatweel(c: char) -> bool {
    matches!(
        c,
        '\u{640}' | '\u{FE71}' | '\u{FE77}' | '\u{FE79}' | '\u{FE7B}' | '\u{FE7D}' | '\u{FE7F}' | '\u{FCF2}'
            ..='\u{FCF4}'
    )
}

/// One apostrophe and one hyphen for all that look like them.
fn plain_sign(c: char) -> char {
    match c {
        '\u{B4}'
        | '\u{2B9}'..='\u{2BD}'
        | '\u{2C8}'
        | '\u{2CA}'
        | '\u{2CB}'
        | '\u{2018}'..='\u{201B}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{5F3}'
        | '\u{1FBD}'
        | '\u{1FBF}'
        | '\u{1FEF}'
        | '\u{1FFD}'
        | '\u{1FFE}'
        | '\u{A78B}'
        | '\u{A78C}'
        | '\u{FF07}'
        | '\u{FF40}'
        | '`' => '\'',
        '\u{2D7}'
        | '\u{58A}'
        | '\u{5BE}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{207B}'
        | '\u{208B}'
        | '\u{2212}'
        | '\u{FE31}'
        | '\u{FE32}'
        | '\u{FE58}'
        | '\u{FE63}'
        | '\u{FF0D}'
        | '\u{2E3A}'
        | '\u{2E3B}' => '-',
        c => c,
    }
}

/// Letters that are no letter with an accent to Unicode, but to whoever types them on another keyboard.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' | 'ƚ' | 'ɫ' => "l",
        'ø' => "o",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' | 'ɨ' => "i",
        'ŋ' => "n",
        'ĸ' | 'ƙ' => "k",
        'ƀ' | 'ɓ' => "b",
        'ǥ' | 'ɠ' => "g",
        'ɉ' | 'ȷ' => "j",
        'ɍ' => "r",
        'ʉ' => "u",
        'ɏ' => "y",
        'ƶ' => "z",
        'ə' | 'ǝ' => "e",
        // The last sigma of a word, and Arabic letters that keyboards of different countries write differently.
        'ς' => "σ",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        _ => return None,
    })
}

/// The digits of other scripts that stand in addresses and phone numbers.
fn plain_digit(c: char) -> char {
    const ZEROS: [u32; 5] = [0x660, 0x6F0, 0x966, 0x9E6, 0xE50];
    let code = u32::from(c);
    let zero = ZEROS.into_iter().find(|zero| (*zero..*zero + 10).contains(&code));
    zero.and_then(|zero| char::from_digit(code - zero, 10)).unwrap_or(c)
}

/// Before a number whose country is not known. No folded text holds it.
const HOMELESS: char = '\t';

/// Joins the searchable texts of one object. A phone number is added by its digits, as it is dialled from abroad and from within
/// its country; `calling_code` is that of numbers that do not say theirs. Nothing can match across two texts: [`fold`] yields
/// no line break.
#[must_use]
pub fn document(texts: &[&str], phone: &str, calling_code: Option<&str>) -> String {
    let mut parts: Vec<Cow<'_, str>> =
        texts.iter().map(|text| Cow::Owned(fold(text))).filter(|text: &Cow<'_, str>| !text.is_empty()).collect();
    parts.extend(numbers(phone, calling_code).map(Cow::Owned));
    parts.join("\n")
}

/// The forms in which a number is found.
fn numbers(phone: &str, calling_code: Option<&str>) -> Option<String> {
    let folded = fold(phone);
    let Some(written) = Phone::read(&folded) else {
        return Some(digits(&folded)).filter(|digits| !digits.is_empty() && *digits != folded);
    };
    let mut line = String::new();
    if let Phone::International { code, number } = written.clone().within(calling_code) {
        line = format!("+{code}{number} {}{number}", trunk(&code));
    }
    // Whoever is called from another country than their own is found, too.
    if let Phone::National(all) = written {
        line = format!("{line} {all}{HOMELESS}{}", without_noughts(&all));
    }
    Some(line.trim_start_matches(' ').to_owned())
}

fn without_noughts(digits: &str) -> &str {
    let rest = digits.trim_start_matches('0');
    if rest.is_empty() { digits } else { rest }
}

/// What a search looks for: each of its words, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needle(Vec<Vec<String>>);

impl Needle {
    /// Reads what was typed. Words that make a phone number are looked for as one, in every way in which it may be stored.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        let folded = fold(typed);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let mut needle = Vec::<Vec<String>>::with_capacity(words.len());
        for run in words.chunk_by(|one, next| is_of_a_number(one) == is_of_a_number(next)) {
            let numbers = if is_of_a_number(run[0]) { spellings(&run.join(" ")) } else { Vec::new() };
            for word in run {
                let mut texts = vec![(*word).to_owned()];
                texts.extend(numbers.iter().filter(|number| number != word).cloned());
                if !needle.contains(&texts) {
                    needle.push(texts);
                }
            }
        }
        Self(needle)
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For each word the texts of which one has to be found.
    #[must_use]
    pub fn words(&self) -> &[Vec<String>] {
        &self.0
    }

    /// Whether a [`document`] has all of it.
    #[must_use]
    pub fn is_in(&self, document: &str) -> bool {
        self.0.iter().all(|texts| texts.iter().any(|text| document.contains(text)))
    }
}

fn is_of_a_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit() || "+-/().".contains(c))
}

/// How a document may hold the number, or the part of one, that somebody looks for.
fn spellings(typed: &str) -> Vec<String> {
    let homeless = |number: &str| format!("{HOMELESS}{number}");
    match Phone::read(typed) {
        None => Vec::new(),
        Some(Phone::International { code, number }) => {
            let trunk = trunk(&code);
            let mut texts = vec![format!("+{code}{number}"), homeless(without_noughts(&number))];
            if !trunk.is_empty() && trunk != "0" {
                texts.push(homeless(without_noughts(&format!("{trunk}{number}"))));
            }
            texts
        }
        Some(Phone::National(all)) => {
            let mut texts = vec![homeless(without_noughts(&all)), all.clone()];
            // A calling code without its sign, and how calls leave North America.
            let unsigned = Some(all.as_str()).filter(|all| all.len() >= 11 && !all.starts_with('0'));
            for abroad in [unsigned, all.strip_prefix("011")] {
                let international = abroad.and_then(|digits| Phone::read(&format!("+{digits}")));
                if let Some(Phone::International { code, number }) = international {
                    texts.extend([format!("+{code}{number}"), homeless(without_noughts(&number))]);
                }
            }
            texts
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_unites_what_people_take_for_the_same() {
        assert_eq!(fold("  Łódź\tÉté "), "lodz ete");
        assert_eq!(fold("Straße MÜLLER"), "strasse muller");
        assert_eq!(fold("Ｆｕｌｌ ﬁt"), "full fit");
        assert_eq!(fold("ΕΛΛΗΝΙΚΆ Γιώργος ΓΙΩΡΓΟΣ"), "ελληνικα γιωργοσ γιωργοσ");
        assert_eq!(fold("a\u{0}\nb"), "a b");
        assert_eq!(
            fold("Søren Ødegård Đorđe Þór Ægir Œuvre Ħamrun Ŧ Iıİi ẞ"),
            "soren odegard dorde thor aegir oeuvre hamrun t iiii ss"
        );
        assert_eq!(fold("٠١٢ ۳۴ محمّد"), "012 34 محمد");
        assert_ne!(fold("किरण"), fold("कारण"), "vowels of India are no accents");
    }

    #[test]
    fn signs_that_look_alike_are_one() {
        for name in ["O'Casey", "O’Casey", "O‘Casey", "OʼCasey", "O`Casey", "O´Casey", "O′Casey", "O＇Casey"] {
            assert_eq!(fold(name), "o'casey", "{name}");
        }
        for name in ["Anne-Marie", "Anne‑Marie", "Anne‐Marie", "Anne–Marie", "Anne—Marie", "Anne−Marie", "Anne－Marie"]
        {
            assert_eq!(fold(name), "anne-marie", "{name}");
        }
        assert_eq!(fold("\u{FEFF}Mül\u{AD}ler\u{200B}"), "muller");
    }

    #[test]
    fn words_are_found_in_any_order() {
        let dupont = document(&["Anne‑Marie Dupont", "am@mail.example"], "", None);
        for typed in ["Dupont Anne-Marie", "anne dup", "MAIL.example  dupont"] {
            assert!(Needle::new(typed).is_in(&dupont), "{typed}");
        }
        assert!(!Needle::new("anne duval").is_in(&dupont));
        assert!(Needle::new(" \u{200B}").is_empty());
        assert_eq!(Needle::new("a a").words().len(), 1);
    }

    #[test]
    fn phones_are_found_however_they_are_written() {
        let spellings = [
            "+49 171 2345678", "0049 171 2345678", "+49 (0)171/23 45 67 8", "0171 2345678", "0171-23456-78",
            "1712345678",
        ];
        for stored in spellings {
            for calling_code in [None, Some("49")] {
                let document = document(&["Ada", stored], stored, calling_code);
                for typed in
                    spellings.into_iter().chain(["+49 171 23", "171 23456", "491712345678", "Ada 0171 2345678"])
                {
                    assert!(Needle::new(typed).is_in(&document), "{typed} in {document:?}");
                }
                for typed in ["+49 171 2345679", "0172 2345678", "+48 111 2345678"] {
                    assert!(!Needle::new(typed).is_in(&document), "{typed} in {document:?}");
                }
            }
        }
        let other = document(&["Ada"], "0123 45678", None);
        assert!(!Needle::new("0171 2345678").is_in(&other), "a nought is no calling code: {other:?}");
        let moscow = document(&["Ada"], "8 (912) 345-67-89", None);
        assert!(Needle::new("+7 912 3456789").is_in(&moscow));
        let rome = document(&["Ada"], "+39 06 1234 5678", None);
        assert!(Needle::new("06 12345678").is_in(&rome) && Needle::new("0039 06 12345678").is_in(&rome));
        assert!(document(&["Ada", "(030) 12-34"], "(030) 12-34", None).contains("0301234"));
        assert_eq!(document(&["Ada", "123"], "123", None), "ada\n123");
    }

    #[test]
    fn numbers_that_are_no_phones_are_found_as_typed() {
        let document = document(&["Ada", "Campaign 2026-11-22", "ID 4711 0815"], "", None);
        for typed in ["2026-11-22", "0815 4711", "4711"] {
            assert!(Needle::new(typed).is_in(&document), "{typed}");
        }
    }

    #[test]
    fn folding_a_letter_twice_changes_nothing() {
        let odd = ('\0'..=char::MAX).filter(|c| {
            let once = fold(&format!("a{c}b"));
            fold(&once) != once
        });
        assert_eq!(odd.collect::<String>(), "");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>(), odd in "[aIßŁĳ´`’\u{1FEF}\u{200B}\u{640}\u{FE71}\u{94D}\u{93C}\u{301}\u{3099}が٣\u{FFA0} ]{0,12}") {
            for text in [text, odd] {
                let once = fold(&text);
                prop_assert_eq!(fold(&once), once);
            }
        }

        #[test]
        fn every_text_is_found_in_its_document(name in "\\PC{0,30}", email in "\\PC{0,30}", phone in "[+0-9 ()/.x-]{0,20}", code in proptest::option::of("[1-9][0-9]{0,2}")) {
            let document = document(&[&name, &email, &phone], &phone, code.as_deref());
            for typed in [&name, &email, &phone, &format!("{phone} {name}")] {
                prop_assert!(Needle::new(typed).is_in(&document), "{} in {:?}", typed, document);
            }
        }
    }
}
