//! The work that clients do while something breaks: on what, what they ask, and what they are told.

pub(crate) mod client;
pub(crate) mod request;
pub(crate) mod world;
