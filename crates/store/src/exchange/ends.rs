//! Where chains end, as rows of either store say it: proven where they are read, and proven anew with the key of the database
//! they are written to.

use std::ops::RangeInclusive;

use gangway_domain::TenantId;

use super::cell::{Cell, Place, Row, bytes, number};
use super::error::MoveError;
use super::side::{Asked, Side, Wanted};
use super::table::{AUDIT_HEADS, AUDIT_ROSTERS, Table, head};
use crate::audit::Census;
use crate::audit_key::{AuditKey, StoredEnd};
use crate::chain::{Adopted, ChainHash, End, Head};

/// How many ends are in memory at a time.
const PAGE: u16 = 500;

/// The end that a row says, and its proof; `None` if it is no end.
pub(super) fn end(row: &[Cell]) -> Option<(TenantId, StoredEnd)> {
    let hash = bytes(row, head::HASH)?.try_into().ok()?;
    // Nothing, in a row from before the columns.
    let or_nothing = |column| number(row, column).unwrap_or(0);
    let adopted = Adopted { events: or_nothing(head::ADOPTED), unlinked: or_nothing(head::UNLINKED) };
    let end = End { head: Head { seq: number(row, head::SEQ)?, hash: ChainHash(hash) }, adopted };
    let mac = bytes(row, head::MAC).map(<[u8]>::to_vec);
    Some((Place::of(row, AUDIT_HEADS.key)?.tenant(), StoredEnd { end, mac }))
}

/// The row of an end.
pub(super) fn row(place: &Place, end: &End) -> Row {
    let End { head: Head { seq, hash }, adopted: Adopted { events, unlinked } } = end;
    vec![
        Cell::Number(place.part.into()),
        Cell::Bytes(place.tenant.to_vec()),
        Cell::Number(*seq),
        Cell::Bytes(hash.0.to_vec()),
        Cell::Number(*events),
        Cell::Number(*unlinked),
        Cell::Null,
    ]
}

/// The rows as this key proves them, if they are ends.
pub(super) fn proven_anew(key: &AuditKey, table: &Table, rows: &[Row]) -> Option<Vec<Row>> {
    if table.name != AUDIT_HEADS.name {
        return None;
    }
    let anew = |row: &Row| {
        let mut row = row.clone();
        if let Some((tenant, stored)) = end(&row)
            && let Some(mac) = row.get_mut(head::MAC)
        {
            *mac = Cell::Bytes(key.end(tenant, &stored.end).to_vec());
        }
        row
    };
    Some(rows.iter().map(anew).collect())
}

/// The ends of some parts, a page at a time.
pub(super) struct Pages<'a> {
    side: &'a Side,
    after: Place,
    last_part: u8,
    over: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn of(side: &'a Side, parts: &RangeInclusive<u8>) -> Self {
        Self { side, after: Place::before(*parts.start()), last_part: *parts.end(), over: false }
    }

    /// The next one; `None` when all were had.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Row>>, MoveError> {
        if self.over {
            return Ok(None);
        }
        let (table, wanted) = (&AUDIT_HEADS, Wanted::All);
        let (after, last_part) = (self.after, self.last_part);
        let page = self.side.rows(&Asked { table, wanted, after, last_part, at_most: PAGE }).await?;
        self.over = page.len() < usize::from(PAGE);
        if let Some(last) = page.last() {
            self.after = Place::of(last, table.key).ok_or_else(|| senseless(self.side))?;
        }
        Ok(Some(page))
    }
}

/// Counts the ends of these parts, each of which the side's key has to prove.
async fn census(side: &Side, parts: &RangeInclusive<u8>) -> Result<Census, MoveError> {
    let (key, mut census, mut pages) = (side.key(), Census::default(), Pages::of(side, parts));
    while let Some(page) = pages.next().await? {
        for row in &page {
            let (tenant, stored) = end(row).ok_or_else(|| senseless(side))?;
            let part = number(row, 0).ok_or_else(|| senseless(side))?;
            if stored.proven(&key, tenant).is_none() {
                return Err(MoveError::UnprovenEnd { place: side.name(), tenant });
            }
            census.count(&key, part, tenant);
        }
    }
    Ok(census)
}

/// Whether the ends of these parts are proven, and all there.
pub(super) async fn prove(side: &Side, parts: &RangeInclusive<u8>) -> Result<(), MoveError> {
    let (key, census) = (side.key(), census(side, parts).await?);
    match census.findings(&key, parts.clone(), &side.rosters().await?).first() {
        None => Ok(()),
        Some(found) => Err(MoveError::WrongRoster { place: side.name(), part: found.part }),
    }
}

/// Says how many chains these parts have, as they were counted.
pub(super) async fn enrol(side: &Side, parts: &RangeInclusive<u8>, census: &Census) -> Result<(), MoveError> {
    let key = side.key();
    let rows: Vec<Row> = parts
        .clone()
        .map(|part| {
            let tally = census.of(part);
            vec![
                Cell::Number(part.into()),
                Cell::Number(tally.tenants),
                Cell::Bytes(tally.members.to_vec()),
                Cell::Bytes(key.roster(part, &tally).to_vec()),
            ]
        })
        .collect();
    side.change(&AUDIT_ROSTERS, &rows, &[]).await
}

pub(super) fn senseless(side: &Side) -> MoveError {
    MoveError::Senseless { place: side.name(), table: AUDIT_HEADS.name }
}
