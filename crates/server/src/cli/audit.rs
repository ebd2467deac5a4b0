mod export;
mod export_file;
mod reader;

use clap::{Args, Subcommand};
use gangway_domain::TenantId;
use gangway_store::{ChainReport, Finding};
use uuid::Uuid;

use super::say;
use super::store::StoreArgs;

/// What `gangway audit` takes.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Follow the chain of audit events and find the first broken link; beside a running server or without one.
    Verify(VerifyArgs),
    /// Write audit events as JSON Lines, each tenant's in the order of its chain; beside a running server or without one.
    Export(export::ExportArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Only this tenant's chain
    #[arg(long, value_name = "GUID")]
    tenant: Option<Uuid>,
}

/// Does what is asked about the audit.
pub(super) fn run(arguments: &AuditArgs) -> Result<(), String> {
    match &arguments.command {
        AuditCommand::Verify(arguments) => verify(arguments),
        AuditCommand::Export(arguments) => export::run(arguments),
    }
}

/// One line for each tenant; fails if any chain is broken.
fn verify(arguments: &VerifyArgs) -> Result<(), String> {
    let reports = reader::verified(&arguments.store.place()?, arguments.tenant.map(TenantId))?;
    for report in &reports {
        say(&line(report));
    }
    let broken = reports.iter().filter(|report| !matches!(report.finding, Finding::Whole(_))).count();
    if broken == 0 { Ok(()) } else { Err(format!("{broken} of {} chains are broken", reports.len())) }
}

fn line(report: &ChainReport) -> String {
    let ChainReport { tenant, links, unlinked, finding } = report;
    let older = if *unlinked == 0 { String::new() } else { format!(", and {unlinked} from before chains") };
    let found = match finding {
        Finding::Whole(None) => "nothing to verify".to_owned(),
        Finding::Whole(Some(hash)) => format!("whole, ends in {hash}"),
        Finding::Altered { seq, event } => {
            format!("BROKEN at {seq}: event {event} is not what was committed")
        }
        Finding::Missing { seq } => format!("BROKEN at {seq}: that event was taken out"),
        Finding::HeadDiffers { seq } => {
            format!("BROKEN after {seq}: the end was cut off, or its record altered")
        }
    };
    format!("{tenant}  {links} events{older}: {found}")
}
