//! Fills an embedded store as its server would have, but many changesets at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_domain::Timestamp;
use gangway_engine::Store as _;
use gangway_store::{SqliteOptions, SqliteStore};
use tokio::task::JoinSet;

use crate::{Outcomes, audit_key, rows};

/// So many tenants are filled at a time; each one's changesets come one after the other, and those of all share transactions.
const TOGETHER: usize = 4096;

pub(crate) async fn fill(data: &Path, tenants: u64, due: i64) -> Outcomes<String> {
    std::fs::create_dir_all(data)?;
    let options = SqliteOptions {
        group_length: TOGETHER,
        queue_length: TOGETHER,
        queue_timeout: Duration::from_mins(5),
        ..SqliteOptions::at(data.join("gangway.db"))
    };
    let begun = Instant::now();
    let store = Arc::new(SqliteStore::open(&options, &audit_key::of_directory(data)?)?);
    // In the order of keys, so that rows are added at the end of the tables and nowhere else.
    let mut order: Vec<u64> = (0..tenants).collect();
    order.sort_unstable_by_key(|n| (rows::tenant(*n).part().0, rows::tenant(*n)));
    for some in order.chunks(TOGETHER) {
        let mut under_way = JoinSet::new();
        for n in some {
            under_way.spawn(fill_tenant(Arc::clone(&store), *n, Timestamp::from_unix_seconds(due)));
        }
        while let Some(done) = under_way.join_next().await {
            done??;
        }
    }
    store.close();
    let bytes = std::fs::metadata(data.join("gangway.db"))?.len();
    Ok(format!(
        "{{\"tenants\":{tenants},\"seconds\":{:.1},\"bytes\":{bytes}}}",
        begun.elapsed().as_secs_f64()
    ))
}

async fn fill_tenant(store: Arc<SqliteStore>, n: u64, due: Timestamp) -> Outcomes<()> {
    for change in rows::changesets(n, due)? {
        store.commit(change).await?;
    }
    Ok(())
}
