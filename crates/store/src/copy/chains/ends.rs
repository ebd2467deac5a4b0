//! Where chains end, as rows of either store say it: proven where they are read, and proven anew with the key of the database
//! they are written to.

use std::ops::RangeInclusive;

use crate::audit::Census;
use crate::copy::chains::end_rows;
use crate::copy::error::MoveError;
use crate::copy::side::Side;
use crate::copy::table::cell::{Cell, Cells, RowKey, number};
use crate::copy::table::row_query::{RowQuery, Wanted};
use crate::copy::table::{AUDIT_HEADS, AUDIT_ROSTERS};

/// How many ends are in memory at a time.
const PAGE: u16 = 500;

/// The ends of some parts, a page at a time.
pub(in crate::copy) struct Pages<'a> {
    side: &'a Side,
    after: RowKey,
    last_part: u8,
    over: bool,
}

impl<'a> Pages<'a> {
    pub(in crate::copy) fn of(side: &'a Side, parts: &RangeInclusive<u8>) -> Self {
        Self { side, after: RowKey::before(*parts.start()), last_part: *parts.end(), over: false }
    }

    /// The next one; `None` when all were had.
    pub(in crate::copy) async fn next(&mut self) -> Result<Option<Vec<Cells>>, MoveError> {
        if self.over {
            return Ok(None);
        }
        let (table, wanted) = (&AUDIT_HEADS, Wanted::All);
        let (after, last_part) = (self.after, self.last_part);
        let page = self.side.rows(&RowQuery { table, wanted, after, last_part, at_most: PAGE }).await?;
        self.over = page.len() < usize::from(PAGE);
        if let Some(last) = page.last() {
            self.after = RowKey::of(last, table.key).ok_or_else(|| senseless(self.side))?;
        }
        Ok(Some(page))
    }
}

/// Counts the ends of these parts, each of which the side's key has to prove.
async fn census(side: &Side, parts: &RangeInclusive<u8>) -> Result<Census, MoveError> {
    let (key, mut census, mut pages) = (side.key(), Census::default(), Pages::of(side, parts));
    while let Some(page) = pages.next().await? {
        for row in &page {
            let (tenant, stored) = end_rows::end(row).ok_or_else(|| senseless(side))?;
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
pub(in crate::copy) async fn prove(side: &Side, parts: &RangeInclusive<u8>) -> Result<(), MoveError> {
    let (key, census) = (side.key(), census(side, parts).await?);
    match census.findings(&key, parts.clone(), &side.rosters().await?).first() {
        None => Ok(()),
        Some(found) => Err(MoveError::WrongRoster { place: side.name(), part: found.part }),
    }
}

/// Says how many chains these parts have, as they were counted.
pub(in crate::copy) async fn enrol(
    side: &Side,
    parts: &RangeInclusive<u8>,
    census: &Census,
) -> Result<(), MoveError> {
    let key = side.key();
    let rows: Vec<Cells> = parts
        .clone()
        .map(|part| {
            let tally = census.tally(part);
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

pub(in crate::copy) fn senseless(side: &Side) -> MoveError {
    MoveError::Senseless { place: side.name(), table: AUDIT_HEADS.name }
}
