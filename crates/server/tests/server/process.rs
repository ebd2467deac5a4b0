//! How the process starts, what it is told, how it stops, and what survives it.

pub(crate) mod configuration;
mod crash;
mod shutdown;
pub(crate) mod start;
