//! What the operator does about the staff and the audit log, from the command line and at the start.

use app::{
    admin::staff::INVITATION_LIFE,
    auth::{links::Link, token},
};
use clap::Args;
use domain::{
    access::Permissions,
    admin::NewAdmin,
    audit::{AuditAction, AuditResult},
    ids::AccountId,
    money::Currency,
    settings::is_slug,
    zone::Zone,
};
use store::{
    Db,
    accounts::{self, Account},
    admins,
    audit::{self, Actor, Event},
};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

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
    /// Makes a new account of this name; its short name is --account.
    #[arg(long)]
    account_name: Option<String>,
    /// The new account's time zone.
    #[arg(long, default_value = "Europe/Berlin")]
    time_zone: Zone,
    /// The new account's currency.
    #[arg(long, default_value = "EUR")]
    currency: Currency,
}

/// Which logs to look at.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The account's short name; all accounts without it.
    #[arg(long)]
    account: Option<String>,
}

/// Invites an admin, making the account first where one is named and wanted. Answers the link.
pub(crate) async fn create_admin(db: &Db, public_url: &str, args: &CreateAdminArgs) -> Result<String, AnyError> {
    let invitation = NewAdmin::parse(&args.name, &args.email, &args.role).map_err(|errors| {
        let said = errors.iter().map(|(field, message)| format!("--{field}: {message}")).collect::<Vec<_>>();
        said.join(" ")
    })?;
    let (token, hash) = token::fresh()?;
    let existing = accounts::find(db, args.account.as_deref()).await?;
    let mut tx = db.begin_write().await?;
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
            let account = Account {
                id: AccountId(db.new_id()?),
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
    let id = admins::invite_by_operator(&mut tx, account, &invitation, &hash, db.now() + INVITATION_LIFE).await?;
    let event = Event {
        account_id: account,
        partner_id: None,
        actor: Actor::System,
        action: AuditAction::AdminInvited,
        object: ("invitation", Some(id.0)),
        result: AuditResult::Success,
        address: String::new(),
        detail: serde_json::json!({ "role": invitation.role.as_str() }),
        occurred_at: None,
    };
    audit::record(&mut tx, &event);
    tx.commit().await?;
    Ok(Link::AdminInvite.href(public_url, &token))
}

/// Looks at the logs and prints what was found. Says whether all of them are whole.
pub(crate) async fn verify_audit(db: &Db, args: &VerifyArgs) -> Result<bool, AnyError> {
    let mut accounts = accounts::retentions(db).await?;
    if let Some(slug) = &args.account {
        accounts.retain(|(_, known, _)| known == slug);
    }
    if accounts.is_empty() {
        return Err("there is no such account".into());
    }
    let mut whole = true;
    for (id, slug, _) in accounts {
        let verdict = audit::verify(db, id).await?;
        match verdict.broken {
            None => {
                let purged = if verdict.purged > 0 {
                    format!(" (events up to {} were purged, as the retention says)", verdict.purged)
                } else {
                    String::new()
                };
                println!("{slug}: {} events, the chain is whole{purged}", verdict.checked);
            }
            Some(broken) => {
                whole = false;
                println!("{slug}: BROKEN: {broken}; {} events before it are as they were written", verdict.checked);
            }
        }
    }
    Ok(whole)
}

/// Makes the link by which an empty installation is set up; none where there is an admin or an account already.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn setup_link(db: &Db, public_url: &str) -> Result<Option<String>, AnyError> {
    if accounts::count(db).await? > 0 || admins::exist(db).await? {
        return Ok(None);
    }
    let (token, hash) = token::fresh()?;
    admins::set_setup_link(db, &hash).await?;
    Ok(Some(Link::Setup.href(public_url, &token)))
}

/// Purges what the accounts' retentions say.
pub(crate) async fn purge_audit(db: &Db) {
    let accounts = match accounts::retentions(db).await {
        Ok(accounts) => accounts,
        Err(error) => {
            return tracing::warn!(cause = %error, "the audit log could not be purged; it will be tried again");
        }
    };
    for (id, slug, months) in accounts {
        let Some(months) = months else { continue };
        match audit::purge(db, id, months).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(account = slug, events, "old events of the audit log were purged"),
            Err(error) => {
                tracing::warn!(account = slug, cause = %error, "the audit log could not be purged; it will be tried again")
            }
        }
    }
}
