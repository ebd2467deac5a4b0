//! Where chains end and how many there are, as rows say it; the same columns in the same order, whatever keeps them.

use crate::audit::chain::{Adopted, ChainHash, End, Head};
use crate::audit::key::{StoredEnd, StoredRoster};
use crate::rows::{OtherType, Row, Senseless};

/// The columns of an end, as [`end`] reads them.
macro_rules! end_columns {
    () => {
        "seq, hash, adopted, unlinked, mac"
    };
}
pub(crate) use end_columns;

/// The columns of a roster, as [`roster`] reads them.
macro_rules! roster_columns {
    () => {
        "tenants, members, mac"
    };
}
pub(crate) use roster_columns;

/// An end, from this column on; `None` if there is none.
pub(crate) fn end(row: &impl Row, from: usize) -> Result<Option<StoredEnd>, Senseless> {
    let wrong = |OtherType| Senseless("end of a chain");
    let Some(seq) = row.integer(from).map_err(wrong)? else { return Ok(None) };
    let hash = row.bytes(from + 1).map_err(wrong)?.and_then(|hash| hash.try_into().ok());
    let head = Head { seq, hash: ChainHash(hash.ok_or(Senseless("end of a chain"))?) };
    // Nothing, in a row from before the columns.
    let number = |column| Ok(row.integer(from + column).map_err(wrong)?.unwrap_or(0));
    let adopted = Adopted { events: number(2)?, unlinked: number(3)? };
    let mac = row.bytes(from + 4).map_err(wrong)?.map(<[u8]>::to_vec);
    Ok(Some(StoredEnd { end: End { head, adopted }, mac }))
}

/// A roster, from this column on; `None` if there is none.
pub(crate) fn roster(row: &impl Row, from: usize) -> Result<Option<StoredRoster>, Senseless> {
    let wrong = |OtherType| Senseless("roster of chains");
    let Some(tenants) = row.integer(from).map_err(wrong)? else { return Ok(None) };
    let bytes = |column| {
        let bytes = row.bytes(from + column).map_err(wrong)?.ok_or(Senseless("roster of chains"))?;
        Ok(bytes.to_vec())
    };
    Ok(Some(StoredRoster { tenants, members: bytes(1)?, mac: bytes(2)? }))
}
