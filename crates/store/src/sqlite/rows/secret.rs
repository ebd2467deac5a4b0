//! Sealed secrets, laid down so that none outlives its row.
//!
//! `secure_delete` overwrites a row that is deleted, but not the copies of it: when `SQLite` spreads rows over other
//! pages to make room, it builds a page anew and leaves the old bytes between the rows. Nothing can be done about
//! those afterwards. What it never copies are overflow pages: a row that moves takes only their number along, and
//! when it goes each of them is overwritten with zeros. The file format says which bytes of a row lie on them: with
//! pages of 4096 bytes, all but the first 489 to 491 of a row as long as these are made. So a secret is preceded by a
//! head that fills these, and followed by zeros to the end of a page.

pub(in crate::sqlite) mod reseal;

use std::fmt;

use gangway_engine::{Sealed, StoreError};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use crate::changeset::{MAX_SECRET, too_long};
use crate::rows::OtherType;

/// What lies in the row itself: the secret's length in four bytes, and zeros. The row begins with 4 to 6 bytes of
/// `SQLite`'s own.
const HEAD: usize = 485;
/// What an overflow page holds: all of a page but the number of the next.
const PAGE: usize = 4092;
const MAX_PAGES: usize = MAX_SECRET / PAGE;

const INSERT: &str = "INSERT INTO secrets (sealed) VALUES (?1)";
const REPLACE: &str = "UPDATE secrets SET sealed = ?2 WHERE id = ?1";
const DESTROY: &str = "DELETE FROM secrets WHERE id = ?1";

/// A sealed secret as its row has it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::sqlite) struct Padded(Vec<u8>);

impl Padded {
    pub(in crate::sqlite) fn new(Sealed(sealed): &Sealed) -> Result<Self, StoreError> {
        let pages = sealed.len().div_ceil(PAGE).max(1);
        let length = u32::try_from(sealed.len()).ok().filter(|_| pages <= MAX_PAGES);
        let length = length.ok_or_else(too_long)?;
        let mut row = Vec::with_capacity(HEAD + pages * PAGE);
        row.extend(length.to_be_bytes());
        row.resize(HEAD, 0);
        row.extend(sealed);
        row.resize(HEAD + pages * PAGE, 0);
        Ok(Self(row))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Padded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Padded({} bytes)", self.0.len())
    }
}

/// The secret in a column; `None` where there is none.
pub(in crate::sqlite) fn sealed(column: ValueRef<'_>) -> Result<Option<Sealed>, OtherType> {
    let row = column.as_blob_or_null().map_err(|_| OtherType)?;
    row.map(|row| without_padding(row).ok_or(OtherType)).transpose()
}

fn without_padding(row: &[u8]) -> Option<Sealed> {
    let length = u32::from_be_bytes(*row.first_chunk()?);
    let sealed = row.get(HEAD..)?.get(..usize::try_from(length).ok()?)?;
    Some(Sealed(sealed.to_vec()))
}

/// The id by which the row it belongs to names it.
pub(in crate::sqlite) fn insert(connection: &Connection, secret: &Padded) -> rusqlite::Result<i64> {
    connection.prepare_cached(INSERT)?.insert(params![secret.bytes()])
}

/// The old one is destroyed.
pub(in crate::sqlite) fn replace(connection: &Connection, id: i64, secret: &Padded) -> rusqlite::Result<()> {
    connection.prepare_cached(REPLACE)?.execute(params![id, secret.bytes()]).map(drop)
}

pub(in crate::sqlite) fn destroy(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(DESTROY)?.execute(params![id]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_padded_fills_whole_pages_and_comes_back_as_it_was() {
        for length in [0, 1, 300, PAGE - 1, PAGE, PAGE + 1, MAX_PAGES * PAGE] {
            let secret = Sealed(vec![7; length]);
            let padded = Padded::new(&secret).unwrap();
            assert_eq!((padded.bytes().len() - HEAD) % PAGE, 0);
            assert_eq!(sealed(ValueRef::Blob(padded.bytes())).unwrap(), Some(secret));
        }
    }

    #[test]
    fn a_secret_without_an_end_is_refused() {
        assert!(Padded::new(&Sealed(vec![0; MAX_PAGES * PAGE + 1])).is_err());
    }

    #[test]
    fn a_damaged_row_is_no_secret() {
        let cut = Padded::new(&Sealed(vec![7; 300])).unwrap().0[..HEAD + 299].to_vec();
        for damaged in [&cut[..], &[], &[0; 3], &[0xff; 5000]] {
            assert!(sealed(ValueRef::Blob(damaged)).is_err());
        }
        assert!(sealed(ValueRef::Integer(1)).is_err());
    }

    #[test]
    fn it_does_not_show_itself() {
        assert_eq!(format!("{:?}", Padded::new(&Sealed(vec![7; 300])).unwrap()), "Padded(4577 bytes)");
    }
}
