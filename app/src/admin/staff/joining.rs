//! How somebody joins the staff: by an invitation, or as the first one of an empty installation.

use domain::{
    access::Permissions,
    admin::{AdminRole, NewAdmin},
    audit::{AuditAction, AuditResult},
    color::Color,
    ids::{AccountId, UserId},
    partners::UserKind,
    settings::{AccountBasics, AccountForm},
    validation::FieldErrors,
    zone::Zone,
};
use store::{
    StoreError,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    audit::{self, Actor, Event},
};

use crate::{
    access::{client_address, state},
    auth::{
        links::Link,
        login,
        recovery::{hashed, judged},
        recovery_api::LinkView,
    },
    error::AppError,
};

pub(crate) async fn invitation_link() -> Result<LinkView, AppError> {
    let hash = Link::AdminInvite.token_hash()?;
    let found = admins::find_invitation(&state()?.db, &hash).await?.ok_or(AppError::LinkEnded)?;
    Ok(LinkView {
        name: found.name,
        email: found.email.as_str().to_owned(),
        partner_name: String::new(),
        account_name: found.account_name,
    })
}

fn joined(admin: &NewAdminUser, action: AuditAction, address: String) -> Event {
    Event {
        account_id: admin.account_id,
        partner_id: None,
        actor: Actor::Admin { id: admin.id, name: admin.name.clone() },
        action,
        object: ("user", Some(admin.id.0)),
        result: AuditResult::Success,
        address,
        detail: serde_json::json!({ "role": admin.role.as_str() }),
        occurred_at: None,
    }
}

/// Makes an invited person one of the staff and logs them in.
pub(crate) async fn accept(password: String, repeat: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hash = Link::AdminInvite.token_hash()?;
    let found = admins::find_invitation(&state.db, &hash).await?.ok_or(AppError::LinkEnded)?;
    judged(&password, repeat, &[&found.name, found.email.as_str(), &found.account_name])?;
    let password_hash = hashed(&state, password).await?;
    let mut tx = state.db.begin_write().await?;
    let invitation = admins::take_invitation(&mut tx, &hash).await?.ok_or(AppError::LinkEnded)?;
    let admin = NewAdminUser {
        id: UserId(state.db.new_id()?),
        account_id: invitation.account_id,
        email: invitation.email,
        name: invitation.name,
        role: invitation.role,
        password_hash,
    };
    match admins::create(&mut tx, &admin).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(AppError::LinkEnded),
        Err(error) => return Err(error.into()),
    }
    audit::record(&mut tx, &joined(&admin, AuditAction::AdminInvitationAccepted, address.clone()));
    tx.commit().await?;
    Link::AdminInvite.forget()?;
    login::begin_for(&state, UserKind::Admin, admin.id, &address).await
}

/// What the set-up page asks for.
pub(crate) struct FirstAccount {
    pub(crate) account_name: String,
    pub(crate) slug: String,
    pub(crate) time_zone: String,
    pub(crate) currency: String,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl FirstAccount {
    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("account_name", &self.account_name),
            ("slug", &self.slug),
            ("time_zone", &self.time_zone),
            ("currency", &self.currency),
            ("name", &self.name),
            ("email", &self.email),
        ]
    }

    fn judged(&self) -> Result<(AccountBasics, NewAdmin), FieldErrors> {
        let form = AccountForm {
            name: self.account_name.clone(),
            slug: self.slug.clone(),
            // Until the settings say better, partners can ask whoever set the portal up.
            support_contact: self.email.clone(),
            time_zone: self.time_zone.clone(),
            currency: self.currency.clone(),
            accent: Color([0x24, 0x54, 0xc6]).to_string(),
        };
        match (AccountBasics::parse(&form), NewAdmin::parse(&self.name, &self.email, AdminRole::Owner.as_str())) {
            (Ok(account), Ok(admin)) => Ok((account, admin)),
            (account, admin) => {
                let mut errors = FieldErrors::default();
                for (field, message) in account.err().iter().flat_map(FieldErrors::iter) {
                    // The account's name stands in a field of another name here; its support contact in none.
                    match field {
                        "name" => errors.add("account_name", message),
                        "support_contact" => {}
                        other => errors.add(other, message),
                    }
                }
                for (field, message) in admin.err().iter().flat_map(FieldErrors::iter) {
                    errors.add(field, message);
                }
                Err(errors.keeping(self.fields()))
            }
        }
    }
}

pub(crate) async fn setup_link() -> Result<Vec<String>, AppError> {
    if !admins::is_setup_link(&state()?.db, &Link::Setup.token_hash()?).await? {
        return Err(AppError::LinkEnded);
    }
    Ok(Zone::names().map(ToOwned::to_owned).collect())
}

/// Sets an empty installation up.
pub(crate) async fn set_up(first: FirstAccount, password: String, repeat: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hash = Link::Setup.token_hash()?;
    if !admins::is_setup_link(&state.db, &hash).await? {
        return Err(AppError::LinkEnded);
    }
    let (account, person) = first.judged().map_err(AppError::Invalid)?;
    judged(&password, repeat, &[&person.name, person.email.as_str(), &account.name]).map_err(|error| match error {
        AppError::Invalid(errors) => AppError::Invalid(errors.keeping(first.fields())),
        other => other,
    })?;
    let password_hash = hashed(&state, password).await?;
    let account = Account {
        id: AccountId(state.db.new_id()?),
        slug: account.slug,
        name: account.name,
        // Partners come in when the staff says so.
        portal_enabled: false,
        default_permissions: Permissions::all(),
        zone: account.zone,
        currency: account.currency,
        support_contact: account.support_contact,
    };
    let admin = NewAdminUser {
        id: UserId(state.db.new_id()?),
        account_id: account.id,
        email: person.email,
        name: person.name,
        role: AdminRole::Owner,
        password_hash,
    };
    let mut tx = state.db.begin_write().await?;
    if !admins::take_setup_link(&mut tx, &hash).await? {
        return Err(AppError::LinkEnded);
    }
    match accounts::create(&mut tx, &account).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            let taken = FieldErrors::one("slug", "Another account has this short name.");
            return Err(AppError::Invalid(taken.keeping(first.fields())));
        }
        Err(error) => return Err(error.into()),
    }
    admins::create(&mut tx, &admin).await?;
    audit::record(&mut tx, &joined(&admin, AuditAction::AccountCreated, address.clone()));
    tx.commit().await?;
    Link::Setup.forget()?;
    login::begin_for(&state, UserKind::Admin, admin.id, &address).await
}
