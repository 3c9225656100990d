//! What the values of an extra field are, so that people read them well and can ask for some of them.

use serde::{Deserialize, Serialize};

text_enum! {
    /// What a field's values are. What does not fit it is still shown as it was delivered, and found by no filter.
    FieldKind: &'static str {
        /// Any text.
        Text = "text" => "Text",
        /// A number.
        Number = "number" => "Number",
        /// An amount of money, in whichever currency.
        Money = "money" => "Amount of money",
        /// A day.
        Date = "date" => "Date",
        /// One of few texts.
        Choice = "choice" => "Choice",
        /// Yes or no.
        YesNo = "yes_no" => "Yes or no",
        /// The address of a page.
        Link = "link" => "Link",
    }
}

impl FieldKind {
    /// As the page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.row()
    }

    /// Whether values have an order in which people ask for a range of them.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Number | Self::Money | Self::Date)
    }

    /// Whether leads with the same value are worth putting together.
    #[must_use]
    pub const fn has_groups(self) -> bool {
        matches!(self, Self::Text | Self::Choice | Self::YesNo)
    }

    /// Whether people choose from the values that there are.
    #[must_use]
    pub const fn is_chosen(self) -> bool {
        matches!(self, Self::Choice | Self::YesNo)
    }
}

/// A field of a lead as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownField {
    /// What the field is called.
    pub label: String,
    /// Its value in words.
    pub text: String,
    /// Where it leads to, for a link.
    pub href: Option<String>,
}

/// A field that lists can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterField {
    /// What the field is called.
    pub label: String,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether partners do not see it.
    pub hidden: bool,
    /// The values to choose from, where that is the way.
    pub values: Vec<String>,
}

impl FilterField {
    /// By what its values are stored: what was stored of a field as it was before, called otherwise, of another type or seen by others, is
    /// not found under it.
    #[must_use]
    pub fn stored(&self) -> String {
        stored(&self.label, self.kind, self.hidden)
    }
}

pub(super) fn stored(label: &str, kind: FieldKind, hidden: bool) -> String {
    let hidden = if hidden { "yes" } else { "" };
    crate::version::version([("label", label), ("kind", kind.as_str()), ("hidden", hidden)])
}

#[cfg(feature = "server")]
mod server {
    use chrono::NaiveDate;

    use super::{FieldKind, ShownField};
    use crate::{
        money::{Money, grouped},
        search::fold,
        tables::{DateOrder, DecimalMark, amounts::amount, times},
        time::date,
    };

    impl FieldKind {
        /// The longest text that is looked up, in characters: of a longer one the beginning is.
        const LONGEST: usize = 200;

        /// The form of a value by which it is found, grouped and put in order as text, byte by byte; none for a value that does not
        /// fit. Of numbers such as `1.250` the point is the decimal mark; dates that could be two days are none.
        #[must_use]
        pub fn key(self, value: &str) -> Option<String> {
            match self {
                Self::Text | Self::Choice | Self::Link => {
                    let cut: String = fold(value).chars().take(Self::LONGEST).collect();
                    let folded = cut.trim_end();
                    (!folded.is_empty()).then(|| folded.to_owned())
                }
                Self::Number | Self::Money => number_key(&amount(value, DecimalMark::Point).ok()?.0),
                Self::Date => day(value).map(|day| day.to_string()),
                Self::YesNo => yes_no(value).map(|yes| if yes { "yes" } else { "no" }.to_owned()),
            }
        }

        /// A value in words; one that does not fit as it was delivered.
        #[must_use]
        pub fn text(self, value: &str) -> String {
            let fitting = match self {
                Self::Text | Self::Choice | Self::Link => None,
                Self::Number => amount(value, DecimalMark::Point).ok().map(|(number, _)| spaced(&number)),
                Self::Money => amount(value, DecimalMark::Point).ok().map(|(number, currency)| {
                    let money = currency.and_then(|currency| Money::parse(&number, currency).ok());
                    money.map_or_else(|| spaced(&number), |money| money.to_string())
                }),
                Self::Date => day(value).map(date),
                Self::YesNo => yes_no(value).map(|yes| if yes { "Yes" } else { "No" }.to_owned()),
            };
            fitting.unwrap_or_else(|| value.to_owned())
        }

        /// A field as people read it.
        #[must_use]
        pub fn shown(self, label: String, value: &str) -> ShownField {
            let is_link = self == Self::Link
                && (value.starts_with("https://") || value.starts_with("http://"))
                && !value.chars().any(|c| c.is_whitespace() || c.is_control());
            ShownField { label, text: self.text(value), href: is_link.then(|| value.to_owned()) }
        }
    }

