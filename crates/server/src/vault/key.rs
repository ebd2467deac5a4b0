use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gangway_engine::{Sealed, VaultError};
use zeroize::Zeroizing;

use super::cipher::{self, Cipher};
use super::format::{DATA_KEY, Parts};

/// Names a key-encryption key: the first 8 bytes of its SHA-256, in hex. It tells nothing about the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(super) [u8; 8]);

impl KeyId {
    /// The key that a sealed secret needs; `None` if it is none that this version sealed.
    #[must_use]
    pub fn of(sealed: &Sealed) -> Option<Self> {
        Parts::of(sealed).map(|parts| parts.key)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The text names no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's id is 16 digits of lower-case hex")]
pub struct NotAKeyId;

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        let bytes = u64::from_str_radix(text, 16).map_err(|_| NotAKeyId)?;
        let id = Self(bytes.to_be_bytes());
        if id.to_string() == text { Ok(id) } else { Err(NotAKeyId) }
    }
}

/// A key-encryption key as it is written down. It is wiped when it is dropped, and has no `Debug`.
pub(super) struct Material(Zeroizing<[u8; DATA_KEY]>);

impl Material {
    /// A key nobody had before.
    pub(super) fn generate() -> Result<Self, VaultError> {
        cipher::fresh_key().map(Self)
    }

    /// The key, if this is 32 bytes in base64.
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        // The decoder asks for room for whatever 44 characters could be.
        let mut buffer = Zeroizing::new([0; DATA_KEY + 1]);
        let length = STANDARD.decode_slice(text, buffer.as_mut_slice()).ok()?;
        let mut key = Zeroizing::new([0; DATA_KEY]);
        key.copy_from_slice(buffer.get(..length).filter(|bytes| bytes.len() == DATA_KEY)?);
        Some(Self(key))
    }

    pub(super) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    pub(super) fn id(&self) -> KeyId {
        let hash = digest::digest(&digest::SHA256, self.0.as_slice());
        let mut id = [0; 8];
        id.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        KeyId(id)
    }

    pub(super) fn cipher(&self) -> Result<Cipher, VaultError> {
        Cipher::new(&self.0)
    }
}
