//! Who acts.

use std::sync::Arc;

use domain::{
    audit::{AuditAction, AuditResult},
    ids::{AccountId, ApiKeyId, DeliveryId, InvitationId, InvoiceId, LeadId, LeadImportId, PartnerId, UserId},
};
use store::{
    Reader, StoreError, Tx, Wall, Walled,
    access::{AdminScope, AdminSession, PartnerScope, PartnerSession},
    audit::{self, Event, Who},
};
use uuid::Uuid;

use crate::{Portal, ServiceError, links::AccountUrl};

/// Where a request comes from, as reported by the connection or a trusted proxy.
#[derive(Debug, Clone, Default)]
pub struct ClientAddress(pub String);

/// Somebody who acts, after a guard has let them: a partner user, an admin or an API key, by the scope that says what
/// they may act on.
#[derive(Debug, Clone)]
pub struct Actor<S> {
    scope: S,
    address: String,
    portal: Arc<Portal>,
}

/// A partner user with a permission, or the admins acting for its partner.
pub type PartnerActor = Actor<PartnerScope>;
/// An admin with a permission, or an API key with a scope.
pub type AdminActor = Actor<AdminScope>;

/// What an audit event is about: a kind of thing, and which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object(pub &'static str, pub Option<Uuid>);

macro_rules! objects {
    ($($id:ty => $kind:literal),+ $(,)?) => {$(
        impl From<$id> for Object {
            fn from(id: $id) -> Self { Self($kind, Some(id.0)) }
        }
    )+};
}

objects! {
    AccountId => "account",
    ApiKeyId => "api_key",
    DeliveryId => "delivery",
    InvitationId => "invitation",
    InvoiceId => "invoice",
    LeadId => "lead",
    LeadImportId => "lead_import",
    PartnerId => "partner",
    UserId => "user",
}

/// What an [`Actor`] may act on, and in whose name its events are written.
pub trait Scope: Walled {
    /// An event about something that went well.
    fn event(&self, address: &str, action: AuditAction, object: Object) -> Event;

    /// The account whose it is.
    fn account_id(&self) -> AccountId;

    /// The user who acts; an API key is none.
    fn user(&self) -> Option<UserId>;
}

macro_rules! scopes {
    ($($scope:ty, |$this:ident| $session:expr => $by:ident);+ $(;)?) => {$(
        impl Scope for $scope {
            fn event(&self, address: &str, action: AuditAction, object: Object) -> Event {
                let $this = self;
                Event::$by($session, address, action, (object.0, object.1))
            }

            fn account_id(&self) -> AccountId {
                let $this = self;
                $session.account_id()
            }

            fn user(&self) -> Option<UserId> {
                let $this = self;
                $session.key_id().is_none().then(|| $session.user_id())
            }
        }
    )+};
}

scopes! {
    PartnerScope, |scope| scope.session() => by_partner;
    PartnerSession, |session| session => by_partner;
    AdminScope, |scope| scope.session() => by_admin;
    AdminSession, |session| session => by_admin;
}

impl<S> Actor<S> {
    /// With this scope, from this network address.
    #[must_use]
    pub fn new(portal: Arc<Portal>, scope: S, address: String) -> Self {
        Self { scope, address, portal }
    }

    /// What it may act on.
    #[must_use]
    pub fn scope(&self) -> &S {
        &self.scope
    }

    /// Where it comes from: a network address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The installation.
    #[must_use]
    pub fn portal(&self) -> &Portal {
        &self.portal
    }
}

impl<S: Walled> Walled for Actor<S> {
    fn wall(&self) -> Wall {
        self.scope.wall()
    }
}

