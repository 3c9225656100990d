//! Logging in: throttled, checked, recorded. In three steps, because checking a password takes a while and must hold no
//! transaction: [`start`], [`Attempt::check`], [`finish`].

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    partners::UserKind,
    settings::{account_of_host, is_slug},
    text,
    users::CredentialsVersion,
    zone::Zone,
};
use serde::{Deserialize, Serialize};
use store::{
    Reader, Tx, Wall, Walled,
    access::{AdminSession, Own, PartnerSession},
    accounts::{self, Account},
    audit::{self, Event},
    credentials, identity_providers,
    users::{self, Credentials},
};

use crate::{
    Object, Portal, Scope, ServiceError,
    devices::{self, Memory, login_name},
    for_browser,
    mail::Notice,
    notices::{Place, tell},
    passwords::{Asker, Verdict},
    record_refused, record_visitor,
    throttle::{self, Counted},
};

/// Somebody who has proved who they are.
#[derive(Debug, Clone)]
pub enum Person {
    /// A partner user.
    Partner(PartnerSession),
    /// An admin.
    Admin(AdminSession),
}

impl Walled for Person {
    fn wall(&self) -> Wall {
        match self {
            Self::Partner(session) => session.wall(),
            Self::Admin(session) => session.wall(),
        }
    }
}

impl Person {
    /// What the database says of this user now; none when it may not log in.
    ///
    /// **Bypass.** It believes its caller that the visitor is this user.
    pub async fn of_authenticated_user(
        read: &mut Reader,
        kind: UserKind,
        user: UserId,
    ) -> Result<Option<Self>, ServiceError> {
        Ok(match kind {
            UserKind::Partner => PartnerSession::of_authenticated_user(read, user).await?.map(Self::Partner),
            UserKind::Admin => AdminSession::of_authenticated_user(read, user).await?.map(Self::Admin),
        })
    }

    /// Whoever it is, as the owner of its access.
    #[must_use]
    pub fn own(&self) -> &dyn Own {
        match self {
            Self::Partner(session) => session,
            Self::Admin(session) => session,
        }
    }

    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.own().user_id()
    }

    /// Which kind of user.
    #[must_use]
    pub fn kind(&self) -> UserKind {
        match self {
            Self::Partner(_) => UserKind::Partner,
            Self::Admin(_) => UserKind::Admin,
        }
    }

    /// The name under which its tries to log in are counted.
    #[must_use]
    pub fn login_name(&self) -> String {
        login_name(Some(self.own().account_id()), self.own().email())
    }

    /// The short name of the account.
    #[must_use]
    pub fn account_slug(&self) -> &str {
        self.own().account_slug()
    }

    /// The partner whose user it is; none for an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        match self {
            Self::Partner(session) => Some(session.partner_id()),
            Self::Admin(_) => None,
        }
    }

    /// The user's name.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.own().user_name()
    }

    /// The address it logs in with.
    #[must_use]
    pub fn email(&self) -> &str {
        self.own().email()
    }

    /// The words that a new password of this user must not hold.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Partner(session) => {
                vec![session.user_name(), session.email(), session.partner_name(), session.account_name()]
            }
            Self::Admin(session) => vec![session.user_name(), session.email(), session.account_name()],
        }
    }

    /// The account's time zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.own().zone()
    }

    /// Whether it came in by a temporary password.
    #[must_use]
    pub fn must_change_password(&self) -> bool {
        matches!(self, Self::Partner(session) if session.must_change_password())
    }

    pub(crate) fn record(&self, tx: &mut Tx, action: AuditAction, address: &str) {
        audit::record(tx, &self.event(address, action, Object::from(self.user_id())));
    }

    pub(crate) fn record_failure(&self, tx: &mut Tx, action: AuditAction, address: &str) {
        let mut event = self.event(address, action, Object::from(self.user_id()));
        event.result = AuditResult::Failure;
        audit::record(tx, &event);
    }
}

impl Scope for Person {
    fn event(&self, address: &str, action: AuditAction, object: Object) -> Event {
        match self {
            Self::Partner(session) => session.event(address, action, object),
            Self::Admin(session) => session.event(address, action, object),
        }
    }

    fn account_id(&self) -> AccountId {
        self.own().account_id()
    }

    fn user(&self) -> Option<UserId> {
        Some(self.user_id())
    }
}

/// By what a visitor may say which account is meant. Each may be empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// The short name in the page's address, or as the visitor has typed it.
    pub named: &'a str,
    /// The host's name, which may begin with a short name: `acme.portal.example`.
    pub host: &'a str,
    /// The short name that the browser has kept of an earlier login.
    pub remembered: &'a str,
}

