//! AES-256-GCM, as both layers use it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use gangway_engine::VaultError;
use zeroize::{Zeroize as _, Zeroizing};

use super::format::{DATA_KEY, NONCE, TAG};

/// A key, ready for use.
pub(super) struct Cipher(RandomizedNonceKey);

impl Cipher {
    pub(super) fn new(key: &[u8; DATA_KEY]) -> Result<Self, VaultError> {
        RandomizedNonceKey::new(&AES_256_GCM, key).map(Self).map_err(|_| VaultError::Failed)
    }

    /// Appends nonce, sealed secret and tag. If it fails, nothing of the secret is left there.
    pub(super) fn seal_onto(
        &self,
        out: &mut Vec<u8>,
        context: &[u8],
        secret: &[u8],
    ) -> Result<(), VaultError> {
        let start = out.len();
        // All at once: a vector that grows leaves what it had behind.
        out.reserve_exact(NONCE + secret.len() + TAG);
        out.extend_from_slice(&[0; NONCE]);
        out.extend_from_slice(secret);
        let (head, body) = out[start..].split_at_mut(NONCE);
        let Ok((nonce, tag)) = self.0.seal_in_place_separate_tag(Aad::from(context), body) else {
            body.zeroize();
            return Err(VaultError::Failed);
        };
        head.copy_from_slice(nonce.as_ref());
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// What was sealed with the same context.
    pub(super) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::NotAuthentic)?;
        let mut opened = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(context), &mut opened)
            .map_err(|_| VaultError::NotAuthentic)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

/// A data key nobody had before.
pub(super) fn fresh_key() -> Result<Zeroizing<[u8; DATA_KEY]>, VaultError> {
    let mut key = Zeroizing::new([0; DATA_KEY]);
    aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(|_| VaultError::Failed)?;
    Ok(key)
}
