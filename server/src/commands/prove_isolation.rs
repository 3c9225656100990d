//! `partner-portal prove-isolation`: shows that no partner and no account reaches anything of another one.

use std::path::PathBuf;

use clap::Args;

use crate::{AnyError, config::Config, isolation};

/// Where the report goes.
#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// The folder for isolation-DATE.json and isolation-DATE.html.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    output: PathBuf,
    /// Walk this part alone; may be given several times.
    #[arg(long, value_name = "PART")]
    part: Vec<isolation::Part>,
}

/// Walks, prints what was found and writes it down. Says whether everything held.
pub(crate) async fn run(config: &Config, args: &ProveArgs) -> Result<bool, AnyError> {
    let begun = std::time::Instant::now();
    let progress = |round: &isolation::Round| eprintln!("{:>4} s  {}", begun.elapsed().as_secs(), round.name);
    let report = isolation::prove(config, &args.part, progress).await?;
    print!("{report}");
    let day = report.at.split(' ').next().unwrap_or_default();
    for (ending, content) in [("json", serde_json::to_string_pretty(&report)?), ("html", report.to_html()?)] {
        let path = args.output.join(format!("isolation-{day}.{ending}"));
        std::fs::write(&path, content).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("Written to {}", path.display());
    }
    Ok(report.held)
}