/// Which account a visitor means.
#[derive(Debug, Clone)]
pub enum AccountMeant {
    /// This one.
    Known(Account),
    /// One of several, and nothing says which: the visitor has to be asked.
    Ask,
    /// None: the installation is empty.
    None,
}

impl AccountMeant {
    /// The account, if it is known.
    #[must_use]
    pub fn known(self) -> Option<Account> {
        match self {
            Self::Known(account) => Some(account),
            Self::Ask | Self::None => None,
        }
    }
}

/// The account a visitor means: the one that is named, else the only one there is; of several and without a name the one of the
/// host's name, then the one that the browser remembers.
pub async fn account_meant(read: &mut Reader, portal: &Portal, hints: Hints<'_>) -> Result<AccountMeant, ServiceError> {
    let named = &*text::code(hints.named);
    // What cannot be a short name is none; it also must not reach the database, which refuses some characters.
    let by_slug = async |read: &mut Reader, slug: &str| match is_slug(slug) {
        true => accounts::find(read, Some(slug)).await,
        false => Ok(None),
    };
    if let Some(account) = by_slug(read, named).await? {
        return Ok(AccountMeant::Known(account));
    }
    // Where there is one, whatever is named may be the name it had before.
    if let Some(only) = accounts::find(read, None).await? {
        return Ok(AccountMeant::Known(only));
    }
    if named.is_empty() {
        let host = account_of_host(hints.host, &portal.public_url).unwrap_or_default();
        for slug in [host, hints.remembered] {
            if let Some(account) = by_slug(read, slug).await? {
                return Ok(AccountMeant::Known(account));
            }
        }
    }
    Ok(if accounts::count(read).await? > 1 { AccountMeant::Ask } else { AccountMeant::None })
}

/// The account that a form is for; none in an empty installation.
///
/// # Errors
/// [`ServiceError::Invalid`] when nothing says which of several is meant.
pub async fn account_of_form(
    read: &mut Reader,
    portal: &Portal,
    hints: Hints<'_>,
) -> Result<Option<Account>, ServiceError> {
    match account_meant(read, portal, hints).await? {
        AccountMeant::Known(account) => Ok(Some(account)),
        AccountMeant::None => Ok(None),
        AccountMeant::Ask => {
            let message = if hints.named.trim().is_empty() {
                "Several companies share this portal. Enter the short name of the one you work with: it stands in the links of \
                 its mails, after “account=”."
            } else {
                "No company in this portal has this short name. It stands in the links of the mails you get, after “account=”."
            };
            Err(ServiceError::field("account", message))
        }
    }
}

/// Somebody whose login was recorded.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// Who it is.
    pub person: Person,
    /// The credentials that were checked: the session begins only while these are the person's.
    pub credentials: CredentialsVersion,
    /// Whether that was everything the person has to prove who it is by: not when a remembered browser stood for the second factor.
    pub proved: bool,
    /// The session with the provider for single sign-on that let the person in, empty where the provider gave it no name.
    pub provider_session: Option<String>,
}

impl LoggedIn {
    /// Somebody who has logged in without a provider.
    pub(crate) fn here(person: Person, credentials: CredentialsVersion, proved: bool) -> Self {
        Self { person, credentials, proved, provider_session: None }
    }
}

/// What follows a right password.
#[derive(Debug, Clone)]
pub enum Step {
    /// That was it.
    Done(Box<LoggedIn>),
    /// The second factor is wanted too: a code, or a passkey if the user has one.
    Code {
        /// Whose password was right.
        half: HalfIn,
        /// Whether the user has a passkey.
        has_passkey: bool,
    },
}

/// Somebody whose password was right, and who has still to give a code. The browser keeps it, sealed, for as long as that takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalfIn {
    kind: String,
    pub(crate) user: UserId,
    pub(crate) credentials: CredentialsVersion,
    since: i64,
    /// The browser, if somebody has logged in under this name with it before.
    pub(crate) device: Option<String>,
}

impl HalfIn {
    /// For how long a code is waited for.
    pub const LIFE: TimeDelta = TimeDelta::minutes(10);

    /// What the browser keeps.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, portal: &Portal) -> Result<String, ServiceError> {
        for_browser::seal(&portal.secrets, HALF_IN, self)
    }

    /// What a browser has kept, unless it is too late for that, or of the other kind of users.
    #[must_use]
    pub fn open(portal: &Portal, kind: UserKind, kept: &str, now: DateTime<Utc>) -> Option<Self> {
        let found: Self = for_browser::open(&portal.secrets, HALF_IN, kept)?;
        (found.kind == kind.as_str() && for_browser::is_recent(found.since, Self::LIFE, now)).then_some(found)
    }
}

