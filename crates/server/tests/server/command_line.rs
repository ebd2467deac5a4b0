//! What commands print, and what they believe.

pub(crate) mod audit;
mod operator;
mod receipts;
