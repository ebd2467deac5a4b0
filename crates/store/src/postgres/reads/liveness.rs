//! Whether a database that has not answered yet is at work, or answers nobody any more.
//!
//! What reads one row is over in a moment, so its silence says enough. A list may take seconds; when the machine of the
//! database is cut off meanwhile, nothing ever says so. So while a list is waited for, the database is asked for something that
//! takes no time.

use std::convert::Infallible;

use tokio::time::{Instant, sleep};

use crate::postgres::PostgresStore;
use crate::postgres::client::fault::Fault;

const NOTHING: &str = "SELECT 1";

impl PostgresStore {
    /// Ends when the database answers nothing, and not later after it fell silent than a read of one row may last.
    pub(in crate::postgres) async fn until_it_is_dead(&self) -> Result<Infallible, Fault> {
        let lasts = self.options.point_lasts;
        loop {
            sleep(lasts / 4).await;
            match self.points.read(Instant::now() + lasts * 3 / 4, NOTHING, &[]).await {
                // Where all connections are in use, whether it answers is for those to find out who have them.
                Ok(_) | Err(Fault::Crowded) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
}
