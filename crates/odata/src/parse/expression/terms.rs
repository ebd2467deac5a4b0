use uuid::Uuid;

use super::times;
use crate::model::Type;
use crate::parse::error::{Fault, Parsed, shown};
use crate::tree::{Filter, Literal, Operand};

/// What a part of an expression turned out to be.
#[derive(Debug)]
pub(in crate::parse) enum Term {
    /// Something that holds or does not.
    Condition(Filter),
    /// Something that has a value.
    Value(LiteralValue),
}

/// A value, and what can be told of its type where it was written.
#[derive(Debug)]
pub(in crate::parse) enum LiteralValue {
    /// `null`, which fits everywhere.
    Null,
    /// A number that no property can have: not whole, or too large.
    Fraction,
    /// A day; its first moment in UTC, in steps of 100 ns since 1970.
    Day(i64),
    /// One whose type is known.
    Typed {
        /// The value.
        operand: Operand,
        /// Its type; that of a path may be complex or a collection.
        of: Type,
    },
}

impl LiteralValue {
    pub(in crate::parse) const fn literal(literal: Literal, of: Type) -> Self {
        Self::Typed { operand: Operand::Literal(literal), of }
    }

    /// The name of its type in OData.NET's errors.
    pub(in crate::parse) fn type_name(&self, namespace: &str) -> String {
        match self {
            Self::Null => "<null>".into(),
            Self::Fraction => "Edm.Double".into(),
            Self::Day(_) => "Edm.Date".into(),
            Self::Typed { operand: Operand::Literal(Literal::Int64(number)), .. }
                if i32::try_from(*number).is_ok() =>
            {
                "Edm.Int32".into()
            }
            Self::Typed { of, .. } => of.name(namespace),
        }
    }

    /// It as a condition, if it is Boolean or null.
    fn into_condition(self) -> Result<Filter, Self> {
        match self {
            Self::Null => Ok(Filter::Constant(None)),
            Self::Typed { operand: Operand::Literal(Literal::Boolean(holds)), .. } => {
                Ok(Filter::Constant(Some(holds)))
            }
            Self::Typed { operand: Operand::Path(path), of: Type::Boolean } => Ok(Filter::Property(path)),
            Self::Fraction | Self::Day(_) | Self::Typed { .. } => Err(self),
        }
    }
}

impl Term {
    pub(in crate::parse) fn type_name(&self, namespace: &str) -> String {
        match self {
            Self::Condition(_) => "Edm.Boolean".into(),
            Self::Value(value) => value.type_name(namespace),
        }
    }

    /// It as a condition, or it itself if it is none.
    pub(in crate::parse) fn into_condition(self) -> Result<Filter, Self> {
        match self {
            Self::Condition(filter) => Ok(filter),
            Self::Value(value) => value.into_condition().map_err(Self::Value),
        }
    }
}

/// What is between the quotes of a literal, with its quotes single.
pub(in crate::parse) fn unquoted(inside: &str) -> String {
    inside.replace("''", "'")
}

/// A number, a GUID, a day or a point in time.
pub(in crate::parse) fn literal(word: &str, at: usize, text: &str) -> Parsed<LiteralValue> {
    if let (36, Ok(guid)) = (word.len(), Uuid::try_parse(word)) {
        return Ok(LiteralValue::literal(Literal::Guid(guid), Type::Guid));
    }
    if word.as_bytes().get(4) == Some(&b'-') {
        return date_or_time(word, at, text);
    }
    if let Ok(number) = word.parse() {
        return Ok(LiteralValue::literal(Literal::Int64(number), Type::Int64));
    }
    let numeric = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    if numeric && word.parse::<f64>().is_ok() {
        return Ok(LiteralValue::Fraction);
    }
    Err(Fault::placed(at, "Syntax error", text))
}

fn date_or_time(word: &str, at: usize, text: &str) -> Parsed<LiteralValue> {
    if word.contains(['T', 't']) {
        let steps = times::point(word).ok_or_else(|| {
            Fault::new(
                at,
                format!(
                    "The DateTimeOffset text '{}' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' \
                     and each field value is within valid range.",
                    shown(word)
                ),
            )
        })?;
        return Ok(LiteralValue::literal(Literal::DateTimeOffset(steps), Type::DateTimeOffset));
    }
    times::midnight(word).map(LiteralValue::Day).ok_or_else(|| {
        let (word, text) = (shown(word), shown(text));
        Fault::new(at, format!("Unrecognized 'Edm.Date' literal '{word}' at '{at}' in '{text}'."))
    })
}
