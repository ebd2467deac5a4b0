//! Where chains end, as rows of either store say it.

use gangway_domain::TenantId;

use crate::audit::chain::{Adopted, ChainHash, End, Head};
use crate::audit::key::{AuditKey, StoredEnd};
use crate::copy::table::cell::{Cell, Cells, RowKey, bytes, number};
use crate::copy::table::{AUDIT_HEADS, Table, head};

/// The end that a row says, and its proof; `None` if it is no end.
pub(in crate::copy) fn end(row: &[Cell]) -> Option<(TenantId, StoredEnd)> {
    let hash = bytes(row, head::HASH)?.try_into().ok()?;
    // Nothing, in a row from before the columns.
    let or_nothing = |column| number(row, column).unwrap_or(0);
    let adopted = Adopted { events: or_nothing(head::ADOPTED), unlinked: or_nothing(head::UNLINKED) };
    let end = End { head: Head { seq: number(row, head::SEQ)?, hash: ChainHash(hash) }, adopted };
    let mac = bytes(row, head::MAC).map(<[u8]>::to_vec);
    Some((RowKey::of(row, AUDIT_HEADS.key)?.tenant(), StoredEnd { end, mac }))
}

/// The row of an end.
pub(in crate::copy) fn row(place: &RowKey, end: &End) -> Cells {
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
pub(in crate::copy) fn proven_anew(key: &AuditKey, table: &Table, rows: &[Cells]) -> Option<Vec<Cells>> {
    if table.name != AUDIT_HEADS.name {
        return None;
    }
    let anew = |row: &Cells| {
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
