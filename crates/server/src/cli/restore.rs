//! `gangway restore`: a backup becomes the database.
//!
//! A backup does not know what was cut after it was taken: it still has credentials that were destroyed since, and partners that
//! were disconnected since are connected in it. So whoever restores it says what is to become of its connections, and unless
//! that is to keep them, all of them are disconnected before the backup is in its place.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use gangway_domain::{ConnectorKind, Partner};
use gangway_engine::{Clock as _, Engine, Policy, Ports, Store as _};
use gangway_store::{AuditKey, Restore, RestoreTerms, SqliteOptions, SqliteStore};
use tokio::task::JoinSet;
use url::Url;

use super::backup;
use super::common::{DataArg, in_runtime, progress};
use crate::connector::Registry;
use crate::keys::audit_key;
use crate::system::data_dir::{database, make_private_directory};
use crate::system::terminal::say;
use crate::system::{SystemClock, SystemRandom};
use crate::vault::{KeyRing, Source};

/// How many partners are disconnected at once, so that they share a sync of the disk.
const AT_ONCE: usize = 64;

/// What `gangway restore` takes.
#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    data: DataArg,
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// What happens to partners that are connected in the backup; some may have been disconnected
    /// since
    #[arg(long, value_name = "FATE")]
    connections: Fate,
    /// Replace the existing database, of which nothing is left then
    #[arg(long)]
    replace: bool,
    /// The hash that `gangway backup` printed; any other file is refused
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fate {
    /// Disconnect all of them: nothing that was cut comes back, and partners that are still wanted
    /// are onboarded again
    Cut,
    /// Keep all of them: only if you know that nothing was disconnected since
    Keep,
}

/// Verifies the backup, cuts what has to be cut, and puts it in its place.
pub(super) fn run(arguments: &RestoreArgs) -> Result<(), String> {
    let data = arguments.data.or_default();
    make_private_directory(&data)?;
    let bar = progress::bytes();
    let show = &mut |copied| progress::show(&bar, copied);
    let key = audit_key::open(&data)?;
    let terms = RestoreTerms {
        replace: arguments.replace,
        sha256: arguments.sha256.as_deref(),
        now: SystemClock.now(),
        key: &key,
    };
    let begun = Restore::begin(&arguments.from, &database(&data), terms, show);
    bar.finish_and_clear();
    let restore = begun.map_err(|error| error.to_string())?;
    say(&format!("{}: {}", arguments.from.display(), backup::summary(restore.facts())));
    let fate = match arguments.connections {
        Fate::Cut => format!("{} connections were cut", disconnect_all(&restore, &key)?),
        Fate::Keep => format!("{} connections were kept", restore.facts().connected),
    };
    restore.finish().map_err(|error| error.to_string())?;
    audit_key::settle(&data)?;
    say(&format!("restored to {}; {fate}", data.display()));
    Ok(())
}

/// How many were disconnected: each as the action of Graph's does it, with an audit event and a
/// release that goes on when a server runs.
fn disconnect_all(restore: &Restore, key: &AuditKey) -> Result<u64, String> {
    let options = SqliteOptions::at(restore.path());
    let store = SqliteStore::open(&options, key).map_err(|error| error.to_string())?;
    let engine = Arc::new(engine(store)?);
    let bar = progress::counting("connections cut");
    bar.set_length(restore.facts().connected);
    let cut = in_runtime(cut_all(&engine, &bar));
    bar.finish_and_clear();
    engine.store().close();
    cut.map_err(|error| format!("nothing was restored: {error}"))
}

async fn cut_all(engine: &Arc<Engine<SqliteStore>>, bar: &indicatif::ProgressBar) -> Result<u64, String> {
    let (mut after, mut count) = (None, 0);
    loop {
        let page =
            engine.store().connected_partners(after, AT_ONCE).await.map_err(|error| error.to_string())?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some((last.tenant, last.id));
        let mut cuts = JoinSet::new();
        for Partner { tenant, id, .. } in page {
            let engine = Arc::clone(engine);
            cuts.spawn(async move { engine.disconnect(tenant, &engine.operator(), id).await });
        }
        while let Some(cut) = cuts.join_next().await {
            cut.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            (count, ()) = (count + 1, bar.inc(1));
        }
    }
}

/// One that only disconnects: for that nothing is unsealed and nobody is spoken to.
fn engine(store: SqliteStore) -> Result<Engine<SqliteStore>, String> {
    let nowhere = Url::parse("http://localhost").map_err(|error| error.to_string())?;
    let vault = KeyRing::open(&Source::Nowhere, SystemClock.now()).map_err(|error| error.to_string())?;
    let connectors = Registry::new(&[], &nowhere).map_err(|error| error.to_string())?;
    let ports = Ports {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        vault: Arc::new(vault),
        connectors: Arc::new(connectors),
    };
    let policy = Policy {
        created_as: ConnectorKind::Link,
        attempt_timeout: Duration::from_mins(1),
        profiles: Vec::new(),
    };
    Ok(Engine::new(store, ports, policy))
}
