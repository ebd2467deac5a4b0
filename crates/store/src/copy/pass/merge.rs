//! Two tables side by side, in the order of their keys.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use crate::copy::error::MoveError;
use crate::copy::side::Side;
use crate::copy::table::cell::{Cells, RowKey, number};
use crate::copy::table::row_query::{RowQuery, Wanted};
use crate::copy::table::{AUDIT_HEADS, Table, head};

/// How many rows of each side are in memory at a time, at most; and how many differences.
const PAGE: u16 = 500;

/// What differs, up to some place. If nothing does, `seen` still tells how far it has got.
#[derive(Default)]
pub(in crate::copy) struct Differences {
    /// Rows the source has otherwise than the target, and how the target has them.
    pub(in crate::copy) put: Vec<(Cells, Option<Cells>)>,
    /// Rows the source has not.
    pub(in crate::copy) remove: Vec<RowKey>,
    /// How many rows of the source were looked at.
    pub(in crate::copy) seen: u64,
    /// If they are ends of chains: how many links those have whose ends are the same.
    pub(in crate::copy) links: u64,
}

/// All rows of some parts that are wanted, page by page.
struct Stream<'a> {
    side: &'a Side,
    table: &'static Table,
    wanted: Wanted,
    last_part: u8,
    after: RowKey,
    page: VecDeque<Cells>,
    over: bool,
}

/// Compares the two while it reads them.
pub(in crate::copy) struct Merge<'a> {
    source: Stream<'a>,
    target: Stream<'a>,
    /// Whether nothing is of interest that is behind everything the target has.
    only_beside_target: bool,
}

impl<'a> Merge<'a> {
    pub(in crate::copy) fn new(
        (source, target): (&'a Side, &'a Side),
        table: &'static Table,
        wanted: Wanted,
        parts: &RangeInclusive<u8>,
    ) -> Self {
        let stream = |side| Stream {
            side,
            table,
            wanted,
            last_part: *parts.end(),
            after: RowKey::before(*parts.start()),
            page: VecDeque::new(),
            over: false,
        };
        Self { source: stream(source), target: stream(target), only_beside_target: false }
    }

    /// To end where the target does.
    pub(in crate::copy) fn up_to_the_end_of_target(self) -> Self {
        Self { only_beside_target: true, ..self }
    }

    /// When it has ended: where the last row of the target is, or the beginning if it has none.
    pub(in crate::copy) const fn end_of_target(&self) -> RowKey {
        self.target.after
    }

    /// The next differences; `None` when both have ended.
    pub(in crate::copy) async fn next(&mut self) -> Result<Option<Differences>, MoveError> {
        let mut found = Differences::default();
        loop {
            let target = self.target.place().await?;
            let is_over = self.only_beside_target && target.is_none();
            let source = if is_over { None } else { self.source.place().await? };
            match (source, target) {
                (None, None) => {
                    let nothing = found.seen == 0 && found.remove.is_empty();
                    return Ok(if nothing { None } else { Some(found) });
                }
                (None, Some(there)) => self.remove(there, &mut found),
                (Some(here), Some(there)) if there < here => self.remove(there, &mut found),
                (Some(here), there) => {
                    let source = self.source.page.pop_front().unwrap_or_default();
                    let target =
                        there.filter(|there| *there == here).and_then(|_| self.target.page.pop_front());
                    found.seen += 1;
                    if !target.as_ref().is_some_and(|target| self.source.table.are_same(target, &source)) {
                        found.put.push((source, target));
                    } else if self.source.table.name == AUDIT_HEADS.name {
                        found.links += number(&source, head::SEQ).map_or(0, i64::unsigned_abs);
                    }
                }
            }
            let most = usize::from(PAGE);
            if found.put.len() + found.remove.len() >= most || found.seen >= u64::from(PAGE) * 10 {
                return Ok(Some(found));
            }
        }
    }

    fn remove(&mut self, there: RowKey, found: &mut Differences) {
        self.target.page.pop_front();
        found.remove.push(there);
    }
}

impl Stream<'_> {
    /// Where the next row is; `None` if there is none.
    async fn place(&mut self) -> Result<Option<RowKey>, MoveError> {
        if self.page.is_empty() && !self.over {
            let asked = RowQuery {
                table: self.table,
                wanted: self.wanted,
                after: self.after,
                last_part: self.last_part,
                at_most: PAGE,
            };
            self.page = self.side.rows(&asked).await?.into();
            self.over = self.page.len() < usize::from(PAGE);
            if let Some(last) = self.page.back() {
                self.after = self.place_of(last)?;
            }
        }
        self.page.front().map(|row| self.place_of(row)).transpose()
    }

    fn place_of(&self, row: &Cells) -> Result<RowKey, MoveError> {
        let senseless = || MoveError::Senseless { place: self.side.name(), table: self.table.name };
        RowKey::of(row, self.table.key).ok_or_else(senseless)
    }
}
