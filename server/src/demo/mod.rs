//! The demo account: realistic, always the same, and enough of it to judge the portal by.

mod crowd;
mod invoices;
mod leads_past;
mod people;

use std::{fmt::Write as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions},
    admin::AdminRole,
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    money::Currency,
    partners::{PartnerStatus, UserKind},
    returns::{Quota, ReturnPolicy},
};
use fastrand::Rng;
use services::passwords::Passwords;
use store::{
    Db, Tx,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    audit::{self, Event, Who},
    leads,
    partners::{self, Partner},
    users::{self, NewPartnerUser},
};

use self::leads_past::{SEED, history, lead, outcome, returned};
use crate::AnyError;

/// How many leads the demo account has.
pub const LEADS: u32 = 25_000;
/// The slug of the demo account.
const SLUG: &str = "brightway";
/// The password of every demo login. It protects nothing: the demo account holds invented people.
const PASSWORD: &str = "sunny-roof-42-leads";

/// A demo login.
#[derive(Debug, Clone)]
struct Login {
    email: &'static str,
    name: &'static str,
    role: PartnerRole,
    partner: usize,
}

/// The people who can log in; partners by their place in [`people::PARTNERS`].
const LOGINS: &[Login] = &[
    Login { email: "owner@northwind.example", name: "Nora Lindqvist", role: PartnerRole::Owner, partner: 0 },
    Login { email: "member@northwind.example", name: "Marek Novák", role: PartnerRole::Member, partner: 0 },
    Login { email: "finance@northwind.example", name: "Fiona O'Brien", role: PartnerRole::Finance, partner: 0 },
    Login { email: "viewer@northwind.example", name: "Viktor Petrov", role: PartnerRole::Viewer, partner: 0 },
    Login { email: "owner@contoso.example", name: "Claire Dubois", role: PartnerRole::Owner, partner: 1 },
];

/// The admins of the demo account: address, name, role.
const ADMINS: [(&str, &str, AdminRole); 3] = [
    ("owner@brightway.example", "Olga Brandt", AdminRole::Owner),
    ("manager@brightway.example", "Mikkel Jensen", AdminRole::Manager),
    ("support@brightway.example", "Sofia Rossi", AdminRole::Support),
];

/// What [`fill`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// The demo account was made.
    Now,
    /// It was there already, and was left as it is.
    Before,
}

/// Whether the demo account is there: its owner is, whose address nobody real can have.
pub(crate) async fn is_there(db: &Db) -> Result<bool, AnyError> {
    let mut read = db.reader().await?;
    let Some(account) = accounts::find(&mut read, Some(SLUG)).await? else { return Ok(false) };
    let owner = Email::parse(ADMINS[0].0)?;
    Ok(users::credentials_for_login(&mut read, account.id, UserKind::Admin, &owner).await?.is_some())
}

/// Makes the demo account with so many leads, unless it is there already.
pub async fn fill(db: &Db, leads: u32) -> Result<Filled, AnyError> {
    fill_with(db, leads, 0, 0).await
}

