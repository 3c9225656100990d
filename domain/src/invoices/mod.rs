//! Invoices: what a partner owes, line by line. Money is minor units, quantities are thousandths, tax rates are hundredths
//! of a percent: nothing is ever a float.

mod billing;
mod draft;

pub use billing::{BilledLine, Billing, BillingForm, LeadBilling};
pub use draft::{
    AdminInvoice, AdminInvoicePage, AdminInvoiceQuery, AdminInvoiceRow, AdminInvoiceStatus, Draft, DraftForm,
    DraftView, LineForm, MAX_LINES, Unprintable, are_billable, read_payment, read_void_reason, sums_so_far,
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{InvoiceId, LeadId},
    money::{Currency, Money, Price, TooLarge},
    time::YEARS,
};

text_enum! {
    /// What the database keeps. Whether an issued invoice is overdue depends on the day and is never stored.
    InvoiceStatus {
        /// Being written; partners never see it.
        Draft = "draft",
        /// Sent; not paid yet.
        Issued = "issued",
        /// Paid in full.
        Paid = "paid",
        /// Void; nothing is owed.
        Void = "void",
    }
}

text_enum! {
    /// What people see: the stored status, and for an issued invoice whether its due day has passed.
    InvoiceState {
        /// Issued, and not past its due day.
        Pending = "pending",
        /// Issued, and past its due day in the account's time zone.
        Overdue = "overdue",
        /// Paid in full.
        Paid = "paid",
        /// Void.
        Void = "void",
    }
}

impl InvoiceState {
    /// The state on a day; nothing for a draft. An invoice is overdue from the day after its due day on.
    #[must_use]
    pub fn on(status: InvoiceStatus, due: NaiveDate, today: NaiveDate) -> Option<Self> {
        match status {
            InvoiceStatus::Draft => None,
            InvoiceStatus::Issued if due < today => Some(Self::Overdue),
            InvoiceStatus::Issued => Some(Self::Pending),
            InvoiceStatus::Paid => Some(Self::Paid),
            InvoiceStatus::Void => Some(Self::Void),
        }
    }

    /// The state as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Overdue => "Overdue",
            Self::Paid => "Paid",
            Self::Void => "Void",
        }
    }

    /// What the state means for the partner, as one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Pending => "Issued and not yet due.",
            Self::Overdue => "Not paid in full, and past its due date.",
            Self::Paid => "Paid in full.",
            Self::Void => "Void; nothing is owed on it.",
        }
    }
}

/// A quantity in thousandths: 2.5 hours are 2,500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(pub i64);

impl Quantity {
    /// A whole number of pieces.
    #[must_use]
    pub const fn pieces(count: i64) -> Self {
        Self(count * 1_000)
    }
}

/// For people and programs alike: `12`, `2.5`, without trailing zeros.
impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1_000, self.0.unsigned_abs() % 1_000);
        let fraction = format!("{rest:03}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// Reads a decimal such as `2.5` as a whole number of its `places`th decimals: thousandths for three.
fn decimal(text: &str, places: u32) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let length = u32::try_from(fraction.len()).ok()?;
    if whole.is_empty() || whole.len() > 9 || length > places || !plain(whole) || !plain(fraction) {
        return None;
    }
    let scaled = format!("{whole}{fraction}").parse::<i64>().ok()?;
    Some(sign * scaled * 10_i64.pow(places - length))
}

/// A tax rate in hundredths of a percent: 19 % is 1,900.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaxRate(pub i64);

/// A percentage: `19 %`, `5.5 %`.
impl std::fmt::Display for TaxRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", Quantity(self.0.saturating_mul(10)))
    }
}

/// A product divided, rounded half away from zero, as invoices are.
fn rounded(product: i128, divisor: i128) -> Result<i64, TooLarge> {
    let half = if product < 0 { -divisor / 2 } else { divisor / 2 };
    let sum = product.checked_add(half).ok_or(TooLarge)?;
    i64::try_from(sum / divisor).map_err(|_| TooLarge)
}

/// The largest amount of a line and of an invoice, in minor units: far more than anybody bills, and so little that the sums of
/// millions of invoices fit.
pub const MAX_AMOUNT: u64 = 1_000_000_000_000;

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// What is charged.
    pub description: String,
    /// How much of it.
    pub quantity: Quantity,
    /// The price of one, before tax, in the invoice's currency.
    pub unit_price: Price,
    /// The tax on it.
    pub tax_rate: TaxRate,
    /// How many leads stand behind it; 0 when it is not about leads.
    pub leads: u32,
}

