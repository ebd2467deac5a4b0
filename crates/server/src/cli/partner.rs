use clap::{Args, Subcommand};
use serde_json::Value;

use super::common::{DataArg, Failure, Reference, Server, TenantArg};
use crate::system::terminal::{plain, say};

/// What `gangway partner` takes.
#[derive(Debug, Args)]
pub(super) struct PartnerArgs {
    #[command(subcommand)]
    command: PartnerCommand,
}

#[derive(Debug, Subcommand)]
enum PartnerCommand {
    /// Disconnect a partner, or show what that would cut.
    Disconnect(DisconnectArgs),
    /// Ask the partner whether the connection is good.
    ///
    /// Exit status: 0 the connection is good; 3 the partner says that the grant is gone, and
    /// Gangway has disconnected it; 4 the partner rejects Gangway's client id or secret; 5 the
    /// partner offers no call that shows it; 1 it could not be asked.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct DisconnectArgs {
    /// The partner's id, or TENANT/ID
    #[arg(value_name = "ID")]
    partner: Reference,
    /// Only show what would be cut: account, sessions, pending releases; changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    tenant: TenantArg,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The partner's id, or TENANT/ID
    #[arg(value_name = "ID")]
    partner: Reference,
    #[command(flatten)]
    tenant: TenantArg,
    #[command(flatten)]
    data: DataArg,
}

/// Does what is asked about a partner.
pub(super) fn run(arguments: &PartnerArgs) -> Result<(), Failure> {
    match &arguments.command {
        PartnerCommand::Disconnect(arguments) => Ok(disconnect(arguments)?),
        PartnerCommand::Check(arguments) => check(arguments),
    }
}

fn disconnect(arguments: &DisconnectArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let path = format!("/gangway/v1/partners/{}/disconnect", arguments.tenant.path(arguments.partner));
    if arguments.dry_run {
        let preview: Value = server.get(&path)?;
        say(&preview_text(&preview));
        return Ok(());
    }
    server.post_only(&path)?;
    say("disconnected; `gangway release list` shows the release of its grant");
    Ok(())
}

fn preview_text(preview: &Value) -> String {
    let text = |name: &str| {
        let value = &preview[name];
        value.as_str().map_or_else(|| value.to_string(), plain)
    };
    let account = match (&preview["account"]["id"], &preview["account"]["name"]) {
        (Value::String(id), Value::String(name)) => format!("{} ({})", plain(name), plain(id)),
        (Value::String(id), _) => plain(id),
        _ => "none that is known".to_owned(),
    };
    let credential = if preview["credential"] == Value::Bool(true) {
        "one, which would be revoked and destroyed"
    } else {
        "none: there is nothing to revoke"
    };
    format!(
        "{} is {}, by {}\n  credential:        {credential}\n  account:           {account}\n  \
         open sessions:     {}\n  pending releases:  {}\nNothing was changed.",
        text("partnerName"),
        text("status"),
        text("connector"),
        text("openSessions"),
        text("pendingReleases"),
    )
}

/// Exit statuses of a check; scripts rely on them.
const GONE: u8 = 3;
const REFUSES_US: u8 = 4;
const CANNOT_TELL: u8 = 5;

fn check(arguments: &CheckArgs) -> Result<(), Failure> {
    let server = Server::over(&arguments.data.or_default())?;
    let path = format!("/gangway/v1/partners/{}/check", arguments.tenant.path(arguments.partner));
    let found: Value = server.post(&path, None)?;
    let (says, status) = match found["connection"].as_str() {
        Some("good") => ("the connection is good".to_owned(), None),
        Some("gone") => {
            ("the partner says that the grant is gone; it is cut off here too".to_owned(), Some(GONE))
        }
        Some("refusesUs") => {
            let answer = plain(found["answer"].as_str().unwrap_or("nothing more"));
            let says = format!(
                "the partner does not accept our client ({answer}): correct client_id and the client secret of its profile, and \
                 restart"
            );
            (says, Some(REFUSES_US))
        }
        _ => ("this partner cannot be asked in a way that shows it".to_owned(), Some(CANNOT_TELL)),
    };
    say(&says);
    status.map_or(Ok(()), |status| Err(Failure::Found(status)))
}
