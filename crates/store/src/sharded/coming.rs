//! Databases that are not there when the store is opened: they are tried again until they are.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::shard::Shard;
use super::{ShardError, ShardOptions, placing};
use crate::AuditKey;

/// How long it is until a database that could not be reached is tried again: a little longer every time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The same of one that answers, and is not as it should be: that is for the operator to mend.
const PAUSE_OF_REFUSED: Duration = Duration::from_secs(15);

/// All of them, and what goes on for those that are not there yet.
pub(super) async fn open(
    options: &Arc<[ShardOptions]>,
    key: &AuditKey,
) -> Result<(Arc<[Shard]>, JoinSet<()>), ShardError> {
    let shards = options.iter().enumerate().map(|(number, shard)| Shard::new(number, &shard.database, key));
    let shards: Arc<[Shard]> = shards.collect::<Result<_, _>>()?;
    let mut is_checked = Vec::new();
    for (shard, checked) in shards.iter().zip(join_all(shards.iter().map(check)).await) {
        is_checked.push(checked.map_or_else(|error| put_off(shard, error), |()| Ok(true))?);
    }
    let comes =
        |shard: &Shard, is_checked: &[bool]| is_checked.get(shard.number()).copied().unwrap_or_default();
    while let Err(error) = placing::place(&shards, options, |shard| comes(shard, &is_checked)).await {
        // It has gone away since.
        let ShardError::Unreadable(number, _) = &error else { return Err(error) };
        let (Some(shard), Some(is_checked)) = (shards.get(*number), is_checked.get_mut(*number)) else {
            return Err(error);
        };
        *is_checked = put_off(shard, error)?;
    }
    let mut coming = JoinSet::new();
    for shard in &*shards {
        if comes(shard, &is_checked) {
            shard.comes();
        } else {
            coming.spawn(wait_for(Arc::clone(&shards), Arc::clone(options), shard.number()));
        }
    }
    Ok((shards, coming))
}

/// It is waited for, if it is only away, and not needed by all; `false`, because it is not there.
fn put_off(shard: &Shard, error: ShardError) -> Result<bool, ShardError> {
    if shard.number() == 0 || !error.is_of_absence() {
        return Err(error);
    }
    warn!(%error, "its parts are refused until it is there; those of the others are served");
    shard.stays_away(&error);
    Ok(false)
}

/// Looks at it, and brings its schema up to date if its options say so.
async fn check(shard: &Shard) -> Result<(), ShardError> {
    shard.store().check().await.map_err(|error| match shard.number() {
        0 => ShardError::First(error),
        number => ShardError::Database(number, error),
    })
}

/// Tries it again and again, until it is there and as it should be.
async fn wait_for(shards: Arc<[Shard]>, options: Arc<[ShardOptions]>, number: usize) {
    let Some(shard) = shards.get(number) else { return };
    let mut pause = FIRST_PAUSE;
    loop {
        // Not all servers at the same moment.
        tokio::time::sleep(pause.mul_f32(rand::random_range(0.7..1.0))).await;
        match admit(&shards, &options, shard).await {
            Ok(()) => {
                info!(database = number, "a database of store.shard is there now: its parts are served");
                return;
            }
            Err(error) if error.is_of_absence() => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                if shard.stays_away(&error) {
                    warn!(%error, "its parts are refused until it is there");
                }
            }
            Err(error) => {
                pause = PAUSE_OF_REFUSED;
                shard.stays_away(&error);
                error!(%error, "its parts are refused until this is mended");
            }
        }
    }
}

/// Does with it what is done with all of them when the store is opened.
async fn admit(shards: &[Shard], options: &[ShardOptions], shard: &Shard) -> Result<(), ShardError> {
    check(shard).await?;
    placing::place(shards, options, |one| one.number() == shard.number()).await?;
    shard.comes();
    Ok(())
}
