//! Two synthetic accounts: "ours" with two partners, one of whose people walk while the other is their neighbour, and "theirs" with
//! one. Whatever is anybody's bears its owner's canary: a text that is found nowhere else.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use app::access::AppState;
use axum::Router;
use chrono::TimeDelta;
use domain::{
    access::{Overrides, PartnerRole, Permissions},
    admin::AdminRole,
    clock::{ManualClock, OsEntropy},
    email::Email,
    ids::{AccountId, InvoiceId, PartnerId, UserId},
    invoices::{InvoiceLine, InvoiceStatus, Quantity, TaxRate},
    leads::{LeadStatus, NewLead},
    money::{Currency, Money},
    partners::{PartnerStatus, UserKind},
};
use services::Portal;
use store::{
    Db, GuardedDb, Tx,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    invoices::{self, NewInvoice},
    leads,
    partners::{self, Partner},
    synthetic::{self, Thing},
    users::{self, NewPartnerUser},
};

use super::{
    made::Made,
    routes::{ADMIN_ROLES, About, ROLES},
    visitor::{Answer, Visitor, form},
};
use crate::{AnyError, config::Config, router};

/// The session cookies' names, as they end.
pub(super) const PARTNER_COOKIE: &str = "portal-partner";
/// The same for admins.
pub(super) const ADMIN_COOKIE: &str = "portal-admin";

/// A partner.
#[derive(Debug, Clone)]
pub(super) struct Party {
    pub(super) id: PartnerId,
    /// Its id, as addresses have it.
    pub(super) key: String,
    pub(super) canary: String,
    /// A lead of its own.
    pub(super) lead: String,
}

/// An account.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) account: AccountId,
    pub(super) slug: String,
    pub(super) canary: String,
    pub(super) parties: Vec<Party>,
}

/// Whose canaries somebody may see, by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Sees(pub(super) Vec<String>);

/// The two accounts, and the portal they are in.
pub(super) struct World {
    pub(super) db: Db,
    pub(super) clock: Arc<ManualClock>,
    pub(super) config: Config,
    pub(super) portal: Arc<Portal>,
    pub(super) ours: Tenant,
    pub(super) theirs: Tenant,
    /// What every canary of this walk begins with.
    run: String,
    password: String,
    /// The network that those who ask come from, and how many addresses were given out.
    site: u16,
    addresses: AtomicU32,
    /// An id that nothing has.
    missing: String,
}

/// The domain of a canary's mail addresses; nothing is ever delivered there (RFC 6761).
pub(super) fn domain_of(canary: &str) -> String {
    format!("{canary}.invalid")
}

fn address(name: impl std::fmt::Display, canary: &str) -> Result<Email, AnyError> {
    Email::parse(&format!("{name}@{}", domain_of(canary))).map_err(|error| format!("{error:?}").into())
}

/// What makes accounts.
struct Maker<'m> {
    db: &'m Db,
    run: &'m str,
    /// Everybody's password.
    hash: &'m str,
    made: &'m Made,
}

impl Maker<'_> {
    async fn tenant(&self, name: &str, parties: usize) -> Result<Tenant, AnyError> {
        let canary = format!("{}{name}", self.run);
        let account = Account {
            id: AccountId(self.db.new_id()?),
            slug: canary.clone(),
            name: format!("Account {canary}"),
            portal_enabled: true,
            default_permissions: Permissions::all(),
            zone: "America/New_York".parse().map_err(|_| "the time zone is not known")?,
            currency: Currency::EUR,
            support_contact: format!("help@{}", domain_of(&canary)),
        };
        let mut tx = self.db.begin_write().await?;
        accounts::create(&mut tx, &account).await?;
        synthetic::mark(&mut tx, account.id).await?;
        for role in ADMIN_ROLES {
            let admin = NewAdminUser {
                id: UserId(self.db.new_id()?),
                account_id: account.id,
                email: address(role, &canary)?,
                name: format!("{role} {canary}"),
                role,
                password_hash: self.hash.to_owned(),
            };
            admins::create(&mut tx, &admin).await?;
        }
        let mut tenant = Tenant { account: account.id, slug: canary.clone(), canary, parties: Vec::new() };
        for number in 1..=parties {
            let party = self.partner(&mut tx, &tenant, format!("{}{number}", tenant.canary)).await?;
            tenant.parties.push(party);
        }
        tx.commit().await?;
        self.made.note(tenant.account);
        Ok(tenant)
    }

    async fn partner(&self, tx: &mut Tx, tenant: &Tenant, canary: String) -> Result<Party, AnyError> {
        let id = PartnerId(self.db.new_id()?);
        let (account_id, status, overrides) = (tenant.account, PartnerStatus::Active, Overrides::default());
        let name = format!("Partner {canary}");
        let partner = Partner { id, account_id, name, status, portal_access: true, overrides };
        partners::create_unscoped(tx, &partner).await?;
        for role in ROLES {
            let user = NewPartnerUser {
                id: UserId(self.db.new_id()?),
                account_id,
                partner_id: id,
                email: address(role, &canary)?,
                name: format!("{role} {canary}"),
                role,
                password_hash: Some(self.hash.to_owned()),
            };
            users::create_partner_user(tx, &user).await?;
        }
        let mut party = Party { id, key: id.to_string(), canary, lead: String::new() };
        add_leads(tx, tenant, &party, "first").await?;
        party.lead = first_lead(tx, tenant.account, id).await?;
        Ok(party)
    }
}

