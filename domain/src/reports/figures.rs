//! What leads come to: how many, what they cost and what became of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    leads::LeadStatus,
    money::{Currency, Money, rounded, sum_of_prices},
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
    pub leads: u64,
    /// What they cost, in minor units and, beyond those, in parts of them.
    pub spend: Option<(i64, i64, Currency)>,
    /// What they were sold for.
    pub sales: Option<Money>,
    /// How many of them were opened, and the seconds until then.
    pub opened: (u64, u64),
}

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
    /// Adds leads to them; `won` are the codes of the outcomes that are sales.
    pub fn add(&mut self, part: &Part, won: &[String]) {
        // What is no sale any more, because the account has changed what it means, has sold for nothing.
        let sold = won.contains(&part.outcome);
        let those = |is: bool| if is { part.leads } else { 0 };
        let returned = part.returned == Some(ReturnState::Approved);
        self.merge(&Self {
            leads: part.leads,
            accepted: those(part.status == LeadStatus::Accepted),
            rejected: those(part.status == LeadStatus::Rejected),
            returned: those(returned),
            sold: those(sold),
            opened: part.opened.0,
            opened_seconds: part.opened.1,
            // What was taken back costs nothing.
            spend: part
                .spend
                .filter(|_| !returned)
                .map(|(minor, parts, currency)| (currency, (minor, parts)))
                .into_iter()
                .collect(),
            sales: part.sales.filter(|_| sold).map(|sale| (sale.currency, sale.minor)).into_iter().collect(),
        });
    }

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

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut figures = Figures::default();
        for part in [
            part(LeadStatus::Accepted, "sold", 2, 1_000, 150),
            part(LeadStatus::Rejected, "", 1, 500, 25),
            part(LeadStatus::New, "", 3, 0, 0),
            part(LeadStatus::Rejected, "back", 2, 9_900, 0),
        ] {
            figures.add(&part, &["sold".to_owned()]);
        }
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
}
