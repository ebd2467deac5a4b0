//! Rows on their way from one database to another, whichever they are, when a house is moved.

pub(crate) mod adoption;
mod cell;
mod chains;
mod copy;
mod end_rows;
mod ends;
mod error;
mod gone;
mod lanes;
mod merge;
mod moving;
mod pass;
mod postgres_side;
mod restored;
mod row_query;
mod side;
mod sqlite_side;
mod table;

pub use copy::{CopyEvent, CopyFacts, check_copy, copy, reopen};
pub use error::MoveError;
pub use gone::Gone;
pub(crate) use moving::{Moving, half_a_copy, moved};
pub use pass::Compared;
pub use restored::restored;
pub use side::Database;
pub(crate) use side::Side;
