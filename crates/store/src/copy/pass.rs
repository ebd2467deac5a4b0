//! Once through all tables.

pub(super) mod lanes;
pub(super) mod merge;

use std::ops::RangeInclusive;

use crate::copy::chains;
use crate::copy::error::MoveError;
use crate::copy::gone::Gone;
use crate::copy::pass::merge::{Differences, Merge};
use crate::copy::side::Side;
use crate::copy::table::row_query::Wanted;
use crate::copy::table::{AUDIT_HEADS, PLAIN, Table};

/// Makes the target's rows of some parts what the source's are.
pub(super) async fn pass(
    sides: (&Side, &Side),
    parts: &RangeInclusive<u8>,
    gone: &mut impl FnMut(Gone),
) -> Result<Gone, MoveError> {
    let mut all = Gone::default();
    let mut count = |more: Gone| {
        all.add(more);
        gone(more);
    };
    for table in PLAIN {
        rows(sides, table, parts, &mut count).await?;
    }
    chains::copy(sides, parts, &mut count).await?;
    Ok(all)
}

async fn rows(
    sides: (&Side, &Side),
    table: &'static Table,
    parts: &RangeInclusive<u8>,
    gone: &mut impl FnMut(Gone),
) -> Result<(), MoveError> {
    let mut merge = Merge::new(sides, table, Wanted::All, parts);
    while let Some(Differences { put, remove, seen, .. }) = merge.next().await? {
        let put: Vec<_> = put.into_iter().map(|(row, _)| row).collect();
        if !put.is_empty() || !remove.is_empty() {
            sides.1.change(table, &put, &remove).await?;
        }
        gone(Gone { seen, copied: put.len() as u64, removed: remove.len() as u64 });
    }
    Ok(())
}

/// A table of both databases, held against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The table.
    pub table: &'static str,
    /// How many rows the source has.
    pub rows: u64,
    /// How many rows the target has otherwise, has not, or has besides.
    pub differing: u64,
}

/// Compares every row. Of events only the chains' ends are compared, which is enough if the chains
/// are whole.
pub(super) async fn compare(
    sides: (&Side, &Side),
    parts: &RangeInclusive<u8>,
    gone: &mut impl FnMut(Gone),
) -> Result<Vec<Compared>, MoveError> {
    let mut compared = Vec::new();
    for table in PLAIN {
        compared.push(compare_one(sides, table, parts, gone).await?);
    }
    compared.push(compare_one(sides, &AUDIT_HEADS, parts, gone).await?);
    Ok(compared)
}

/// What was found in several ranges of parts, table by table.
pub(super) fn together(ranges: Vec<Vec<Compared>>) -> Vec<Compared> {
    let mut all: Vec<Compared> = Vec::new();
    for (n, of) in ranges.into_iter().flat_map(|range| range.into_iter().enumerate()) {
        match all.get_mut(n) {
            None => all.push(of),
            Some(table) => {
                table.rows += of.rows;
                table.differing += of.differing;
            }
        }
    }
    all
}

/// Compares only where chains end.
pub(super) async fn ends(sides: (&Side, &Side), parts: &RangeInclusive<u8>) -> Result<Compared, MoveError> {
    compare_one(sides, &AUDIT_HEADS, parts, &mut |_| {}).await
}

async fn compare_one(
    sides: (&Side, &Side),
    table: &'static Table,
    parts: &RangeInclusive<u8>,
    gone: &mut impl FnMut(Gone),
) -> Result<Compared, MoveError> {
    let (mut merge, mut differing, mut rows) = (Merge::new(sides, table, Wanted::All, parts), 0, 0);
    while let Some(found) = merge.next().await? {
        differing += (found.put.len() + found.remove.len()) as u64;
        rows += found.seen;
        gone(Gone { seen: found.seen + found.links, ..Gone::default() });
    }
    Ok(Compared { table: table.name, rows, differing })
}
