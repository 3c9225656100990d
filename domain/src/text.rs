//! Characters that nobody sees. They come along when an address or a number is copied from a web page, a chat or a spreadsheet,
//! and make two texts differ that look the same.

use std::borrow::Cow;

/// Whether a character shows nothing and takes no room: zero-width spaces and joiners, soft hyphens, byte order marks, direction
/// marks, variation selectors, fillers.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// An address, an id or a number without what nobody sees: invisible characters go, special spaces become plain ones, and what
/// stands around it is cut off.
#[must_use]
pub fn code(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| if c.is_whitespace() && !c.is_ascii() && !c.is_control() { ' ' } else { c };
    let shown: String = text.chars().filter(|c| !is_invisible(*c)).map(plain).collect();
    Cow::Owned(shown.trim().to_owned())
}

/// A name without what nobody sees, as far as it says nothing: joiners within words of a script that is written with them stay,
/// as do direction marks within a name written from right to left and the variants of an ideograph or a sign. At the ends, and
/// everywhere else, they go.
#[must_use]
pub fn name(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    // What stays depends on what stands beside it, which may go itself: until nothing more goes.
    let mut once = name_once(text);
    loop {
        let again = name_once(&once);
        if again == once {
            return Cow::Owned(once);
        }
        once = again;
    }
}

fn name_once(text: &str) -> String {
    let right_to_left = text.chars().any(is_right_to_left);
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let (before, after) = (kept.chars().next_back(), chars.peek().copied());
        let stays = match c {
            '\u{200C}' | '\u{200D}' => before.is_some_and(joins) && after.is_some_and(joins),
            '\u{200E}' | '\u{200F}' | '\u{61C}' => right_to_left && before.is_some() && after.is_some(),
            '\u{180B}'..='\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
                before.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_invisible(c))
            }
            c => !is_invisible(c),
        };
        if stays {
            kept.push(c);
        }
    }
    // A mark in the middle may have become the end when those behind it went.
    let at_the_ends = |c: char| c.is_whitespace() || matches!(c, '\u{200C}'..='\u{200F}' | '\u{61C}');
    kept.trim_matches(at_the_ends).to_owned()
}

/// Whether a joiner beside this character changes how it is written: the scripts of India and its neighbours, Arabic with its
/// relatives, and signs that are put together, such as families.
const fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}' | '\u{F00}'..='\u{109F}' | '\u{1780}'..='\u{18AF}'
            | '\u{A8E0}'..='\u{A8FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{2190}'..='\u{2BFF}'
            | '\u{FE0F}' | '\u{11000}'..='\u{11FFF}' | '\u{1F000}'..='\u{1FAFF}'
    ) && !is_direction_mark(c)
}

const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}')
}

/// Hebrew, Arabic and their relatives.
const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}')
        && !is_direction_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_lose_what_nobody_sees() {
        for typed in [
            "ada@mail.example\u{200B}", "\u{FEFF}ada@mail.example", "ada@ma\u{AD}il.example", "ada@mail.example\u{A0}",
            "ada@mail\u{200D}.example", "\u{200F}ada@mail.example\u{200E}", "\u{2068}ada@mail.example\u{2069} ",
        ] {
            assert_eq!(code(typed), "ada@mail.example", "{}", typed.escape_unicode());
        }
        assert_eq!(code("+49\u{A0}171\u{202F}234\u{2060}5678"), "+49 171 2345678");
        assert_eq!(code("\u{200B}"), "");
        assert!(matches!(code(" A-1 "), Cow::Borrowed("A-1")));
    }

    #[test]
    fn names_keep_what_belongs_to_their_script() {
        let persian = "محمد نبی\u{200C}زاده";
        assert_eq!(name(persian), persian);
        let sinhala = "ශ්\u{200D}රී";
        assert_eq!(name(sinhala), sinhala);
        let variant = "葛\u{E0100}城";
        assert_eq!(name(variant), variant);
        let hebrew = "דני\u{200F} (2)";
        assert_eq!(name(hebrew), hebrew);
        assert_eq!(name("\u{200D}शर्मा\u{200C}"), "शर्मा");
        assert_eq!(name("Anna\u{200D}\u{200C}lena \u{FEFF}Mül\u{AD}ler\u{200E}"), "Annalena Müller");
        assert_eq!(name("\u{202E}evil"), "evil");
        assert_eq!(name("نبی\u{200C}\u{200B}"), "نبی");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>(), marks in "[aä नम\u{628}\u{200B}-\u{200F}\u{AD}\u{FE0F}\u{FEFF}\u{A0}]{0,12}") {
            for text in [text, marks] {
                let once = code(&text).into_owned();
                prop_assert!(!once.chars().any(is_invisible));
                prop_assert_eq!(code(&once), once.as_str());
                let once = name(&text).into_owned();
                prop_assert_eq!(name(&once), once.as_str());
            }
        }
    }
}
