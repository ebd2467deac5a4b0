use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gangway_engine::VaultError;
use zeroize::Zeroizing;

use super::cipher::{self, Cipher};
use super::format::DATA_KEY;
use super::key_id::KeyId;

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
