//! From the typed tree of a query to SQL with parameters, for every backend alike. Nothing is filtered or sorted anywhere
//! else, and what a client wrote comes into a statement as a bound value only.
//!
//! A [`filter`] becomes two conditions: that it holds, and that it does not. SQL's null and false are the same to a `WHERE`,
//! so each of them is built so that it is true exactly when it should be; `not` swaps the two, and the rest is `AND` and
//! `OR`. Where a value is one of a few words ([`value::Words`]), or known, the question is answered here.
//!
//! # Example
//!
//! A caller asks for `$filter=onboardingStatus ne 'onboarding' and not contains(tolower(displayName),'help')` with
//! `$orderby=displayName&$top=25`, and for the page behind the partner with id 7, which is called "Remote". The tree that
//! `odata::parse` makes of it is
//!
//! ```text
//! And [Compare {onboardingStatus Ne Enum "onboarding"},
//!      Not (Text {Contains, Lower (displayName), "help"})]
//! ```
//!
//! and the embedded store is asked this. The status is one of three words, so the comparison is answered for each of them
//! before the database is asked; the place to go on from is a range of the index that the order is read from; and one item
//! more than fits is read, to know whether there is another page:
//!
//! ```sql
//! SELECT display_name, version, item.display_name, item.id
//! FROM partners AS item
//! WHERE item.part = ?1 AND item.tenant = ?2
//! AND ((item.display_name, item.id) > (?3, ?4)
//! AND (item.status IN ('notOnboarded', 'onboarded')
//! AND NOT (instr(unicode_lower(item.display_name), ?5) > 0)))
//! ORDER BY item.display_name, item.id
//! LIMIT ?6 OFFSET ?7
//!
//! ?1 = Integer(28)
//! ?2 = Bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
//! ?3 = Text("Remote")
//! ?4 = Bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
//! ?5 = Text("help")
//! ?6 = Integer(26)
//! ?7 = Integer(0)
//! ```
//!
//! `the_example_at_the_head_of_render_is_what_is_rendered` holds the statement and its parameters.

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
