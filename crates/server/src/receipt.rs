//! Receipts: signed records of what became of a release, for whoever has to show later that access was ended.
//!
//! A receipt is a JWS in compact form, signed with ES256 by the key of one data directory. Its `typ` is
//! [`TYPE`], so it cannot be taken for a token, nor a token for a receipt; its `kid` is the thumbprint of RFC 7638.
//! It can be verified with the public key alone, by [`verify`] or by any JOSE library.

mod record;
mod signer;
mod text;
mod verify;

pub use record::{
    Account, By, ByKind, Call, Evidence, Forced, MAX_BY_HAND, Missing, Obstacle, Outcome, Partner, Receipt,
    RequestedBy, Token, VERSION,
};
pub use signer::{Signer, SignerError};
pub use verify::{LONGEST, Verified, VerifyError, verify};

/// The `typ` of a receipt's header.
pub const TYPE: &str = "gangway-receipt+jwt";

#[cfg(test)]
mod tests;
