//! Copies everything from one database to another, whichever stores they are of, beside a server that serves from the first.

pub(crate) mod adoption;
mod chains;
mod error;
mod gone;
mod moving;
mod pass;
mod restored;
mod side;
mod table;
mod transfer;

pub use error::MoveError;
pub use gone::Gone;
pub(crate) use moving::{Moving, half_a_copy, moved};
pub use pass::Compared;
pub use restored::restored;
pub use side::Database;
pub(crate) use side::Side;
pub use transfer::{CopyEvent, CopyFacts, check_copy, copy, reopen};
