//! What every part of the test needs of the machine: other programs, HTTP, SQL, ids and time.

pub(crate) mod http;
pub(crate) mod ids;
pub(crate) mod shell;
pub(crate) mod sql;
pub(crate) mod time;
