//! What is shown of partners, settings, audit events and releases, and how they are changed.

mod audit_events;
mod partners;
mod profiles;
mod releases;
mod settings;

pub use partners::NewPartner;
pub use profiles::Departed;
pub use releases::{Preview, Sessions};
