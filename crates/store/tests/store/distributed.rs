//! What only the store of many nodes does.

mod alike;
mod commits;
mod database;
mod lost;
mod opening;
mod proxy;
