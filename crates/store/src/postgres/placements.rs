//! Which parts a database has, where there are several databases.

use gangway_domain::Timestamp;
use gangway_engine::{NodeId, StoreError};

use super::PostgresStore;
use super::fault::Fault;
use super::value::Value;
use crate::exchange::placements::State;
use crate::rows::{self, Senseless};

const ALL: &str = "SELECT part, state FROM placements";
const PARTNERS_OF: &str = "SELECT part FROM partners WHERE part = ANY($1) LIMIT 1";
const CHAINS_OF: &str = "SELECT part FROM audit_heads WHERE part = ANY($1) LIMIT 1";
const LEASED: &str = "SELECT part FROM leases WHERE node = $1 AND expires > $2";

/// What a database says of each part; `None` of those it says nothing of.
pub(crate) type Placements = [Option<State>; 256];

impl PostgresStore {
    /// What the database says of parts.
    pub(crate) async fn placements(&self) -> Result<Placements, StoreError> {
        let rows = self.points.read(self.point_ends(), ALL, &[]).await?;
        let mut found = [None; 256];
        for row in &rows {
            let part = rows::integer(row, 0, "part").map_err(Fault::from)?;
            let word = row.try_get(1).map_err(Fault::from)?;
            let place = usize::try_from(part).ok().and_then(|part| found.get_mut(part));
            *place.ok_or(Fault::Senseless(Senseless("part")))? = Some(State::of(word));
        }
        Ok(found)
    }

    /// Says this of parts of which nothing is said yet.
    pub(crate) async fn place_first(&self, parts: &[u8], state: State) -> Result<(), StoreError> {
        if parts.is_empty() {
            return Ok(());
        }
        let word = state.word();
        let rows: Vec<_> = parts.iter().map(|part| format!("({part}, '{word}', 0)")).collect();
        let sql = format!(
            "INSERT INTO placements (part, state, since) VALUES {} ON CONFLICT (part) DO NOTHING",
            rows.join(", ")
        );
        self.write(&sql, &[]).await.map(drop)
    }

    /// One of these parts of which there are rows here; `None` if there are of none.
    pub(crate) async fn has_any_of(&self, parts: &[u8]) -> Result<Option<u8>, StoreError> {
        let parts: Vec<i16> = parts.iter().map(|part| i16::from(*part)).collect();
        for sql in [PARTNERS_OF, CHAINS_OF] {
            let rows = self.points.read(self.point_ends(), sql, &[Value::Parts(&parts)]).await?;
            if let Some(row) = rows.first() {
                let part = rows::integer(row, 0, "part").map_err(Fault::from)?;
                return Ok(u8::try_from(part).ok());
            }
        }
        Ok(None)
    }

    /// The parts whose leases a node holds here.
    pub(crate) async fn leased(&self, node: NodeId, now: Timestamp) -> Result<Vec<u8>, StoreError> {
        let rows = self.points.read(self.point_ends(), LEASED, &[node.0.into(), now.ticks().into()]).await?;
        let part = |row| rows::integer(row, 0, "part").map_err(Fault::from);
        let parts = rows.iter().map(part).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.into_iter().filter_map(|part| u8::try_from(part).ok()).collect())
    }
}
