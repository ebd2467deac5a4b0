//! The vault: seals secrets, so that what lies in the store is of no use without a key that does not.
//!
//! # Two layers of keys
//! Each secret is sealed under a data key of its own, and that data key is wrapped by a key-encryption key. Both
//! layers are AES-256-GCM with a random nonce of 96 bits that AWS-LC chooses. Key-encryption keys come from a file
//! or from the environment ([`VaultSettings`]): the first seals, all of them open. So the key can be changed without
//! touching a secret: [`rewrap_all`] wraps the data keys anew and leaves the rest as it is.
//!
//! # Format
//! A [`Sealed`](gangway_engine::Sealed) of version 1 is 97 bytes longer than its secret:
//!
//! | bytes | |
//! |---|---|
//! | 1 | version: 1 |
//! | 8 | id of the key-encryption key: the first 8 bytes of that key's SHA-256 |
//! | 12 | nonce of the wrapping |
//! | 32 + 16 | the data key, wrapped, and its tag |
//! | 12 | nonce of the secret |
//! | n + 16 | the secret, sealed, and its tag |
//!
//! Both layers bind the secret to what it belongs to, as GCM's associated data, so that rows cannot be exchanged:
//!
//! | bytes | |
//! |---|---|
//! | 1 | version: 1 |
//! | 1 | layer: 1 for the wrapping, 2 for the secret |
//! | 8 | id of the key-encryption key; in the wrapping only |
//! | 16 | tenant |
//! | 16 | partner |
//! | 8 | generation, most significant byte first |
//! | 1 | length of the next |
//! | 5 to 10 | field: `attempt`, `code`, `credential` or `shared` |
//!
//! # How many secrets a key takes
//! GCM loses its strength if a nonce comes twice under one key. A data key is used once. Under a key-encryption key
//! nonces are random, so NIST SP 800-38D (section 8.3) allows 2³² wraps, each 48 bytes. One wrap is made for each
//! onboarding, each refresh of a token and each rotation: at a thousand a second it would take seven weeks, at what
//! administrators do with partners thousands of years.
//!
//! # What is wiped
//! Data keys, plaintexts and the text of keys are overwritten when they are let go of ([`zeroize`]). Ciphers hold
//! expanded keys inside AWS-LC, which we cannot reach: they lie in memory of `OPENSSL_malloc`, and `OPENSSL_free`
//! overwrites it (`OPENSSL_cleanse`).

mod cipher;
mod error;
mod format;
mod key;
mod key_file;
mod key_id;
mod key_ring;
mod rewrap;
mod settings;

pub use crate::system::private_file::PrivateFileError;
pub use error::KeyError;
pub use key_id::{KeyId, NotAKeyId};
pub use key_ring::KeyRing;
pub use rewrap::{RewrapError, Rewrapped, rewrap_all, used_keys};
pub use settings::{GivenKeys, Source, VaultSettings};

#[cfg(test)]
mod tests;
