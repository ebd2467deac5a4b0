//! What clients and operators reach over HTTP, and how much of it.

mod admin;
mod disconnect;
mod limits;
mod oidc;
mod proxies;
mod throttling;
