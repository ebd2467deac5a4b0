//! Who may act for which part. A lease is a row that is changed by compare-and-set, and ends by itself; the parts are
//! shared out among the nodes that were seen a moment ago, each of which aims at as many as there are for each of them, and
//! gives up what is above.
//!
//! Times are told by the nodes' clocks. A lease that ends later than any could that was taken now was taken by a clock
//! that was wrong, and counts as one that has ended; so does a node that was seen later than that.

use std::time::Duration;

use gangway_domain::Timestamp;
use gangway_engine::{NodeId, StoreError};
use rand::seq::SliceRandom as _;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::postgres::client::fault::Fault;
use crate::postgres::client::value::Value;
use crate::postgres::{PostgresStore, ends};
use crate::rows::{self, Senseless};

/// How many parts there are.
const PARTS: usize = 256;

const ALIVE: &str = "SELECT node, seen FROM nodes WHERE seen > $1 AND seen <= $2";
// What is not known here of the node is written by who knows it.
const SEEN: &str = "INSERT INTO nodes (node, name, version, keys, started, seen) VALUES ($1, '', '', '[]', $2, $2) \
    ON CONFLICT (node) DO UPDATE SET seen = excluded.seen RETURNING node";
const LEASES: &str = "SELECT part, node, expires FROM leases";
const RENEW: &str = "UPDATE leases SET expires = $3 WHERE part = ANY($1) AND node = $2 \
    AND expires > $4 AND expires <= $5 RETURNING part";
const TAKE: &str = "UPDATE leases SET node = $2, epoch = epoch + 1, expires = $3 WHERE part = ANY($1) \
    AND (expires <= $4 OR expires > $5) RETURNING part";
/// To nobody, for whoever wants them.
const GIVE_UP: &str =
    "UPDATE leases SET node = $3, expires = 0 WHERE part = ANY($1) AND node = $2 RETURNING part";

/// The leases as one node finds them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Held by the node, and when each ends.
    held: Vec<(i16, i64)>,
    /// Lapsed, or given up.
    lapsed: Vec<i16>,
    /// Never taken by anybody.
    new: Vec<i16>,
}

/// From when to when.
#[derive(Clone, Copy)]
struct Span {
    now: i64,
    end: i64,
}

impl PostgresStore {
    /// How many parts the node holds then.
    pub(in crate::postgres) async fn take_leases(
        &self,
        node: NodeId,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<usize, StoreError> {
        let _ = self.node.set(node.0);
        let span = Span { now: now.ticks(), end: now.plus(lasts).ticks() };
        let share = PARTS.div_ceil(self.alive(node, span).await?);
        let rows = self.lists.read(ends(self.options.list_lasts), LEASES, &[]).await?;
        let mut found = found(&rows, node, span).map_err(Fault::from)?;
        if found.held.len() > share {
            let above: Vec<_> = found.held.split_off(share).into_iter().map(|(part, _)| part).collect();
            let nobody = Uuid::nil().into();
            self.write(GIVE_UP, &[Value::Parts(&above), node.0.into(), nobody]).await?;
            return self.renew(node, span, &found.held).await;
        }
        let kept = self.renew(node, span, &found.held).await?;
        Ok(kept + self.take(node, span, found, share).await?)
    }

    /// How many nodes are alive, this one among them; its sign is renewed when a third of the time is over.
    async fn alive(&self, node: NodeId, span: Span) -> Result<usize, StoreError> {
        let Span { now, end } = span;
        let values = [now.saturating_sub(end - now).into(), end.into()];
        let rows = self.lists.read(ends(self.options.list_lasts), ALIVE, &values).await?;
        let seen =
            |row: &Row| Ok((rows::id(row, 0, "node")?, rows::integer(row, 1, "time a node was seen")?));
        let seen = rows.iter().map(seen).collect::<Result<Vec<_>, Senseless>>().map_err(Fault::from)?;
        let others = seen.iter().filter(|(other, _)| *other != node.0).count();
        let fresh = |at: i64| at <= now && at > now.saturating_sub((end - now) / 3);
        if !seen.iter().any(|(other, at)| *other == node.0 && fresh(*at)) {
            self.write(SEEN, &[node.0.into(), now.into()]).await?;
        }
        Ok(others + 1)
    }

    /// How many of these it still holds. Those are written that end before two thirds of the time.
    async fn renew(&self, node: NodeId, span: Span, held: &[(i16, i64)]) -> Result<usize, StoreError> {
        let Span { now, end } = span;
        let soon = now + (end - now) / 3 * 2;
        let due: Vec<_> = held.iter().filter(|(_, expires)| *expires < soon).map(|(part, _)| *part).collect();
        if due.is_empty() {
            return Ok(held.len());
        }
        let values = [Value::Parts(&due), node.0.into(), end.into(), now.into(), end.into()];
        let renewed = self.write(RENEW, &values).await?.len();
        Ok(held.len() - due.len() + renewed)
    }

    /// Takes what is free, up to the node's share; which of them, chance says, so that those who come at the same time want
    /// different ones. How many it got.
    async fn take(&self, node: NodeId, span: Span, found: Found, share: usize) -> Result<usize, StoreError> {
        let Span { now, end } = span;
        let Found { held, mut lapsed, mut new } = found;
        let mut room = share.saturating_sub(held.len());
        let mut some_of = |parts: &mut Vec<i16>| {
            parts.shuffle(&mut rand::rng());
            parts.truncate(room);
            room -= parts.len();
        };
        some_of(&mut lapsed);
        some_of(&mut new);
        let mut taken = 0;
        if !lapsed.is_empty() {
            let values = [Value::Parts(&lapsed), node.0.into(), end.into(), now.into(), end.into()];
            taken += self.write(TAKE, &values).await?.len();
        }
        if !new.is_empty() {
            taken += self.write(&first(&new), &[node.0.into(), end.into()]).await?.len();
        }
        Ok(taken)
    }
}

/// The first leases of these parts.
fn first(parts: &[i16]) -> String {
    let rows: Vec<_> = parts.iter().map(|part| format!("({part}, $1, 1, $2)")).collect();
    let rows = rows.join(", ");
    format!(
        "INSERT INTO leases (part, node, epoch, expires) VALUES {rows} ON CONFLICT (part) DO NOTHING RETURNING part"
    )
}

fn found(rows: &[Row], node: NodeId, Span { now, end }: Span) -> Result<Found, Senseless> {
    let mut found = Found::default();
    let mut known = [false; PARTS];
    for row in rows {
        let part = i16::try_from(rows::integer(row, 0, "part")?).map_err(|_| Senseless("part"))?;
        let known = usize::try_from(part).ok().and_then(|part| known.get_mut(part));
        *known.ok_or(Senseless("part"))? = true;
        let expires = rows::integer(row, 2, "end of a lease")?;
        if expires <= now || expires > end {
            found.lapsed.push(part);
        } else if rows::id(row, 1, "node")? == node.0 {
            found.held.push((part, expires));
        }
    }
    found.held.sort_unstable();
    let parts = 0..i16::try_from(PARTS).unwrap_or(i16::MAX);
    found.new = parts.zip(known).filter(|(_, known)| !known).map(|(part, _)| part).collect();
    Ok(found)
}
