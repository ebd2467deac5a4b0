//! The command line.

mod admin;
mod audit;
mod backup;
mod db;
mod keys;
mod partner;
mod progress;
mod release;
mod restore;
mod serve;
mod simulated;
mod store;
mod token;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::core_dumps;

/// The service behind Microsoft Graph's remoteAssistancePartners, self-hosted.
#[derive(Debug, Parser)]
#[command(name = "gangway", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve, with --dev on this machine for yourself, or with --config for real.
    Serve(serve::ServeArgs),
    /// Look into the record of what was done.
    Audit(audit::AuditArgs),
    /// Copy the embedded store to a file, beside a running server or without one.
    Backup(backup::BackupArgs),
    /// Look after the database, or move it.
    Db(Box<db::DbArgs>),
    /// Manage the keys that seal secrets.
    Keys(keys::KeysArgs),
    /// Look at a partner from the operator's side, or cut it off.
    Partner(partner::PartnerArgs),
    /// Look into what became of cut connections.
    Release(release::ReleaseArgs),
    /// Put a backup in the place of the embedded store, while no server runs.
    Restore(restore::RestoreArgs),
    /// Tell the simulated partner of a running server how to behave.
    Simulated(simulated::SimulatedArgs),
    /// Print an access token of the built-in issuer that `serve --dev` accepts.
    Token(token::TokenArgs),
}

/// How a command ended that did not do what it was for.
#[derive(Debug)]
enum Failure {
    /// It could not be done: exit status 1.
    Failed(String),
    /// It was done, and what it found has an exit status of its own, which the command's help names.
    Found(u8),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::Failed(error)
    }
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

/// Where the data is, for every command that needs it.
#[derive(Debug, clap::Args)]
struct DataArg {
    /// The directory of the database and of keys
    #[arg(long, env = "GANGWAY_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataArg {
    /// The directory, or the one that is used if nobody says.
    fn or_default(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("./gangway-data"))
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

#[expect(clippy::print_stderr, reason = "a command's error is for the person who ran it")]
fn complain(error: &str) {
    eprintln!("gangway: {error}");
}

/// Prints a command's result. Nobody may be reading any more, which is no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Somebody else's text on one line, with nothing in it that a terminal would obey or that would turn it round.
fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
