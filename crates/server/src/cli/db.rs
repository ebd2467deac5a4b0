//! `gangway db`: what is done with whole databases.

mod copy;

use clap::{Args, Subcommand};

/// What `gangway db` takes.
#[derive(Debug, Args)]
pub(super) struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Copy everything to another database, beside servers that run; then serve from there. Done again, it goes on.
    Copy(copy::CopyArgs),
    /// Let a database be served from again that has moved, or was left in the middle of it.
    Reopen(copy::ReopenArgs),
}

/// Does what is asked about the database.
pub(super) fn run(arguments: &DbArgs) -> Result<(), String> {
    match &arguments.command {
        DbCommand::Copy(arguments) => in_runtime(copy::run(arguments)),
        DbCommand::Reopen(arguments) => in_runtime(copy::reopen(arguments)),
    }
}

/// Runs what a command does in the background to its end.
fn in_runtime<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("the runtime could not start: {error}"))?.block_on(work)
}
