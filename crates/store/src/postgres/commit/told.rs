use gangway_engine::{Changeset, StoreError};
use zeroize::Zeroizing;

use super::plan::{self, Link, Start};
use super::request::CommitRequest;
use crate::audit::chain::{Adopted, ChainHash, End, Head};
use crate::audit::key::AuditKey;
use crate::postgres::client::value::Value;

/// One of the statements that a changeset comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldStatement {
    /// Its text.
    pub text: String,
    /// What is bound to its parameters, as PostgreSQL writes it; `None` where that is nothing. They may be secrets.
    pub values: Vec<Option<String>>,
}

/// The statements that a changeset comes to where its tenant's chain has so many links, the last of which is of zeros, and under a key of zeros: for
/// measuring a database with them, without Gangway.
///
/// # Errors
/// [`StoreError`] if it cannot be stored.
pub fn told_statements(change: Changeset, links: i64) -> Result<Vec<ToldStatement>, StoreError> {
    let work = CommitRequest::new(change)?;
    let key = AuditKey::new(&Zeroizing::new([0; AuditKey::BYTES]));
    let head = Head { seq: links, hash: ChainHash([0; 32]) };
    let start = Start { end: End { head, adopted: Adopted::default() }, others: None };
    let link = work.event.as_ref().map(|row| Link::new(&key, work.tenant(), &start, &row.digest));
    let statements = plan::statements(&work, link.as_ref())?;
    let told = statements.into_iter().map(|statement| ToldStatement {
        values: statement.values.iter().map(written).collect(),
        text: statement.text,
    });
    Ok(told.collect())
}

fn written(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(is) => Some(is.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => Some((*text).to_owned()),
        Value::Bytes(bytes) => {
            Some(bytes.iter().fold("\\x".to_owned(), |written, byte| format!("{written}{byte:02x}")))
        }
        Value::Id(id) => Some(id.to_string()),
        Value::Ids(ids) => Some(list(ids)),
        Value::Parts(parts) => Some(list(parts)),
    }
}

fn list<T: ToString>(of: &[T]) -> String {
    format!("{{{}}}", of.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}
