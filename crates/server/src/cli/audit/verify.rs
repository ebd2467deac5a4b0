//! `gangway audit verify`: whether the audit is what was committed, all of it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use gangway_domain::TenantId;
use gangway_store::{AuditKey, KnownHeads};
use uuid::Uuid;

use super::{findings, reader};
use crate::cli::common::StoreArgs;
use crate::system::terminal::say;

/// What `gangway audit verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyAuditArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Only this tenant's chain, and whether its part has the tenants it should
    #[arg(long, value_name = "GUID")]
    tenant: Option<Uuid>,
    /// Hold it against what `gangway audit head` said before: every chain has to go on from there
    #[arg(long, value_name = "HEADS")]
    since: Option<PathBuf>,
}

/// One line for each tenant, and for each part where tenants are missing; fails if there is an event that nothing vouches for, or
/// one is missing.
pub(super) fn run(arguments: &VerifyAuditArgs) -> Result<(), String> {
    let place = arguments.store.place()?;
    place.is_there()?;
    let key = arguments.store.audit_key(&place)?;
    let known = arguments.since.as_deref().map(|path| known(path, &key)).transpose()?.unwrap_or_default();
    let report = reader::verified(&place, &key, arguments.tenant.map(TenantId), &known)?;
    for chain in &report.chains {
        say(&findings::chain(chain));
    }
    for roster in &report.rosters {
        say(&findings::roster(roster));
    }
    if report.is_whole() {
        return Ok(());
    }
    let (broken, chains, parts) = (report.broken(), report.chains.len(), report.rosters.len());
    Err(format!(
        "{broken} of {chains} chains are not whole, and {parts} parts do not have the tenants they should"
    ))
}

/// The heads that were kept elsewhere.
fn known(path: &Path, key: &AuditKey) -> Result<KnownHeads, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let known = KnownHeads::parse(&text, key).map_err(|error| wrong(&error))?;
    // To hold against nothing would look like having found nothing wrong.
    if known.is_empty() {
        Err(wrong(&"contains no heads, so there is nothing to compare the audit with"))
    } else {
        Ok(known)
    }
}
