//! Leads on invoices: which of a partner's leads a draft is to bill, and what is said of those that it leaves out.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{InvoiceLine, TaxRate, decimal};
use crate::{
    money::Price,
    time::{date, read_day},
    validation::FieldErrors,
};

/// Which leads to bill, as the form holds it: all of it text, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingForm {
    /// The first day of delivery, such as `2026-10-01`; empty for all before the last.
    #[serde(default)]
    pub from: String,
    /// The last day of delivery.
    #[serde(default)]
    pub to: String,
    /// Only leads of this campaign; empty for all.
    #[serde(default)]
    pub campaign: String,
    /// The tax in percent, such as `19`.
    #[serde(default)]
    pub tax_rate: String,
    /// Whether leads that were rejected without a return are billed as well: `true` or empty.
    #[serde(default)]
    pub rejected: String,
}

impl BillingForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        let Self { from, to, campaign, tax_rate, rejected } = self;
        [("from", from), ("to", to), ("campaign", campaign), ("tax_rate", tax_rate), ("rejected", rejected)]
    }
}

/// Which of a partner's leads a draft is to bill: those with a price in its currency that are on no other invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadBilling {
    /// The first day of delivery, if there is one.
    pub from: Option<NaiveDate>,
    /// The last day of delivery.
    pub to: NaiveDate,
    /// Only leads of this campaign.
    pub campaign: Option<String>,
    /// The tax on them.
    pub tax_rate: TaxRate,
    /// Whether leads that were rejected without a return are billed as well.
    pub rejected: bool,
}

impl LeadBilling {
    /// Reads a form. Errors are named as its inputs are.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &BillingForm) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let from = match form.from.trim() {
            "" => None,
            day => read_day(day).map_err(|_| errors.add("from", "Enter a day such as 2026-10-01, or nothing.")).ok(),
        };
        let to = read_day(form.to.trim()).map_err(|_| errors.add("to", "Enter a day such as 2026-10-31.")).ok();
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            errors.add("to", "The last day is before the first.");
        }
        let rate = decimal(&form.tax_rate, 2).filter(|rate| (0..=10_000).contains(rate));
        if rate.is_none() {
            errors.add("tax_rate", "Enter the tax in percent, such as 19 or 0.");
        }
        let (Some(to), Some(rate), true) = (to, rate, errors.is_empty()) else { return Err(errors) };
        let campaign = Some(form.campaign.clone()).filter(|campaign| !campaign.is_empty());
        Ok(Self { from, to, campaign, tax_rate: TaxRate(rate), rejected: form.rejected == "true" })
    }

    /// What the line of a campaign's leads says.
    #[must_use]
    pub fn description(&self, campaign: &str) -> String {
        let days = match self.from {
            None => format!("until {}", date(self.to)),
            Some(from) if from == self.to => date(self.to),
            Some(from) => format!("{} – {}", date(from), date(self.to)),
        };
        if campaign.is_empty() {
            return format!("Leads, {days}");
        }
        let room = InvoiceLine::MAX_DESCRIPTION.saturating_sub(days.chars().count() + "Leads “”, ".chars().count());
        format!("Leads “{}”, {days}", campaign.chars().take(room).collect::<String>())
    }
}

/// A line of a draft that bills leads. What it says follows from them, so it is taken off and put on again, not written on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledLine {
    /// Where it stands among the draft's lines, from 1 on.
    pub position: u32,
    /// What is charged.
    pub description: String,
    /// How many leads.
    pub leads: u32,
    /// The price of one, before tax.
    pub unit_price: Price,
    /// The tax on it.
    pub tax_rate: TaxRate,
    /// What the leads come to before tax, in minor units.
    pub net: i64,
    /// How many of the leads were taken back since they were put on the draft.
    pub returned: u32,
}

/// How many of the leads that were asked for are on the draft's invoice, and why the others are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// On this invoice.
    pub here: u64,
    /// On another one.
    pub elsewhere: u64,
    /// Taken back.
    pub returned: u64,
    /// Their return was requested, and nobody has decided.
    pub undecided: u64,
    /// Rejected, and no return was requested.
    pub rejected: u64,
    /// Without a price.
    pub unpriced: u64,
    /// With a price in another currency.
    pub foreign: u64,
    /// To be billed yet.
    pub open: u64,
}

impl Billing {
    /// What is said of the leads that are not on it: how many, and why; nothing of none.
    #[must_use]
    pub fn left_out(&self) -> Vec<(u64, &'static str)> {
        let reasons = [
            (self.elsewhere, "on another invoice"),
            (self.returned, "returned"),
            (self.undecided, "with a return that is not decided yet"),
            (self.rejected, "rejected"),
            (self.unpriced, "without a price"),
            (self.foreign, "with a price in another currency"),
            (self.open, "not billed yet"),
        ];
        reasons.into_iter().filter(|(count, _)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(from: &str, to: &str, tax_rate: &str) -> BillingForm {
        BillingForm { from: from.into(), to: to.into(), tax_rate: tax_rate.into(), ..BillingForm::default() }
    }

    #[test]
    fn a_form_is_read_or_says_what_is_wrong_with_it() {
        let october = LeadBilling::parse(&form("2026-10-01", " 2026-10-31 ", "19")).unwrap();
        assert_eq!((october.tax_rate, october.rejected, october.campaign.as_deref()), (TaxRate(1_900), false, None));
        assert_eq!(october.description("Solar"), "Leads “Solar”, 1 Oct 2026 – 31 Oct 2026");
        assert_eq!(
            LeadBilling::parse(&form("", "2026-10-31", "0")).unwrap().description(""),
            "Leads, until 31 Oct 2026"
        );
        let wrong = |from, to, rate| {
            let errors = LeadBilling::parse(&form(from, to, rate)).unwrap_err();
            errors.iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(wrong("2026-11-01", "2026-10-31", "19"), ["to"]);
        assert_eq!(wrong("x", "", "-1"), ["from", "tax_rate", "to"]);
        let long = october.description(&"ä".repeat(500));
        assert_eq!(long.chars().count(), InvoiceLine::MAX_DESCRIPTION);
    }
}