impl InvoiceLine {
    /// Maximum number of characters of a description.
    pub const MAX_DESCRIPTION: usize = 300;

    /// The line's amount before tax, in minor units: quantity times price, rounded half away from zero.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn net(&self) -> Result<i64, TooLarge> {
        let (units, scale) = self.unit_price.units();
        rounded(i128::from(self.quantity.0).checked_mul(units).ok_or(TooLarge)?, 1_000 * scale)
    }
}

/// The tax at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxShare {
    /// The rate.
    pub rate: TaxRate,
    /// What is taxed at it, in minor units.
    pub net: i64,
    /// The tax on that, in minor units.
    pub tax: i64,
}

/// An invoice's sums, in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Before tax.
    pub net: i64,
    /// The tax by rate, lowest rate first.
    pub taxes: Vec<TaxShare>,
    /// All tax.
    pub tax: i64,
    /// What is to be paid.
    pub total: i64,
}

impl Totals {
    /// The sums of these lines. Tax is reckoned on each rate's sum, not line by line, so that rounding does not add up.
    ///
    /// # Errors
    /// When one of them does not fit. No sum is ever another one than that of the lines.
    pub fn of(lines: &[InvoiceLine]) -> Result<Self, TooLarge> {
        let add = |sum: i64, more: i64| sum.checked_add(more).ok_or(TooLarge);
        let mut by_rate = std::collections::BTreeMap::<TaxRate, i64>::new();
        for line in lines {
            let net = by_rate.entry(line.tax_rate).or_default();
            *net = add(*net, line.net()?)?;
        }
        let share = |(rate, net): (TaxRate, i64)| {
            Ok(TaxShare { rate, net, tax: rounded(i128::from(net) * i128::from(rate.0), 10_000)? })
        };
        let taxes = by_rate.into_iter().map(share).collect::<Result<Vec<_>, TooLarge>>()?;
        let net = taxes.iter().try_fold(0_i64, |sum, share| add(sum, share.net))?;
        let tax = taxes.iter().try_fold(0_i64, |sum, share| add(sum, share.tax))?;
        Ok(Self { net, taxes, tax, total: add(net, tax)? })
    }
}

/// Seller or buyer, as they stood when the invoice was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The legal name.
    pub name: String,
    /// The postal address, a line each.
    pub address: Vec<String>,
    /// The VAT identification number; may be empty.
    pub vat_id: String,
}

/// Money that came in for an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The day it came in.
    pub paid_on: NaiveDate,
    /// How much, in minor units of the invoice's currency.
    pub amount: i64,
    /// What the transfer said; may be empty.
    pub reference: String,
}

/// An invoice as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSummary {
    /// Its id.
    pub id: InvoiceId,
    /// Its number, unique in the account.
    pub number: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// The last day on which it is not overdue.
    pub due_on: NaiveDate,
    /// What is to be paid, tax included.
    pub total: Money,
    /// What is still to be paid.
    pub open: Money,
    /// What people see of its status.
    pub state: InvoiceState,
}

/// An issued invoice, whole: what the page, the PDF and the CSV show. It never changes but for its payments and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// What the list shows.
    pub summary: InvoiceSummary,
    /// Who issued it.
    pub seller: Party,
    /// Whom it is for.
    pub buyer: Party,
    /// How to pay, as the seller wrote it, a line each.
    pub payment_details: Vec<String>,
    /// A remark under the lines; may be empty.
    pub note: String,
    /// The lines, in their order.
    pub lines: Vec<InvoiceLine>,
    /// Their sums.
    pub totals: Totals,
    /// What was paid, oldest first.
    pub payments: Vec<Payment>,
    /// Why it was voided; empty unless it is void.
    pub void_reason: String,
    /// The account's accent colour, as `#rrggbb`.
    pub accent: String,
    /// The account's logo, if it had one.
    pub logo: Option<crate::logo::LogoHash>,
}

impl Invoice {
    /// An amount in the invoice's currency.
    #[must_use]
    pub const fn money(&self, minor: i64) -> Money {
        Money { minor, currency: self.summary.total.currency }
    }

    /// The downloads' name without its ending: `invoice-2026-0042`. Numbers may hold what file names must not.
    #[must_use]
    pub fn file_stem(&self) -> String {
        file_stem(&self.summary.number)
    }
}

