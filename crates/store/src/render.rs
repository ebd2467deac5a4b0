//! From the typed tree of a query to SQL with parameters, for every backend alike. Nothing is filtered or sorted anywhere
//! else, and what a client wrote comes into a statement as a bound value only.
//!
//! A [`filter`] becomes two conditions: that it holds, and that it does not. SQL's null and false are the same to a `WHERE`,
//! so each of them is built so that it is true exactly when it should be; `not` swaps the two, and the rest is `AND` and
//! `OR`. Where a value is one of a few words ([`value::Words`]), or known, the question is answered here.

mod audit_shape;
mod column;
mod compare;
mod condition;
mod error;
mod filter;
mod order;
mod partner_shape;
pub(crate) mod simple_case;
mod sql;
mod statement;
mod value;

pub(crate) use column::QueriedTable;
pub(crate) use error::Unrenderable;
pub(crate) use sql::{Dialect, Sql, Statement};
pub(crate) use statement::{count, list};

/// The audit events, and where their properties are kept.
pub(crate) const AUDIT_EVENTS: QueriedTable =
    QueriedTable { name: "audit_events", shape: &audit_shape::EVENT };
/// The partners, and where their properties are kept.
pub(crate) const PARTNERS: QueriedTable = QueriedTable { name: "partners", shape: &partner_shape::PARTNER };
