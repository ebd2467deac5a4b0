//! What the README and the examples promise.

pub(crate) mod examples;
mod readme;
