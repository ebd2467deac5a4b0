//! What only the store of many nodes does.

mod opening;
