//! What callers list and count, in this database's dialect.

pub(super) mod dialect;
pub(super) mod pages;
