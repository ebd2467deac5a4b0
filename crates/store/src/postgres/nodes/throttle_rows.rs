//! What was asked of each node. Every node writes rows of its own, so that none waits for another; a counter's name ends in
//! the node's. Slots are told by when they began, in milliseconds of the database's clock.

use std::time::Duration;

use gangway_engine::{NodeId, StoreError};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::pool::in_time;
use crate::postgres::client::value::Value;
use crate::rows::Senseless;
use crate::shared::{Used, UsedElsewhere};

/// When the slot began that is now; $1 is the length of slots in milliseconds.
macro_rules! slot {
    () => {
        "CAST(floor(extract(epoch FROM now()) * 1000 / CAST($1 AS double precision)) * CAST($1 AS double precision) AS bigint)"
    };
}

const TELL: &str = concat!(
    "INSERT INTO throttle_counts (part, tenant, counter, slot, requests, writes) \
     SELECT CAST(told.part AS smallint), told.tenant, told.counter, ",
    slot!(),
    ", told.requests, told.writes FROM unnest(CAST($2 AS bigint[]), CAST($3 AS uuid[]), CAST($4 AS bytea[]), \
     CAST($5 AS bigint[]), CAST($6 AS bigint[])) AS told (part, tenant, counter, requests, writes) \
     ON CONFLICT (part, tenant, counter, slot) DO UPDATE SET \
     requests = throttle_counts.requests + excluded.requests, writes = throttle_counts.writes + excluded.writes"
);
const ASK: &str = concat!(
    "SELECT asked.place, ",
    slot!(),
    " - counts.slot, CAST(sum(counts.requests) AS bigint), CAST(sum(counts.writes) AS bigint) \
     FROM unnest(CAST($2 AS bigint[]), CAST($3 AS bigint[]), CAST($4 AS uuid[]), CAST($5 AS bytea[]), \
     CAST($6 AS bytea[]), CAST($7 AS bytea[])) AS asked (place, part, tenant, first, last, own) \
     JOIN throttle_counts AS counts ON counts.part = CAST(asked.part AS smallint) AND counts.tenant = asked.tenant \
     AND counts.counter >= asked.first AND counts.counter <= asked.last AND counts.counter <> asked.own \
     WHERE counts.slot > ",
    slot!(),
    " - $8 GROUP BY asked.place, counts.slot"
);
/// Twice as long ago as the longest window begins.
const FORGET: &str = "DELETE FROM throttle_counts WHERE part = ANY($1) AND slot < CAST(extract(epoch FROM now()) * 1000 AS bigint) - 7200000";

/// As many as are told in one statement.
const AT_ONCE: usize = 1000;

impl PostgresStore {
    pub(crate) async fn share_counts(
        &self,
        node: NodeId,
        slot: Duration,
        slots: u64,
        used: &[Used],
    ) -> Result<Vec<UsedElsewhere>, StoreError> {
        let millis = u32::try_from(slot.as_millis()).unwrap_or(u32::MAX).max(1);
        let mut elsewhere = Vec::new();
        for (n, some) in used.chunks(AT_ONCE).enumerate() {
            self.tell_counts(node, millis, some).await?;
            elsewhere.extend(self.ask_counts(node, millis, slots, (n * AT_ONCE, some)).await?);
        }
        Ok(elsewhere)
    }

    async fn tell_counts(&self, node: NodeId, millis: u32, used: &[Used]) -> Result<(), Fault> {
        let told: Vec<&Used> = used.iter().filter(|used| used.requests > 0).collect();
        if told.is_empty() {
            return Ok(());
        }
        let parts: Vec<i64> = told.iter().map(|used| used.tenant.part().0.into()).collect();
        let tenants: Vec<Uuid> = told.iter().map(|used| used.tenant.0).collect();
        let counters: Vec<Vec<u8>> = told.iter().map(|used| counter(used, node.0)).collect();
        let requests: Vec<i64> = told.iter().map(|used| used.requests.into()).collect();
        let writes: Vec<i64> = told.iter().map(|used| used.writes.into()).collect();
        self.exchange(TELL, &[&f64::from(millis), &parts, &tenants, &counters, &requests, &writes])
            .await
            .map(drop)
    }

    async fn ask_counts(
        &self,
        node: NodeId,
        millis: u32,
        slots: u64,
        (from, used): (usize, &[Used]),
    ) -> Result<Vec<UsedElsewhere>, Fault> {
        let places: Vec<i64> = (0..).take(used.len()).collect();
        let parts: Vec<i64> = used.iter().map(|used| used.tenant.part().0.into()).collect();
        let tenants: Vec<Uuid> = used.iter().map(|used| used.tenant.0).collect();
        let of = |node: Uuid| used.iter().map(|used| counter(used, node)).collect::<Vec<_>>();
        let (first, last, own) = (of(Uuid::nil()), of(Uuid::max()), of(node.0));
        let back = i64::from(millis).saturating_mul(i64::try_from(slots).unwrap_or(i64::MAX));
        let values: [&(dyn ToSql + Sync); 8] =
            [&f64::from(millis), &places, &parts, &tenants, &first, &last, &own, &back];
        let rows = self.exchange(ASK, &values).await?;
        rows.iter().map(|row| elsewhere(row, millis, from)).collect()
    }

    pub(crate) async fn forget_counts(&self) -> Result<(), StoreError> {
        let parts: Vec<i16> = (0..256).collect();
        self.lists.write(self.point_ends(), FORGET, &[Value::Parts(&parts)]).await?;
        Ok(())
    }

    /// A statement whose parameters are lists.
    async fn exchange(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let until = self.point_ends();
        let connection = self.lists.lend(until).await?;
        let outcome = in_time(until, async {
            let statement = connection.prepare(sql).await?;
            Ok(connection.client()?.query(&statement, values).await?)
        })
        .await;
        connection.settle(&outcome);
        outcome
    }
}

fn counter(used: &Used, node: Uuid) -> Vec<u8> {
    [used.counter, node.into_bytes()].concat()
}

fn elsewhere(row: &Row, millis: u32, from: usize) -> Result<UsedElsewhere, Fault> {
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(Fault::from);
    let small = |column: usize| Ok::<_, Fault>(u32::try_from(number(column)?.max(0)).unwrap_or(u32::MAX));
    let place = usize::try_from(number(0)?).map_err(|_| Fault::Senseless(Senseless("place")))?;
    // One that another node writes may have begun since.
    let age = u64::try_from(number(1)? / i64::from(millis)).unwrap_or(0);
    Ok(UsedElsewhere { index: from + place, age, requests: small(2)?, writes: small(3)? })
}
