//! The database file: who has it, how it is opened, and its schema.

pub(super) mod connection;
pub(super) mod lock;
pub(super) mod migrations;
mod open_error;

pub use connection::schema_of_file;
pub use open_error::OpenError;
