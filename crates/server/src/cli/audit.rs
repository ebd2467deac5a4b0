mod export;
mod export_file;
mod new_key;
mod reader;
mod told;
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
    /// Follow the chains of audit events, find the first broken link of each, and whether all of it is there; beside a running
    /// server or without one.
    Verify(verify::VerifyAuditArgs),
    /// Print where every chain ends, with what proves it, to be kept elsewhere for `verify --since`.
    Head(HeadArgs),
    /// Where the key of the audit is lost: have the next start of the server make a new one and take the audit as it is found.
    NewKey(new_key::NewKeyArgs),
    /// Write audit events as JSON Lines, each tenant's in the order of its chain; beside a running server or without one.
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
                complain(&format!("{tenant}: its end was not written with the key of this audit"));
                unproven += 1;
            }
        }
    }
    match unproven {
        0 => Ok(()),
        _ => Err(format!("{unproven} ends are not proven; `gangway audit verify` says more")),
    }
}
