//! What a CSV cell may hold so that opening the file runs nothing.
//!
//! A spreadsheet takes a cell for a formula by its first character, and may part cells where the file's own writer did not:
//! at a semicolon, a tab, a line break. So each *piece* of a text between two such separators is looked at as if it were a
//! cell. One that would run gets an apostrophe before it; one that only looks as if it had got one gets another, so that
//! [`undefused`] gives back exactly what was there.

use std::{borrow::Cow, cell::LazyCell};

/// Where programs part cells and rows.
const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '\r', '\n'];
/// How a formula begins (OWASP, "CSV Injection"); their full-width forms are taken for the same.
const TRIGGERS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What keeps a spreadsheet from taking a cell for a formula.
const APOSTROPHE: char = '\'';

/// Defuses a cell that a spreadsheet would take for a formula, or of which it could make one by parting it.
///
/// Telephone numbers and negative numbers stay what they are. Quoting (RFC 4180) is the writer's work.
#[must_use]
pub fn defuse(cell: &str) -> Cow<'_, str> {
    rewritten(cell, |piece| Some(format!("{APOSTROPHE}{piece}")))
}

/// Takes away the apostrophes that [`defuse`] put into a cell, so that a file of ours can be read again. What is not UTF-8 is
/// no text of ours and stays.
#[must_use]
pub fn undefused(cell: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(cell) else { return Cow::Borrowed(cell) };
    match rewritten(text, |piece| piece.strip_prefix(APOSTROPHE).map(ToOwned::to_owned)) {
        Cow::Borrowed(_) => Cow::Borrowed(cell),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The text with what `change` makes of each piece that would run or looks as if it had been defused.
fn rewritten(text: &str, change: impl Fn(&str) -> Option<String>) -> Cow<'_, str> {
    let mut new = String::new();
    // How far the text was copied already.
    let mut copied = 0;
    let mut start = 0;
    let numbers = LazyCell::new(|| numbers_from(text));
    for piece in text.split_inclusive(SEPARATORS) {
        let end = start + piece.len();
        if (runs(piece, || end >= *numbers) || (start == 0 && begins_with_control(piece)))
            && let Some(changed) = change(piece)
        {
            new.push_str(&text[copied..start]);
            new.push_str(&changed);
            copied = end;
        }
        start = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    new.push_str(&text[copied..]);
    Cow::Owned(new)
}

/// Whether a piece, with its separator at its end, would be taken for a formula if it lost its apostrophes. White space and
/// quotation marks before the formula do not count: not every program keeps them. A number does not run, unless there is
/// more than numbers behind it: whoever does not part the text there takes it all for one formula.
fn runs(piece: &str, numbers_follow: impl Fn() -> bool) -> bool {
    let bare = piece.trim_start_matches(APOSTROPHE).trim_end_matches(SEPARATORS);
    let formula = bare.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || is_unseen(c));
    formula.starts_with(TRIGGERS) && !(is_signed_number(formula.trim_end()) && numbers_follow())
}

/// Whether a cell begins with a tab or a line break, which spreadsheets drop before they look for a formula.
fn begins_with_control(piece: &str) -> bool {
    piece.trim_start_matches(APOSTROPHE).starts_with(['\t', '\r', '\n'])
}

/// Characters that have no width: a formula behind them looks as if it stood first.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether a text is a telephone number in its international form, or a negative number.
fn is_signed_number(text: &str) -> bool {
    let digits = |text: &str| text.chars().any(|c| c.is_ascii_digit());
    match text.strip_prefix('+') {
        Some(phone) => digits(phone) && phone.chars().all(is_of_numbers),
        None => text
            .strip_prefix('-')
            .is_some_and(|number| digits(number) && number.chars().all(|c| c.is_ascii_digit() || c == '.')),
    }
}

/// From where on there are but numbers, or nothing, between the separators of a text. One walk, however many pieces ask.
fn numbers_from(text: &str) -> usize {
    let mut from = text.len();
    // Behind the separator that would follow the text; separators are one byte long.
    let mut end = text.len() + 1;
    for piece in text.rsplit(SEPARATORS) {
        let bare = piece.trim();
        // What gets an apostrophe itself, such as a sign alone, is no number any more.
        if !(is_number(bare) && (!bare.starts_with(TRIGGERS) || is_signed_number(bare))) {
            break;
        }
        from = end - 1 - piece.len();
        end = from;
    }
    from
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+').unwrap_or(text).chars().all(is_of_numbers)
}

const fn is_of_numbers(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '(' | ')' | '-' | '/' | '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_run_is_defused() {
        for (cell, safe) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("+A1", "'+A1"),
            ("-1+1", "'-1+1"),
            ("-Ali", "'-Ali"),
            ("@sum", "'@sum"),
            ("＝1+1", "'＝1+1"),
            ("＋A1", "'＋A1"),
            ("－A1", "'－A1"),
            ("＠sum", "'＠sum"),
            (" =1", "' =1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\"=1\"", "'\"=1\""),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("x;=1+1", "x;'=1+1"),
            ("x,=1+1", "x,'=1+1"),
            ("x\t=1+1", "x\t'=1+1"),
            ("x\r\n-A1", "x\r\n'-A1"),
            ("x\n@a\n@b", "x\n'@a\n'@b"),
            ("x;\"=1+1\"", "x;'\"=1+1\""),
            ("x; ＝1", "x;' ＝1"),
            ("+49,cmd|' /C calc'!A0", "'+49,cmd|' /C calc'!A0"),
            ("+49 30 1; ask for Ada", "'+49 30 1; ask for Ada"),
            ("+1\r-\t", "'+1\r'-\t"),
        ] {
            assert_eq!(defuse(cell), safe);
        }
    }

    #[test]
    fn what_does_not_run_stays() {
        for plain in [
            "", "Ada", "a=b", "'quoted", "1-2", "Müller-Lüdenscheidt", "+43 660 123 45 67", "+49 (30) 123-45",
            "+1.555/01", "-12.50", "a; b, c", "ada@mail.example", "one\r\ntwo", "0660 1, +43 660 2", "+43 1; +43 2",
            "-12,50", "O'Neill",
        ] {
            assert!(matches!(defuse(plain), Cow::Borrowed(text) if text == plain), "{plain}");
            assert_eq!(undefused(plain.as_bytes()), plain.as_bytes());
        }
    }

    /// The apostrophes that were there before are told from ours.
    #[test]
    fn what_looks_defused_survives() {
        for (cell, safe) in [("'-Ali", "''-Ali"), ("''=1", "'''=1"), ("x;'=1", "x;''=1"), ("'\tx", "''\tx")] {
            assert_eq!(defuse(cell), safe);
            assert_eq!(undefused(safe.as_bytes()), cell.as_bytes());
        }
        assert_eq!(undefused(b"'=\xff"), b"'=\xff".as_slice());
    }

    /// As a spreadsheet does that parts a text at one of the separators.
    fn begins_a_formula(piece: &str) -> bool {
        let bare = piece.trim_start_matches([' ', '"']);
        bare.starts_with(TRIGGERS) && !bare.split(SEPARATORS).all(|piece| is_number(piece.trim()))
    }

    proptest! {
        /// Texts of what matters here, and any text at all.
        #[test]
        fn every_text_comes_back(cell in prop_oneof!["[-'=+@＝＠x1 \";,\t|\r\n]{0,12}", any::<String>()]) {
            let safe = defuse(&cell);
            prop_assert_eq!(undefused(safe.as_bytes()), cell.as_bytes());
        }

        #[test]
        fn no_piece_of_a_defused_text_runs(cell in "[-'=+@＝x1 \";,\t|\r\n]{0,12}") {
            let safe = defuse(&cell);
            prop_assert!(!safe.starts_with(['\t', '\r', '\n']));
            for separator in SEPARATORS {
                prop_assert!(!safe.split(separator).any(begins_a_formula), "{safe:?} at {separator:?}");
            }
        }
    }
}
