//! Invoices as admins write them: drafts, and what is done with an issued one.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    BilledLine, Invoice, InvoiceLine, InvoiceState, InvoiceStatus, MAX_AMOUNT, Quantity, TaxRate, Totals, decimal,
};
use crate::{
    ids::{InvoiceId, PartnerId},
    money::{Currency, Money, Price},
    time::read_day,
    validation::FieldErrors,
};

/// A line as its form holds it: all of it text, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineForm {
    /// What is charged.
    #[serde(default)]
    pub description: String,
    /// How much of it, such as `2.5`.
    #[serde(default)]
    pub quantity: String,
    /// The price of one before tax, such as `12.50`.
    #[serde(default)]
    pub unit_price: String,
    /// The tax in percent, such as `19`.
    #[serde(default)]
    pub tax_rate: String,
}

impl LineForm {
    /// Whether nothing was typed that says what is charged: the tax alone is filled in beforehand.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.description, &self.quantity, &self.unit_price].into_iter().all(|text| text.trim().is_empty())
    }
}

/// A draft as its form holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftForm {
    /// The last day on which it will not be overdue; empty for the partner's terms from the day of issue.
    pub due_on: String,
    /// A remark under the lines.
    pub note: String,
    /// The lines; empty ones count as none.
    pub lines: Vec<LineForm>,
}

impl DraftForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields = vec![("due_on".to_owned(), self.due_on.clone()), ("note".to_owned(), self.note.clone())];
        for (index, line) in self.lines.iter().enumerate() {
            for (name, text) in [
                ("description", &line.description),
                ("quantity", &line.quantity),
                ("unit_price", &line.unit_price),
                ("tax_rate", &line.tax_rate),
            ] {
                fields.push((format!("lines[{index}][{name}]"), text.clone()));
            }
        }
        fields
    }

    /// The version of what it holds, for a form that is filled with it.
    #[must_use]
    pub fn version(&self) -> String {
        let fields = self.fields();
        crate::version::version(fields.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }
}

/// A draft, read and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The last day on which it will not be overdue, if it was chosen.
    pub due_on: Option<NaiveDate>,
    /// A remark under the lines; may be empty.
    pub note: String,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
}

/// Maximum number of lines of an invoice made by hand.
pub const MAX_LINES: usize = 200;

impl Draft {
    /// Maximum number of characters of the remark.
    pub const MAX_NOTE: usize = 1_000;

    /// Reads a form. Errors are named `lines[0][description]` and so on, as the inputs are.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &DraftForm, currency: Currency) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let due_on = match form.due_on.trim() {
            "" => None,
            day => match read_day(day) {
                Ok(day) => Some(day),
                Err(_) => {
                    errors.add("due_on", "Enter a day such as 2026-12-31.");
                    None
                }
            },
        };
        let note = form.note.replace("\r\n", "\n").trim().to_owned();
        if note.chars().count() > Self::MAX_NOTE || note.contains('\0') {
            errors.add("note", format!("Use at most {} characters.", Self::MAX_NOTE));
        }
        let mut lines = Vec::new();
        for (index, line) in form.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            match read_line(line, currency) {
                Ok(line) => lines.push(line),
                Err(wrong) => {
                    for (field, message) in wrong.iter() {
                        errors.add(&format!("lines[{index}][{field}]"), format!("Line {}: {message}", index + 1));
                    }
                }
            }
        }
        if lines.len() > MAX_LINES {
            errors.add("lines", format!("Use at most {MAX_LINES} lines."));
        }
        if billable(&lines).is_none() {
            errors.add("lines", "The total is too large.");
        }
        if errors.is_empty() { Ok(Self { due_on, note, lines }) } else { Err(errors) }
    }

    /// The form that holds it. Lines that bill leads are none of it: they follow from the leads.
    #[must_use]
    pub fn form(&self) -> DraftForm {
        let line = |line: &InvoiceLine| LineForm {
            description: line.description.clone(),
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.decimal(),
            tax_rate: Quantity(line.tax_rate.0 * 10).to_string(),
        };
        DraftForm {
            due_on: self.due_on.map(|day| day.to_string()).unwrap_or_default(),
            note: self.note.clone(),
            lines: self.lines.iter().filter(|line| line.leads == 0).map(line).collect(),
        }
    }

    /// Why it cannot be issued yet, if so.
    #[must_use]
    pub fn missing(&self, today: NaiveDate) -> Option<&'static str> {
        if self.lines.is_empty() {
            return Some("Add at least one line first.");
        }
        match Totals::of(&self.lines) {
            Err(_) => return Some("The total is too large."),
            Ok(totals) if totals.total < 0 => {
                return Some("The total is below zero: that would be a credit note, not an invoice.");
            }
            Ok(_) => {}
        }
        self.due_on.is_some_and(|due| due < today).then_some("The due date has passed: choose a later one.")
    }
}

