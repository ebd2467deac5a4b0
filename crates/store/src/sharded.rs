//! Several databases in PostgreSQL, each of which has some of the parts.
//!
//! Where a part is, the databases say themselves (`placements`), so that parts can move while they are served, and all nodes
//! know: what is read of a part is believed only if the database, asked on the same connection after it, still has the part,
//! and what is written of one is written only on that condition. What a node remembers of it only spares looking.

mod everywhere;
mod nodes;
mod placing;
mod port;
mod routes;

use std::ops::RangeInclusive;
use std::time::Duration;

use gangway_engine::{StoreError, deadline};
use tokio::time::Instant;

use crate::{PostgresError, PostgresOptions, PostgresStore};
use routes::Routes;

/// One of several databases.
#[derive(Debug, Clone)]
pub struct ShardOptions {
    /// How it is reached.
    pub database: PostgresOptions,
    /// The parts it has to begin with. From then on the databases know where parts are.
    pub parts: Vec<RangeInclusive<u8>>,
}

/// Why several databases cannot be used as one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// One of them cannot be used.
    #[error(transparent)]
    Database(#[from] PostgresError),
    /// One of them cannot say which parts it has.
    #[error("database {0} of store.shard: {1}")]
    Unreadable(usize, StoreError),
    /// A part belongs to none of them.
    #[error("part {0} is in no database: give it to one in store.shard")]
    Nowhere(u8),
    /// A part belongs to several of them.
    #[error(
        "part {0} is in databases {1} and {2} of store.shard: one part has one place; what a database has of its own, \
         placements there says"
    )]
    Twice(u8, usize, usize),
    /// A part would be given to one of them while another has rows of it.
    #[error(
        "database {shard} of store.shard has rows of part {part}, which the configuration gives to another: give it to \
         that one to begin with, and then move it with `gangway db move-part`"
    )]
    HasRows {
        /// The part.
        part: u8,
        /// Which database has rows of it.
        shard: usize,
    },
    /// There are none, or too many.
    #[error("store.shard names {0} databases: name 1 to 64")]
    Count(usize),
}

/// Everything Gangway keeps, in several databases.
///
/// A database that is down keeps only those from working whose tenants' parts it has.
#[derive(Debug)]
pub struct ShardedStore {
    shards: Vec<PostgresStore>,
    routes: Routes,
}

/// How long there is between two looks where a part is that is on its way.
const PAUSE: Duration = Duration::from_millis(50);
const MOST_SHARDS: usize = 64;

impl ShardedStore {
    /// Connects to all of them, brings their schemas up to date if their options say so, and looks where the parts are.
    ///
    /// # Errors
    /// [`ShardError`] that says what to do.
    pub async fn open(shards: &[ShardOptions]) -> Result<Self, ShardError> {
        if shards.is_empty() || shards.len() > MOST_SHARDS {
            return Err(ShardError::Count(shards.len()));
        }
        let mut opened = Vec::new();
        for shard in shards {
            opened.push(PostgresStore::open(&shard.database).await?);
        }
        placing::place_first(&opened, shards).await?;
        let store = Self { shards: opened, routes: Routes::new() };
        store.look().await;
        Ok(store)
    }

    /// Lets go of all connections.
    pub async fn close(&self) {
        for shard in &self.shards {
            shard.close().await;
        }
    }

    /// The databases, in the order of the configuration. The first one has what belongs to no part.
    #[must_use]
    pub fn shards(&self) -> &[PostgresStore] {
        &self.shards
    }

    /// The database that has this part, as far as this node knows.
    fn shard(&self, part: u8) -> Option<&PostgresStore> {
        self.shards.get(self.routes.of(part)?)
    }

    /// Looks where parts are.
    async fn look(&self) {
        let found = futures_util::future::join_all(self.shards.iter().map(PostgresStore::placements)).await;
        self.routes.are(&found);
    }

    /// When whoever asks gives up.
    fn ends(&self) -> Instant {
        let lasts = self.shards.iter().map(PostgresStore::commit_lasts).max().unwrap_or_default();
        let by_itself = Instant::now() + lasts;
        deadline::at().map_or(by_itself, |until| by_itself.min(Instant::from_std(until)))
    }

    /// Waits a moment for a part that is on its way, and looks where it is then; refuses if there is no time for that.
    async fn wait_for(&self, part: u8, until: Instant, first: bool) -> Result<(), StoreError> {
        if !first {
            if Instant::now() + PAUSE >= until {
                return Err(on_its_way(part));
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.look().await;
        Ok(())
    }
}

fn on_its_way(part: u8) -> StoreError {
    StoreError::Unavailable(format!("part {part} is on its way from one database to another"))
}
