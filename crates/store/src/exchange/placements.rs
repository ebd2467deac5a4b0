//! Where parts are, as a database in `PostgreSQL` knows it: what a node may not write any more it finds out by this.

use super::error::MoveError;
use super::postgres_side::PostgresSide;
use crate::postgres::exchange::Value;

/// What a database says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its rows are served from there.
    Here,
    /// Nothing is written any more.
    Leaving,
    /// Its rows are elsewhere.
    Gone,
}

impl State {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Leaving => "leaving",
            Self::Gone => "gone",
        }
    }

    /// What is no word of ours is taken for what is the safer.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "here" => Self::Here,
            "leaving" => Self::Leaving,
            _ => Self::Gone,
        }
    }
}

impl PostgresSide {
    /// What is said of parts; of the others nothing is.
    pub(super) async fn placements(&self) -> Result<Vec<(u8, State)>, MoveError> {
        let rows = self.run("SELECT part, state FROM placements", &[]).await?;
        let read = |row: &tokio_postgres::Row| {
            let part: i16 = row.try_get(0).ok()?;
            Some((u8::try_from(part).ok()?, State::of(row.try_get(1).ok()?)))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Says this of parts.
    pub(super) async fn place(&self, parts: impl Iterator<Item = u8>, state: State) -> Result<(), MoveError> {
        let sql = "INSERT INTO placements (part, state, since) \
            VALUES ($1, $2, CAST(extract(epoch FROM now()) * 10000000 AS bigint)) \
            ON CONFLICT (part) DO UPDATE SET state = excluded.state, since = excluded.since";
        for part in parts {
            self.run(sql, &[Value::Integer(part.into()), Value::Text(state.word())]).await?;
        }
        Ok(())
    }

    /// Says nothing of any part any more.
    pub(super) async fn forget_placements(&self) -> Result<(), MoveError> {
        self.run("DELETE FROM placements WHERE part >= 0", &[]).await.map(drop)
    }
}
