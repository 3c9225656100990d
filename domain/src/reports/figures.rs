//! What leads come to: how many, what they cost and what became of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
pub use self::tally::{Part, Tally};
use crate::money::{Currency, Money, rounded, sum_of_prices};

/// The figures of some leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many there are.
    pub leads: u64,
    /// How many were accepted.
    pub accepted: u64,
    /// How many were rejected.
    pub rejected: u64,
    /// How many were taken back.
    pub returned: u64,
    /// How many were sold.
    pub sold: u64,
    /// How many were opened.
    pub opened: u64,
    /// The seconds until that, of all of them.
    pub opened_seconds: u64,
    /// What they cost, in minor units and parts of them, by currency.
    pub(super) spend: BTreeMap<Currency, (i64, i64)>,
    /// What they were sold for, by currency.
    pub(super) sales: BTreeMap<Currency, i64>,
}

impl Figures {
    /// Adds those of other leads.
    pub fn merge(&mut self, other: &Self) {
        self.leads += other.leads;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.returned += other.returned;
        self.sold += other.sold;
        self.opened += other.opened;
        self.opened_seconds += other.opened_seconds;
        for (currency, (minor, parts)) in &other.spend {
            let sum = self.spend.entry(*currency).or_default();
            *sum = (sum.0.saturating_add(*minor), sum.1.saturating_add(*parts));
        }
        for (currency, minor) in &other.sales {
            let sum = self.sales.entry(*currency).or_default();
            *sum = sum.saturating_add(*minor);
        }
    }

    /// What the leads cost, by currency, each rounded once.
    #[must_use]
    pub fn spend(&self) -> Vec<Money> {
        let money = |(currency, (minor, parts)): (&Currency, &(i64, i64))| sum_of_prices(*minor, *parts, *currency);
        self.spend.iter().map(money).collect()
    }

    /// Forgets what the leads cost, for whoever may not see it.
    pub fn hide_spend(&mut self) {
        self.spend.clear();
    }

    /// What they were sold for, by currency.
    #[must_use]
    pub fn sales(&self) -> Vec<Money> {
        self.sales.iter().map(|(currency, minor)| Money { minor: *minor, currency: *currency }).collect()
    }

    /// What one of so many costs on an average; nothing where there is none, or several currencies.
    fn each(&self, many: u64) -> Option<Money> {
        match self.spend()[..] {
            [Money { minor, currency }] if many > 0 => {
                Some(Money { minor: rounded(i128::from(minor), i128::from(many)), currency })
            }
            _ => None,
        }
    }

    /// The price of a lead that was not taken back.
    #[must_use]
    pub fn price_per_lead(&self) -> Option<Money> {
        self.each(self.leads.saturating_sub(self.returned))
    }

    /// Of all leads, how many were taken back: in tenths of a percent.
    #[must_use]
    pub fn return_rate(&self) -> Option<u64> {
        per_mille(self.returned, self.leads)
    }

    /// What the leads cost for each that was sold.
    #[must_use]
    pub fn cost_per_sale(&self) -> Option<Money> {
        self.each(self.sold)
    }

    /// Of the leads that were decided on, how many were accepted: in tenths of a percent.
    #[must_use]
    pub fn acceptance(&self) -> Option<u64> {
        per_mille(self.accepted, self.accepted + self.rejected)
    }

    /// The minutes until a lead was opened, of those that were, on an average.
    #[must_use]
    pub fn minutes_to_opening(&self) -> Option<u64> {
        (self.opened > 0).then(|| (self.opened_seconds / self.opened + 30) / 60)
    }
}

fn per_mille(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| (2_000 * part + whole) / (2 * whole))
}

