//! What fails around the server, and what it does about it.

mod disk;
mod lock;
mod small_disk;
mod start;
