//! Rows as both stores have them in common.

use gangway_domain::TenantId;
use uuid::Uuid;

/// One value. Not for showing: it may be a secret, if a sealed one.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::copy) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Truth(bool),
}

/// The values of a table's columns, in their order.
pub(in crate::copy) type Cells = Vec<Cell>;

/// Where a row is in the order of its table. Of a key of two columns the id is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::copy) struct RowKey {
    pub(in crate::copy) part: i16,
    pub(in crate::copy) tenant: [u8; 16],
    pub(in crate::copy) id: [u8; 16],
}

impl RowKey {
    /// Before every row of this part, and behind those of parts before it.
    pub(in crate::copy) const fn before(part: u8) -> Self {
        Self { part: part as i16 - 1, tenant: [u8::MAX; 16], id: [u8::MAX; 16] }
    }

    /// Where this row is, if its key has so many columns. `None` if it is no row of ours.
    pub(in crate::copy) fn of(row: &[Cell], columns: usize) -> Option<Self> {
        let (part, tenant) = (number(row, 0)?, id(row, 1)?);
        let id = if columns > 2 { id(row, 2)? } else { [0; 16] };
        Some(Self { part: i16::try_from(part).ok()?, tenant, id })
    }

    pub(in crate::copy) const fn tenant(&self) -> TenantId {
        TenantId(Uuid::from_bytes(self.tenant))
    }
}

pub(in crate::copy) fn number(row: &[Cell], column: usize) -> Option<i64> {
    match row.get(column)? {
        Cell::Number(number) => Some(*number),
        Cell::Null | Cell::Text(_) | Cell::Bytes(_) | Cell::Truth(_) => None,
    }
}

pub(in crate::copy) fn bytes(row: &[Cell], column: usize) -> Option<&[u8]> {
    match row.get(column)? {
        Cell::Bytes(bytes) => Some(bytes),
        Cell::Null | Cell::Text(_) | Cell::Number(_) | Cell::Truth(_) => None,
    }
}

pub(in crate::copy) fn text(row: &[Cell], column: usize) -> Option<&str> {
    match row.get(column)? {
        Cell::Text(text) => Some(text),
        Cell::Null | Cell::Bytes(_) | Cell::Number(_) | Cell::Truth(_) => None,
    }
}

fn id(row: &[Cell], column: usize) -> Option<[u8; 16]> {
    bytes(row, column)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_part_comes_behind_its_beginning_and_before_that_of_the_next() {
        for part in [0_u8, 7, 254] {
            for byte in [0, 255] {
                let row =
                    [Cell::Number(part.into()), Cell::Bytes(vec![byte; 16]), Cell::Bytes(vec![byte; 16])];
                let place = RowKey::of(&row, 3).unwrap();
                assert!(RowKey::before(part) < place && place <= RowKey::before(part + 1));
            }
        }
    }
}