/// Leads as a CRM delivers them, to whatever channels the partner has.
pub(super) async fn add_leads(tx: &mut Tx, tenant: &Tenant, party: &Party, batch: &str) -> Result<(), AnyError> {
    let (canary, now) = (&party.canary, tx.now());
    let lead = |number: i64| NewLead {
        external_id: format!("{canary}-{batch}-{number}"),
        name: format!("Lead {number} {canary}"),
        email: format!("lead{number}@{}", domain_of(canary)),
        phone: format!("+49 30 10{number}"),
        campaign: format!("Campaign {canary}"),
        fields: vec![("Remark".into(), format!("field {canary}"))],
        price: Some(Money { minor: 4_900 + number, currency: Currency::EUR }.into()),
        delivered_at: now - TimeDelta::minutes(number),
    };
    let batch: Vec<_> = (1..=3).map(|number| (lead(number), LeadStatus::New)).collect();
    leads::insert_unscoped(tx, tenant.account, party.id, &batch, leads::Push::Out).await?;
    Ok(())
}

impl World {
    /// Makes both accounts with everything they have. `portal` calls nobody.
    pub(super) async fn make(
        config: Config,
        db: Db,
        clock: Arc<ManualClock>,
        portal: Arc<Portal>,
        made: &Made,
    ) -> Result<Self, AnyError> {
        let letters = db.new_id()?.simple().to_string();
        let run = format!("canary{}", &letters[20..]);
        let password = format!("isolation {letters}");
        let hash = portal.passwords.hash(Arc::new(OsEntropy), password.clone()).await?;
        let maker = Maker { db: &db, run: &run, hash: &hash, made };
        let (ours, theirs) = (maker.tenant("a", 2).await?, maker.tenant("b", 1).await?);
        let site = u16::from_str_radix(&letters[28..], 16)?;
        let (addresses, missing) = (AtomicU32::new(1), db.new_id()?.to_string());
        Ok(Self { db, clock, config, portal, ours, theirs, run, password, site, addresses, missing })
    }

