//! `partner-portal breached-passwords`: makes the file that the portal looks at from a list of passwords that were stolen elsewhere.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::PathBuf,
};

use clap::Args;
use services::breached;

use crate::AnyError;

/// From which list.
#[derive(Debug, Args)]
pub(crate) struct BreachedArgs {
    /// The list: a line for each password, its SHA-1 hash in hexadecimal digits and, behind a colon, how often it was seen.
    #[arg(long)]
    list: PathBuf,
    /// The file to make, which PORTAL_BREACHED_PASSWORDS names then.
    #[arg(long)]
    output: PathBuf,
    /// Leave out what was seen less often.
    #[arg(long, default_value_t = 100)]
    least: u64,
}

/// Makes the file. Answers how many passwords went in.
pub(crate) fn run(args: &BreachedArgs) -> Result<usize, AnyError> {
    let named = |path: &PathBuf, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let list = File::open(&args.list).map_err(|error| named(&args.list, &error))?;
    // Under another name until it is whole: a portal that starts meanwhile must not find half of it.
    let part = args.output.with_extension("part");
    let file = File::create(&part).map_err(|error| named(&part, &error))?;
    let count = breached::build(BufReader::new(list), BufWriter::new(file), args.least).map_err(|error| {
        // Nothing of it is of use.
        let _ = std::fs::remove_file(&part);
        named(&args.list, &error)
    })?;
    std::fs::rename(&part, &args.output).map_err(|error| named(&args.output, &error))?;
    Ok(count)
}