impl<S: Scope> Actor<S> {
    /// Where the pages of its account are found: what mailed links are made from.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn urls(&self, read: &mut Reader) -> Result<AccountUrl, StoreError> {
        AccountUrl::of(read, &self.portal.public_url, self.scope.account_id()).await
    }

    /// Records something it did and that went well, within the change it tells of.
    pub fn record(&self, tx: &mut Tx, action: AuditAction, object: impl Into<Object>, detail: serde_json::Value) {
        audit::record(tx, &self.scope.event(&self.address, action, object.into()).with_detail(detail));
    }

    /// Records something it tried in vain.
    pub fn record_failure(
        &self,
        tx: &mut Tx,
        action: AuditAction,
        object: impl Into<Object>,
        detail: serde_json::Value,
    ) {
        let mut event = self.scope.event(&self.address, action, object.into()).with_detail(detail);
        event.result = AuditResult::Failure;
        audit::record(tx, &event);
    }
}

impl AdminActor {
    /// Records something it did about one of the account's partners.
    pub fn record_about(
        &self,
        tx: &mut Tx,
        partner: PartnerId,
        action: AuditAction,
        object: impl Into<Object>,
        detail: serde_json::Value,
    ) {
        let event = self.scope.event(&self.address, action, object.into()).about(partner);
        audit::record(tx, &event.with_detail(detail));
    }

    /// The same admin, acting for one of the account's partners.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for any id that is not one of the account's.
    pub async fn for_partner(&self, read: &mut Reader, partner: PartnerId) -> Result<PartnerActor, ServiceError> {
        let scope = self.scope.for_partner(read, partner).await?.ok_or(ServiceError::NotFound)?;
        Ok(Actor { scope, address: self.address.clone(), portal: self.portal.clone() })
    }
}

/// Records something the portal itself did, or an operator at the command line.
pub fn record_system(
    tx: &mut Tx,
    (account, partner): (AccountId, Option<PartnerId>),
    action: AuditAction,
    object: impl Into<Object>,
    result: AuditResult,
    detail: serde_json::Value,
) {
    let object = object.into();
    audit::record(
        tx,
        &Event {
            account_id: account,
            partner_id: partner,
            who: Who::System,
            action,
            object: (object.0, object.1),
            result,
            address: String::new(),
            detail,
            occurred_at: None,
        },
    );
}

/// Records something about a user that somebody did who is not logged in: from this address, with this result.
pub fn record_visitor(
    tx: &mut Tx,
    whose: (AccountId, Option<PartnerId>),
    action: AuditAction,
    user: Option<UserId>,
    (address, result): (&str, AuditResult),
) {
    let object = ("user", user.map(|user| user.0));
    audit::record(tx, &by_visitor(whose, action, object, (address, result), serde_json::json!({})));
}

/// Records that somebody who is not logged in was refused something, with what else there is to say.
pub fn record_refused(
    tx: &mut Tx,
    whose: (AccountId, Option<PartnerId>),
    action: AuditAction,
    object: Object,
    address: &str,
    detail: serde_json::Value,
) {
    audit::record(tx, &by_visitor(whose, action, (object.0, object.1), (address, AuditResult::Failure), detail));
}

fn by_visitor(
    (account, partner): (AccountId, Option<PartnerId>),
    action: AuditAction,
    object: (&'static str, Option<Uuid>),
    (address, result): (&str, AuditResult),
    detail: serde_json::Value,
) -> Event {
    Event {
        account_id: account,
        partner_id: partner,
        who: Who::Visitor,
        action,
        object,
        result,
        address: address.to_owned(),
        detail,
        occurred_at: None,
    }
}

/// Records what a user did with its own login by a mailed link, from this address: one of a partner's users, or without a
/// partner an admin.
pub(crate) fn record_own(
    tx: &mut Tx,
    (account, partner): (AccountId, Option<PartnerId>),
    (id, name): (UserId, &str),
    action: AuditAction,
    address: &str,
    detail: serde_json::Value,
) {
    let name = name.to_owned();
    audit::record(
        tx,
        &Event {
            account_id: account,
            partner_id: partner,
            who: if partner.is_some() { Who::PartnerUser { id, name } } else { Who::Admin { id, name } },
            action,
            object: ("user", Some(id.0)),
            result: AuditResult::Success,
            address: address.to_owned(),
            detail,
            occurred_at: None,
        },
    );
}
