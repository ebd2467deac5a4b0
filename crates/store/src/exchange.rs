//! Rows on their way from one database to another, whichever they are: everything when a house is moved, and a part when it
//! changes its shard.

pub(crate) mod adoption;
mod cell;
mod chains;
mod copy;
mod ends;
mod error;
mod lanes;
mod merge;
mod pass;
pub(crate) mod placements;
mod postgres_side;
mod relocate;
mod side;
mod sqlite_side;
mod table;

use cell::Place;
pub use copy::{CopyEvent, CopyFacts, check_copy, copy, reopen};
pub use error::MoveError;
pub use pass::{Compared, Gone};
pub use relocate::move_part;
pub use side::Database;
pub(crate) use side::{Moving, Side};