/// The name of an invoice's file without its ending.
#[must_use]
pub fn file_stem(number: &str) -> String {
    let safe: String =
        number.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    format!("invoice-{}", safe.trim_matches(['-', '.']))
}

/// A lead behind an invoice's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledLead {
    /// Its id.
    pub id: LeadId,
    /// The person's name.
    pub name: String,
    /// When it was delivered.
    pub received: crate::time::LocalTime,
}

/// What a partner owes in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Issued and not past due.
    pub pending: Money,
    /// Issued and past due.
    pub overdue: Money,
    /// How many invoices are pending.
    pub pending_count: u64,
    /// How many are overdue.
    pub overdue_count: u64,
}

impl Due {
    /// Nothing owed, in a currency.
    #[must_use]
    pub const fn nothing(currency: Currency) -> Self {
        let none = Money { minor: 0, currency };
        Self { pending: none, overdue: none, pending_count: 0, overdue_count: 0 }
    }
}

/// Which invoices to list; what the URL holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFilter {
    /// Only those in this state.
    pub state: Option<InvoiceState>,
    /// Only those issued in this year.
    pub year: Option<i32>,
}

/// The state of the list of invoices; what the URL holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceListQuery {
    /// Which ones.
    pub filter: InvoiceFilter,
    /// Rows after or before this one.
    pub cursor: Option<InvoiceCursor>,
}

/// From where on a page of invoices begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceCursor {
    /// The page after this invoice.
    After(InvoiceId),
    /// The page before it.
    Before(InvoiceId),
}

impl InvoiceListQuery {
    /// How many rows a page has.
    pub const ROWS: usize = 50;

