//! Money: an integer of minor units and an ISO 4217 code. Never a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 alphabetic currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The code, three capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimal places the minor unit has, as ISO 4217 lists them.
    #[must_use]
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    fn symbol(&self) -> Option<&'static str> {
        match &self.0 {
            b"EUR" => Some("€"),
            b"GBP" => Some("£"),
            b"USD" => Some("$"),
            _ => None,
        }
    }
}

/// Not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, such as EUR")]
pub struct BadCurrency;

impl FromStr for Currency {
    type Err = BadCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(BadCurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = BadCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in minor units, for example cents.
    pub minor: i64,
    /// The currency whose minor units these are.
    pub currency: Currency,
}

/// A sum, or an amount reckoned from others, that is larger than anybody bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this amount is too large")]
pub struct TooLarge;

/// Not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// Something else than digits and one decimal point.
    #[error("an amount is written as digits with a decimal point, such as 12.50")]
    Form,
    /// More decimal places than the currency has.
    #[error("{0} has at most {1} decimal places")]
    Decimals(String, u32),
    /// Too large to count.
    #[error("this amount is too large")]
    Range,
}

impl Money {
    /// Reads a decimal amount such as `12.5` or `-3`: a point, no grouping, at most the currency's decimals. More of them are
    /// read where they are zeros, so that nothing is lost by it.
    ///
    /// # Errors
    /// When the text has another form, too many decimals, or does not fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let minor = read_decimal(text, currency, currency.decimals())?;
        Ok(Self { minor: countable(minor)?, currency })
    }

    /// The bare decimal number, for programs: `1234.50`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let decimals = self.currency.decimals();
        write_decimal(i128::from(self.minor), decimals, decimals)
    }
}

/// For people: grouped by thousands, with the currency's sign where everybody knows it, else its code.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for_people(f, &self.decimal(), self.currency)
    }
}

/// The price of one lead or of one piece: money that may be finer than the currency's minor unit, where that is a hundredth or less of
/// the main one. Sums of it are rounded once, to [`Money`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Price {
    minor: i64,
    /// What is beyond the minor units, in units of the last decimal place: less than one minor unit, and never negative.
    parts: u16,
    /// The currency.
    pub currency: Currency,
}

impl Price {
    /// How many decimal places a price has.
    #[must_use]
    pub fn decimals(currency: Currency) -> u32 {
        match currency.decimals() {
            few @ (0 | 1) => few,
            _ => 4,
        }
    }

    /// So many parts make a minor unit.
    fn scale(currency: Currency) -> i128 {
        10_i128.pow(Self::decimals(currency).saturating_sub(currency.decimals()))
    }

    /// The price from what is stored of it.
    ///
    /// # Errors
    /// When the parts make up a minor unit, or are negative.
    pub fn from_parts(minor: i64, parts: i64, currency: Currency) -> Result<Self, TooLarge> {
        let parts = u16::try_from(parts).map_err(|_| TooLarge)?;
        if i128::from(parts) < Self::scale(currency) { Ok(Self { minor, parts, currency }) } else { Err(TooLarge) }
    }

    /// Reads a decimal amount as [`Money::parse`] does, with at most [`Price::decimals`] decimals.
    ///
    /// # Errors
    /// When the text has another form, too many decimals, or does not fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let units = read_decimal(text, currency, Self::decimals(currency))?;
        let scale = Self::scale(currency);
        let minor = countable(units.div_euclid(scale))?;
        let parts = u16::try_from(units.rem_euclid(scale)).map_err(|_| BadAmount::Range)?;
        Ok(Self { minor, parts, currency })
    }

    /// The whole minor units of it, rounded down.
    #[must_use]
    pub fn minor(&self) -> i64 {
        self.minor
    }

    /// What is beyond them, in units of the last decimal place.
    #[must_use]
    pub fn parts(&self) -> i64 {
        i64::from(self.parts)
    }

    /// All of it in units of the last decimal place, of which the second figure makes a minor unit.
    #[must_use]
    pub fn units(&self) -> (i128, i128) {
        let scale = Self::scale(self.currency);
        (i128::from(self.minor) * scale + i128::from(self.parts), scale)
    }

    /// The bare decimal number, for programs: `1234.50`, `0.1234`. At least the currency's decimals, no zeros after them.
    #[must_use]
    pub fn decimal(&self) -> String {
        write_decimal(self.units().0, Self::decimals(self.currency), self.currency.decimals())
    }
}

impl From<Money> for Price {
    fn from(Money { minor, currency }: Money) -> Self {
        Self { minor, parts: 0, currency }
    }
}

/// As [`Money`] is written.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for_people(f, &self.decimal(), self.currency)
    }
}

/// The largest amount that is read, in minor units: ten milliards of euros. Sums of millions of them still fit.
const LARGEST: i128 = 1_000_000_000_000;

fn countable(minor: i128) -> Result<i64, BadAmount> {
    if minor.abs() > LARGEST { Err(BadAmount::Range) } else { i64::try_from(minor).map_err(|_| BadAmount::Range) }
}

/// Reads a decimal amount in units of the last of so many decimal places.
fn read_decimal(text: &str, currency: Currency, decimals: u32) -> Result<i128, BadAmount> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(BadAmount::Form);
    }
    let kept = fraction.trim_end_matches('0').len().max(fraction.len().min(decimals as usize));
    let fraction = &fraction[..kept];
    let places = u32::try_from(fraction.len()).map_err(|_| BadAmount::Range)?;
    if places > decimals {
        return Err(BadAmount::Decimals(currency.code().to_owned(), decimals));
    }
    let scale = 10_i128.pow(decimals - places);
    let units = format!("{whole}{fraction}").parse::<i128>().map_err(|_| BadAmount::Range)?;
    let units = units.checked_mul(scale).ok_or(BadAmount::Range)?;
    Ok(if negative { -units } else { units })
}

