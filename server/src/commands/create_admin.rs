//! `partner-portal create-admin`: a link by which a first admin, or any other, sets a password.

use clap::Args;
use domain::{
    access::Permissions,
    admin::NewAdmin,
    ids::AccountId,
    money::Currency,
    settings::{RESERVED_SLUG, is_reserved_slug, is_slug},
    zone::Zone,
};
use services::links::{AccountUrl, Link};
use store::{
    Db,
    accounts::{self, Account},
};

use crate::AnyError;

/// Whom to make an admin.
#[derive(Debug, Args)]
pub(crate) struct CreateAdminArgs {
    /// The address the admin logs in with.
    #[arg(long)]
    pub(crate) email: String,
    /// The admin's name.
    #[arg(long)]
    name: String,
    /// What the admin may do: owner, manager or support.
    #[arg(long, default_value = "owner")]
    role: String,
    /// The account's short name; needed where there are several.
    #[arg(long)]
    account: Option<String>,
    /// Make an account of this name first, with --account as its short name.
    #[arg(long)]
    account_name: Option<String>,
    /// The new account's time zone.
    #[arg(long, default_value = "Europe/Berlin")]
    time_zone: Zone,
    /// The new account's currency.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
}

/// Invites an admin, making the account first where one is named and wanted. Answers the link.
pub(crate) async fn run(db: &Db, public_url: &str, args: &CreateAdminArgs) -> Result<String, AnyError> {
    let invitation = NewAdmin::parse(&args.name, &args.email, &args.role).map_err(|errors| {
        let said = errors.iter().map(|(field, message)| format!("--{field}: {message}")).collect::<Vec<_>>();
        said.join(" ")
    })?;
    let mut tx = db.begin_write().await?;
    let existing = accounts::find(&mut tx, args.account.as_deref()).await?;
    let account = match (existing, &args.account_name) {
        (Some(account), None) => account.id,
        (Some(account), Some(_)) if args.account.is_some() => {
            return Err(format!("there is an account {:?} already: leave --account-name out", account.slug).into());
        }
        (_, Some(name)) => {
            let slug = args.account.clone().ok_or("say the new account's short name by --account, such as acme")?;
            if !is_slug(&slug) || name.trim().is_empty() {
                return Err("--account takes 1 to 40 letters a to z, digits and hyphens, --account-name a name".into());
            }
            if is_reserved_slug(&slug) {
                return Err(format!("--account: {RESERVED_SLUG}").into());
            }
            let account = Account {
                id: AccountId(tx.new_id()?),
                slug,
                name: name.trim().to_owned(),
                portal_enabled: false,
                default_permissions: Permissions::all(),
                zone: args.time_zone,
                currency: args.currency,
                support_contact: args.email.clone(),
            };
            accounts::create(&mut tx, &account).await?;
            account.id
        }
        (None, None) => {
            return Err("there is no such account: name one that exists by --account, or make one by --account and \
                        --account-name"
                .into());
        }
    };
    let token = services::admins::invite_unscoped(&mut tx, account, &invitation).await?;
    let urls = AccountUrl::of(&mut tx, public_url, account).await?;
    tx.commit().await?;
    Ok(urls.link(Link::AdminInvite, &token))
}
