//! How a row of `SQLite`'s is read, and how values are bound that are written to one.

use gangway_engine::{Sealed, SortKey};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use uuid::Uuid;

use super::secret;
use crate::rows::table::ColumnValue;
use crate::rows::{OtherType, Row};

impl Row for rusqlite::Row<'_> {
    fn integer(&self, column: usize) -> Result<Option<i64>, OtherType> {
        value(self, column)?.as_i64_or_null().map_err(|_| OtherType)
    }

    fn truth(&self, column: usize) -> Result<Option<bool>, OtherType> {
        Ok(self.integer(column)?.map(|number| number != 0))
    }

    fn text(&self, column: usize) -> Result<Option<&str>, OtherType> {
        value(self, column)?.as_str_or_null().map_err(|_| OtherType)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, OtherType> {
        value(self, column)?.as_blob_or_null().map_err(|_| OtherType)
    }

    fn id(&self, column: usize) -> Result<Option<Uuid>, OtherType> {
        self.bytes(column)?.map(|bytes| Uuid::from_slice(bytes).map_err(|_| OtherType)).transpose()
    }

    fn sealed(&self, column: usize) -> Result<Option<Sealed>, OtherType> {
        secret::sealed(value(self, column)?)
    }

    fn key(&self, column: usize) -> Result<SortKey, OtherType> {
        match value(self, column)? {
            ValueRef::Null => Ok(SortKey::Null),
            ValueRef::Integer(number) => Ok(SortKey::Integer(number)),
            ValueRef::Text(_) => {
                Ok(self.text(column)?.map_or(SortKey::Null, |text| SortKey::Text(text.to_owned())))
            }
            ValueRef::Blob(bytes) => Ok(SortKey::Bytes(bytes.to_vec())),
            ValueRef::Real(_) => Err(OtherType),
        }
    }

    fn width(&self) -> usize {
        self.as_ref().column_count()
    }
}

fn value<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> Result<ValueRef<'a>, OtherType> {
    row.get_ref(column).map_err(|_| OtherType)
}

impl ToSql for ColumnValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Truth(is) => ValueRef::Integer((*is).into()),
        }))
    }
}
