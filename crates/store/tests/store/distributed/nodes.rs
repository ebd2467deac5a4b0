//! What nodes that share a database tell each other through it.

mod counts;
mod generations;
mod leases;
mod shared;
