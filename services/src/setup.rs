//! How an empty installation gets its account and its first owner.

use domain::{
    access::Permissions,
    admin::{AdminRole, NewAdmin},
    audit::AuditAction,
    ids::{AccountId, UserId},
    settings::{AccountBasics, AccountForm, RESERVED_SLUG, is_reserved_slug},
    validation::FieldErrors,
};
use store::{
    Reader, StoreError, Tx,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
};

use crate::{ServiceError, admins::record_joined, tokens};

/// What the set-up page asks for.
#[derive(Debug, Clone, Default)]
pub struct FirstAccount {
    /// The account's name.
    pub account_name: String,
    /// Its short name.
    pub slug: String,
    /// Where its days begin.
    pub time_zone: String,
    /// What its prices are in.
    pub currency: String,
    /// The first owner's name.
    pub name: String,
    /// The address they log in with.
    pub email: String,
}

impl FirstAccount {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("account_name", &self.account_name),
            ("slug", &self.slug),
            ("time_zone", &self.time_zone),
            ("currency", &self.currency),
            ("name", &self.name),
            ("email", &self.email),
        ]
    }

    /// Reads the form.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(&self) -> Result<(AccountBasics, NewAdmin), FieldErrors> {
        let form = AccountForm {
            name: self.account_name.clone(),
            slug: self.slug.clone(),
            // Until the settings say better, partners can ask whoever set the portal up.
            support_contact: self.email.clone(),
            time_zone: self.time_zone.clone(),
            currency: self.currency.clone(),
        };
        let account = AccountBasics::parse(&form).and_then(|account| {
            let reserved = is_reserved_slug(&account.slug);
            if reserved { Err(FieldErrors::one("slug", RESERVED_SLUG)) } else { Ok(account) }
        });
        match (account, NewAdmin::parse(&self.name, &self.email, AdminRole::Owner.as_str())) {
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

/// Makes the token of the link by which an empty installation is set up; none where there is an admin or an account already.
pub async fn make_link(tx: &mut Tx) -> Result<Option<String>, ServiceError> {
    if accounts::count(tx).await? > 0 || admins::exist(tx).await? {
        return Ok(None);
    }
    let (token, hash) = tokens::fresh()?;
    admins::set_setup_link(tx, &hash).await?;
    Ok(Some(token))
}

/// Whether a token is the one that sets the installation up.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it is not.
pub async fn check_link(read: &mut Reader, token_hash: &[u8]) -> Result<(), ServiceError> {
    if admins::is_setup_link(read, token_hash).await? { Ok(()) } else { Err(ServiceError::LinkExpired) }
}

/// Sets an empty installation up. Answers its first owner.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid, [`ServiceError::Invalid`] when the short name is taken.
pub async fn set_up(
    tx: &mut Tx,
    token_hash: &[u8],
    (account, person): (AccountBasics, NewAdmin),
    password_hash: String,
    address: &str,
) -> Result<UserId, ServiceError> {
    if !admins::take_setup_link(tx, token_hash).await? {
        return Err(ServiceError::LinkExpired);
    }
    let account = Account {
        id: AccountId(tx.new_id()?),
        slug: account.slug,
        name: account.name,
        // Partners come in when an admin says so.
        portal_enabled: false,
        default_permissions: Permissions::all(),
        zone: account.zone,
        currency: account.currency,
        support_contact: account.support_contact,
    };
    let admin = NewAdminUser {
        id: UserId(tx.new_id()?),
        account_id: account.id,
        email: person.email,
        name: person.name,
        role: AdminRole::Owner,
        password_hash,
    };
    match accounts::create(tx, &account).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(ServiceError::field("slug", "Another account has this short name."));
        }
        Err(error) => return Err(error.into()),
    }
    admins::create(tx, &admin).await?;
    record_joined(tx, &admin, AuditAction::AccountCreated, address);
    Ok(admin.id)
}
