//! The command line: one file a command.

mod breached_passwords;
mod create_admin;
mod import_leads;
mod open;
mod prove_isolation;
mod reset_two_factor;
pub mod rotate_keys;
mod serve;
mod verify_audit;

use std::process::ExitCode;

pub use self::open::portal_of;
use self::open::{open, open_with};
pub(crate) use self::{open::open_at, serve::stop_signal};
use crate::{
    AnyError,
    config::Config,
    demo,
    workers::{refold, rollups},
};
use clap::{Args, Parser, Subcommand};
use domain::clock::OsEntropy;
use services::secrets::Secrets;

/// Partner Portal: the leads, invoices and profile of each partner, for partners to see themselves.
///
/// Without a command it serves. Settings come from a portal.toml in the working directory (or the file PORTAL_CONFIG names) and
/// from environment variables, which win. docs/OPERATIONS.md lists them all.
#[derive(Debug, Parser)]
#[command(name = "partner-portal", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal, after bringing the database's schema up to date.
    Serve {
        /// Fill the demo account first, if it is not there, and print its logins.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database's schema up to date, and texts into this version's form for searching, and stop.
    Migrate,
    /// Fill a realistic demo account from a fixed seed, and print its logins. Does nothing when it is there already.
    Demo(DemoArgs),
    /// Import leads of one partner from a CSV file.
    ///
    /// The first row names the columns; they are recognised by their names (name, first_name, last_name, email, phone,
    /// campaign, delivered_at, price, currency, external_id), and any other column is kept as a free-form field.
    /// Good rows are stored; rows with errors go to a reject file that says what is wrong. Loading a file again adds
    /// nothing: a lead is known by its external id or, without one, by its whole row.
    ///
    /// Exits with 0 when every row was stored or known, with 3 when some were rejected, with 1 when it had to stop.
    ImportLeads(import_leads::ImportArgs),
    /// Make a first admin, or any other: prints a link, good once and for seven days, by which they set their password.
    ///
    /// Without any account there, --account-name makes one, its portal switched off until an admin switches it on.
    CreateAdmin(create_admin::CreateAdminArgs),
    /// Make the file of breached passwords that PORTAL_BREACHED_PASSWORDS names, from a list that you have downloaded.
    BreachedPasswords(breached_passwords::BreachedArgs),
    /// Turn two-factor authentication off for somebody who has lost the app and the recovery codes, and tell them by mail.
    ResetTwoFactor(reset_two_factor::ResetArgs),
    /// Seal everything with the newest of PORTAL_SECRET_KEYS that an older one has sealed, while the portal serves.
    ///
    /// Do so after every process was started with the new key in front of the old one. docs/OPERATIONS.md says how a key is changed.
    ///
    /// Exits with 0 when no value needs an older key any more, with 3 when some do: run it again then.
    RotateKeys,
    /// Show that no partner and no account reaches anything of another one, on this installation.
    ///
    /// Makes two synthetic accounts, asks for everything of each as everybody who must not get it, and removes them again. Nothing is
    /// sent for them, and nobody else's data is looked at. Needs PORTAL_MIGRATION_URL where the role in DATABASE_URL owns nothing.
    ///
    /// Exits with 0 when everything held, with 3 when something did not.
    ProveIsolation(prove_isolation::ProveArgs),
    /// Look at every event of the audit log and name the first that was changed, removed or put in.
    ///
    /// Prints the head of each log that is whole: keep it apart from the database, and give it to --expect next time.
    ///
    /// Exits with 0 when the log is whole, with 3 when it is not.
    VerifyAudit(verify_audit::VerifyArgs),
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// How many leads to fill in, all partners together.
    #[arg(long, hide = true, default_value_t = demo::LEADS)]
    leads: u32,
    /// How many partners to add beside the usual ones, to measure with.
    #[arg(long, hide = true, default_value_t = 0)]
    more_partners: u32,
    /// How many events of the audit log to add, to measure with.
    #[arg(long, hide = true, default_value_t = 0)]
    more_events: u32,
}

/// Runs the command line and says how it went.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => return stop(&error),
    };
    let command = cli.command.unwrap_or(Command::Serve { demo: false });
    // Every request that must be refused would be a line.
    let level = if matches!(command, Command::ProveIsolation(_)) { "error" } else { &config.log };
    start_log(level);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(&error),
    };
    match runtime.block_on(run(command, config)) {
        Ok(code) => code,
        Err(error) => stop(error.as_ref()),
    }
}

fn stop(error: &(impl std::fmt::Display + ?Sized)) -> ExitCode {
    eprintln!("partner-portal: {error}");
    ExitCode::FAILURE
}

fn start_log(level: &str) {
    let filter =
        tracing_subscriber::EnvFilter::try_new(level).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

async fn run(command: Command, config: Config) -> Result<ExitCode, AnyError> {
    match command {
        Command::Serve { demo } => serve::run(config, demo).await?,
        Command::Migrate => {
            let db = open(&config).await?;
            db.migrate().await?;
            refold::run(&db).await?;
            rollups::run(&db).await?;
            db.close().await;
            println!("The database's schema is up to date.");
        }
        Command::Demo(args) => {
            config.check_production(true)?;
            let db = open(&config).await?;
            db.migrate().await?;
            let filled = demo::fill_with(&db, args.leads, args.more_partners, args.more_events).await?;
            rollups::run(&db).await?;
            print!("{}", demo::logins(&filled, &config.public_url));
            db.close().await;
        }
        Command::ImportLeads(args) => {
            let db = open(&config).await?;
            db.migrate().await?;
            let rejected = import_leads::run(&db, &args).await?;
            db.close().await;
            return Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::CreateAdmin(args) => {
            let db = open(&config).await?;
            db.migrate().await?;
            let link = create_admin::run(&db, &config.public_url, &args).await?;
            println!(
                "The link with which {} sets a password; it works once, for seven days:\n\n  {link}\n",
                args.email
            );
            db.close().await;
        }
        Command::BreachedPasswords(args) => {
            let count = breached_passwords::run(&args)?;
            println!("{count} passwords are in the file now.");
        }
        Command::ResetTwoFactor(args) => {
            let db = open(&config).await?;
            db.migrate().await?;
            let was_on = reset_two_factor::run(&db, &args).await?;
            db.close().await;
            let state = if was_on { "is off now" } else { "was off already" };
            println!("Two-factor authentication {state} for {}.", args.email);
        }
        Command::RotateKeys => {
            let keys = config.keys(&OsEntropy)?;
            let db = open_with(&config, &keys).await?;
            db.migrate().await?;
            let rotated = rotate_keys::run(&db, &Secrets::with(&keys)).await?;
            db.close().await;
            print!("{rotated}");
            return Ok(if rotated.is_done() { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::ProveIsolation(args) => {
            let held = prove_isolation::run(&config, &args).await?;
            return Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::VerifyAudit(args) => {
            let keys = config.keys(&OsEntropy)?;
            let db = open_with(&config, &keys).await?;
            let whole = verify_audit::run(&db, &Secrets::with(&keys), &args).await?;
            db.close().await;
            return Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
