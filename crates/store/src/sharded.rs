//! Several databases in PostgreSQL, each of which has some of the parts.
//!
//! Where a part is, the databases say themselves (`placements`), so that parts can move while they are served, and all nodes
//! know: what is read of a part is believed only if the database, asked on the same connection after it, still has the part,
//! and what is written of one is written only on that condition. What a node remembers of it only spares looking.
//!
//! A database that cannot be reached when the store is opened is tried again until it can be; meanwhile its parts are refused,
//! and those of the others are served. Its parts are all that the others say they do not have: nobody else gets them.

mod coming;
mod error;
mod everywhere;
mod nodes;
mod placing;
mod port;
mod routes;
mod shard;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use gangway_engine::{StoreError, deadline};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{AuditKey, PostgresOptions, PostgresStore};
pub use error::ShardError;
use routes::Routes;
use shard::Shard;

/// One of several databases.
#[derive(Debug, Clone)]
pub struct ShardOptions {
    /// How it is reached.
    pub database: PostgresOptions,
    /// The parts it has to begin with. From then on the databases know where parts are.
    pub parts: Vec<RangeInclusive<u8>>,
}

/// Everything Gangway keeps, in several databases.
///
/// A database that is down keeps only those from working whose tenants' parts it has.
#[derive(Debug)]
pub struct ShardedStore {
    shards: Arc<[Shard]>,
    routes: Routes,
    /// When it was looked where parts are, for a part that is nowhere to be seen.
    looked: Mutex<Option<Instant>>,
    /// What waits for databases that are not there yet. It ends with the store.
    coming: Mutex<JoinSet<()>>,
}

/// How long there is between two looks where a part is that is on its way, and at least between two where one is that may be
/// in a database that is not there.
const PAUSE: Duration = Duration::from_millis(50);
const LONG_PAUSE: Duration = Duration::from_millis(500);
const MOST_SHARDS: usize = 64;

impl ShardedStore {
    /// Connects to all of them, brings their schemas up to date if their options say so, and looks where the parts are. One
    /// that cannot be reached is waited for later, unless it is the first, or parts have no place yet.
    ///
    /// # Errors
    /// [`ShardError`] that says what to do.
    pub async fn open(shards: &[ShardOptions], key: &AuditKey) -> Result<Self, ShardError> {
        if shards.is_empty() || shards.len() > MOST_SHARDS {
            return Err(ShardError::Count(shards.len()));
        }
        let options: Arc<[ShardOptions]> = shards.into();
        let (shards, coming) = coming::open(&options, key).await?;
        let store =
            Self { shards, routes: Routes::new(), looked: Mutex::new(None), coming: Mutex::new(coming) };
        store.look().await;
        Ok(store)
    }

    /// Lets go of all connections.
    pub async fn close(&self) {
        self.coming.lock().await.shutdown().await;
        for shard in &*self.shards {
            shard.store().close().await;
        }
    }

    /// The databases, in the order of the configuration. The first one has what belongs to no part.
    #[must_use]
    pub fn shards(&self) -> Vec<&PostgresStore> {
        self.shards.iter().map(Shard::store).collect()
    }

    /// Which of them is there, and answered when it was asked last.
    #[must_use]
    pub fn reachable(&self) -> Vec<bool> {
        self.shards.iter().map(Shard::answers).collect()
    }

    /// The database that has this part, as far as this node knows.
    fn shard(&self, part: u8) -> Option<&PostgresStore> {
        self.shards.get(self.routes.of(part)?).map(Shard::store)
    }

    /// Looks where parts are.
    async fn look(&self) {
        let said = self.shards.iter().map(|shard| shard.ask(|store| Box::pin(store.placements())));
        let found = futures_util::future::join_all(said).await;
        self.routes.are(&found);
    }

    /// When whoever asks gives up.
    fn ends(&self) -> Instant {
        let lasts = self.shards.iter().map(|shard| shard.store().commit_lasts()).max().unwrap_or_default();
        let by_itself = Instant::now() + lasts;
        deadline::at().map_or(by_itself, |until| by_itself.min(Instant::from_std(until)))
    }

    /// Waits a moment for a part that is on its way, and looks where it is then; refuses if there is no time for that, or if it
    /// may be in a database that is not there.
    async fn wait_for(&self, part: u8, until: Instant, first: bool) -> Result<(), StoreError> {
        if let Some(absence) = self.absence()
            && self.routes.of(part).is_none()
        {
            self.look_now_and_then().await;
            return if self.routes.of(part).is_some() { Ok(()) } else { Err(absence) };
        }
        if !first {
            if Instant::now() + PAUSE >= until {
                return Err(on_its_way(part));
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.look().await;
        Ok(())
    }

    /// Why one of them is not there.
    fn absence(&self) -> Option<StoreError> {
        self.shards.iter().find_map(Shard::absence)
    }

    /// Looks where parts are, unless somebody just did: however many ask for what cannot be had, the databases that are there
    /// have their own to do.
    async fn look_now_and_then(&self) {
        let mut looked = self.looked.lock().await;
        if looked.is_none_or(|looked| looked.elapsed() >= LONG_PAUSE) {
            self.look().await;
            *looked = Some(Instant::now());
        }
    }
}

fn on_its_way(part: u8) -> StoreError {
    StoreError::Unavailable(format!("part {part} is on its way from one database to another"))
}