/// What half a login is sealed for.
const HALF_IN: &[u8] = b"half a login";

/// A login under way.
#[derive(Debug)]
pub struct Attempt {
    kind: UserKind,
    account: Option<Account>,
    credentials: Option<Credentials>,
    counted: Counted,
    device: Option<String>,
}

/// What checking the password found.
#[derive(Debug)]
pub struct Checked {
    verdict: Verdict,
    /// The password's hash in today's form, if it has to be made anew.
    new_hash: Option<String>,
}

/// Where a try to log in comes from.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    /// The network address.
    pub address: &'a str,
    /// What the browser has kept of earlier logins.
    pub device: &'a str,
    /// What it has kept of earlier second factors.
    pub two_factor: &'a str,
    /// The browser's name for itself.
    pub user_agent: &'a str,
}

/// Looks the user up and counts the try. The transaction must be committed even when this one is refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] after too many failures.
pub async fn start(
    tx: &mut Tx,
    portal: &Portal,
    kind: UserKind,
    account: Option<Account>,
    email: &str,
    from: From<'_>,
) -> Result<Attempt, ServiceError> {
    let name = login_name(account.as_ref().map(|account| account.id), email);
    let credentials = match (&account, Email::parse(email)) {
        (Some(account), Ok(email)) => users::credentials_for_login(tx, account.id, kind, &email).await?,
        _ => None,
    };
    let purpose = if kind == UserKind::Admin { "admin" } else { "" };
    let device = devices::known(&portal.secrets, Memory::Device, kind, &name, from.device, tx.now());
    let counted = throttle::count_login(tx, purpose, &name, from.address, device.as_deref()).await;
    if let (Err(ServiceError::RateLimited(_)), Some(account)) = (&counted, &account) {
        let tally = format!("login\n{}\n{purpose}\n{}", account.id, throttle::neighbourhood(from.address));
        if let Some(count) = portal.tallies.count(tally, tx.now()) {
            let known = credentials.as_ref();
            let whose = (account.id, known.and_then(Credentials::partner_id));
            let user = Object("user", known.map(|known| known.user_id().0));
            let detail = serde_json::json!({ "count": count });
            record_refused(tx, whose, AuditAction::LoginThrottled, user, from.address, detail);
        }
    }
    Ok(Attempt { kind, account, credentials, counted: counted?, device })
}

