//! Amounts of money as people and spreadsheets write them: `1.250,00 €`, `$1,250.00`, `1 250,5`, `CHF 1'250.-`.

use super::DecimalMark;
use crate::money::Currency;

/// Not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount; write it as 12.50 or 12,50")]
pub struct BadNumber;

/// An amount as digits with a decimal point, for [`crate::money::Money::parse`], and its currency if it is written beside it.
///
/// A sign that can only be one thing is that: of two different signs the last one is the decimal mark, a sign that comes
/// twice groups digits, and what has not three digits behind it cannot group. `mark` decides the rest, such as `1.250`.
///
/// # Errors
/// When the text is something else.
pub fn amount(text: &str, mark: DecimalMark) -> Result<(String, Option<Currency>), BadNumber> {
    let (text, currency) = without_currency(text.trim());
    let (negative, text) = without_sign(text)?;
    let digits: String = text.chars().filter(|c| !is_space(*c) && !matches!(c, '\'' | '’')).collect();
    // A dash stands for no decimals: `1250.-`, `1250,--`.
    let digits = digits.trim_end_matches(['-', '–', '—']);
    let digits = digits.strip_suffix(['.', ',']).unwrap_or(digits);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return Err(BadNumber);
    }
    let (whole, fraction) = match decimal_at(digits, mark) {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, ""),
    };
    let whole = ungrouped(whole)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadNumber);
    }
    let sign = if negative { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let number = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    Ok((number, currency))
}

/// The decimal mark that a column's values are written with; none when they do not tell.
#[must_use]
pub fn mark_of<'a>(values: impl Iterator<Item = &'a str>) -> Option<DecimalMark> {
    let (mut points, mut commas) = (0_u32, 0_u32);
    for value in values {
        let (text, _) = without_currency(value.trim());
        let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
        match (decimal_at(&digits, DecimalMark::Point), decimal_at(&digits, DecimalMark::Comma)) {
            // Both readings agree, so it can only be that one.
            (Some(one), Some(other)) if one == other => match digits.as_bytes().get(one) {
                Some(b',') => commas += 1,
                _ => points += 1,
            },
            // Grouped by a sign that comes twice: the decimals would have the other one.
            (None, None) if digits.contains('.') => commas += 1,
            (None, None) if digits.contains(',') => points += 1,
            _ => {}
        }
    }
    match points.cmp(&commas) {
        std::cmp::Ordering::Greater => Some(DecimalMark::Point),
        std::cmp::Ordering::Less => Some(DecimalMark::Comma),
        std::cmp::Ordering::Equal => None,
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn without_sign(text: &str) -> Result<(bool, &str), BadNumber> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return Ok((true, inner.trim()));
    }
    match text.strip_prefix(['-', '−']) {
        Some(rest) if rest.starts_with(['-', '−', '+']) => Err(BadNumber),
        Some(rest) => Ok((true, rest.trim())),
        None => Ok((false, text.strip_prefix('+').unwrap_or(text).trim())),
    }
}

const SIGNS: [(&str, &str); 12] = [
    ("€", "EUR"),
    ("US$", "USD"),
    ("$", "USD"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Fr.", "CHF"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("₪", "ILS"),
];

/// Takes a currency's sign or code from either end.
fn without_currency(text: &str) -> (&str, Option<Currency>) {
    for (sign, code) in SIGNS {
        // A minus may stand before the sign as well: it stays for the number.
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return (rest.trim(), code.parse().ok());
        }
    }
    let letters = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let code = |part: &str| part.to_ascii_uppercase().parse::<Currency>().ok();
    if let (Some(head), Some(tail)) = (text.get(..3), text.get(3..))
        && letters(head)
        && !tail.starts_with(|c: char| c.is_alphabetic())
        && !tail.is_empty()
    {
        return (tail.trim(), code(head));
    }
    if let Some(at) = text.len().checked_sub(3).filter(|at| *at > 0)
        && let (Some(head), Some(tail)) = (text.get(..at), text.get(at..))
        && letters(tail)
        && !head.ends_with(|c: char| c.is_alphabetic())
    {
        return (head.trim(), code(tail));
    }
    (text, None)
}

/// A currency as people write it: its code in any case, or its sign.
#[must_use]
pub fn currency(text: &str) -> Option<Currency> {
    let text = text.trim();
    let sign = SIGNS.iter().find(|(sign, _)| *sign == text).map(|(_, code)| *code);
    let name = match crate::search::fold(text).as_str() {
        "euro" | "euros" => Some("EUR"),
        "dollar" | "dollars" | "us dollar" => Some("USD"),
        _ => None,
    };
    sign.or(name).map_or_else(|| text.to_ascii_uppercase().parse().ok(), |code| code.parse().ok())
}

