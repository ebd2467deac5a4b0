//! What is written beside changesets: secrets sealed anew, attempts forgotten, and a sign of life.

use std::collections::BTreeMap;

use gangway_domain::Timestamp;
use gangway_engine::{Sealed, StoreError, StoredSecret};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{PostgresStore, ends};
use crate::changeset::{MAX_SECRET, first_id_of, too_long};
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::postgres::migrations::moved::has_moved;
use crate::rows::{self, SecretTable};

macro_rules! reseal {
    ($table:literal, $id:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET sealed = $4 WHERE part = $1 AND tenant = $2 AND ",
            $id,
            " = $3 AND sealed = $5 AND NOT ",
            has_moved!(),
            " RETURNING part"
        )
    };
}

// Nothing is forgotten of what is on its way to another database: both have to have the same then.
const FORGETTABLE: &str = concat!(
    "SELECT part, tenant, id FROM attempts WHERE phase = 'closed' AND expires < $1 AND NOT ",
    has_moved!(),
    " ORDER BY expires LIMIT $2"
);
// Of one part, so that it is a statement for one machine where the database is spread over several.
const FORGET: &str = "DELETE FROM attempts WHERE part = $1 AND tenant = ANY($2) AND id = ANY($3) \
    AND phase = 'closed' AND expires < $4 RETURNING part";
const FORGETTABLE_COMMITS: &str = concat!(
    "SELECT part, tenant, id FROM commits WHERE id < $1 AND NOT ",
    has_moved!(),
    " ORDER BY id LIMIT $2"
);
const FORGET_COMMITS: &str = "DELETE FROM commits WHERE part = $1 AND tenant = ANY($2) AND id = ANY($3) \
    AND id < $4 RETURNING part";
const HAS_MOVED: &str = concat!("SELECT ", has_moved!());
const READABLE: &str = "SELECT part FROM partners LIMIT 1";
/// A node's row, or one of nobody's: a change that changes nothing is written all the same.
const SIGN: &str = "INSERT INTO nodes (node, name, version, keys, started, seen) VALUES ($1, '', '', '[]', 0, 0) \
    ON CONFLICT (node) DO UPDATE SET seen = nodes.seen RETURNING seen";

impl PostgresStore {
    /// Whether the old secret was still there.
    pub(super) async fn put_reseal(&self, old: &StoredSecret, new: &Sealed) -> Result<bool, StoreError> {
        if new.0.len() > MAX_SECRET {
            return Err(too_long());
        }
        let (table, tenant, id) = SecretTable::row_at(old.place);
        let sql = match table {
            SecretTable::Attempts => reseal!("attempts", "id"),
            SecretTable::Credentials => reseal!("credentials", "partner"),
            SecretTable::Releases => reseal!("releases", "id"),
        };
        let (part, sealed, before) = (tenant.part().0, new.0.as_slice(), old.sealed.0.as_slice());
        let values = [part.into(), tenant.0.into(), id.into(), sealed.into(), before.into()];
        if self.write(sql, &values).await?.is_empty() {
            // It is there still, if it may only not be written there any more.
            self.refuse_moved().await?;
            return Ok(false);
        }
        Ok(true)
    }

    async fn refuse_moved(&self) -> Result<(), StoreError> {
        let found = self.points.read(self.point_ends(), HAS_MOVED, &[]).await?;
        let has_moved = found.first().map(|row| rows::truth(row, 0, "answer"));
        if has_moved.transpose().map_err(Fault::from)? == Some(true) {
            return Err(Fault::Moved.into());
        }
        Ok(())
    }

    /// Forgets closed ones that expired before this, those that did first, and says how many.
    pub(super) async fn forget(&self, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forget_some((FORGETTABLE, FORGET), before.ticks().into(), at_most).await
    }

    /// Forgets silent changesets that were made before this, the oldest first, and says how many.
    pub(super) async fn forget_made(&self, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        self.forget_some((FORGETTABLE_COMMITS, FORGET_COMMITS), first_id_of(before).into(), at_most).await
    }

    /// Looks what there is to forget before this, and forgets it part by part.
    async fn forget_some(
        &self,
        (find, forget): (&str, &str),
        before: Value<'_>,
        at_most: usize,
    ) -> Result<usize, StoreError> {
        let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
        let values = [before.clone(), limit.into()];
        let found = self.lists.read(ends(self.options.list_lasts), find, &values).await?;
        let mut parts = BTreeMap::<i64, (Vec<Uuid>, Vec<Uuid>)>::new();
        for row in &found {
            let of = |row| {
                Ok((rows::integer(row, 0, "part")?, rows::id(row, 1, "tenant")?, rows::id(row, 2, "id")?))
            };
            let (part, tenant, id) = of(row).map_err(Fault::Senseless)?;
            let (tenants, ids) = parts.entry(part).or_default();
            tenants.push(tenant);
            ids.push(id);
        }
        let mut forgotten = 0;
        for (part, (tenants, ids)) in &parts {
            let values = [Value::Integer(*part), Value::Ids(tenants), Value::Ids(ids), before.clone()];
            forgotten += self.write(forget, &values).await?.len();
        }
        Ok(forgotten)
    }

    /// Reads something, and has the row of the node that runs here written as it was.
    pub(super) async fn give_sign(&self) -> Result<(), StoreError> {
        self.points.read(self.point_ends(), READABLE, &[]).await?;
        let node = self.node.get().copied().unwrap_or_default();
        self.points.write(self.point_ends(), SIGN, &[node.into()]).await?;
        Ok(())
    }

    /// Writes something that is none of a changeset's, and whose outcome nobody is told if the connection breaks.
    pub(super) async fn write(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        Ok(self.points.write(ends(self.options.commit_lasts), sql, values).await?)
    }
}
