//! `partner-portal`: one binary that serves, migrates, fills and imports.

use std::process::ExitCode;

/// Hashing a password takes 19 MiB for a moment. The C library keeps such pieces for each thread that ever had one, some
/// 300 MB after a burst of logins; this allocator gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portal_server::commands::main()
}
