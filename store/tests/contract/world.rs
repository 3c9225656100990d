//! The world a test begins with: an account, two partners that must never see each other, a clock that stands.

use std::{fmt::Write as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Overrides, PartnerRole, Permission, Permissions},
    admin::{AdminPermission, AdminRole},
    clock::{ManualClock, OsEntropy},
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    leads::{LeadStatus, NewLead},
    money::Currency,
    partners::PartnerStatus,
};
use store::{
    Db, Options, Reader, StoreError, Tx,
    access::{AdminScope, AdminSession, PartnerScope, PartnerSession},
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    leads,
    partners::{self, Partner},
    sessions::{self, Lifetime, Session},
    users::{self, NewPartnerUser},
};
use tokio::sync::OnceCell;

/// Declares a test that runs once on each engine.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(crate::world::World::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name(crate::world::World::on_postgres().await).await;
            }
        }

        $(#[$meta])*
        async fn $name($world: crate::world::World) $body
    )+};
}

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) url: String,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) account: AccountId,
    /// Every permission, an owner.
    pub(crate) northwind: Member,
    /// Another partner of the same account, likewise.
    pub(crate) contoso: Member,
    _folder: Option<tempfile::TempDir>,
}

pub(crate) struct Member {
    pub(crate) partner: PartnerId,
    pub(crate) user: UserId,
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A database with all tables and no rows, migrated once for all tests of a process: the bytes of its file.
static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
/// The same for PostgreSQL: its name.
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();

async fn sqlite_template() -> Vec<u8> {
    use sqlx::Connection;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/migrated.db", folder.path().display());
    migrate(&url).await;
    // The file alone need not have everything: some may still be in the journal beside it.
    let whole = folder.path().join("whole.db");
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("VACUUM INTO $1").bind(whole.to_str()).execute(&mut conn).await.unwrap();
    std::fs::read(whole).unwrap()
}

async fn postgres_template() -> String {
    let url = create_postgres(None).await;
    // A database somebody is connected to cannot be copied: all connections are closed by now.
    migrate(&url).await;
    url.rsplit_once('/').unwrap().1.to_owned()
}

async fn migrate(url: &str) {
    let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
    let db = Db::open(&migrating(url), clock, Arc::new(OsEntropy)).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
}

/// How a test's database is opened by whoever migrates it.
pub(crate) fn migrating(url: &str) -> Options {
    Options { migration_url: Some(as_owner(url)), ..Options::new(url, 2) }
}

/// The role that serves in tests on PostgreSQL: the walls hold for it.
const SERVER: &str = "portal_server";
/// The role that owns the databases.
const OWNER: &str = "portal_owner";

/// A test's database, as its owner; an SQLite file has none.
pub(crate) fn as_owner(url: &str) -> String {
    url.replace(&format!("//{SERVER}@"), &format!("//{OWNER}@"))
}

/// The same as a superuser, whom no wall stops.
pub(crate) fn as_superuser(url: &str) -> String {
    url.replace(&format!("//{SERVER}@"), "//portal@")
}

/// The address of a fresh PostgreSQL database: a copy of this one, or an empty one.
pub(crate) async fn create_postgres(template: Option<&str>) -> String {
    use sqlx::{Connection, Executor};
    let server = std::env::var("PORTAL_TEST_POSTGRES")
        .expect("PORTAL_TEST_POSTGRES is not set: run `make test`, or `tools/with-postgres.sh cargo test -p store`");
    let mut name = String::from("test_");
    let mut random = [0_u8; 8];
    domain::clock::Entropy::fill(&OsEntropy, &mut random).unwrap();
    for byte in random {
        write!(name, "{byte:02x}").unwrap();
    }
    let mut maintenance = sqlx::PgConnection::connect(&server).await.unwrap();
    for role in [SERVER, OWNER] {
        // Other processes may be at it as well.
        let create = format!(
            "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        maintenance.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    }
    let create = format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {}", template.unwrap_or("template1"));
    maintenance.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    maintenance.close().await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    if template.is_none() {
        let mut superuser = sqlx::PgConnection::connect(&url).await.unwrap();
        superuser.execute("ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF").await.unwrap();
        superuser.close().await.unwrap();
    }
    url.replace("//portal@", &format!("//{SERVER}@"))
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portal.db");
        std::fs::write(&file, SQLITE_TEMPLATE.get_or_init(sqlite_template).await).unwrap();
        Self::new(format!("sqlite://{}", file.display()), Some(folder)).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let template = POSTGRES_TEMPLATE.get_or_init(postgres_template).await;
        Self::new(create_postgres(Some(template)).await, None).await
    }

    async fn new(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at(instant("2026-11-22T12:00:00Z")));
        let options = Options { connections: 4, ..migrating(&url) };
        let db = Db::open(&options, clock.clone(), Arc::new(OsEntropy)).await.unwrap();
        let account = Self::create_account(&db, "acme", "Acme Leads").await;
        let northwind = Self::member(&db, account, "Northwind Solar").await;
        let contoso = Self::member(&db, account, "Contoso Heating").await;
        Self { db, url, clock, account, northwind, contoso, _folder: folder }
    }

    /// One more account, with a partner, whose days are those of a time zone.
    pub(crate) async fn account_in(&self, slug: &str, zone: &str) -> (AccountId, Member) {
        let account = Self::create_account_in(&self.db, slug, slug, zone).await;
        (account, Self::member(&self.db, account, "Northwind Solar").await)
    }

    async fn create_account(db: &Db, slug: &str, name: &str) -> AccountId {
        Self::create_account_in(db, slug, name, "America/New_York").await
    }

    async fn create_account_in(db: &Db, slug: &str, name: &str, zone: &str) -> AccountId {
        let account = AccountId(db.new_id().unwrap());
        let mut tx = db.begin_write().await.unwrap();
        let row = Account {
            id: account,
            slug: slug.into(),
            name: name.into(),
            portal_enabled: true,
            default_permissions: Permissions::all(),
            zone: zone.parse().unwrap(),
            currency: Currency::EUR,
            support_contact: "help@acme.example".into(),
        };
        accounts::create(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        account
    }

    async fn member(db: &Db, account: AccountId, name: &str) -> Member {
        let partner = PartnerId(db.new_id().unwrap());
        let user = UserId(db.new_id().unwrap());
        let mut tx = db.begin_write().await.unwrap();
        let row = Partner {
            id: partner,
            account_id: account,
            name: name.into(),
            status: PartnerStatus::Active,
            portal_access: true,
            overrides: Overrides::default(),
        };
        partners::create_unscoped(&mut tx, &row).await.unwrap();
        let email = format!("owner@{}.example", name.split(' ').next().unwrap().to_lowercase());
        let row = NewPartnerUser {
            id: user,
            account_id: account,
            partner_id: partner,
            email: Email::parse(&email).unwrap(),
            name: format!("Owner of {name}"),
            role: PartnerRole::Owner,
            password_hash: None,
        };
        users::create_partner_user(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        Member { partner, user }
    }

    /// A connection to read with.
    pub(crate) async fn reader(&self) -> Reader {
        self.db.reader().await.unwrap()
    }

    /// Does something in a transaction of its own, and makes it last.
    pub(crate) async fn write<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> Result<T, StoreError>) -> T {
        let mut tx = self.db.begin_write().await.unwrap();
        let done = work(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        done
    }

    /// The session of this hash if it has not ended. Its use is noted as the guard notes it.
    pub(crate) async fn used_session(&self, id_hash: &[u8], lifetime: Lifetime) -> Option<Session> {
        let session = sessions::find(&mut self.reader().await, id_hash, lifetime).await.unwrap()?;
        if session.is_stale(self.db.now()) {
            self.write(async |tx| sessions::touch(tx, id_hash).await).await;
        }
        Some(session)
    }

    /// An admin of the account.
    pub(crate) async fn admin(&self, role: AdminRole) -> AdminSession {
        self.admin_of(self.account, role).await
    }

    pub(crate) async fn admin_of(&self, account: AccountId, role: AdminRole) -> AdminSession {
        let id = UserId(self.db.new_id().unwrap());
        let admin = NewAdminUser {
            id,
            account_id: account,
            email: Email::parse(&format!("{id}@admin.example")).unwrap(),
            name: format!("The {role}"),
            role,
            password_hash: "none".into(),
        };
        let mut tx = self.db.begin_write().await.unwrap();
        admins::create(&mut tx, &admin).await.unwrap();
        tx.commit().await.unwrap();
        AdminSession::of_authenticated_user(&mut self.reader().await, id).await.unwrap().unwrap()
    }

    /// An owner's right to do something in the account.
    pub(crate) async fn admin_scope(&self) -> AdminScope {
        self.admin(AdminRole::Owner).await.require(AdminPermission::View).unwrap()
    }

    /// A second account, with a partner of the same name as the first one's.
    pub(crate) async fn second_account(&self) -> (AccountId, Member) {
        let account = Self::create_account(&self.db, "globex", "Globex").await;
        (account, Self::member(&self.db, account, "Northwind Solar").await)
    }

    pub(crate) async fn session(&self, member: &Member) -> Option<PartnerSession> {
        PartnerSession::of_authenticated_user(&mut self.reader().await, member.user).await.unwrap()
    }

    pub(crate) async fn scope(&self, member: &Member) -> PartnerScope {
        self.session(member).await.unwrap().require(Permission::ViewLeads).unwrap()
    }

    /// Stores leads of status "new" and says how many were new to the partner.
    pub(crate) async fn deliver(&self, member: &Member, leads: Vec<NewLead>) -> u64 {
        let leads: Vec<_> = leads.into_iter().map(|lead| (lead, LeadStatus::New)).collect();
        let mut tx = self.db.begin_write().await.unwrap();
        let inserted =
            leads::insert_unscoped(&mut tx, self.account, member.partner, &leads, leads::Push::Nowhere).await.unwrap();
        tx.commit().await.unwrap();
        inserted.added
    }
}

/// A lead with nothing special about it, delivered so many minutes before the world's noon.
pub(crate) fn lead(external_id: &str, name: &str, minutes_ago: i64) -> NewLead {
    NewLead {
        external_id: external_id.into(),
        name: name.into(),
        email: format!("{}@mail.example", external_id.to_lowercase()),
        phone: "+49 (30) 123-45".into(),
        campaign: "Solar".into(),
        fields: vec![],
        price: None,
        delivered_at: instant("2026-11-22T12:00:00Z") - TimeDelta::minutes(minutes_ago),
    }
}
