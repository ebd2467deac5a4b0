//! How things stand, where it has to be known why a changeset was not committed, or where its chain ends.

use gangway_domain::TenantId;
use gangway_engine::{About, CommitError, Committed, StoreError};
use tokio::time::Instant;
use tokio_postgres::Row;

use super::super::PostgresStore;
use super::plan::Start;
use super::request::{CommitRequest, Expected};
use crate::audit;
use crate::audit::chain::End;
use crate::postgres::client::fault::Fault;
use crate::postgres::migrations::moved::has_moved;
use crate::rows::Senseless;

/// Whether everything has moved, and whether the changeset was committed: at the same moment as all else, so that nobody takes
/// for stale what only finds its own traces.
macro_rules! recorded {
    () => {
        concat!(
            has_moved!(),
            ", EXISTS (SELECT 1 FROM audit_events WHERE part = $1 AND tenant = $2 AND id = $3) \
             OR EXISTS (SELECT 1 FROM commits WHERE part = $1 AND tenant = $2 AND id = $3)"
        )
    };
}

/// Where the chain ends, and which tenants of the part have one.
macro_rules! chain {
    () => {
        ", (SELECT seq FROM audit_heads WHERE part = $1 AND tenant = $2), \
         (SELECT hash FROM audit_heads WHERE part = $1 AND tenant = $2), \
         (SELECT adopted FROM audit_heads WHERE part = $1 AND tenant = $2), \
         (SELECT unlinked FROM audit_heads WHERE part = $1 AND tenant = $2), \
         (SELECT mac FROM audit_heads WHERE part = $1 AND tenant = $2), \
         (SELECT tenants FROM audit_rosters WHERE part = $1), \
         (SELECT members FROM audit_rosters WHERE part = $1), \
         (SELECT mac FROM audit_rosters WHERE part = $1)"
    };
}

// What it is about comes first and is `NULL` where there is none.
const PARTNER: &str = concat!(
    "SELECT (SELECT version FROM partners WHERE part = $1 AND tenant = $2 AND id = $4), ",
    recorded!()
);
const PARTNER_AND_CHAIN: &str = concat!(
    "SELECT (SELECT version FROM partners WHERE part = $1 AND tenant = $2 AND id = $4), ",
    recorded!(),
    chain!()
);
const SETTINGS: &str =
    concat!("SELECT (SELECT version FROM settings WHERE part = $1 AND tenant = $2), ", recorded!());
const SETTINGS_AND_CHAIN: &str =
    concat!("SELECT (SELECT version FROM settings WHERE part = $1 AND tenant = $2), ", recorded!(), chain!());

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The version of what the changeset is about, if that is there.
    about: Option<i64>,
    /// Where the chain is gone on with; `None` if nobody with the key says so, and nobody may.
    pub(super) start: Option<Start>,
    /// Whether the changeset was committed.
    recorded: bool,
}

impl Seen {
    /// What can be said of a changeset by this alone; `None` if it may be that it can be committed.
    ///
    /// What was committed before is a duplicate, whatever else is wrong with it now.
    pub(super) fn verdict(&self, expected: Expected) -> Option<Result<Committed, CommitError>> {
        if self.recorded {
            return Some(Ok(Committed::Duplicate));
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
    /// Where the chain ends, as far as it may be gone on with from there.
    pub(super) fn end(&self) -> End {
        self.start.map_or(End::START, |start| start.end)
    }

    /// Where the chain is gone on with. From an end that nobody with the key wrote it is not: that would prove what somebody else
    /// made of it.
    pub(super) fn believed(&self, tenant: TenantId) -> Result<Start, StoreError> {
        self.start.ok_or_else(|| {
            tracing::error!(%tenant, "the audit was altered, and nothing more is added to it: `gangway audit verify` says where");
            StoreError::Unavailable("the audit was altered".into())
        })
    }
}

impl PostgresStore {
    /// Looks how things stand with a changeset, until then at the latest. If everything has moved, one that was committed before
    /// is found all the same, and any other is refused.
    pub(super) async fn look(&self, work: &CommitRequest, until: Instant) -> Result<Seen, Fault> {
        let mut values = work.key().to_vec();
        values.push(work.id.0.into());
        values.extend(work.partner().map(|partner| partner.0.into()));
        let sql = match (&work.about, &work.event) {
            (About::Partner(_), None) => PARTNER,
            (About::Partner(_), Some(_)) => PARTNER_AND_CHAIN,
            (About::Settings(_), None) => SETTINGS,
            (About::Settings(_), Some(_)) => SETTINGS_AND_CHAIN,
        };
        let rows = self.points.read(until, sql, &values).await?;
        let row = rows.first().ok_or(Senseless("nothing"))?;
        let (about, has_moved, recorded): (_, bool, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if has_moved && !recorded {
            return Err(Fault::Moved);
        }
        let start = if work.event.is_some() { self.start(work.tenant(), row)? } else { None };
        Ok(Seen { about, start, recorded })
    }

    fn start(&self, tenant: TenantId, row: &Row) -> Result<Option<Start>, Fault> {
        if let Some(stored) = audit::end(row, 3)? {
            return Ok(stored.proven(&self.key, tenant).map(|end| Start { end, others: None }));
        }
        let roster = audit::roster(row, 8)?;
        let others = roster.and_then(|roster| roster.proven(&self.key, tenant.part().0));
        Ok(others.map(|others| Start { end: End::START, others: Some(others) }))
    }
}
