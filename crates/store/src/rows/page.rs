use gangway_engine::{Page, Position, SortKey};

use super::{OtherType, Read, Row, Senseless, id};
use crate::render::QueriedTable;

/// What a collection is of: its table, the columns that an item is read from, and how.
pub(crate) trait Item: Sized {
    const TABLE: QueriedTable;
    const COLUMNS: &str;

    fn from_row(row: &impl Row) -> Read<Self>;
}

/// A page that is being filled, row by row.
pub(crate) struct Filling<'a, T> {
    page: Page<T>,
    last: Option<Position>,
    limit: usize,
    keys: &'a [Option<SortKey>],
}

impl<'a, T: Item> Filling<'a, T> {
    /// For the rows of a statement that [`crate::render::list`] has made, with these keys.
    pub(crate) const fn new(limit: usize, keys: &'a [Option<SortKey>]) -> Self {
        Self { page: Page { items: Vec::new(), end: None }, last: None, limit, keys }
    }

    /// Takes the next row, and tells whether there is room for more.
    pub(crate) fn take(&mut self, row: &impl Row) -> Read<bool> {
        if self.page.items.len() == self.limit {
            self.page.end = self.last.take();
            return Ok(false);
        }
        self.page.items.push(T::from_row(row)?);
        if self.page.items.len() == self.limit {
            self.last = Some(position(row, self.keys)?);
        }
        Ok(true)
    }

    pub(crate) fn finish(self) -> Page<T> {
        self.page
    }
}

/// Where the item in this row stands: its keys are in the last columns, and its id is in the very last.
fn position(row: &impl Row, keys: &[Option<SortKey>]) -> Read<Position> {
    let columns = row.width();
    let selected = keys.iter().filter(|key| key.is_none()).count();
    let mut next = (columns - 1 - selected)..;
    let keys = keys.iter().map(|known| match (known, next.by_ref()) {
        (Some(key), _) => Ok(key.clone()),
        (None, next) => {
            row.key(next.next().unwrap_or_default()).map_err(|OtherType| Senseless("place in an order"))
        }
    });
    Ok(Position { keys: keys.collect::<Read<_>>()?, id: id(row, columns - 1, "id")? })
}