/// Where the decimals begin: the place of the decimal mark.
fn decimal_at(digits: &str, mark: DecimalMark) -> Option<usize> {
    let (point, comma) = (digits.rfind('.'), digits.rfind(','));
    match (point, comma) {
        (Some(point), Some(comma)) => Some(point.max(comma)),
        (None, None) => None,
        (one, other) => {
            let at = one.or(other)?;
            let sign = if one.is_some() { '.' } else { ',' };
            let (before, after) = (&digits[..at], &digits[at + 1..]);
            if before.contains(sign) {
                return None;
            }
            // `0,125` and `1234,567` group nothing.
            let may_group = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
            (!may_group || sign == mark.sign()).then_some(at)
        }
    }
}

/// Takes the grouping away. Groups have three digits but the first, or two as in India before the last three.
fn ungrouped(whole: &str) -> Result<String, BadNumber> {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let fine = rest.is_empty()
        || (first.len() <= 3
            && !first.is_empty()
            && rest.last().is_some_and(|last| last.len() == 3)
            && rest.iter().all(|group| matches!(group.len(), 2 | 3)));
    if fine { Ok([&[first], &rest[..]].concat().concat()) } else { Err(BadNumber) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Money;

    #[test]
    fn amounts_as_people_write_them() {
        use DecimalMark::{Comma, Point};
        for (text, mark, number, code) in [
            ("25,50", Point, "25.50", None),
            ("1.250,00 €", Point, "1250.00", Some("EUR")),
            ("1 250.00", Comma, "1250.00", None),
            ("1\u{202f}250,5", Comma, "1250.5", None),
            ("$1,250.00", Comma, "1250.00", Some("USD")),
            ("CHF 1'250.-", Point, "1250", Some("CHF")),
            ("1’250.40 chf", Point, "1250.40", Some("CHF")),
            ("12,00 EUR", Point, "12.00", Some("EUR")),
            ("1.250", Point, "1.250", None),
            ("1.250", Comma, "1250", None),
            ("1,250", Point, "1250", None),
            ("0,125", Point, "0.125", None),
            ("1234,567", Point, "1234.567", None),
            ("1.234.567", Point, "1234567", None),
            ("1.234.567,8", Point, "1234567.8", None),
            ("12,34,567.80", Point, "1234567.80", None),
            ("-3,5", Point, "-3.5", None),
            ("(3.50)", Point, "-3.50", None),
            ("30", Comma, "30", None),
            (",5", Point, "0.5", None),
            ("149,90 zł", Point, "149.90", Some("PLN")),
        ] {
            let (read, currency) = amount(text, mark).unwrap_or_else(|_| panic!("{text:?}"));
            assert_eq!((read.as_str(), currency.as_ref().map(Currency::code)), (number, code), "{text:?}");
        }
        for text in ["", "a lot", "1.2.3", "--1", "12.50.00,1,2", "12 apples", "€", "1e3", "5 %"] {
            assert!(amount(text, Point).is_err(), "{text:?}");
        }
        assert_eq!(currency("eur").unwrap().code(), "EUR");
        assert_eq!(currency("€").unwrap().code(), "EUR");
        assert_eq!(currency("Euro").unwrap().code(), "EUR");
        assert_eq!(currency("doubloons"), None);
    }

    #[test]
    fn a_column_tells_its_mark() {
        assert_eq!(mark_of(["30", "1.250", "25,50"].into_iter()), Some(DecimalMark::Comma));
        assert_eq!(mark_of(["1,250", "3.5"].into_iter()), Some(DecimalMark::Point));
        assert_eq!(mark_of(["1.250.000"].into_iter()), Some(DecimalMark::Comma));
        assert_eq!(mark_of(["1.250", "30", ""].into_iter()), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>(), comma in any::<bool>()) {
            let mark = if comma { DecimalMark::Comma } else { DecimalMark::Point };
            let _ = amount(&text, mark);
            let _ = mark_of([text.as_str()].into_iter());
        }

        #[test]
        fn what_is_written_is_read(minor in 0_i64..1_000_000_000_000, comma in any::<bool>(), grouped in any::<bool>()) {
            let money = Money { minor, currency: Currency::EUR };
            let plain = money.decimal();
            let (whole, fraction) = plain.split_once('.').unwrap();
            let (group, point, mark) = if comma { (".", ",", DecimalMark::Comma) } else { (",", ".", DecimalMark::Point) };
            let whole = if grouped { crate::money::grouped(whole).replace(',', group) } else { whole.to_owned() };
            let (read, _) = amount(&format!("{whole}{point}{fraction} €"), mark).unwrap();
            prop_assert_eq!(Money::parse(&read, Currency::EUR), Ok(money));
        }
    }
}
