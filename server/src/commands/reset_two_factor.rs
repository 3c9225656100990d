//! `partner-portal reset-two-factor`: lets somebody in again who has lost the app and the recovery codes.

use clap::Args;
use domain::{email::Email, partners::UserKind};
use services::{ServiceError, admins};
use store::{Db, accounts};

use crate::AnyError;

/// Whose second factor to turn off.
#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// The address they log in with.
    #[arg(long)]
    pub(crate) email: String,
    /// The account's short name; needed where there are several.
    #[arg(long)]
    account: Option<String>,
    /// It is a partner's user, not an admin.
    #[arg(long)]
    partner: bool,
}

/// Turns it off, and tells its user. Says whether it was on.
pub(crate) async fn run(db: &Db, args: &ResetArgs) -> Result<bool, AnyError> {
    let email = Email::parse(&args.email).map_err(|error| format!("--email: {}", error.advice()))?;
    let kind = if args.partner { UserKind::Partner } else { UserKind::Admin };
    let mut tx = db.begin_write().await?;
    let account = accounts::find(&mut tx, args.account.as_deref()).await?;
    let account = account.ok_or("there is no such account: name one by --account")?;
    let was_on = match admins::reset_two_factor_unscoped(&mut tx, (account.id, kind), &email).await {
        Err(ServiceError::NotFound) => return Err(format!("no {kind} user logs in with {}", args.email).into()),
        other => other?,
    };
    tx.commit().await?;
    Ok(was_on)
}
