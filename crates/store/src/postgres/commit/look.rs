//! How things stand, where it has to be known why a changeset was not committed, or where its chain ends.

use gangway_engine::{About, CommitError, Committed};
use tokio::time::Instant;

use super::super::PostgresStore;
use super::super::fault::Fault;
use super::super::placed;
use super::work::{Expected, Work};
use crate::chain::{ChainHash, Head};
use crate::rows::Senseless;

macro_rules! state {
    () => {
        "EXISTS (SELECT 1 FROM placements WHERE placements.part = $1 AND state <> 'here')"
    };
}

// What it is about comes first and is `NULL` where there is none.
const PARTNER: &str =
    concat!("SELECT (SELECT version FROM partners WHERE part = $1 AND tenant = $2 AND id = $3), ", state!());
const PARTNER_AND_CHAIN: &str = concat!(
    "SELECT (SELECT version FROM partners WHERE part = $1 AND tenant = $2 AND id = $3), ",
    state!(),
    ", (SELECT seq FROM audit_heads WHERE part = $1 AND tenant = $2), \
     (SELECT hash FROM audit_heads WHERE part = $1 AND tenant = $2), \
     EXISTS (SELECT 1 FROM audit_events WHERE part = $1 AND tenant = $2 AND id = $4)"
);
const SETTINGS: &str =
    concat!("SELECT (SELECT version FROM settings WHERE part = $1 AND tenant = $2), ", state!());
const SETTINGS_AND_CHAIN: &str = concat!(
    "SELECT (SELECT version FROM settings WHERE part = $1 AND tenant = $2), ",
    state!(),
    ", (SELECT seq FROM audit_heads WHERE part = $1 AND tenant = $2), \
     (SELECT hash FROM audit_heads WHERE part = $1 AND tenant = $2), \
     EXISTS (SELECT 1 FROM audit_events WHERE part = $1 AND tenant = $2 AND id = $3)"
);

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The version of what the changeset is about, if that is there.
    about: Option<i64>,
    /// Where the chain ends.
    pub(super) head: Head,
    /// Whether the changeset's event is there.
    recorded: bool,
    /// Whether its part is on its way to another database, or there.
    elsewhere: bool,
}

impl Seen {
    /// What can be said of a changeset by this alone; `None` if it may be that it can be committed.
    ///
    /// What was committed before is a duplicate, whatever else is wrong with it now.
    pub(super) fn verdict(&self, expected: Expected) -> Option<Result<Committed, CommitError>> {
        if self.recorded {
            return Some(Ok(Committed::Duplicate));
        }
        if self.elsewhere {
            return None;
        }
        match expected {
            Expected::Free if self.about.is_some() => Some(Err(CommitError::Taken)),
            Expected::Unset if self.about.is_some() => Some(Err(CommitError::Stale)),
            Expected::At(version) if self.about != Some(version) => Some(Err(CommitError::Stale)),
            Expected::Anything | Expected::Free | Expected::Unset | Expected::At(_) => None,
        }
    }
}

impl Seen {
    /// What is there to be said if it may be that it can be committed: that it cannot be here.
    pub(super) fn placed(&self, part: u8) -> Result<(), Fault> {
        if self.elsewhere { Err(placed::elsewhere(part)) } else { Ok(()) }
    }
}

impl PostgresStore {
    /// Looks how things stand with a changeset, until then at the latest.
    pub(super) async fn look(&self, work: &Work, until: Instant) -> Result<Seen, Fault> {
        let mut values = work.key().to_vec();
        values.extend(work.partner().map(|partner| partner.0.into()));
        let event = work.event.as_ref().map(|row| row.event.id.0.into());
        let sql = match (&work.about, &event) {
            (About::Partner(_), None) => PARTNER,
            (About::Partner(_), Some(_)) => PARTNER_AND_CHAIN,
            (About::Settings(_), None) => SETTINGS,
            (About::Settings(_), Some(_)) => SETTINGS_AND_CHAIN,
        };
        let recorded = event.is_some();
        values.extend(event);
        let rows = self.points.read(until, sql, &values).await?;
        let row = rows.first().ok_or(Senseless("nothing"))?;
        let (about, elsewhere) = (row.try_get(0)?, row.try_get(1)?);
        if !recorded {
            return Ok(Seen { about, head: Head::START, recorded, elsewhere });
        }
        let (seq, hash): (Option<i64>, Option<Vec<u8>>) = (row.try_get(2)?, row.try_get(3)?);
        let head = match seq.zip(hash) {
            None => Head::START,
            Some((seq, hash)) => {
                let hash = hash.try_into().map_err(|_| Senseless("end of a chain"))?;
                Head { seq, hash: ChainHash(hash) }
            }
        };
        Ok(Seen { about, head, recorded: row.try_get(4)?, elsewhere })
    }
}
