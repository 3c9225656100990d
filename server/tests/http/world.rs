//! The world a request meets: an account, two partners that must never see each other, the people who work there, and a
//! clock that stands until it is told otherwise.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::access::{AppState, cookie_name};
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions},
    admin::AdminRole,
    audit::AuditAction,
    clock::{ManualClock, OsEntropy},
    email::Email,
    ids::{AccountId, LeadId, PartnerId, UserId},
    leads::{LeadDetail, LeadListQuery, LeadStatus, NewLead},
    money::{Currency, Money},
    partners::{PartnerStatus, UserKind, UserStatus},
};
use portal_server::{
    client_address::Proxies,
    commands::portal_of,
    config::{Config, MailConfig},
    egress::{Egress, PORTS, Rules},
    router,
};
use services::{
    Portal, Targets,
    breached::{Breached, build},
    devices::{self, Memory},
    secrets::KeyRing,
};
use store::{
    Db, GuardedDb, Limits, Options, Reader,
    access::{PartnerScope, PartnerSession},
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    audit::{self, StoredEvent},
    credentials, leads,
    partners::{self, Partner},
    sessions::Lifetime,
    users::{self, NewPartnerUser},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    browser::{Browser, form},
    database,
};

/// Northwind's people, one of each role.
pub(crate) const OWNER: &str = "owner@northwind.example";
pub(crate) const MEMBER: &str = "member@northwind.example";
pub(crate) const FINANCE: &str = "finance@northwind.example";
pub(crate) const VIEWER: &str = "viewer@northwind.example";
/// The owner at Contoso, the other partner.
pub(crate) const STRANGER: &str = "owner@contoso.example";
/// Acme's admins, one of each role.
pub(crate) const ADMINS: [(&str, AdminRole); 3] = [
    ("owner@acme.example", AdminRole::Owner),
    ("manager@acme.example", AdminRole::Manager),
    ("support@acme.example", AdminRole::Support),
];
pub(crate) const ADMIN: &str = ADMINS[0].0;
pub(crate) const MANAGER: &str = ADMINS[1].0;
pub(crate) const SUPPORT: &str = ADMINS[2].0;
/// Everybody's password.
pub(crate) const PASSWORD: &str = "eleven-lazy-otters";

/// The list of leads: what an open session opens.
pub(crate) const LEADS: &str = "/partner/leads";

/// A good password, but for its being on the list of those that were stolen elsewhere, and its SHA-1 hash.
pub(crate) const STOLEN: &str = "nine-purple-badgers";
const STOLEN_HASH: &str = "b0532bd4cd73d1529a3009e23576d90a66ecc343";

/// More requests a second than a test sends.
const MANY: u32 = 10_000;

/// Hashing is slow on purpose: once for all tests is enough.
static HASH: OnceCell<String> = OnceCell::const_new();

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) account: AccountId,
    pub(crate) northwind: PartnerId,
    pub(crate) contoso: PartnerId,
    pub(crate) router: Router,
    pub(crate) config: Config,
    pub(crate) portal: Arc<Portal>,
    _folder: TempDir,
}

/// What must all be on before a partner user gets in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Switch {
    /// The account's `portal_enabled`.
    Portal,
    /// The partner's `portal_access`.
    Access,
    /// The partner takes part; off is paused.
    Partner,
    /// The user may log in; off is disabled.
    User,
}

