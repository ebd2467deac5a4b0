//! Connections to partners: how they begin, what becomes of them, and who sees their secrets.

pub(crate) mod credentials;
mod onboarding;
mod private_network;
mod release;
pub(crate) mod secrets;
