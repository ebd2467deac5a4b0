//! Connections to a database: where it is, how they are made and lent, what goes over them, and what may go wrong.

pub(super) mod address;
pub(super) mod connect;
pub(super) mod counts;
pub(super) mod fault;
pub(super) mod open_error;
pub(super) mod options;
pub(super) mod pool;
mod row;
pub(super) mod stale_connections;
pub(super) mod tls;
pub(super) mod value;
