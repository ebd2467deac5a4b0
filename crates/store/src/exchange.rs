//! Rows on their way from one database to another, whichever they are, when a house is moved.

pub(crate) mod adoption;
mod cell;
mod chains;
mod copy;
mod ends;
mod error;
mod lanes;
mod merge;
mod pass;
mod postgres_side;
mod restored;
mod side;
mod sqlite_side;
mod table;

pub use copy::{CopyEvent, CopyFacts, check_copy, copy, reopen};
pub use error::MoveError;
pub use pass::{Compared, Gone};
pub use restored::restored;
pub use side::Database;
pub(crate) use side::{Moving, Side};