    /// Reads a URL's pairs; what makes no sense is left out.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (key, value) in pairs {
            match key {
                "status" => query.filter.state = value.parse().ok(),
                "year" => query.filter.year = value.parse().ok().filter(|year| YEARS.contains(year)),
                "after" => query.cursor = value.parse().ok().map(InvoiceCursor::After).or(query.cursor),
                "before" => query.cursor = value.parse().ok().map(InvoiceCursor::Before).or(query.cursor),
                _ => {}
            }
        }
        query
    }

    /// The same within the bounds that a URL has, for a state that came as JSON.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.filter.year = self.filter.year.filter(|year| YEARS.contains(year));
        self
    }

    /// The URL of this state under a path.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let mut pairs = Vec::new();
        if let Some(state) = self.filter.state {
            pairs.push(format!("status={state}"));
        }
        if let Some(year) = self.filter.year {
            pairs.push(format!("year={year}"));
        }
        match self.cursor {
            Some(InvoiceCursor::After(id)) => pairs.push(format!("after={id}")),
            Some(InvoiceCursor::Before(id)) => pairs.push(format!("before={id}")),
            None => {}
        }
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// The same from another row on.
    #[must_use]
    pub const fn at(&self, cursor: InvoiceCursor) -> Self {
        Self { cursor: Some(cursor), ..*self }
    }

    /// The same from the start.
    #[must_use]
    pub const fn first_page(&self) -> Self {
        Self { cursor: None, ..*self }
    }
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicePage {
    /// The rows, newest first.
    pub invoices: Vec<InvoiceSummary>,
    /// How many the filter matches.
    pub count: u64,
    /// Whether there are rows before the first.
    pub has_previous: bool,
    /// Whether there are rows after the last.
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(quantity: i64, unit_price: i64, rate: i64) -> InvoiceLine {
        let (quantity, tax_rate) = (Quantity(quantity), TaxRate(rate));
        let unit_price = Money { minor: unit_price, currency: Currency::EUR }.into();
        InvoiceLine { description: "Leads".into(), quantity, unit_price, tax_rate, leads: 0 }
    }

    #[test]
    fn an_invoice_is_overdue_the_day_after_its_due_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let due = day("2026-11-22");
        let on = |status, today| InvoiceState::on(status, due, day(today));
        assert_eq!(on(InvoiceStatus::Issued, "2026-11-22"), Some(InvoiceState::Pending));
        assert_eq!(on(InvoiceStatus::Issued, "2026-11-23"), Some(InvoiceState::Overdue));
        assert_eq!(on(InvoiceStatus::Paid, "2027-01-01"), Some(InvoiceState::Paid));
        assert_eq!(on(InvoiceStatus::Void, "2027-01-01"), Some(InvoiceState::Void));
        assert_eq!(on(InvoiceStatus::Draft, "2027-01-01"), None);
    }

    #[test]
    fn sums_are_rounded_once_by_rate() {
        // Three times 0.33 at 19 %: line by line the tax would be 0.06 * 3 = 0.18; on the sum it is 0.19.
        let totals = Totals::of(&[line(1_000, 33, 1_900), line(1_000, 33, 1_900), line(1_000, 33, 1_900)]).unwrap();
        assert_eq!((totals.net, totals.tax, totals.total), (99, 19, 118));
        let mixed = Totals::of(&[line(2_500, 1_001, 1_900), line(1_000, 500, 700), line(-1_000, 300, 700)]).unwrap();
        assert_eq!(
            mixed.taxes,
            [
                TaxShare { rate: TaxRate(700), net: 200, tax: 14 },
                TaxShare { rate: TaxRate(1_900), net: 2_503, tax: 476 },
            ]
        );
        assert_eq!(mixed.total, 200 + 14 + 2_503 + 476);
        assert_eq!(Totals::of(&[]), Ok(Totals::default()));
        // What cancels out in the end must not pass through a sum that does not fit.
        let far = [line(i64::MAX, 1_000, 0), line(1_000, 1, 0), line(-i64::MAX, 1_000, 0)];
        assert_eq!(Totals::of(&far), Err(TooLarge));
        assert_eq!(line(i64::MIN, i64::MIN, 0).net(), Err(TooLarge));
    }

    #[test]
    fn prices_finer_than_a_cent_are_rounded_once_by_line() {
        let fine = |quantity: &str, price: &str| {
            let quantity = Quantity(quantity.parse::<i64>().unwrap() * 1_000);
            let unit_price = Price::parse(price, Currency::EUR).unwrap();
            InvoiceLine { quantity, unit_price, ..line(0, 0, 1_900) }
        };
        assert_eq!(fine("1000", "0.1234").net(), Ok(12_340));
        assert_eq!(fine("3", "0.0033").net(), Ok(1), "0.0099 is a cent");
        assert_eq!(fine("1", "0.0049").net(), Ok(0));
        assert_eq!(fine("1", "0.005").net(), Ok(1));
        assert_eq!(fine("-1", "0.005").net(), Ok(-1), "away from zero");
        assert_eq!(fine("7", "-12.3456").net(), Ok(-8_642));
        // Two lines of a third of a cent each are nothing; one of both is not.
        let totals = Totals::of(&[fine("1", "0.0033"), fine("1", "0.0033")]).unwrap();
        assert_eq!((totals.net, fine("2", "0.0033").net()), (0, Ok(1)));
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(Quantity(2_500).to_string(), "2.5");
        assert_eq!(Quantity::pieces(12).to_string(), "12");
        assert_eq!(Quantity(-50).to_string(), "-0.05");
        assert_eq!((TaxRate(1_900).to_string(), TaxRate(550).to_string()), ("19 %".into(), "5.5 %".into()));
        assert_eq!(file_stem("2026-0042"), "invoice-2026-0042");
        assert_eq!(file_stem("../RE/7\r\n"), "invoice-RE-7");
    }

    proptest! {
        #[test]
        fn any_lines_have_sums_that_add_up(lines in prop::collection::vec((any::<i64>(), any::<i64>(), 0_i64..10_000), 0..20)) {
            let lines: Vec<_> = lines.into_iter().map(|(quantity, price, rate)| line(quantity, price, rate)).collect();
            let exact: i128 = lines.iter().filter_map(|line| line.net().ok()).map(i128::from).sum();
            if let Ok(totals) = Totals::of(&lines) {
                prop_assert_eq!(i128::from(totals.net), exact);
                prop_assert_eq!(i128::from(totals.total), exact + i128::from(totals.tax));
            } else {
                prop_assert!(lines.iter().any(|line| line.net().map_or(true, |net| net.unsigned_abs() > MAX_AMOUNT)));
            }
        }

        #[test]
        fn the_url_holds_the_list(state in prop::option::of(prop::sample::select(InvoiceState::ALL)), year in prop::option::of(1900_i32..=9999)) {
            let query = InvoiceListQuery { filter: InvoiceFilter { state, year }, ..InvoiceListQuery::default() };
            let href = query.href("/x");
            let pairs = href.split_once('?').map_or("", |(_, pairs)| pairs).split('&').filter_map(|pair| pair.split_once('='));
            prop_assert_eq!(InvoiceListQuery::from_pairs(pairs), query);
        }
    }
}
