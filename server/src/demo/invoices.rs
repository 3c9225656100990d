//! The demo account's invoices: one a month and partner for the leads of the month before, in every status.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use domain::{
    ids::{InvoiceId, LeadId, PartnerId},
    invoices::{InvoiceLine, InvoiceStatus, Payment, Quantity, TaxRate, Totals},
    money::Price,
};
use store::{
    Db,
    accounts::{Account, Invoicing},
    invoices::{self, NewInvoice},
    leads,
};

use crate::AnyError;

/// German value added tax: 19 %.
const VAT: TaxRate = TaxRate(1_900);
/// How many whole months before the current one are billed.
const MONTHS: u32 = 13;

/// What the demo account puts on its invoices.
pub(super) fn seller() -> Invoicing {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Invoicing {
        legal_name: "Brightway Leads GmbH".to_owned(),
        address: lines(&["Torstraße 140", "10119 Berlin", "Germany"]),
        vat_id: "DE 999 999 999".to_owned(),
        payment_details: lines(&["Brightway Leads GmbH", "IBAN DE02 1203 0000 0000 2020 51", "BIC BYLADEM1001"]),
        accent: "#1f4fd8".to_owned(),
    }
}

/// Bills every partner for every month, oldest first, so that the numbers count up with the days.
pub(super) async fn fill(db: &Db, account: &Account, partners: &[PartnerId]) -> Result<(), AnyError> {
    let today = account.zone.day(db.now());
    let this_month = today.with_day(1).unwrap_or(today);
    let mut numbers = BTreeMap::<i32, u32>::new();
    for ago in (0..=MONTHS).rev() {
        let Some(issued_on) = this_month.checked_sub_months(Months::new(ago)) else { continue };
        let Some(month) = issued_on.checked_sub_months(Months::new(1)) else { continue };
        for (index, partner) in partners.iter().enumerate() {
            let span = (account.zone.day_start(month), account.zone.day_start(issued_on));
            let billed = leads::delivered_unscoped(&mut db.reader().await?, account.id, *partner, span).await?;
            let lines = lines(billed, month);
            if lines.is_empty() {
                continue;
            }
            let number = numbers.entry(issued_on.year()).or_default();
            *number += 1;
            let invoice = invoice(db, account, index, issued_on, (ago, *number), lines)?;
            let mut tx = db.begin_write().await?;
            invoices::insert_unscoped(&mut tx, account.id, *partner, &invoice).await?;
            tx.commit().await?;
        }
    }
    let mut tx = db.begin_write().await?;
    for (year, last) in numbers {
        invoices::set_counter_unscoped(&mut tx, account.id, year, last).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// One line for each campaign and price.
fn lines(billed: Vec<leads::DeliveredLead>, month: NaiveDate) -> Vec<(InvoiceLine, Vec<LeadId>)> {
    let mut groups = BTreeMap::<(String, Price), Vec<LeadId>>::new();
    for lead in billed {
        if let Some(price) = lead.price {
            groups.entry((lead.campaign, price)).or_default().push(lead.id);
        }
    }
    let line = |((campaign, unit_price), leads): ((String, Price), Vec<LeadId>)| {
        let count = u32::try_from(leads.len()).unwrap_or(u32::MAX);
        let line = InvoiceLine {
            description: format!("Leads “{campaign}”, {}", month.format("%B %Y")),
            quantity: Quantity::pieces(i64::from(count)),
            unit_price,
            tax_rate: VAT,
            leads: count,
        };
        (line, leads)
    };
    groups.into_iter().map(line).collect()
}

fn invoice(
    db: &Db,
    account: &Account,
    partner: usize,
    issued_on: NaiveDate,
    (ago, number): (u32, u32),
    lines: Vec<(InvoiceLine, Vec<LeadId>)>,
) -> Result<NewInvoice, AnyError> {
    let due_on = issued_on.checked_add_days(Days::new(30)).unwrap_or(issued_on);
    // Old ones are paid but for a few void; of the last ones some are late.
    let status = match (ago, (partner + ago as usize) % 10) {
        (0, _) => InvoiceStatus::Issued,
        (1 | 2, place) if place < 4 => InvoiceStatus::Issued,
        (_, 7) => InvoiceStatus::Void,
        _ => InvoiceStatus::Paid,
    };
    let number = format!("{}-{number:04}", issued_on.year());
    let total = Totals::of(&lines.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>())?.total;
    let payment = |amount: i64, after: u64| Payment {
        paid_on: issued_on.checked_add_days(Days::new(after)).unwrap_or(issued_on),
        amount,
        reference: format!("Invoice {number}"),
    };
    let payments = match status {
        InvoiceStatus::Paid => vec![payment(total, 6 + partner as u64 % 20)],
        // Somebody always pays the half of it.
        InvoiceStatus::Issued if ago > 0 && partner % 3 == 1 => vec![payment(total / 2, 25)],
        _ => Vec::new(),
    };
    let void = status == InvoiceStatus::Void;
    Ok(NewInvoice {
        id: InvoiceId(db.new_id()?),
        number: Some(number),
        status,
        currency: account.currency,
        issued_on,
        due_on,
        note: "Thank you for working with us.".to_owned(),
        void_reason: if void { "Billed twice by mistake." } else { "" }.to_owned(),
        lines,
        payments,
    })
}
