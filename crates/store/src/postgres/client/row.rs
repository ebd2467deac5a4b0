//! How a row of PostgreSQL's is read.

use std::error::Error;

use gangway_engine::{Sealed, SortKey};
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::rows::{OtherType, Row};

/// An integer of any width.
struct Wide(i64);

impl<'a> FromSql<'a> for Wide {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::INT2 => i16::from_sql(ty, raw)?.into(),
            Type::INT4 => i32::from_sql(ty, raw)?.into(),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT2, Type::INT4, Type::INT8].contains(ty)
    }
}

impl Row for tokio_postgres::Row {
    fn integer(&self, column: usize) -> Result<Option<i64>, OtherType> {
        Ok(value::<Wide>(self, column)?.map(|Wide(number)| number))
    }

    fn truth(&self, column: usize) -> Result<Option<bool>, OtherType> {
        value(self, column)
    }

    fn text(&self, column: usize) -> Result<Option<&str>, OtherType> {
        value(self, column)
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, OtherType> {
        value(self, column)
    }

    fn id(&self, column: usize) -> Result<Option<Uuid>, OtherType> {
        value(self, column)
    }

    fn sealed(&self, column: usize) -> Result<Option<Sealed>, OtherType> {
        Ok(self.bytes(column)?.map(|bytes| Sealed(bytes.to_vec())))
    }

    fn key(&self, column: usize) -> Result<SortKey, OtherType> {
        let key = match *self.columns().get(column).ok_or(OtherType)?.type_() {
            Type::INT2 | Type::INT4 | Type::INT8 => self.integer(column)?.map(SortKey::Integer),
            Type::TEXT => self.text(column)?.map(|text| SortKey::Text(text.to_owned())),
            Type::UUID => self.id(column)?.map(|id| SortKey::Bytes(id.as_bytes().to_vec())),
            Type::BYTEA => self.bytes(column)?.map(|bytes| SortKey::Bytes(bytes.to_vec())),
            _ => return Err(OtherType),
        };
        Ok(key.unwrap_or(SortKey::Null))
    }

    fn width(&self) -> usize {
        self.len()
    }
}

fn value<'a, T: FromSql<'a>>(row: &'a tokio_postgres::Row, column: usize) -> Result<Option<T>, OtherType> {
    row.try_get(column).map_err(|_| OtherType)
}
