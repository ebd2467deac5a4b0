//! Which nodes there are. Times are the database's: those of nodes may differ.

use std::collections::HashMap;
use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_engine::{NodeId, StoreError};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::rows::Senseless;
use crate::shared::{Node, SeenNode};

/// Now, in steps of 100 ns.
macro_rules! now {
    () => {
        "CAST(extract(epoch FROM now()) * 10000000 AS bigint)"
    };
}

const TIME: &str = concat!("SELECT ", now!());
const SHOW: &str = concat!(
    "INSERT INTO nodes (node, name, version, keys, started, seen) VALUES ($1, $2, $3, $4, ",
    now!(),
    ", ",
    now!(),
    ") ON CONFLICT (node) DO UPDATE SET name = excluded.name, version = excluded.version, keys = excluded.keys, \
     seen = excluded.seen RETURNING seen"
);
const GIVE_LEASES_BACK: &str =
    "UPDATE leases SET expires = 0 WHERE part = ANY($2) AND node = $1 AND expires > 0";
const REMOVE: &str = "DELETE FROM nodes WHERE node = $1";
const FORGET: &str = concat!("DELETE FROM nodes WHERE seen < ", now!(), " - $1");
// One without a name is nobody's, or one that has not told it yet.
const NODES: &str = concat!(
    "SELECT node, name, version, keys, started, ",
    now!(),
    " - seen FROM nodes WHERE name <> '' ORDER BY name, node"
);
const LEASES: &str = concat!("SELECT node, count(*) FROM leases WHERE expires > ", now!(), " GROUP BY node");

impl PostgresStore {
    /// What time the database says it is.
    pub(crate) async fn time(&self) -> Result<Timestamp, StoreError> {
        let rows = self.points.read(self.point_ends(), TIME, &[]).await?;
        Ok(time(&rows)?)
    }

    pub(crate) async fn show_node(&self, node: &Node) -> Result<Timestamp, StoreError> {
        let keys = serde_json::to_string(&node.keys).map_err(|_| Fault::Senseless(Senseless("keys")))?;
        let values =
            [Value::Id(node.id.0), Value::Text(&node.name), Value::Text(&node.version), Value::Text(&keys)];
        // Written again, it is the same.
        let rows = self.points.read(self.point_ends(), SHOW, &values).await?;
        Ok(time(&rows)?)
    }

    pub(crate) async fn remove_node(&self, id: NodeId) -> Result<(), StoreError> {
        let parts: Vec<i16> = (0..256).collect();
        let leases = [Value::Id(id.0), Value::Parts(&parts)];
        self.points.write(self.point_ends(), GIVE_LEASES_BACK, &leases).await?;
        self.points.write(self.point_ends(), REMOVE, &[Value::Id(id.0)]).await?;
        Ok(())
    }

    pub(crate) async fn forget_nodes(&self, silent: Duration) -> Result<(), StoreError> {
        self.lists.read(self.point_ends(), FORGET, &[Value::Integer(ticks(silent))]).await?;
        Ok(())
    }

    pub(crate) async fn nodes(&self) -> Result<Vec<SeenNode>, StoreError> {
        let leases = self.lists.read(self.point_ends(), LEASES, &[]).await?;
        let parts: HashMap<Uuid, usize> = leases.iter().map(held).collect::<Result<_, _>>()?;
        let nodes = self.lists.read(self.point_ends(), NODES, &[]).await?;
        Ok(nodes.iter().map(|row| seen(row, &parts)).collect::<Result<_, Fault>>()?)
    }
}

fn time(rows: &[Row]) -> Result<Timestamp, Fault> {
    let ticks = rows.first().map(|row| row.try_get(0)).transpose()?;
    ticks.and_then(Timestamp::from_ticks).ok_or(Fault::Senseless(Senseless("time")))
}

fn held(row: &Row) -> Result<(Uuid, usize), Fault> {
    let count: i64 = row.try_get(1)?;
    Ok((row.try_get(0)?, usize::try_from(count).map_err(|_| Fault::Senseless(Senseless("count")))?))
}

fn seen(row: &Row, parts: &HashMap<Uuid, usize>) -> Result<SeenNode, Fault> {
    let id: Uuid = row.try_get(0)?;
    let keys: &str = row.try_get(3)?;
    let node = Node {
        id: NodeId(id),
        name: row.try_get(1)?,
        version: row.try_get(2)?,
        keys: serde_json::from_str(keys).map_err(|_| Fault::Senseless(Senseless("list of keys")))?,
    };
    let started = Timestamp::from_ticks(row.try_get(4)?).ok_or(Fault::Senseless(Senseless("time")))?;
    let silent: i64 = row.try_get(5)?;
    let silent = Duration::from_nanos(u64::try_from(silent).unwrap_or(0).saturating_mul(100));
    Ok(SeenNode { node, started, silent, parts: parts.get(&id).copied().unwrap_or(0) })
}

fn ticks(time: Duration) -> i64 {
    i64::try_from(time.as_nanos() / 100).unwrap_or(i64::MAX)
}