/// The same with so many more partners and events, to measure with.
pub async fn fill_with(db: &Db, leads: u32, more_partners: u32, more_events: u32) -> Result<Filled, AnyError> {
    if let Some(account) = accounts::find(&mut db.reader().await?, Some(SLUG)).await? {
        // One that was filled by a version without admins gets one.
        if !admins::exist(&mut db.reader().await?).await? {
            let passwords = Passwords::new(&OsEntropy, 1)?;
            let hash = passwords.hash(Arc::new(OsEntropy), PASSWORD.to_owned()).await?;
            let mut tx = db.begin_write().await?;
            create_admins(&mut tx, account.id, &hash).await?;
            tx.commit().await?;
        }
        return Ok(Filled::Before);
    }
    let mut rng = Rng::with_seed(SEED);
    let account = account(db)?;
    let partner_ids = people::PARTNERS.iter().map(|_| db.new_id().map(PartnerId)).collect::<Result<Vec<_>, _>>()?;
    let passwords = Passwords::new(&OsEntropy, 1)?;
    let hash = passwords.hash(Arc::new(OsEntropy), PASSWORD.to_owned()).await?;

    let mut tx = db.begin_write().await?;
    accounts::create(&mut tx, &account).await?;
    accounts::set_invoicing(&mut tx, account.id, &invoices::seller()).await?;
    for (index, name) in people::PARTNERS.iter().enumerate() {
        let id = partner_ids[index];
        partners::create_unscoped(&mut tx, &partner(account.id, id, index, name)).await?;
        partners::set_contact_unscoped(&mut tx, account.id, id, &people::contact(index)).await?;
    }
    let mut events = Vec::new();
    let mut reviewers: Vec<(usize, UserId, &str)> = Vec::new();
    for login in LOGINS {
        let user = NewPartnerUser {
            id: UserId(db.new_id()?),
            account_id: account.id,
            partner_id: partner_ids[login.partner],
            email: Email::parse(login.email)?,
            name: login.name.to_owned(),
            role: login.role,
            password_hash: Some(hash.clone()),
        };
        users::create_partner_user(&mut tx, &user).await?;
        if matches!(login.role, PartnerRole::Owner | PartnerRole::Member) {
            reviewers.push((login.partner, user.id, login.name));
        }
        let logins = logins_of(&user, db.now(), &mut rng);
        if let Some(last) = logins.iter().filter_map(|event| event.occurred_at).max() {
            users::note_past_login_unscoped(&mut tx, user.id, last).await?;
        }
        events.extend(logins);
    }
    create_admins(&mut tx, account.id, &hash).await?;
    // In the order of time, as a log is.
    events.sort_by_key(|event| event.occurred_at);
    audit::record_all(&mut tx, &events);
    tx.commit().await?;

    for (index, id) in partner_ids.iter().enumerate() {
        let many = share(index, leads);
        let mut rest = many;
        while rest > 0 {
            let batch: Vec<_> =
                (0..rest.min(5_000)).map(|n| lead(db.now(), index, many - rest + n, &mut rng)).collect();
            rest -= u32::try_from(batch.len())?;
            let team: Vec<_> =
                reviewers.iter().filter(|(partner, ..)| *partner == index).map(|(_, id, name)| (*id, *name)).collect();
            let past: Vec<_> =
                batch.iter().flat_map(|(lead, status)| history(lead, *status, &team, db.now(), &mut rng)).collect();
            let mut tx = db.begin_write().await?;
            leads::insert_unscoped(&mut tx, account.id, *id, &batch, leads::Push::Nowhere).await?;
            leads::add_history_unscoped(&mut tx, account.id, *id, &past).await?;
            let became: Vec<_> =
                batch.iter().filter_map(|(lead, status)| outcome(lead, *status, &team, db.now(), &mut rng)).collect();
            leads::add_outcomes_unscoped(&mut tx, account.id, *id, &became).await?;
            if index == RETURNING {
                let back = returned(&past, db.now(), &mut rng);
                leads::add_returns_unscoped(&mut tx, account.id, *id, &back).await?;
            }
            tx.commit().await?;
        }
    }
    let mut tx = db.begin_write().await?;
    leads::set_return_policy_unscoped(&mut tx, account.id, partner_ids[RETURNING], &returning()).await?;
    tx.commit().await?;
    let mut tx = db.begin_write().await?;
    tx.lift_time_limits().await?;
    leads::rebuild_counts(&mut tx, account.id).await?;
    tx.commit().await?;
    invoices::fill(db, &account, &partner_ids).await?;
    let mut tx = db.begin_write().await?;
    let detail = serde_json::json!({ "leads": leads, "partners": people::PARTNERS.len() });
    audit::record(&mut tx, &event(account.id, None, Who::System, AuditAction::DemoFilled, detail, None));
    tx.commit().await?;
    crowd::fill(db, &account, more_partners, more_events).await?;
    db.optimize().await?;
    Ok(Filled::Now)
}

/// The partner whose rejections the account decides on.
const RETURNING: usize = 1;

/// Its rules.
fn returning() -> ReturnPolicy {
    ReturnPolicy {
        requests: true,
        days: Some(14),
        quota: Some(Quota::Percent(20)),
        at_once: vec!["no_consent".to_owned()],
        decide_within: Some(leads_past::DECIDED_WITHIN.unsigned_abs()),
        ..ReturnPolicy::default()
    }
}

async fn create_admins(tx: &mut Tx, account_id: AccountId, hash: &str) -> Result<(), AnyError> {
    for (email, name, role) in ADMINS {
        let admin = NewAdminUser {
            id: UserId(tx.new_id()?),
            account_id,
            email: Email::parse(email)?,
            name: name.to_owned(),
            role,
            password_hash: hash.to_owned(),
        };
        admins::create(tx, &admin).await?;
    }
    Ok(())
}