    /// An issued invoice and a draft of a partner.
    pub(super) async fn add_invoices(&self, tenant: &Tenant, party: &Party) -> Result<(), AnyError> {
        let today = self.db.now().date_naive();
        for number in [Some(format!("N-{}", party.canary)), None] {
            let line = InvoiceLine {
                description: format!("Leads {}", party.canary),
                quantity: Quantity(1_000),
                unit_price: Money { minor: 4_900, currency: Currency::EUR }.into(),
                tax_rate: TaxRate(1_900),
                leads: 0,
            };
            let invoice = NewInvoice {
                id: InvoiceId(self.db.new_id()?),
                status: if number.is_some() { InvoiceStatus::Issued } else { InvoiceStatus::Draft },
                number,
                currency: Currency::EUR,
                issued_on: today,
                due_on: today + TimeDelta::days(14),
                note: format!("Note {}", party.canary),
                void_reason: String::new(),
                lines: vec![(line, Vec::new())],
                payments: Vec::new(),
            };
            let mut tx = self.db.begin_write().await?;
            invoices::insert_unscoped(&mut tx, tenant.account, party.id, &invoice).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The portal's router, with nothing remembered of earlier requests.
    pub(super) fn router(&self) -> Router {
        router::build(AppState { db: GuardedDb::new(self.db.clone()), portal: self.portal.clone() }, &self.config)
    }

    /// An address that nobody has come from yet (those of RFC 3849 belong to nobody): tries are counted by it.
    pub(super) fn address(&self) -> IpAddr {
        let number = self.addresses.fetch_add(1, Ordering::Relaxed);
        let subnet = u16::try_from(number % 0xffff).unwrap_or_default();
        IpAddr::from([0x2001, 0xdb8, self.site, subnet, 0, 0, 0, 1])
    }

    /// A browser nobody has logged in with, at an address of its own.
    pub(super) fn visitor(&self, router: &Router) -> Visitor {
        let host = self.config.public_url.split_once("://").map_or("", |(_, host)| host).trim_end_matches('/');
        Visitor::new(router.clone(), host, self.address())
    }

    /// A browser in which a partner's user of this role has logged in.
    pub(super) async fn user(
        &self,
        router: &Router,
        tenant: &Tenant,
        party: &Party,
        role: PartnerRole,
    ) -> Result<Visitor, AnyError> {
        self.logged_in(router, "/fn/auth/login", tenant, &format!("{role}@{}", domain_of(&party.canary))).await
    }

    /// A browser in which an admin of this role has logged in.
    pub(super) async fn admin(&self, router: &Router, tenant: &Tenant, role: AdminRole) -> Result<Visitor, AnyError> {
        self.logged_in(router, "/fn/admin/auth/login", tenant, &format!("{role}@{}", domain_of(&tenant.canary))).await
    }

    async fn logged_in(&self, router: &Router, path: &str, tenant: &Tenant, email: &str) -> Result<Visitor, AnyError> {
        let mut visitor = self.visitor(router);
        let fields = [("email", email), ("password", &self.password), ("account", &tenant.slug)];
        let answer = visitor.calls(path, form(&fields)).await;
        if answer.status == 200 { Ok(visitor) } else { Err(unmade("log in", &answer)) }
    }

    /// The partner whose people walk.
    pub(super) fn walker(&self) -> &Party {
        &self.ours.parties[0]
    }

    /// The other partner of the same account.
    pub(super) fn neighbour(&self) -> &Party {
        &self.ours.parties[1]
    }

    /// The partner of the other account.
    pub(super) fn stranger(&self) -> &Party {
        &self.theirs.parties[0]
    }

    /// What the walker's people and the admins of its account ask about. `domain` is one that nobody has used.
    pub(super) fn about<'a>(&'a self, domain: &'a str) -> About<'a> {
        let Party { key, lead, .. } = self.walker();
        About { account: &self.ours.slug, domain, partner: key, lead, other: &self.missing }
    }

    /// A domain of mail addresses that nobody has used, which says that the walker's people have.
    pub(super) fn walkers_domain(&self, name: impl std::fmt::Display) -> String {
        format!("{name}.{}", domain_of(&self.walker().canary)).replace('_', "-")
    }

    /// What the walker's people may see.
    pub(super) fn walker_sees(&self) -> Sees {
        Sees(vec![self.ours.canary.clone(), self.walker().canary.clone()])
    }

    /// What the admins of the walker's account may see.
    pub(super) fn admins_see(&self) -> Sees {
        Sees(vec![self.ours.canary.clone(), self.walker().canary.clone(), self.neighbour().canary.clone()])
    }

    /// The canaries that somebody must not see.
    pub(super) fn canaries_but(&self, sees: &Sees) -> Vec<String> {
        let tenants = [&self.ours, &self.theirs].into_iter();
        let all = tenants
            .flat_map(|tenant| tenant.parties.iter().map(|party| party.canary.clone()).chain([tenant.canary.clone()]));
        all.filter(|canary| !sees.0.contains(canary)).collect()
    }

    /// An id that nothing has, and that nobody has asked for before.
    pub(super) fn nothing(&self) -> Result<String, AnyError> {
        Ok(self.db.new_id()?.to_string())
    }

    /// The first canary in a text that somebody must not see. One of a partner begins as its account's.
    pub(super) fn foreign<'t>(&self, text: &'t str, sees: &Sees) -> Option<&'t str> {
        let end = |text: &str| text.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(text.len());
        // Search texts and mail addresses are in lower case, as canaries are.
        text.match_indices(&self.run)
            .map(|(at, _)| &text[at..at + end(&text[at..])])
            .find(|found| !sees.0.iter().any(|seen| seen == found))
    }

    /// Everything of both accounts that has an id.
    pub(super) async fn things(&self) -> Result<[Vec<Thing>; 2], AnyError> {
        let mut read = self.db.reader().await?;
        Ok([
            synthetic::things(&mut read, self.ours.account).await?,
            synthetic::things(&mut read, self.theirs.account).await?,
        ])
    }

    /// The owner among the walker's people.
    pub(super) async fn owner_of_walker(&self) -> Result<UserId, AnyError> {
        let email = address(PartnerRole::Owner, &self.walker().canary)?;
        let mut read = self.db.reader().await?;
        let found = users::credentials_for_login(&mut read, self.ours.account, UserKind::Partner, &email).await?;
        Ok(found.ok_or("the owner of the synthetic partner is not there")?.user_id())
    }
}

/// The id of a lead of a partner.
async fn first_lead(tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<String, AnyError> {
    let things = synthetic::things(tx, account).await?;
    let lead = things.iter().find(|thing| thing.kind == "lead" && thing.partner() == Some(partner));
    Ok(lead.ok_or("the leads that were just stored are not there")?.id.to_string())
}

/// Something the walk needs could not be made.
pub(super) fn unmade(what: &str, answer: &Answer) -> AnyError {
    let text: String = answer.text().chars().take(300).collect();
    format!("cannot {what} in a synthetic account: {} {} {text}", answer.status, answer.header("location")).into()
}
