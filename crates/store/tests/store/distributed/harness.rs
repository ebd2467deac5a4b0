//! What stands between a store and its database, or makes one difficult.

pub(super) mod database;
pub(super) mod proxy;
pub(super) mod relay;
pub(super) mod stubborn;
