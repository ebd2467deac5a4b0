//! The store in PostgreSQL, and in what speaks its protocol and is distributed.
//!
//! Every statement is prepared and is one implicit transaction; none uses what only PostgreSQL has. What the embedded store
//! does with threads and locks is done here by conditions in statements, so any number of nodes may share a database.

mod adoption;
mod audit;
mod client;
mod commit;
pub(crate) mod copy_connection;
mod migrations;
mod nodes;
mod port;
mod reads;
mod statistics;
mod writes;

use std::sync::OnceLock;

use gangway_engine::deadline;
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use audit::PostgresAudit;
use client::address::Address;
pub use client::open_error::PostgresError;
pub use client::options::PostgresOptions;
use client::pool::Pool;
pub use commit::{ToldStatement, told_statements};
pub use migrations::{Schema, Step, migrate, status};
pub use nodes::shared_secrets::SharedSecrets;

use crate::audit::key::AuditKey;
use crate::fair_queue::FairQueue;
use crate::shared::SeenNode;

/// Everything Gangway keeps, in a PostgreSQL database that any number of nodes share.
///
/// Nothing waits for long: a connection is made, had and answered within the limits of [`PostgresOptions`] and within the
/// deadline of whoever asks ([`gangway_engine::deadline`]), or the answer is an error. What comes back after that is used
/// again without a restart.
#[derive(Debug)]
pub struct PostgresStore {
    /// For reads of one row, and for commits.
    points: Pool,
    /// For the lists that the program needs for its own work, which nobody's query may hold up.
    lists: Pool,
    /// For what callers list and count, which may take long.
    queries: Pool,
    fair_queue: FairQueue,
    heads: commit::ChainHeads,
    /// The node that runs here, once it has asked for parts.
    node: OnceLock<Uuid>,
    options: PostgresOptions,
    /// Proves where chains of audit events end.
    key: AuditKey,
}

impl PostgresStore {
    /// Connects to the database, and brings its schema up to date if the options say so. Its audit is proven with this key, or
    /// will be from now on ([`AuditKey::adopting`]); every node has the same.
    ///
    /// # Errors
    /// [`PostgresError`] that names host and database, never the password, and says what to do.
    pub async fn open(options: &PostgresOptions, key: &AuditKey) -> Result<Self, PostgresError> {
        let store = Self::unchecked(options, key)?;
        store.check().await?;
        Ok(store)
    }

    /// The processes that have a database of this program's schema open. Nothing is looked at but that, so it takes no key.
    ///
    /// # Errors
    /// [`PostgresError`] that names the database and says what to do.
    pub async fn nodes_of(options: &PostgresOptions) -> Result<Vec<SeenNode>, PostgresError> {
        let key = AuditKey::new(&Zeroizing::new([0; AuditKey::BYTES]));
        let store = Self::unchecked(options, &key)?;
        migrations::check_to_serve(options, &Address::parse(options)?).await?;
        let nodes = store.nodes().await;
        store.close().await;
        nodes.map_err(|error| PostgresError::Unread(error.to_string()))
    }

    /// One that has not asked the database anything yet: nothing is to be done with it before [`Self::check`].
    fn unchecked(options: &PostgresOptions, key: &AuditKey) -> Result<Self, PostgresError> {
        let place = Address::parse(options)?;
        let pool = |connections, lasts, is_slow| Pool::new(&place, options, connections, lasts, is_slow);
        let points = pool(options.connections, options.point_lasts.max(options.commit_lasts), false)?;
        let lists = pool(options.list_connections, options.list_lasts, true)?;
        let queries = pool(options.query_connections, options.query_lasts, true)?;
        let (fair_queue, heads) = (FairQueue::new(options.query_connections), commit::ChainHeads::new());
        let (options, key) = (options.clone(), key.clone());
        Ok(Self { points, lists, queries, fair_queue, heads, node: OnceLock::new(), options, key })
    }

    /// Looks whether the database may be served from, brings its schema up to date if the options say so, and has its audit
    /// proven.
    async fn check(&self) -> Result<(), PostgresError> {
        migrations::check_to_serve(&self.options, &Address::parse(&self.options)?).await?;
        adoption::of_database(&self.options, &self.key).await
    }

    /// Lets go of the connections. Everything is refused from then on.
    #[expect(clippy::unused_async, reason = "a store that has something to finish waits for it here")]
    pub async fn close(&self) {
        self.points.close();
        self.lists.close();
        self.queries.close();
    }

    /// When a read of one row has to be over.
    fn point_ends(&self) -> Instant {
        ends(self.options.point_lasts)
    }
}

/// So much later, or earlier if whoever asks gives up earlier.
fn ends(lasts: std::time::Duration) -> Instant {
    let by_itself = Instant::now() + lasts;
    deadline::at().map_or(by_itself, |until| by_itself.min(Instant::from_std(until)))
}
