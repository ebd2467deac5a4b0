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

impl PostgresSide {
    /// What is said of a part.
    pub(super) async fn placement(&self, part: u8) -> Result<Option<State>, MoveError> {
        let rows =
            self.run("SELECT state FROM placements WHERE part = $1", &[Value::Integer(part.into())]).await?;
        Ok(rows.first().and_then(|row| row.try_get(0).ok()).map(State::of))
    }

    /// Whether parts of what there is are elsewhere.
    pub(super) async fn is_one_of_several(&self) -> Result<bool, MoveError> {
        let sql = "SELECT part FROM placements WHERE state IN ('gone', 'arriving') LIMIT 1";
        Ok(!self.run(sql, &[]).await?.is_empty())
    }

    /// Says something else of a part; `false` if what is said of it is not what it should be.
    pub(super) async fn turn(&self, part: u8, from: State, to: State) -> Result<bool, MoveError> {
        let sql = "UPDATE placements SET state = $3 WHERE part = $1 AND state = $2 RETURNING part";
        let values = [Value::Integer(part.into()), Value::Text(from.word()), Value::Text(to.word())];
        Ok(!self.run(sql, &values).await?.is_empty())
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
