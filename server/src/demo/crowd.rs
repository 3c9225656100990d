//! Many more partners and events, to measure the admin pages with.

use chrono::TimeDelta;
use domain::{
    access::{Overrides, PartnerRole},
    audit::{AuditAction, AuditResult},
    email::Email,
    ids::{AccountId, InvoiceId, PartnerId, UserId},
    invoices::{InvoiceLine, InvoiceStatus, Quantity, TaxRate},
    leads::LeadStatus,
    money::Money,
    partners::PartnerStatus,
};
use fastrand::Rng;
use store::{
    Db,
    accounts::Account,
    audit::{self, Event, Who},
    invoices::{self, NewInvoice},
    leads,
    partners::{self, Partner},
    users::{self, NewPartnerUser},
};

use super::leads_past::{SEED, lead};
use crate::AnyError;

/// Events written in one transaction.
const BATCH: u32 = 5_000;

/// Adds so many partners, each with two users, thirty leads and three invoices, and so many events.
pub(super) async fn fill(db: &Db, account: &Account, partners: u32, events: u32) -> Result<(), AnyError> {
    let mut rng = Rng::with_seed(SEED);
    let mut people = Vec::new();
    for number in 0..partners {
        people.push(partner(db, account, number, &mut rng).await?);
    }
    if people.is_empty() {
        return Ok(());
    }
    let mut left = events;
    while left > 0 {
        let many = left.min(BATCH);
        let batch: Vec<_> = (0..many).map(|n| event(db, account.id, &people, left - n, &mut rng)).collect();
        let mut tx = db.begin_write().await?;
        audit::record_all(&mut tx, &batch);
        tx.commit().await?;
        left -= many;
    }
    db.optimize().await?;
    Ok(())
}

async fn partner(
    db: &Db,
    account: &Account,
    number: u32,
    rng: &mut Rng,
) -> Result<(PartnerId, UserId, String), AnyError> {
    let id = PartnerId(db.new_id()?);
    let mut tx = db.begin_write().await?;
    let row = Partner {
        id,
        account_id: account.id,
        name: format!("Partner {number:04}"),
        status: PartnerStatus::Active,
        portal_access: true,
        overrides: Overrides::default(),
    };
    partners::create_unscoped(&mut tx, &row).await?;
    let mut user = NewPartnerUser {
        id: UserId(db.new_id()?),
        account_id: account.id,
        partner_id: id,
        email: Email::parse(&format!("one@p{number}.example"))?,
        name: format!("One of {number:04}"),
        role: PartnerRole::Owner,
        password_hash: None,
    };
    users::create_partner_user(&mut tx, &user).await?;
    users::note_past_login_unscoped(&mut tx, user.id, db.now() - TimeDelta::minutes(rng.i64(1..100_000))).await?;
    let first = (id, user.id, user.name.clone());
    user = NewPartnerUser { id: UserId(db.new_id()?), email: Email::parse(&format!("two@p{number}.example"))?, ..user };
    users::create_partner_user(&mut tx, &user).await?;
    let delivered: Vec<_> =
        (0..30).map(|n| (lead(db.now(), number as usize % 40, n, rng).0, LeadStatus::New)).collect();
    leads::insert_unscoped(&mut tx, account.id, id, &delivered, leads::Push::Nowhere).await?;
    let today = account.zone.day(db.now());
    for n in 0..3 {
        let line = InvoiceLine {
            description: "Leads".into(),
            quantity: Quantity::pieces(10),
            unit_price: Money { minor: 4_900, currency: account.currency }.into(),
            tax_rate: TaxRate(1_900),
            leads: 0,
        };
        let invoice = NewInvoice {
            id: InvoiceId(db.new_id()?),
            number: Some(format!("C-{number:04}-{n}")),
            status: if n == 0 { InvoiceStatus::Paid } else { InvoiceStatus::Issued },
            currency: account.currency,
            issued_on: today,
            due_on: today + TimeDelta::days(i64::from(n) * 10 - 15),
            note: String::new(),
            void_reason: String::new(),
            lines: vec![(line, Vec::new())],
            payments: Vec::new(),
        };
        invoices::insert_unscoped(&mut tx, account.id, id, &invoice).await?;
    }
    tx.commit().await?;
    Ok(first)
}

/// Something that happens often, now and then something rare; the earliest first.
fn event(db: &Db, account: AccountId, people: &[(PartnerId, UserId, String)], ago: u32, rng: &mut Rng) -> Event {
    let (partner, user, name) = &people[rng.usize(0..people.len())];
    let action = match rng.u32(0..1_000) {
        0 => AuditAction::WebhookSecretRotated,
        1..=100 => AuditAction::LeadAccepted,
        101..=130 => AuditAction::LeadsExported,
        131..=500 => AuditAction::Login,
        _ => AuditAction::LeadViewed,
    };
    let failed = action == AuditAction::Login && rng.u32(0..20) == 0;
    Event {
        account_id: account,
        partner_id: Some(*partner),
        who: Who::PartnerUser { id: *user, name: name.clone() },
        action,
        object: ("user", Some(user.0)),
        result: if failed { AuditResult::Failure } else { AuditResult::Success },
        address: format!("198.51.100.{}", rng.u8(1..250)),
        detail: serde_json::json!({}),
        occurred_at: Some(db.now() - TimeDelta::seconds(i64::from(ago) * 30)),
    }
}
