//! The identity module against an OIDC issuer on a real socket.

mod claims;
#[cfg(test)]
mod dev_issuer;
mod key_rotation;
mod key_sources;
mod nonsense;
#[cfg(test)]
mod provider;
mod signatures;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod support;
mod token_cache;
