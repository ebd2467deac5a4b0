//! Where parts are, as a database in `PostgreSQL` knows it: what a node may not write any more it finds out by this.

use tokio_postgres::types::ToSql;

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
    /// Its rows are being copied to there, and are served from elsewhere.
    Arriving,
}

impl State {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Leaving => "leaving",
            Self::Gone => "gone",
            Self::Arriving => "arriving",
        }
    }

    /// Whether rows of the part are served from there.
    pub(crate) const fn is_served(self) -> bool {
        matches!(self, Self::Here | Self::Leaving)
    }

    /// What is no word of ours is taken for what is the safer.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "here" => Self::Here,
            "leaving" => Self::Leaving,
            "arriving" => Self::Arriving,
            _ => Self::Gone,
        }
    }
}

/// What a database says of a part, and who had it say so: the number of a mover, or 0. Whoever is to move a part says so in
/// the database that has it, and is overtaken by who says so after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) part: u8,
    pub(super) state: State,
    pub(super) by: i64,
}

impl Said {
    fn values(&self) -> [Value<'static>; 3] {
        [Value::Integer(self.part.into()), Value::Text(self.state.word()), Value::Integer(self.by)]
    }
}

impl PostgresSide {
    /// What is said of a part.
    pub(super) async fn placement(&self, part: u8) -> Result<Option<Said>, MoveError> {
        let sql = "SELECT state, since FROM placements WHERE part = $1";
        let rows = self.run(sql, &[Value::Integer(part.into())]).await?;
        let said = |row: &tokio_postgres::Row| {
            Some(Said { part, state: State::of(row.try_get(0).ok()?), by: row.try_get(1).ok()? })
        };
        Ok(rows.first().and_then(said))
    }

    /// Whether parts of what there is are elsewhere.
    pub(super) async fn is_one_of_several(&self) -> Result<bool, MoveError> {
        let sql = "SELECT part FROM placements WHERE state IN ('gone', 'arriving') LIMIT 1";
        Ok(!self.run(sql, &[]).await?.is_empty())
    }

    /// Says something else of a part; `false` if what is said of it is not that any more.
    pub(super) async fn turn(&self, from: Said, to: Said) -> Result<bool, MoveError> {
        let sql = "UPDATE placements SET state = $4, since = $5 WHERE part = $1 AND state = $2 AND since = $3 \
            RETURNING part";
        let [part, state, by] = from.values();
        let values = [part, state, by, Value::Text(to.state.word()), Value::Integer(to.by)];
        Ok(!self.run(sql, &values).await?.is_empty())
    }

    /// Says this of a part of which nothing is said; `false` if something is.
    pub(super) async fn say_first(&self, said: Said) -> Result<bool, MoveError> {
        let sql = "INSERT INTO placements (part, state, since) VALUES ($1, $2, $3) ON CONFLICT (part) DO NOTHING \
            RETURNING part";
        Ok(!self.run(sql, &said.values()).await?.is_empty())
    }

    /// Writes, if this is what is said of a part, and goes on being said until it is written; `false` if it is not.
    pub(super) async fn write_while<V: ToSql + Sync>(
        &self,
        said: Said,
        sql: &str,
        values: &[V],
    ) -> Result<bool, MoveError> {
        let held =
            "UPDATE placements SET since = $3 WHERE part = $1 AND state = $2 AND since = $3 RETURNING part";
        self.run_if((held, &said.values()), (sql, values)).await
    }

    /// Says this of parts.
    pub(super) async fn place(&self, parts: impl Iterator<Item = u8>, state: State) -> Result<(), MoveError> {
        let sql = "INSERT INTO placements (part, state, since) \
            VALUES ($1, $2, 0) ON CONFLICT (part) DO UPDATE SET state = excluded.state";
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