    /// A number with its thousands apart.
    fn spaced(number: &str) -> String {
        let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("\u{2212}", digits));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let fraction = fraction.map(|digits| format!(".{digits}")).unwrap_or_default();
        format!("{sign}{}{fraction}", grouped(whole))
    }

    /// Numbers of up to 18 digits before the decimal mark, and six behind it, so that their order is that of their texts: those below
    /// nothing come first, with each digit taken from nine.
    fn number_key(number: &str) -> Option<String> {
        let (negative, digits) = number.strip_prefix('-').map_or((false, number), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0');
        if whole.len() > 18 {
            return None;
        }
        let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
        let text = format!("{whole:0>18}.{fraction}");
        if negative && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
            let flipped = text.chars().map(|c| c.to_digit(10).and_then(|n| char::from_digit(9 - n, 10)).unwrap_or(c));
            return Some(format!("0{}", flipped.collect::<String>()));
        }
        Some(format!("1{text}"))
    }

    /// A day that can be read in one way only.
    fn day(text: &str) -> Option<NaiveDate> {
        let read = |order| times::day(text, order);
        read(DateOrder::DayFirst).filter(|day| read(DateOrder::MonthFirst) == Some(*day))
    }

    fn yes_no(text: &str) -> Option<bool> {
        match fold(text).as_str() {
            "yes" | "y" | "true" | "1" | "ja" | "oui" | "si" | "sim" | "tak" | "on" => Some(true),
            "no" | "n" | "false" | "0" | "nein" | "non" | "nao" | "nie" | "off" => Some(false),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        #[test]
        fn values_are_found_by_what_they_mean() {
            let key = |kind: FieldKind, value: &str| kind.key(value);
            assert_eq!(key(FieldKind::Choice, " Flat  ROOF "), key(FieldKind::Choice, "flat roof"));
            assert_eq!(key(FieldKind::Text, "  "), None);
            assert_eq!(key(FieldKind::YesNo, "Ja"), key(FieldKind::YesNo, "TRUE"));
            assert_eq!(key(FieldKind::YesNo, "perhaps"), None);
            assert_eq!(key(FieldKind::Money, "1.250,00 €"), key(FieldKind::Number, "1250"));
            assert_eq!(key(FieldKind::Number, "-0.0"), key(FieldKind::Number, "0"));
            assert_eq!(key(FieldKind::Date, "27.11.2026").as_deref(), Some("2026-11-27"));
            assert_eq!(key(FieldKind::Date, "2026-11-27T10:00:00Z").as_deref(), Some("2026-11-27"));
            assert_eq!(key(FieldKind::Date, "05/06/2026"), None, "May or June");
            assert_eq!(key(FieldKind::Date, "soon"), None);
            assert_eq!(key(FieldKind::Number, "1234567890123456789012"), None);
            assert_eq!(key(FieldKind::Text, &"x".repeat(5_000)).map(|key| key.len()), Some(200));
        }

        #[test]
        fn values_are_shown_as_people_write_them() {
            let text = |kind: FieldKind, value: &str| kind.text(value);
            assert_eq!(text(FieldKind::Number, "12500.5"), "12,500.5");
            assert_eq!(text(FieldKind::Number, "-1200"), "\u{2212}1,200");
            assert_eq!(text(FieldKind::Money, "EUR 1200"), "€1,200.00");
            assert_eq!(text(FieldKind::Money, "1200"), "1,200");
            assert_eq!(text(FieldKind::Date, "2026-11-27"), "27 Nov 2026");
            assert_eq!(text(FieldKind::YesNo, "true"), "Yes");
            assert_eq!(text(FieldKind::Date, "next spring"), "next spring", "nothing is lost");
            let href = |value: &str| FieldKind::Link.shown("Plan".into(), value).href;
            assert_eq!(href("https://example.org/a?b").as_deref(), Some("https://example.org/a?b"));
            for other in
                ["javascript:alert(1)", "example.org", "https://a b", " https://example.org", "data:text/html,x"]
            {
                assert_eq!(href(other), None, "{other}");
            }
            assert_eq!(FieldKind::Text.shown("Plan".into(), "https://example.org").href, None);
        }

        proptest! {
            #[test]
            fn numbers_are_in_order_as_texts(one in -10_000_000_i64..10_000_000, other in -10_000_000_i64..10_000_000) {
                let key = |number: i64| {
                    let sign = if number < 0 { "-" } else { "" };
                    FieldKind::Number.key(&format!("{sign}{}.{:03}", number.abs() / 1_000, number.abs() % 1_000)).unwrap()
                };
                prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
            }

            #[test]
            fn no_value_breaks_it(value in any::<String>()) {
                for kind in FieldKind::ALL {
                    let _ = (kind.key(&value), kind.text(&value));
                }
            }
        }
    }
}