/// For people: `62.5%` of 625 tenths.
#[must_use]
pub fn percent(tenths: u64) -> String {
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// For people: `40 min`, `3 h 20 min`, `2 d 4 h`.
#[must_use]
pub fn duration(minutes: u64) -> String {
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(feature = "server")]
mod tally {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::Figures;
    use crate::{
        leads::LeadStatus,
        money::{Currency, Money},
        returns::ReturnState,
    };

    /// Leads that are alike, as they are counted.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Part {
        /// Their status.
        pub status: LeadStatus,
        /// The code of their outcome; empty where there is none.
        pub outcome: String,
        /// Where their returns stand, if there are any.
        pub returned: Option<ReturnState>,
        /// How many.
        pub leads: i64,
        /// What they cost, in minor units and, beyond those, in parts of them.
        pub spend: Option<(i64, i64, Currency)>,
        /// What they were sold for.
        pub sales: Option<Money>,
        /// How many of them were opened, and the seconds until then.
        pub opened: (i64, i64),
    }

    /// A [`Tally`] as it is written: its fields in their order, without their names.
    type Written = ([i64; 6], BTreeMap<Currency, [i64; 3]>, BTreeMap<String, (i64, BTreeMap<Currency, [i64; 2]>)>);

    /// What leads add up to, before it is said which outcomes are sales. Leads can be added and taken away again.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(from = "Written", into = "Written")]
    pub struct Tally {
        leads: i64,
        accepted: i64,
        rejected: i64,
        returned: i64,
        opened: i64,
        opened_seconds: i64,
        /// By currency: how many leads, and what they cost, in minor units and parts of them.
        spend: BTreeMap<Currency, [i64; 3]>,
        /// By outcome: how many leads, and by currency how many of them were sold for something, and for what.
        outcomes: BTreeMap<String, (i64, BTreeMap<Currency, [i64; 2]>)>,
    }

    impl From<Written> for Tally {
        fn from(written: Written) -> Self {
            let ([leads, accepted, rejected, returned, opened, opened_seconds], spend, outcomes) = written;
            Self { leads, accepted, rejected, returned, opened, opened_seconds, spend, outcomes }
        }
    }

    impl From<Tally> for Written {
        fn from(tally: Tally) -> Self {
            let Tally { leads, accepted, rejected, returned, opened, opened_seconds, spend, outcomes } = tally;
            ([leads, accepted, rejected, returned, opened, opened_seconds], spend, outcomes)
        }
    }

    impl From<&Part> for Tally {
        fn from(part: &Part) -> Self {
            let those = |is: bool| if is { part.leads } else { 0 };
            let returned = part.returned == Some(ReturnState::Approved);
            // What was taken back costs nothing.
            let spend = part.spend.filter(|_| !returned);
            let sales = part.sales.map(|sale| (sale.currency, [part.leads, sale.minor])).into_iter().collect();
            let outcome = (!part.outcome.is_empty()).then(|| (part.outcome.clone(), (part.leads, sales)));
            Self {
                leads: part.leads,
                accepted: those(part.status == LeadStatus::Accepted),
                rejected: those(part.status == LeadStatus::Rejected),
                returned: those(returned),
                opened: part.opened.0,
                opened_seconds: part.opened.1,
                spend: spend
                    .map(|(minor, parts, currency)| (currency, [part.leads, minor, parts]))
                    .into_iter()
                    .collect(),
                outcomes: outcome.into_iter().collect(),
            }
        }
    }

    fn add<const N: usize>(sums: &mut [i64; N], more: [i64; N], times: i64) {
        for (sum, more) in sums.iter_mut().zip(more) {
            *sum = sum.saturating_add(times.saturating_mul(more));
        }
    }

    impl Tally {
        /// Adds others so many times; with -1 they are taken away.
        pub fn add(&mut self, other: &Self, times: i64) {
            let Self { leads, accepted, rejected, returned, opened, opened_seconds, spend, outcomes } = other;
            for (sum, more) in [
                (&mut self.leads, leads),
                (&mut self.accepted, accepted),
                (&mut self.rejected, rejected),
                (&mut self.returned, returned),
                (&mut self.opened, opened),
                (&mut self.opened_seconds, opened_seconds),
            ] {
                *sum = sum.saturating_add(times.saturating_mul(*more));
            }
            for (currency, more) in spend {
                add(self.spend.entry(*currency).or_default(), *more, times);
            }
            // What has come to nothing was never there. What is taken away from others may be of as many leads, but of others.
            self.spend.retain(|_, sum| *sum != [0; 3]);
            for (code, (leads, sales)) in outcomes {
                let own = self.outcomes.entry(code.clone()).or_default();
                own.0 = own.0.saturating_add(times.saturating_mul(*leads));
                for (currency, more) in sales {
                    add(own.1.entry(*currency).or_default(), *more, times);
                }
                own.1.retain(|_, sum| *sum != [0; 2]);
            }
            self.outcomes.retain(|_, (leads, sales)| *leads != 0 || !sales.is_empty());
        }

        /// Whether there is nothing in it.
        #[must_use]
        pub fn is_empty(&self) -> bool {
            *self == Self::default()
        }

        /// The figures, where `won` are the codes of the outcomes that are sales.
        #[must_use]
        pub fn figures(&self, won: &[String]) -> Figures {
            let count = |number: i64| u64::try_from(number).unwrap_or(0);
            let mut figures = Figures {
                leads: count(self.leads),
                accepted: count(self.accepted),
                rejected: count(self.rejected),
                returned: count(self.returned),
                sold: 0,
                opened: count(self.opened),
                opened_seconds: count(self.opened_seconds),
                spend: self.spend.iter().map(|(currency, [_, minor, parts])| (*currency, (*minor, *parts))).collect(),
                sales: BTreeMap::new(),
            };
            // What is no sale any more, because the account has changed what it means, has sold for nothing.
            for (leads, sales) in won.iter().filter_map(|code| self.outcomes.get(code)) {
                figures.sold += count(*leads);
                for (currency, [_, minor]) in sales {
                    let sum = figures.sales.entry(*currency).or_default();
                    *sum = sum.saturating_add(*minor);
                }
            }
            figures
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;
    use crate::{leads::LeadStatus, returns::ReturnState};

    #[test]
    fn figures_are_rounded_once() {
        let part = |status, outcome: &str, leads, minor, parts| Part {
            status,
            outcome: outcome.to_owned(),
            returned: (outcome == "back").then_some(ReturnState::Approved),
            leads,
            spend: Some((minor, parts, Currency::EUR)),
            sales: (outcome == "sold").then_some(Money { minor: 10_000, currency: Currency::EUR }),
            opened: (leads, 90 * leads),
        };
        let mut tally = Tally::default();
        let parts = [
            part(LeadStatus::Accepted, "sold", 2, 1_000, 150),
            part(LeadStatus::Rejected, "", 1, 500, 25),
            part(LeadStatus::New, "", 3, 0, 0),
            part(LeadStatus::Rejected, "back", 2, 9_900, 0),
        ];
        parts.iter().for_each(|part| tally.add(&part.into(), 1));
        let figures = tally.figures(&["sold".to_owned()]);
        assert_eq!(figures.spend(), [Money { minor: 1_502, currency: Currency::EUR }], "175 parts are 1.75 cents");
        assert_eq!(figures.price_per_lead().map(|money| money.minor), Some(250));
        assert_eq!(figures.cost_per_sale().map(|money| money.minor), Some(751));
        assert_eq!(figures.acceptance().map(percent).as_deref(), Some("40.0%"));
        assert_eq!((figures.returned, figures.return_rate().map(percent).as_deref()), (2, Some("25.0%")));
        assert_eq!((figures.sold, figures.sales()[0].minor), (2, 10_000));
        assert_eq!(figures.minutes_to_opening(), Some(2));
        assert_eq!([7, 200, 3_120].map(duration), ["7 min", "3 h 20 min", "2 d 4 h"]);
        assert!(Figures::default().acceptance().is_none() && Figures::default().price_per_lead().is_none());
    }

    #[test]
    fn what_is_taken_away_again_was_never_there() {
        let part = |currency: &str, outcome: &str, minor| Part {
            status: LeadStatus::Accepted,
            outcome: outcome.to_owned(),
            returned: None,
            leads: 2,
            spend: Some((minor, 7, currency.parse().unwrap())),
            sales: (outcome == "sold").then(|| Money { minor: 0, currency: currency.parse().unwrap() }),
            opened: (1, 60),
        };
        let (first, second) = (Tally::from(&part("EUR", "", 0)), Tally::from(&part("CHF", "sold", 9_900)));
        let mut tally = first.clone();
        tally.add(&second, 1);
        let figures = tally.figures(&["sold".to_owned()]);
        assert_eq!(
            (figures.leads, figures.spend().len(), figures.sales().len()),
            (4, 2, 1),
            "also what was for nothing"
        );
        assert_eq!(tally.figures(&["won".to_owned()]).sold, 0);
        tally.add(&second, -1);
        assert_eq!(tally, first);
        tally.add(&first, -1);
        assert!(tally.is_empty());
        let dearer = Tally::from(&Part {
            sales: Some(Money { minor: 5, currency: "CHF".parse().unwrap() }),
            ..part("CHF", "sold", 9_900)
        });
        let mut change = dearer.clone();
        change.add(&second, -1);
        assert!(!change.is_empty(), "as many leads, sold for something else");
        change.add(&second, 1);
        assert_eq!(change, dearer);
    }
}