/// Why an invoice cannot be printed: a character that no typeface here has, and the text it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprintable {
    /// The character.
    pub character: char,
    /// The text.
    pub text: String,
}

impl std::fmt::Display for Unprintable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Enough to find the text by.
        const SHOWN: usize = 40;
        let character = self.character;
        let short: String = self.text.chars().take(SHOWN).collect();
        let more = if self.text.chars().nth(SHOWN).is_some() { "…" } else { "" };
        write!(
            f,
            "The character {character} (U+{:04X}) cannot be printed. It stands in “{short}{more}”.",
            u32::from(character)
        )
    }
}

/// What the lines come to that can be read, while others are still being written; none where it would be too much.
#[must_use]
pub fn sums_so_far(lines: &[LineForm], currency: Currency) -> Option<Totals> {
    // What it will be called does not change what it costs.
    let priced = |line: &LineForm| LineForm { description: "…".to_owned(), ..line.clone() };
    let lines: Vec<_> = lines.iter().filter_map(|line| read_line(&priced(line), currency).ok()).collect();
    billable(&lines)
}

/// Whether lines come to no more than somebody bills, each and all together.
#[must_use]
pub fn are_billable(lines: &[InvoiceLine]) -> bool {
    let small = |line: &InvoiceLine| line.net().is_ok_and(|net| net.unsigned_abs() <= MAX_AMOUNT);
    lines.iter().all(small) && billable(lines).is_some()
}

/// The sums of an invoice, if all of them are such as somebody bills.
fn billable(lines: &[InvoiceLine]) -> Option<Totals> {
    Totals::of(lines).ok().filter(|totals| {
        let shares = totals.taxes.iter().flat_map(|share| [share.net, share.tax]);
        shares.chain([totals.net, totals.tax, totals.total]).all(|sum| sum.unsigned_abs() <= MAX_AMOUNT)
    })
}

fn read_line(line: &LineForm, currency: Currency) -> Result<InvoiceLine, FieldErrors> {
    let mut errors = FieldErrors::default();
    let description = line.description.trim();
    if description.is_empty()
        || description.chars().count() > InvoiceLine::MAX_DESCRIPTION
        || description.chars().any(char::is_control)
    {
        errors
            .add("description", format!("enter a description of at most {} characters.", InvoiceLine::MAX_DESCRIPTION));
    }
    let quantity = decimal(&line.quantity, 3);
    if quantity.is_none() {
        errors.add("quantity", "enter a number such as 12 or 2.5, with at most three decimals.");
    }
    let price = Price::parse(&line.unit_price.trim().replace(',', "."), currency);
    let price = price.ok().filter(|price| price.minor().unsigned_abs() < MAX_AMOUNT);
    if price.is_none() {
        let (code, decimals) = (currency.code(), Price::decimals(currency));
        errors.add("unit_price", format!("enter a price such as 12.50, in {code}, with at most {decimals} decimals."));
    }
    let rate = decimal(&line.tax_rate, 2).filter(|rate| (0..=10_000).contains(rate));
    if rate.is_none() {
        errors.add("tax_rate", "enter the tax in percent, such as 19 or 0.");
    }
    let (Some(quantity), Some(unit_price), Some(rate)) = (quantity, price, rate) else { return Err(errors) };
    let (quantity, tax_rate) = (Quantity(quantity), TaxRate(rate));
    let line = InvoiceLine { description: description.to_owned(), quantity, unit_price, tax_rate, leads: 0 };
    if !line.net().is_ok_and(|net| net.unsigned_abs() <= MAX_AMOUNT) {
        errors.add("unit_price", "quantity times price is too large.");
    }
    if errors.is_empty() { Ok(line) } else { Err(errors) }
}

/// A draft as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// Its id.
    pub id: InvoiceId,
    /// Whom it is for.
    pub partner: (PartnerId, String),
    /// What its amounts are in.
    pub currency: Currency,
    /// The lines that bill leads; they stand before those that the form holds.
    pub billed: Vec<BilledLine>,
    /// What the form holds.
    pub form: DraftForm,
    /// The sums of its lines.
    pub totals: Totals,
    /// The due day it would get if it was issued today.
    pub due_if_issued: NaiveDate,
    /// Why it cannot be issued yet, if so.
    pub missing: Option<String>,
}

