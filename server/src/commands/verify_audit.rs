//! `partner-portal verify-audit`: looks at every event of the audit log.

use clap::Args;
use services::{sealed, secrets::Secrets};
use store::{
    Db, accounts,
    audit::{self, Head},
};

use crate::AnyError;

/// Which logs to look at.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The account's short name; all accounts without it.
    #[arg(long)]
    account: Option<String>,
    /// What an earlier look printed as the head, SEQ:HASH: that event must still be there, unchanged. For one account.
    #[arg(long, value_name = "SEQ:HASH")]
    expect: Option<Head>,
}

/// Looks at the logs and prints what was found. Says whether all of them are whole.
pub(crate) async fn run(db: &Db, secrets: &Secrets, args: &VerifyArgs) -> Result<bool, AnyError> {
    if !db.is_ready().await? {
        return Err("the database has not this version's schema: run `partner-portal migrate` first".into());
    }
    // One snapshot: events that are written meanwhile belong to none of what is compared.
    let mut read = db.begin_read().await?;
    let mut accounts = accounts::retentions(&mut read).await?;
    if let Some(slug) = &args.account {
        accounts.retain(|(_, known, _)| known == slug);
    }
    if accounts.is_empty() {
        return Err("there is no such account".into());
    }
    if args.expect.is_some() && accounts.len() > 1 {
        return Err("name the account whose event is expected: --account".into());
    }
    let former = sealed::former_audit_keys(&mut read, secrets).await?;
    let mut whole = true;
    for (id, slug, _) in accounts {
        let verdict = audit::verify(&mut read, id, &former, args.expect.as_ref()).await?;
        match verdict.broken {
            None => {
                let purged = if verdict.purged > 0 {
                    format!(" (events up to {} were purged, as the retention says)", verdict.purged)
                } else {
                    String::new()
                };
                println!("{slug}: {} events, the chain is whole{purged}", verdict.checked);
                if verdict.keyed_behind > verdict.purged {
                    println!("{slug}: events up to {} were written before the log had a key", verdict.keyed_behind);
                }
                if verdict.head.sequence > 0 {
                    println!("{slug}: head {}", verdict.head);
                }
            }
            Some(broken) => {
                whole = false;
                println!("{slug}: BROKEN: {broken}; {} events before it are as they were written", verdict.checked);
            }
        }
    }
    Ok(whole)
}