impl Attempt {
    /// Checks the password. Takes the same time whether there is such a user or not.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] when too many strangers log in at once; when hashing fails, never because of the password.
    pub async fn check(&self, portal: &Portal, password: String) -> Result<Checked, ServiceError> {
        let hash = self.credentials.as_ref().and_then(|found| found.password_hash.clone());
        let asker = if self.device.is_some() { Asker::Known } else { Asker::Stranger };
        let verdict = portal.passwords.verify(password.clone(), hash, asker).await?;
        let new_hash = match verdict {
            Verdict::RightButOld => Some(portal.passwords.hash(Arc::new(OsEntropy), password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        Ok(Checked { verdict, new_hash })
    }
}

/// Records the login, or the failure, and says who has logged in, or that a code is wanted. Whoever gave a password that was changed
/// since the attempt began has given a wrong one. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::LoginFailed`] for every cause alike.
pub async fn finish(
    tx: &mut Tx,
    portal: &Portal,
    attempt: &Attempt,
    checked: Checked,
    from: From<'_>,
) -> Result<Step, ServiceError> {
    let known = attempt.credentials.as_ref();
    if let (Some(given), true) = (known, checked.verdict != Verdict::Wrong)
        && credentials::lock(tx, given.user_id()).await? == Some(given.version())
        && let Some(person) = Person::of_authenticated_user(tx, attempt.kind, given.user_id()).await?
    {
        throttle::succeeded(tx, &attempt.counted).await?;
        only_by_provider(tx, &person, from.address).await?;
        if let Some(hash) = &checked.new_hash {
            users::renew_hash(tx, given.user_id(), hash).await?;
        }
        let (user, credentials) = (given.user_id(), given.version());
        let has_factor = person.own().two_factor().on;
        if has_factor {
            let (memory, name) = (Memory::TwoFactor, devices::two_factor_name(user, credentials));
            let known = devices::known(&portal.secrets, memory, attempt.kind, &name, from.two_factor, tx.now());
            if known.is_none() {
                person.record(tx, AuditAction::TwoFactorAsked, from.address);
                let (kind, since, device) = (attempt.kind.to_string(), tx.now().timestamp(), attempt.device.clone());
                let has_passkey = store::passkeys::has_any(tx, user).await?;
                return Ok(Step::Code { half: HalfIn { kind, user, credentials, since, device }, has_passkey });
            }
        }
        let place = (from.address, from.user_agent);
        note(tx, portal, &person, place, attempt.device.is_some(), serde_json::json!({})).await?;
        return Ok(Step::Done(Box::new(LoggedIn::here(person, credentials, !has_factor))));
    }
    if let Some(account) = &attempt.account {
        let partner = known.and_then(Credentials::partner_id);
        let user = known.map(Credentials::user_id);
        let failed = (from.address, AuditResult::Failure);
        record_visitor(tx, (account.id, partner), AuditAction::Login, user, failed);
    }
    Err(ServiceError::LoginFailed)
}

async fn record(tx: &mut Tx, person: &Person, address: &str, detail: serde_json::Value) -> Result<(), ServiceError> {
    users::note_login(tx, person.user_id()).await?;
    let event = person.event(address, AuditAction::Login, Object::from(person.user_id()));
    audit::record(tx, &event.with_detail(detail));
    Ok(())
}

/// Records a login from an address, by a browser that calls itself so, and tells its user of a browser that is not known.
pub(crate) async fn note(
    tx: &mut Tx,
    portal: &Portal,
    person: &Person,
    (address, user_agent): (&str, &str),
    is_known: bool,
    detail: serde_json::Value,
) -> Result<(), ServiceError> {
    record(tx, person, address, detail).await?;
    if is_known {
        return Ok(());
    }
    let device = domain::users::device(user_agent);
    let place = Place { address, public_url: &portal.public_url };
    tell(tx, person.user_id(), Notice::NewBrowser { device: &device }, place).await
}

/// The same for a login that begins without a name: whether the browser is known is seen when it is known who it is.
pub(crate) async fn note_nameless(
    tx: &mut Tx,
    portal: &Portal,
    person: &Person,
    from: From<'_>,
    detail: serde_json::Value,
) -> Result<(), ServiceError> {
    let (kind, name) = (person.kind(), person.login_name());
    let known = devices::known(&portal.secrets, Memory::Device, kind, &name, from.device, tx.now());
    note(tx, portal, person, (from.address, from.user_agent), known.is_some(), detail).await
}

/// What the browser keeps, beside what it kept before, so that it need give no second factor for a while.
///
/// # Errors
/// When the system gives no random numbers.
pub fn remember_two_factor(
    portal: &Portal,
    logged_in: &LoggedIn,
    now: DateTime<Utc>,
    before: &str,
) -> Result<String, ServiceError> {
    let name = devices::two_factor_name(logged_in.person.user_id(), logged_in.credentials);
    devices::remember(&portal.secrets, Memory::TwoFactor, logged_in.person.kind(), &name, now, before)
}

/// The name of the provider that is the only way in for somebody, if there is one.
async fn only_way(tx: &mut Tx, person: &Person) -> Result<Option<String>, ServiceError> {
    Ok(identity_providers::only_way(tx, person.account_id(), person.partner_id(), person.user_id()).await?)
}

/// Refuses a login that is none by the provider, where users log in by nothing else. It is said only to who has proved who they are.
pub(crate) async fn only_by_provider(tx: &mut Tx, person: &Person, address: &str) -> Result<(), ServiceError> {
    let Some(name) = only_way(tx, person).await? else { return Ok(()) };
    person.record_failure(tx, AuditAction::Login, address);
    Err(ServiceError::field("email", format!("You log in by {name} alone: use single sign-on.")))
}

/// Logs in a user who was just made, or has just proved who they are by a link; not where the provider is the only way in.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it may not log in.
pub async fn by_link(
    tx: &mut Tx,
    kind: UserKind,
    user: UserId,
    address: &str,
) -> Result<Option<LoggedIn>, ServiceError> {
    let credentials = credentials::lock(tx, user).await?.ok_or(ServiceError::LinkExpired)?;
    let person = Person::of_authenticated_user(tx, kind, user).await?.ok_or(ServiceError::LinkExpired)?;
    if only_way(tx, &person).await?.is_some() {
        return Ok(None);
    }
    record(tx, &person, address, serde_json::json!({})).await?;
    Ok(Some(LoggedIn::here(person, credentials, true)))
}

/// Records that somebody logs out.
pub fn log_out(tx: &mut Tx, person: &Person, address: &str) {
    person.record(tx, AuditAction::Logout, address);
}
