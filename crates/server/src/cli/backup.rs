//! `gangway backup`: the embedded store in one file, beside a running server or without one.

use std::path::PathBuf;

use clap::Args;
use gangway_store::{BackupFacts, back_up};

use super::common::{DataArg, progress};
use crate::keys::audit_key;
use crate::system::data_dir::database;
use crate::system::terminal::say;

/// What `gangway backup` takes.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    data: DataArg,
    /// The new file, with mode 0600; it contains secrets, sealed
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Copies, verifies, and says what to write down.
pub(super) fn run(arguments: &BackupArgs) -> Result<(), String> {
    let data = arguments.data.or_default();
    let key = audit_key::find(&data)?;
    let key = key.ok_or("the data directory has no audit key (audit.key) yet: start the server once")?;
    let bar = progress::bytes();
    let copied = back_up(&database(&data), &arguments.to, &key, &mut |copied| progress::show(&bar, copied));
    bar.finish_and_clear();
    let facts = copied.map_err(|error| error.to_string())?;
    say(&format!("{}: {}", arguments.to.display(), summary(&facts)));
    say(&format!("sha256 {}", facts.sha256));
    Ok(())
}

/// What is in it, on one line.
pub(super) fn summary(facts: &BackupFacts) -> String {
    let BackupFacts { bytes, tenants, events, partners, connected, pending, .. } = facts;
    format!(
        "{bytes} bytes, {partners} partners of which {connected} are connected, {pending} pending releases, {events} audit \
         events in {tenants} chains, all whole"
    )
}