/// An invoice as admins read it: a draft to write on, or an issued one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminInvoice {
    /// Being written; only admins see it.
    Draft(Box<DraftView>),
    /// As the partner sees it.
    Issued {
        /// The invoice.
        invoice: Box<Invoice>,
        /// Whom it was issued to.
        partner: (PartnerId, String),
    },
}

/// An invoice as the admins' list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminInvoiceRow {
    /// Its id.
    pub id: InvoiceId,
    /// Whom it is for.
    pub partner: (PartnerId, String),
    /// Its number; none while it is a draft.
    pub number: Option<String>,
    /// The day it was issued, or the draft was begun.
    pub issued_on: NaiveDate,
    /// The last day on which it is not overdue.
    pub due_on: NaiveDate,
    /// What is to be paid, tax included.
    pub total: Money,
    /// What is still to be paid.
    pub open: Money,
    /// What people see of its status; none for a draft.
    pub state: Option<InvoiceState>,
}

text_enum! {
    /// Which invoices the admins' list shows.
    AdminInvoiceStatus {
        /// Being written.
        Draft = "draft",
        /// Issued, and not past the due day.
        Pending = "pending",
        /// Issued, and past it.
        Overdue = "overdue",
        /// Paid in full.
        Paid = "paid",
        /// Void.
        Void = "void",
    }
}

impl AdminInvoiceStatus {
    /// The status as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Pending => "Pending",
            Self::Overdue => "Overdue",
            Self::Paid => "Paid",
            Self::Void => "Void",
        }
    }

    /// What the database keeps for it.
    #[must_use]
    pub const fn stored(self) -> InvoiceStatus {
        match self {
            Self::Draft => InvoiceStatus::Draft,
            Self::Pending | Self::Overdue => InvoiceStatus::Issued,
            Self::Paid => InvoiceStatus::Paid,
            Self::Void => InvoiceStatus::Void,
        }
    }
}

/// The state of the admins' list of invoices; what the URL holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminInvoiceQuery {
    /// Only those of this status.
    pub status: Option<AdminInvoiceStatus>,
    /// Only those of this partner.
    pub partner: Option<PartnerId>,
    /// Rows after this one.
    pub after: Option<InvoiceId>,
}

impl AdminInvoiceQuery {
    /// How many rows a page has.
    pub const ROWS: usize = 50;

    /// Reads a URL's pairs; what makes no sense is left out.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (key, value) in pairs {
            match key {
                "status" => query.status = value.parse().ok(),
                "partner" => query.partner = value.parse().ok(),
                "after" => query.after = value.parse().ok(),
                _ => {}
            }
        }
        query
    }

    /// The URL of this state under a path.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let pairs = [
            self.status.map(|status| format!("status={status}")),
            self.partner.map(|id| format!("partner={id}")),
            self.after.map(|id| format!("after={id}")),
        ];
        let pairs = pairs.into_iter().flatten().collect::<Vec<_>>().join("&");
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{pairs}") }
    }
}

/// A page of the admins' list of invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminInvoicePage {
    /// The rows, latest first.
    pub invoices: Vec<AdminInvoiceRow>,
    /// How many match.
    pub count: u64,
    /// Whether there are rows after the last.
    pub has_next: bool,
}

/// Reads the form that notes a payment in full: the day and the reference.
///
/// # Errors
/// A message for each field that has to be corrected.
pub fn read_payment(paid_on: &str, reference: &str, today: NaiveDate) -> Result<(NaiveDate, String), FieldErrors> {
    let mut errors = FieldErrors::default();
    let day = read_day(paid_on);
    match day {
        Err(_) => errors.add("paid_on", "Enter the payment date, such as 2026-11-30."),
        Ok(day) if day > today => errors.add("paid_on", "This day is in the future."),
        Ok(_) => {}
    }
    let reference = reference.trim();
    if reference.chars().count() > 200 || reference.chars().any(char::is_control) {
        errors.add("reference", "Use at most 200 characters on one line.");
    }
    match day {
        Ok(day) if errors.is_empty() => Ok((day, reference.to_owned())),
        _ => Err(errors.keeping([("paid_on", paid_on), ("reference", reference)])),
    }
}

