mod export;
mod export_file;
mod findings;
mod new_key;
mod reader;
mod verify;

use clap::{Args, Subcommand};

use super::common::StoreArgs;
use crate::system::terminal::{complain, say};

/// What `gangway audit` takes.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify the chains of audit events, and report the first broken link of each and what is
    /// missing; while a server runs or not.
    Verify(verify::VerifyAuditArgs),
    /// Print the end of every chain with its proof, to be kept elsewhere for `verify --since`.
    Head(HeadArgs),
    /// Give up a lost audit key: the next start of the server makes a new one and accepts the audit
    /// as it finds it.
    NewKey(new_key::NewKeyArgs),
    /// Write audit events as JSON Lines, each tenant's in the order of its chain; while a server
    /// runs or not.
    Export(export::ExportArgs),
}

#[derive(Debug, Args)]
struct HeadArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// Does what is asked about the audit.
pub(super) fn run(arguments: &AuditArgs) -> Result<(), String> {
    match &arguments.command {
        AuditCommand::Verify(arguments) => verify::run(arguments),
        AuditCommand::Head(arguments) => head(arguments),
        AuditCommand::NewKey(arguments) => new_key::run(arguments),
        AuditCommand::Export(arguments) => export::run(arguments),
    }
}

/// One line for each tenant; fails if an end is not proven.
fn head(arguments: &HeadArgs) -> Result<(), String> {
    let place = arguments.store.place()?;
    let key = arguments.store.audit_key(&place)?;
    let mut unproven = 0;
    for head in reader::heads(&place, &key)? {
        match head {
            Ok(head) => say(&head.line()),
            Err(tenant) => {
                complain(&format!("{tenant}: the end of its chain was not written with this audit key"));
                unproven += 1;
            }
        }
    }
    match unproven {
        0 => Ok(()),
        _ => Err(format!("the ends of {unproven} chains are not proven: run `gangway audit verify`")),
    }
}
