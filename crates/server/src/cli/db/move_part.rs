//! `gangway db move-part`: parts from one of several databases to another.

use std::ops::RangeInclusive;

use clap::Args;
use futures_util::{StreamExt as _, future, stream};
use gangway_store::{AuditKey, CopyEvent, PostgresOptions};
use indicatif::ProgressBar;

use super::in_runtime;
use crate::cli::store::{StoreArgs, StorePlace};
use crate::cli::{progress, say};
use crate::config::parts;

/// What `gangway db move-part` takes.
#[derive(Debug, Args)]
pub(super) struct MovePartArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Which parts, like 7 or 0-31
    #[arg(long, value_name = "PARTS", value_parser = named)]
    part: Parts,
    /// The database they go to, by its number in store.shard, from 0
    #[arg(long, value_name = "NUMBER")]
    to: usize,
}

#[derive(Debug, Clone)]
struct Parts(Vec<RangeInclusive<u8>>);

fn named(text: &str) -> Result<Parts, String> {
    let found = parts(text).filter(|parts| !parts.is_empty());
    found.map(Parts).ok_or_else(|| "name parts like 7, 0-31 or 0-31,200".into())
}

/// How many parts are on their way at a time: each is waited for a while, until what was begun in it is over.
const AT_ONCE: usize = 8;

/// A few parts at a time; what one of them fails of is told when the others are there.
pub(super) fn run(arguments: &MovePartArgs) -> Result<(), String> {
    let place = arguments.store.place()?;
    // It is read in a runtime of its own.
    let key = arguments.store.audit_key(&place)?;
    in_runtime(move_all(arguments, place, key))
}

async fn move_all(arguments: &MovePartArgs, place: StorePlace, key: AuditKey) -> Result<(), String> {
    let StorePlace::Sharded(shards) = place else {
        return Err(
            "there is but one database: name several in store.shard, and that configuration by --config"
                .into(),
        );
    };
    let databases: Vec<_> =
        shards.into_iter().map(|shard| PostgresOptions { migrates: false, ..shard.database }).collect();
    let all: Vec<u8> = arguments.part.0.iter().cloned().flatten().collect();
    let bar = progress::counting("parts");
    bar.set_length(all.len() as u64);
    let moves = stream::iter(&all).map(|part| moved((&databases, &key), *part, arguments.to, &bar));
    let failed: Vec<_> = moves.buffer_unordered(AT_ONCE).filter_map(future::ready).collect().await;
    bar.finish_and_clear();
    if let Some(first) = failed.first() {
        return Err(format!("{} of {} parts were not moved: {first}", failed.len(), all.len()));
    }
    say(&format!("{} parts are in database {}", all.len(), arguments.to));
    Ok(())
}

/// Why a part was not moved; `None` if it was.
async fn moved(
    (databases, key): (&[PostgresOptions], &AuditKey),
    part: u8,
    to: usize,
    bar: &ProgressBar,
) -> Option<String> {
    let watch = &mut |_: CopyEvent| bar.tick();
    let moved = gangway_store::move_part(databases, key, part, to, watch).await;
    bar.inc(1);
    moved.err().map(|error| format!("part {part}: {error}"))
}