impl Switch {
    pub(crate) const ALL: [Self; 4] = [Self::Portal, Self::Access, Self::Partner, Self::User];
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(false, Limits::default(), MANY, false).await
    }

    /// The same, with a database that keeps nobody waiting for longer than this.
    pub(crate) async fn with_patience(patience: Duration) -> Self {
        Self::with(false, Limits { acquire: patience, ..Limits::default() }, MANY, false).await
    }

    /// The same, set up to be served over HTTPS.
    pub(crate) async fn in_production() -> Self {
        Self::with(true, Limits::default(), MANY, false).await
    }

    /// The same, where a user may send so many requests a second.
    pub(crate) async fn with_web_rate(web_rate: u32) -> Self {
        Self::with(false, Limits::default(), web_rate, false).await
    }

    /// The same, where servers on this machine may be called.
    pub(crate) async fn beside_others() -> Self {
        Self::with(false, Limits::default(), MANY, true).await
    }

    async fn with(production: bool, limits: Limits, web_rate: u32, allow_private: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site_root = folder.path().join("site");
        std::fs::create_dir_all(site_root.join("pkg")).unwrap();
        std::fs::write(site_root.join("pkg/partner-portal.css"), "body { margin: 0 }").unwrap();
        std::fs::write(site_root.join("pkg/partner-portal.css.br"), "the style sheet, compressed").unwrap();
        std::fs::write(site_root.join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
        std::fs::write(folder.path().join("secret.txt"), "outside the site folder").unwrap();
        let config = Config {
            database_url: database::fresh(folder.path()).await,
            migration_url: None,
            // As few as there can be: whoever takes a second connection while it holds one is found out.
            database_connections: 2,
            database_limits: limits,
            bind: SocketAddr::from(([127, 0, 0, 1], 3000)),
            connections: 512,
            production,
            site_root: Some(site_root),
            fonts: Vec::new(),
            reload_port: None,
            trusted_proxies: Proxies::default(),
            session_lifetime: Lifetime { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(24) },
            log: String::new(),
            public_url: "https://portal.example".into(),
            public_url_set: true,
            secret_keys: Some(KeyRing::of([7; 32])),
            data: folder.path().join("data"),
            mail: MailConfig { smtp_url: None, from: "portal@acme.example".into() },
            targets: Rules { allow_private, https_only: false, ports: PORTS.to_vec() },
            security_contact: Some("mailto:security@acme.example".into()),
            api_rate: 1_000,
            web_rate,
            breached_passwords: None,
        };
        let clock = Arc::new(ManualClock::at(noon()));
        let keys = KeyRing::of([7; 32]);
        let db = open(&config, &keys, clock.clone()).await;
        let portal = portal(&config, &keys);
        let hash = async || portal.passwords.hash(Arc::new(OsEntropy), PASSWORD.into()).await.unwrap();
        let hash = HASH.get_or_init(hash).await;
        let account = create_account(&db, "acme", "Acme Leads").await;
        let northwind = create_partner(&db, account, "Northwind Solar").await;
        let contoso = create_partner(&db, account, "Contoso Heating").await;
        let people = [
            (northwind, OWNER, PartnerRole::Owner),
            (northwind, MEMBER, PartnerRole::Member),
            (northwind, FINANCE, PartnerRole::Finance),
            (northwind, VIEWER, PartnerRole::Viewer),
            (contoso, STRANGER, PartnerRole::Owner),
        ];
        for (partner, email, role) in people {
            create_user(&db, account, partner, email, role, hash).await;
        }
        for (email, role) in ADMINS {
            create_admin(&db, account, email, role, hash).await;
        }
        let router = router::build(AppState { db: GuardedDb::new(db.clone()), portal: portal.clone() }, &config);
        let world = Self { db, clock, account, northwind, contoso, router, config, portal, _folder: folder };
        world.deliver(northwind, vec![lead("N-1", "Ada Lovelace", 10), lead("N-2", "Grace Hopper", 20)]).await;
        world.deliver(contoso, vec![lead("C-1", "Secret Sam", 15)]).await;
        world
    }

    /// The same installation, started with these keys.
    pub(crate) async fn started_with(self, keys: &KeyRing) -> Self {
        let db = open(&self.config, keys, self.clock.clone()).await;
        let portal = portal(&self.config, keys);
        let router = router::build(AppState { db: GuardedDb::new(db.clone()), portal: portal.clone() }, &self.config);
        Self { db, portal, router, ..self }
    }

    /// A connection to look with.
    pub(crate) async fn read(&self) -> Reader {
        self.db.reader().await.unwrap()
    }

    /// A browser nobody has logged in with.
    pub(crate) fn visitor(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which this person has logged in.
    pub(crate) async fn logged_in(&self, email: &str) -> Browser<'_> {
        self.logged_in_with(email, PASSWORD).await
    }

    /// The same with a password of their own.
    pub(crate) async fn logged_in_with(&self, email: &str, password: &str) -> Browser<'_> {
        let browser = self.known_browser(UserKind::Partner, email);
        let answer = browser.tries(email, password).await;
        assert_eq!(answer.status, 200, "{email} logs in: {}", answer.body);
        browser.with_cookie(&answer.cookie().unwrap())
    }

    /// A browser in which this person has logged in before, so that nobody is told of it.
    pub(crate) fn known_browser(&self, kind: UserKind, email: &str) -> Browser<'_> {
        let (memory, name) = (Memory::Device, devices::login_name(Some(self.account), email));
        let kept = devices::remember(&self.portal.secrets, memory, kind, &name, self.db.now(), "").unwrap();
        let cookie = cookie_name(&format!("portal-{}-device", kind.as_str()), self.portal.production);
        self.visitor().with_cookie(&format!("{cookie}={kept}"))
    }

    /// A browser in which this admin has logged in.
    pub(crate) async fn logged_in_admin(&self, email: &str) -> Browser<'_> {
        let browser = self.known_browser(UserKind::Admin, email);
        let answer = browser
            .calls("/fn/admin/auth/login", form(&[("email", email), ("password", PASSWORD), ("account", "acme")]))
            .await;
        assert_eq!(answer.status, 200, "{email} logs in: {}", answer.body);
        browser.with_cookie(&answer.cookie().unwrap())
    }

    /// A second account that has everything the first one has: a partner of the same name, a user and an admin of the same
    /// addresses, a lead of the same external id.
    pub(crate) async fn second_account(&self) -> (AccountId, PartnerId) {
        let hash = HASH.get().unwrap();
        let account = create_account(&self.db, "globex", "Globex").await;
        let partner = create_partner(&self.db, account, "Northwind Solar").await;
        create_user(&self.db, account, partner, OWNER, PartnerRole::Owner, hash).await;
        create_admin(&self.db, account, ADMIN, AdminRole::Owner, hash).await;
        let leads = vec![(lead("N-1", "Ada Lovelace", 10), LeadStatus::New)];
        let mut tx = self.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut tx, account, partner, &leads, leads::Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
        (account, partner)
    }

    pub(crate) async fn deliver(&self, partner: PartnerId, leads: Vec<NewLead>) {
        let leads: Vec<_> = leads.into_iter().map(|lead| (lead, LeadStatus::New)).collect();
        let mut tx = self.db.begin_write().await.unwrap();
        leads::insert_unscoped(&mut tx, self.account, partner, &leads, leads::Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn user(&self, email: &str) -> UserId {
        let email = Email::parse(email).unwrap();
        users::credentials_for_login(&mut self.read().await, self.account, UserKind::Partner, &email)
            .await
            .unwrap()
            .unwrap()
            .user_id()
    }

    async fn scope(&self, email: &str) -> PartnerScope {
        let user = self.user(email).await;
        let session = PartnerSession::of_authenticated_user(&mut self.read().await, user).await.unwrap().unwrap();
        session.require(Permission::ViewLeads).unwrap()
    }

    /// The id of the lead of this name that this person's partner has.
    pub(crate) async fn lead_of(&self, email: &str, name: &str) -> LeadId {
        let scope = self.scope(email).await;
        let page = leads::list(&mut self.read().await, &scope, &LeadListQuery::default()).await.unwrap();
        page.leads.into_iter().find(|lead| lead.name == name).unwrap().id
    }

    /// A lead as its partner's owner has it.
    pub(crate) async fn lead(&self, email: &str, id: LeadId) -> LeadDetail {
        let scope = self.scope(email).await;
        leads::get(&mut self.read().await, &scope, id).await.unwrap().unwrap()
    }

    /// Turns a switch that concerns Northwind and its owner.
    pub(crate) async fn turn(&self, switch: Switch, on: bool) {
        let partner = if on { PartnerStatus::Active } else { PartnerStatus::Paused };
        let user = if on { UserStatus::Active } else { UserStatus::Disabled };
        let owner = self.user(OWNER).await;
        let none = Overrides::default();
        let mut tx = self.db.begin_write().await.unwrap();
        match switch {
            Switch::Portal => accounts::set_portal_enabled(&mut tx, self.account, on).await,
            Switch::Access => {
                partners::set_access_unscoped(&mut tx, self.account, self.northwind, PartnerStatus::Active, on, none)
                    .await
            }
            Switch::Partner => {
                partners::set_access_unscoped(&mut tx, self.account, self.northwind, partner, true, none).await
            }
            Switch::User => users::set_status(&mut tx, self.account, owner, user).await,
        }
        .unwrap();
        if matches!(switch, Switch::User) && !on {
            credentials::renew(&mut tx, owner, None).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Takes a permission from all of Northwind.
    pub(crate) async fn deny(&self, permission: Permission) {
        let denied = Overrides { allowed: Permissions::NONE, denied: Permissions::of(&[permission]) };
        let mut tx = self.db.begin_write().await.unwrap();
        partners::set_access_unscoped(&mut tx, self.account, self.northwind, PartnerStatus::Active, true, denied)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// What the audit log says of one kind of action.
    pub(crate) async fn events(&self, action: AuditAction) -> Vec<StoredEvent> {
        let all = audit::latest(&mut self.read().await, self.account, 1_000).await.unwrap();
        all.into_iter().filter(|event| event.action == action.as_str()).collect()
    }
}

async fn open(config: &Config, keys: &KeyRing, clock: Arc<ManualClock>) -> Db {
    let options = Options { audit_keys: keys.audit_keys(), ..config.database() };
    Db::open(&options, clock, Arc::new(OsEntropy)).await.unwrap()
}

fn portal(config: &Config, keys: &KeyRing) -> Arc<Portal> {
    let targets = Targets(Arc::new(Egress::new(config.targets.clone()).unwrap()));
    Arc::new(Portal { breached: Some(breached()), ..portal_of(config, keys, targets).unwrap() })
}

/// A list with one password that was stolen elsewhere: [`STOLEN`].
fn breached() -> Breached {
    let (mut filter, list) = (Vec::new(), "2e8f5c3d6b1a4e7f9c0d2b3a4e5f60718293a4b5\n".to_owned() + STOLEN_HASH);
    build(list.as_bytes(), &mut filter, 1).unwrap();
    Breached::read(&*filter).unwrap()
}

/// The instant at which every world begins.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A lead delivered so many minutes before noon.
pub(crate) fn lead(external_id: &str, name: &str, minutes_ago: i64) -> NewLead {
    NewLead {
        external_id: external_id.into(),
        name: name.into(),
        email: format!("{}@mail.example", external_id.to_lowercase()),
        phone: "+49 (30) 123-45".into(),
        campaign: "Solar".into(),
        fields: vec![("Roof area".into(), "80 m²".into())],
        price: Some(Money { minor: 4_917, currency: Currency::EUR }.into()),
        delivered_at: noon() - TimeDelta::minutes(minutes_ago),
    }
}

async fn create_account(db: &Db, slug: &str, name: &str) -> AccountId {
    let id = AccountId(db.new_id().unwrap());
    let account = Account {
        id,
        slug: slug.into(),
        name: name.into(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        zone: "America/New_York".parse().unwrap(),
        currency: Currency::EUR,
        support_contact: "help@acme.example".into(),
    };
    let mut tx = db.begin_write().await.unwrap();
    accounts::create(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn create_partner(db: &Db, account_id: AccountId, name: &str) -> PartnerId {
    let id = PartnerId(db.new_id().unwrap());
    let (status, overrides) = (PartnerStatus::Active, Overrides::default());
    let mut tx = db.begin_write().await.unwrap();
    let partner = Partner { id, account_id, name: name.into(), status, portal_access: true, overrides };
    partners::create_unscoped(&mut tx, &partner).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn create_user(
    db: &Db,
    account_id: AccountId,
    partner_id: PartnerId,
    email: &str,
    role: PartnerRole,
    hash: &str,
) {
    let id = UserId(db.new_id().unwrap());
    let (email, name) = (Email::parse(email).unwrap(), format!("The {role}"));
    let password_hash = Some(hash.to_owned());
    let mut tx = db.begin_write().await.unwrap();
    let user = NewPartnerUser { id, account_id, partner_id, email, name, role, password_hash };
    users::create_partner_user(&mut tx, &user).await.unwrap();
    tx.commit().await.unwrap();
}

async fn create_admin(db: &Db, account_id: AccountId, email: &str, role: AdminRole, hash: &str) {
    let admin = NewAdminUser {
        id: UserId(db.new_id().unwrap()),
        account_id,
        email: Email::parse(email).unwrap(),
        name: format!("The {role} admin"),
        role,
        password_hash: hash.to_owned(),
    };
    let mut tx = db.begin_write().await.unwrap();
    admins::create(&mut tx, &admin).await.unwrap();
    tx.commit().await.unwrap();
}