/// Writes units of the last of so many decimal places; zeros at the end are left out but for the first places.
fn write_decimal(units: i128, decimals: u32, at_least: u32) -> String {
    let (decimals, at_least) = (decimals as usize, at_least as usize);
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = &fraction[..fraction.trim_end_matches('0').len().max(at_least)];
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn for_people(f: &mut fmt::Formatter<'_>, decimal: &str, currency: Currency) -> fmt::Result {
    let (sign, decimal) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("\u{2212}", rest));
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let whole = grouped(whole);
    let amount = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
    match currency.symbol() {
        Some(symbol) => write!(f, "{sign}{symbol}{amount}"),
        None => write!(f, "{sign}{amount}\u{a0}{}", currency.code()),
    }
}

/// Puts a comma between every three digits, from the right.
#[must_use]
pub fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A quotient, half a unit rounded up.
pub(crate) fn rounded(units: i128, by: i128) -> i64 {
    i64::try_from((2 * units + by).div_euclid(2 * by)).unwrap_or(i64::MAX)
}

/// What prices come to of which the minor units and what is finer were summed up, rounded once.
#[must_use]
pub fn sum_of_prices(minor: i64, parts: i64, currency: Currency) -> Money {
    let scale = Price::scale(currency);
    Money { minor: rounded(i128::from(minor) * scale + i128::from(parts), scale), currency }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_read_and_print() {
        let euros = |text| Money::parse(text, Currency::EUR);
        assert_eq!(euros("12.5").unwrap().minor, 1250);
        assert_eq!(euros("12.5000").unwrap().minor, 1250);
        assert_eq!(euros("-0.07").unwrap().to_string(), "−€0.07");
        assert_eq!(euros("1234567").unwrap().to_string(), "€1,234,567.00");
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(Money::parse("1500", yen).unwrap().to_string(), "1,500\u{a0}JPY");
        assert_eq!(Money::parse("1500.00", yen).unwrap().minor, 1500);
        assert_eq!(Money::parse("1.5", yen), Err(BadAmount::Decimals("JPY".into(), 0)));
        for bad in ["", ".", "1.", ".5", "1,000", "1e3", "--1", "12.345", "€5", "99999999999999999999"] {
            assert!(euros(bad).is_err(), "{bad:?} is no amount");
        }
    }

    #[test]
    fn prices_may_be_finer_than_a_cent() {
        let price = |text, code: &str| Price::parse(text, code.parse().unwrap());
        for (text, code, decimal, shown) in [
            ("12.5", "EUR", "12.50", "€12.50"),
            ("0.1234", "EUR", "0.1234", "€0.1234"),
            ("0.1230", "EUR", "0.123", "€0.123"),
            ("-0.0001", "EUR", "-0.0001", "−€0.0001"),
            ("-12.3456", "EUR", "-12.3456", "−€12.3456"),
            ("1234.5678000", "EUR", "1234.5678", "€1,234.5678"),
            ("1.2345", "KWD", "1.2345", "1.2345\u{a0}KWD"),
            ("1.2345", "CLF", "1.2345", "1.2345\u{a0}CLF"),
            ("15", "JPY", "15", "15\u{a0}JPY"),
        ] {
            let read = price(text, code).unwrap();
            assert_eq!((read.decimal(), read.to_string()), (decimal.to_owned(), shown.to_owned()), "{text}");
            assert_eq!(Price::from_parts(read.minor(), read.parts(), read.currency), Ok(read));
        }
        assert_eq!(price("0.12345", "EUR"), Err(BadAmount::Decimals("EUR".into(), 4)));
        assert_eq!(price("1.5", "JPY"), Err(BadAmount::Decimals("JPY".into(), 0)));
        assert_eq!(price("0.12", "EUR").unwrap(), Money { minor: 12, currency: Currency::EUR }.into());
        for parts in [-1, 100, i64::MAX] {
            assert_eq!(Price::from_parts(1, parts, Currency::EUR), Err(TooLarge), "{parts}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), number in "-?[0-9]{0,25}[.,]?[0-9]{0,6}", code in "[A-Z]{3}") {
            let currency = code.parse().unwrap();
            for text in [text, number] {
                if let Ok(money) = Money::parse(&text, currency) {
                    prop_assert_eq!(Money::parse(&money.decimal(), currency), Ok(money));
                    prop_assert!(!money.to_string().is_empty());
                }
                if let Ok(price) = Price::parse(&text, currency) {
                    prop_assert_eq!(Price::parse(&price.decimal(), currency), Ok(price));
                    prop_assert_eq!(Price::from_parts(price.minor(), price.parts(), currency), Ok(price));
                    prop_assert!(!price.to_string().is_empty());
                    if let Ok(money) = Money::parse(&text, currency) {
                        prop_assert_eq!(Price::from(money), price);
                    }
                }
            }
        }

        #[test]
        fn decimal_form_reads_back(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            let money = Money { minor, currency: Currency::EUR };
            prop_assert_eq!(Money::parse(&money.decimal(), Currency::EUR), Ok(money));
        }
    }
}
