//! `partner-portal rotate-keys`: seals everything with the newest key, beside the portal in use.

use std::fmt;

use services::{
    ServiceError,
    sealed::{self, LogSealed, Resealed},
    secrets::Secrets,
};
use store::{Db, accounts, sealed::SealedColumn};

/// How many values are read at once.
const BATCH: i64 = 100;
/// How often everything is gone through at the most: what somebody changes meanwhile is looked at again.
const PASSES: usize = 5;

/// What came of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Which.
    pub column: SealedColumn,
    /// How many values were sealed anew.
    pub anew: u64,
    /// How many still need an older key of those there are: somebody seals with it meanwhile.
    pub left: u64,
    /// How many none of the keys opens.
    pub unopened: u64,
}

/// What came of it all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// The columns, all of them.
    pub columns: Vec<Column>,
    /// How many audit logs were sealed anew.
    pub logs: u64,
    /// The accounts whose logs none of the keys has sealed as they are, by their short names.
    pub unknown_logs: Vec<String>,
}

impl Rotated {
    /// Whether the newest key is all that is needed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.unknown_logs.is_empty() && self.columns.iter().all(|column| column.left + column.unopened == 0)
    }

    fn sum(&self, of: fn(&Column) -> u64) -> u64 {
        self.columns.iter().map(of).sum()
    }
}

/// What a column's values are called.
const fn name(column: SealedColumn) -> &'static str {
    match column {
        SealedColumn::WebhookSecret => "signing secrets of partners' webhooks",
        SealedColumn::PreviousSecret => "the signing secrets before those",
        SealedColumn::WebhookCredentials => "names and passwords sent along",
        SealedColumn::WebhookHeaders => "headers sent along",
        SealedColumn::AccountWebhookSecret => "signing secrets of accounts' webhooks",
        SealedColumn::AppSecret => "secrets of authenticator apps",
        SealedColumn::PendingAppSecret => "the same while they are set up",
        SealedColumn::ClientSecret => "secrets with providers for single sign-on",
        SealedColumn::OneTimeSecret => "secrets that are shown once",
        SealedColumn::KeptForm => "forms that were kept",
        SealedColumn::FormerAuditKey => "former keys of the audit log",
    }
}

impl fmt::Display for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anew = self.columns.iter().map(|column| (name(column.column), column.anew));
        for (name, anew) in anew.chain([("audit logs", self.logs)]) {
            writeln!(f, "{name:<40} {anew:>8} sealed anew")?;
        }
        for column in self.columns.iter().filter(|column| column.left + column.unopened > 0) {
            let name = name(column.column);
            match column.left {
                0 => {}
                left => writeln!(f, "{name}: {left} still need an older key: somebody seals with it")?,
            }
            match column.unopened {
                0 => {}
                unopened => writeln!(f, "{name}: {unopened} are opened by none of the keys")?,
            }
        }
        for account in &self.unknown_logs {
            writeln!(f, "{account}: none of the keys has sealed the audit log as it is; run verify-audit")?;
        }
        if self.is_done() {
            writeln!(f, "Nothing needs an older key any more.")
        } else if self.sum(|column| column.left) > 0 {
            writeln!(f, "Older keys are still needed. Start every process with the new key first, then run this again.")
        } else {
            writeln!(f, "What none of the keys opens or has sealed needs one that is not among them, if there is any.")
        }
    }
}

/// Seals everything with the newest key that an older one has sealed. It can be stopped and begun again at any time.
///
/// # Errors
/// When the database does not answer; what was sealed anew so far stays so.
pub async fn run(db: &Db, secrets: &Secrets) -> Result<Rotated, ServiceError> {
    let mut rotated = Rotated::default();
    for column in SealedColumn::ALL {
        rotated.columns.push(Column { column, anew: 0, left: 0, unopened: 0 });
    }
    for _ in 0..PASSES {
        let before = rotated.sum(|column| column.anew);
        let mut changed = false;
        for column in &mut rotated.columns {
            changed |= seal_column(db, secrets, column).await?;
        }
        if !changed && rotated.sum(|column| column.anew) == before {
            break;
        }
    }
    for column in &mut rotated.columns {
        let left = sealed::left(&mut db.reader().await?, secrets, column.column).await?;
        column.left = left.saturating_sub(column.unopened);
    }
    // The logs last: they tell of it.
    let any = rotated.sum(|column| column.anew) > 0;
    let accounts = accounts::retentions(&mut db.reader().await?).await?;
    for (account, slug, _) in accounts {
        let mut tx = db.begin_write().await?;
        match sealed::seal_log_anew(&mut tx, secrets, account, any).await? {
            LogSealed::Anew => rotated.logs += 1,
            LogSealed::Already => {}
            LogSealed::Unknown => rotated.unknown_logs.push(slug),
        }
        tx.commit().await?;
    }
    Ok(rotated)
}

/// Goes through one column once. Says whether anybody has changed a value meanwhile.
async fn seal_column(db: &Db, secrets: &Secrets, column: &mut Column) -> Result<bool, ServiceError> {
    let (mut after, mut changed) = (None, false);
    column.unopened = 0;
    loop {
        let mut read = db.reader().await?;
        let values = sealed::to_seal_anew(&mut read, secrets, column.column, after.as_ref(), BATCH).await?;
        drop(read);
        let Some(last) = values.last().cloned() else { return Ok(changed) };
        for value in &values {
            // A transaction each: whoever serves waits for one statement at most, and nobody for two rows of ours.
            let mut tx = db.begin_write().await?;
            match sealed::seal_anew(&mut tx, secrets, value).await? {
                Resealed::Done => column.anew += 1,
                Resealed::Changed => changed = true,
                Resealed::Unopened => column.unopened += 1,
            }
            tx.commit().await?;
        }
        after = Some(last);
    }
}
