//! What is bound to a statement's parameters.

use std::error::Error;

use bytes::BytesMut;
use gangway_engine::SortKey;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::rows::table::ColumnValue;

/// A value, sent as the type that the server has found for the parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// For every width of integer, if it fits.
    Integer(i64),
    Text(&'a str),
    /// For `bytea`; and for `uuid`, if there are 16.
    Bytes(&'a [u8]),
    Id(Uuid),
    /// For `uuid[]`.
    Ids(&'a [Uuid]),
    /// For `smallint[]`.
    Parts(&'a [i16]),
}

impl<'a> From<&'a SortKey> for Value<'a> {
    fn from(key: &'a SortKey) -> Self {
        match key {
            SortKey::Null => Self::Null,
            SortKey::Integer(number) => Self::Integer(*number),
            SortKey::Text(text) => Self::Text(text),
            SortKey::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl<'a> From<ColumnValue<'a>> for Value<'a> {
    fn from(value: ColumnValue<'a>) -> Self {
        match value {
            ColumnValue::Null => Self::Null,
            ColumnValue::Number(number) => Self::Integer(number),
            ColumnValue::Text(text) => Self::Text(text),
            ColumnValue::Bytes(bytes) => Self::Bytes(bytes),
            ColumnValue::Truth(is) => Self::Bool(is),
        }
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u8> for Value<'_> {
    fn from(number: u8) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(is: bool) -> Self {
        Self::Bool(is)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Bool(is), &Type::BOOL) => is.to_sql(ty, out),
            (Self::Integer(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Integer(number), &Type::INT8) => number.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(ty, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (Self::Bytes(bytes), &Type::UUID) => Uuid::from_slice(bytes)?.to_sql(ty, out),
            (Self::Id(id), &Type::UUID) => id.to_sql(ty, out),
            (Self::Ids(ids), &Type::UUID_ARRAY) => ids.to_sql(ty, out),
            (Self::Parts(parts), &Type::INT2_ARRAY) => parts.to_sql(ty, out),
            (of, _) => Err(format!("a parameter of type {ty} is given {}", of.kind()).into()),
        }
    }

    /// What does not fit is told when it is bound.
    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Binary
    }

    to_sql_checked!();
}

impl Value<'_> {
    /// Never the value: it may be a secret.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a truth",
            Self::Integer(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Id(_) => "an id",
            Self::Ids(_) => "ids",
            Self::Parts(_) => "parts",
        }
    }
}
