//! Gangway's server: everything around the engine that touches a network, a file or a clock.
#![deny(missing_docs)]

pub mod identity;