/// Reads the reason for voiding an invoice.
///
/// # Errors
/// What to type instead.
pub fn read_void_reason(reason: &str) -> Result<String, FieldErrors> {
    let text = reason.trim();
    if text.is_empty() || text.chars().count() > 300 || text.chars().any(char::is_control) {
        let message = "Enter a reason of at most 300 characters: the partner sees it.";
        return Err(FieldErrors::one("reason", message).keeping([("reason", reason)]));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(description: &str, quantity: &str, unit_price: &str, tax_rate: &str) -> LineForm {
        LineForm {
            description: description.into(),
            quantity: quantity.into(),
            unit_price: unit_price.into(),
            tax_rate: tax_rate.into(),
        }
    }

    #[test]
    fn what_cannot_be_printed_is_named() {
        let short = Unprintable { character: '线', text: "线索 十一月".into() };
        assert_eq!(short.to_string(), "The character 线 (U+7EBF) cannot be printed. It stands in “线索 十一月”.");
        let long = Unprintable { character: '🏠', text: "x".repeat(100) };
        assert!(long.to_string().ends_with(&format!("“{}…”.", "x".repeat(40))), "{long}");
        assert!(long.to_string().contains("(U+1F3E0)"));
    }

    fn euros(text: &str) -> Price {
        Price::parse(text, Currency::EUR).unwrap()
    }

    #[test]
    fn a_draft_is_read_line_by_line() {
        let lines = vec![line("Leads", "2.5", "10,01", "19"), line("", "", "", "19"), line("Fee", "1", "-3", "7.5")];
        let form = DraftForm { due_on: "2026-12-31".into(), note: " Thanks \r\n".into(), lines };
        let draft = Draft::parse(&form, Currency::EUR).unwrap();
        assert_eq!(draft.lines.len(), 2, "an empty line is none");
        assert_eq!((draft.lines[0].quantity, draft.lines[0].unit_price), (Quantity(2_500), euros("10.01")));
        assert_eq!((draft.lines[1].unit_price, draft.lines[1].tax_rate), (euros("-3"), TaxRate(750)));
        assert_eq!(Draft::parse(&draft.form(), Currency::EUR).unwrap(), draft);
        let wrong =
            DraftForm { due_on: "soon".into(), lines: vec![line("", "x", "1.23456", "101")], ..DraftForm::default() };
        let errors = Draft::parse(&wrong, Currency::EUR).unwrap_err();
        let named: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(
            named,
            ["due_on", "lines[0][description]", "lines[0][quantity]", "lines[0][tax_rate]", "lines[0][unit_price]"]
        );
    }

    #[test]
    fn sums_are_of_the_lines_that_can_be_read() {
        let lines =
            [line("", "2", "10", "19"), line("Fee", "1", "3,", "x"), line("", "", "", "19"), line("B", "1", "5", "7")];
        let sums = sums_so_far(&lines, Currency::EUR).unwrap();
        assert_eq!((sums.net, sums.tax, sums.total), (2_500, 415, 2_915));
        assert_eq!(sums_so_far(&[], Currency::EUR), Some(Totals::default()));
        assert_eq!(sums_so_far(&vec![line("", "1", "9999999999", "0"); 2], Currency::EUR), None);
    }

    #[test]
    fn what_is_missing_is_said() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut draft = Draft { due_on: None, note: String::new(), lines: vec![] };
        assert!(draft.missing(day("2026-11-22")).unwrap().contains("at least one line"));
        draft.lines =
            Draft::parse(&DraftForm { lines: vec![line("a", "1", "5", "0")], ..DraftForm::default() }, Currency::EUR)
                .unwrap()
                .lines;
        assert_eq!(draft.missing(day("2026-11-22")), None);
        draft.due_on = Some(day("2026-11-21"));
        assert!(draft.missing(day("2026-11-22")).unwrap().contains("due date"));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_harm(text in "\\PC{0,20}", number in "[-0-9.,]{0,25}") {
            let form = DraftForm { due_on: number.clone(), note: text.clone(), lines: vec![line(&text, &number, &number, &number)] };
            let _ = Draft::parse(&form, Currency::EUR);
        }

        #[test]
        fn the_url_holds_the_list(status in prop::option::of(prop::sample::select(AdminInvoiceStatus::ALL)), id in prop::option::of(any::<u128>())) {
            let id = id.map(uuid::Uuid::from_u128);
            let query = AdminInvoiceQuery { status, partner: id.map(PartnerId), after: id.map(InvoiceId) };
            let href = query.href("/x");
            let pairs = href.split_once('?').map_or("", |(_, pairs)| pairs).split('&').filter_map(|pair| pair.split_once('='));
            prop_assert_eq!(AdminInvoiceQuery::from_pairs(pairs), query);
        }
    }
}
