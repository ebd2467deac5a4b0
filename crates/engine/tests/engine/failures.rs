//! Answers that are lost or late, commits of which nobody knows, nodes that do the same at once.

mod late;
mod lost;
mod nodes;
mod races;
mod unknown;
