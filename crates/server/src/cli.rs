//! The command line.

mod audit;
mod backup;
mod common;
mod db;
mod keys;
mod partner;
mod release;
mod restore;
mod serve;
mod simulated;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::system::core_dumps;
use crate::system::terminal::complain;
use common::Failure;

/// The service behind Microsoft Graph's remoteAssistancePartners, self-hosted.
#[derive(Debug, Parser)]
#[command(name = "gangway", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: with --dev on this machine for yourself, with --config for real.
    Serve(serve::ServeArgs),
    /// Verify and export the audit.
    Audit(audit::AuditArgs),
    /// Back up the embedded store to a file, while a server runs or not.
    Backup(backup::BackupArgs),
    /// Manage the database, or migrate it.
    Db(Box<db::DbArgs>),
    /// Manage the keys that seal secrets.
    Keys(keys::KeysArgs),
    /// Check a partner, or disconnect it.
    Partner(partner::PartnerArgs),
    /// Follow cut connections until they are proved dead.
    Release(release::ReleaseArgs),
    /// Restore a backup of the embedded store, while no server runs.
    Restore(restore::RestoreArgs),
    /// Set how the simulated partner of a running server behaves.
    Simulated(simulated::SimulatedArgs),
    /// Print an access token of the built-in issuer that `serve --dev` accepts.
    Token(token::TokenArgs),
}

impl Command {
    fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Partner(arguments) => return partner::run(arguments),
            Self::Release(arguments) => return release::run(arguments),
            Self::Serve(arguments) => serve::run(arguments),
            Self::Audit(arguments) => audit::run(arguments),
            Self::Backup(arguments) => backup::run(arguments),
            Self::Db(arguments) => db::run(arguments),
            Self::Keys(arguments) => keys::run(arguments),
            Self::Restore(arguments) => restore::run(arguments),
            Self::Simulated(arguments) => simulated::run(arguments),
            Self::Token(arguments) => token::run(arguments),
        }
        .map_err(Failure::Failed)
    }
}

/// Runs the command the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    // Before anything can be secret: every command may come to read a key.
    match core_dumps::forbid().map_err(Failure::Failed).and_then(|()| command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => {
            complain(&error);
            ExitCode::FAILURE
        }
        Err(Failure::Found(status)) => ExitCode::from(status),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