/// The logins, for people to read.
#[must_use]
pub fn logins(filled: &Filled, url: &str) -> String {
    let mut text = match filled {
        Filled::Now => String::from("\nThe demo account is filled.\n"),
        Filled::Before => String::from("\nThe demo account is there already.\n"),
    };
    let _ = writeln!(text, "\n  Partner login   {url}/partner/login");
    let _ = writeln!(text, "  Admin login     {url}/admin/login");
    let _ = writeln!(text, "  Password        {PASSWORD}   (the same for all)\n");
    for login in LOGINS {
        let _ = writeln!(text, "  {:<28}{} of {}", login.email, login.role, people::PARTNERS[login.partner]);
    }
    for (email, _, role) in ADMINS {
        let _ = writeln!(text, "  {email:<28}admin, {role}");
    }
    text.push('\n');
    text
}

fn account(db: &Db) -> Result<Account, AnyError> {
    Ok(Account {
        id: AccountId(db.new_id()?),
        slug: SLUG.to_owned(),
        name: "Brightway Leads".to_owned(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        zone: "Europe/Berlin".parse()?,
        currency: Currency::EUR,
        support_contact: "partners@brightway.example, +49 30 5550 1000".to_owned(),
    })
}

fn partner(account_id: AccountId, id: PartnerId, index: usize, name: &str) -> Partner {
    let status = match index {
        36 | 37 => PartnerStatus::Paused,
        38 | 39 => PartnerStatus::Archived,
        _ => PartnerStatus::Active,
    };
    let no_prices = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[Permission::ViewLeadPrice]) };
    let overrides = if index % 7 == 6 { no_prices } else { Overrides::default() };
    Partner { id, account_id, name: name.to_owned(), status, portal_access: index % 9 != 8, overrides }
}

/// How many of all leads a partner has: the first one a quarter (a tenth of very many), the others less and less.
fn share(index: usize, all: u32) -> u32 {
    let first = if all >= 100_000 { all / 10 } else { all * 24 / 100 };
    if index == 0 {
        return first;
    }
    let weight = |index: usize| 1.0 / (4.0 + index as f64);
    let others = people::PARTNERS.len();
    let total: f64 = (1..others).map(weight).sum();
    let part = |index: usize| (f64::from(all - first) * weight(index) / total) as u32;
    // What rounding leaves over goes to the last one, so that the sum is what was asked for.
    if index + 1 == others { all - first - (1..others - 1).map(part).sum::<u32>() } else { part(index) }
}

fn logins_of(user: &NewPartnerUser, now: DateTime<Utc>, rng: &mut Rng) -> Vec<Event> {
    let who = Who::PartnerUser { id: user.id, name: user.name.clone() };
    (0..12)
        .map(|_| {
            let at = now - TimeDelta::minutes(rng.i64(60..60 * 24 * 60));
            let empty = serde_json::json!({});
            let mut login =
                event(user.account_id, Some(user.partner_id), who.clone(), AuditAction::Login, empty, Some(at));
            login.object = ("user", Some(user.id.0));
            login.address = format!("198.51.100.{}", rng.u8(1..250));
            login
        })
        .collect()
}

fn event(
    account_id: AccountId,
    partner_id: Option<PartnerId>,
    who: Who,
    action: AuditAction,
    detail: serde_json::Value,
    occurred_at: Option<DateTime<Utc>>,
) -> Event {
    let address = String::new();
    Event {
        account_id,
        partner_id,
        who,
        action,
        object: ("account", Some(account_id.0)),
        result: AuditResult::Success,
        address,
        detail,
        occurred_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_the_first_partner_has_thousands() {
        for all in [LEADS, 300, 1_000_000] {
            let sum: u32 = (0..people::PARTNERS.len()).map(|index| share(index, all)).sum();
            assert_eq!(sum, all);
        }
        assert!(share(0, LEADS) >= 5_000);
        assert_eq!(share(0, 1_000_000), 100_000);
        assert_eq!(people::PARTNERS.len(), 40);
    }

    #[test]
    fn the_same_seed_gives_the_same_leads() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let some = || {
            let mut rng = Rng::with_seed(SEED);
            (0..50).map(|n| lead(now, 3, n, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(some(), some());
        assert!(some().iter().all(|(lead, _)| Email::parse(&lead.email).is_ok() && lead.delivered_at <= now));
    }
}
