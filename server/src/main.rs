//! `partner-portal`: one binary that serves, migrates, fills and imports.

use std::process::ExitCode;

fn main() -> ExitCode {
    portal_server::cli::main()
}
