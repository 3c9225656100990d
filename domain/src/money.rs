//! Money: an integer of minor units and an ISO 4217 code. Never a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 alphabetic currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(BadAmount::Form);
        }
        let decimals = currency.decimals();
        let kept = fraction.trim_end_matches('0').len().max(fraction.len().min(decimals as usize));
        let fraction = &fraction[..kept];
        let places = u32::try_from(fraction.len()).map_err(|_| BadAmount::Range)?;
        if places > decimals {
            return Err(BadAmount::Decimals(currency.code().to_owned(), decimals));
        }
        let scale = 10_i64.pow(decimals - places);
        let minor = format!("{whole}{fraction}").parse::<i64>().map_err(|_| BadAmount::Range)?;
        let minor = minor.checked_mul(scale).ok_or(BadAmount::Range)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The bare decimal number, for programs: `1234.50`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let decimals = self.currency.decimals() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

/// For people: grouped by thousands, with the currency's sign where everybody knows it, else its code.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.decimal();
        let (sign, decimal) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |rest| ("\u{2212}", rest));
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let whole = grouped(whole);
        let amount = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
        match self.currency.symbol() {
            Some(symbol) => write!(f, "{sign}{symbol}{amount}"),
            None => write!(f, "{sign}{amount}\u{a0}{}", self.currency.code()),
        }
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

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), number in "-?[0-9]{0,25}[.,]?[0-9]{0,6}", code in "[A-Z]{3}") {
            let currency = code.parse().unwrap();
            for text in [text, number] {
                if let Ok(money) = Money::parse(&text, currency) {
                    prop_assert_eq!(Money::parse(&money.decimal(), currency), Ok(money));
                    prop_assert!(!money.to_string().is_empty());
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
