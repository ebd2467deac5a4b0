//! What the fixtures in `partners/` promise to the tests that use them, and what is known of the partners.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy knows tests by their attribute, not what they call"
)]

#[path = "partners/checks/mod.rs"]
mod checks;
#[path = "partners/mod.rs"]
mod partners;
