use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Receipt, TYPE};
use crate::keys::signing_key::SigningKey;
use crate::system::private_file::{self, PrivateFileError};

/// Signs receipts with the key of a data directory.
pub struct Signer(SigningKey);

/// The key that signs receipts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file has no key in it.
    #[error(
        "{} has no key in it: restore a copy of it, or delete it to get a new key, which verifies no older receipt",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The key could not be made or used.
    #[error("the key that signs receipts could not be used")]
    Key,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSigner {
    /// PKCS#8 in base64.
    private_key: String,
}

impl Drop for StoredSigner {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

impl Signer {
    /// The file of the key, in the data directory.
    pub const FILE: &str = "receipt-key.json";
    /// The file of the public key, in the data directory of a server that has the private one from a database.
    pub const PUBLIC_FILE: &str = "receipt-public-keys.json";

    /// The signer of this data directory; whoever comes first makes its key.
    ///
    /// # Errors
    /// The file cannot be read, made or believed.
    pub fn open(data_dir: &Path) -> Result<Self, SignerError> {
        if let Some(signer) = Self::find(data_dir)? {
            return Ok(signer);
        }
        let private_key = SigningKey::generate().ok_or(SignerError::Key)?.to_string();
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer(&mut *json, &StoredSigner { private_key }).map_err(|_| SignerError::Key)?;
        private_file::make_directory(data_dir)?;
        let path = data_dir.join(Self::FILE);
        // If another process is quicker, its key is the one.
        private_file::create(&path, &json)?;
        Self::find(data_dir)?.ok_or(SignerError::Damaged(path))
    }

    /// The signer with this key, PKCS#8 in base64.
    ///
    /// # Errors
    /// It is no such key.
    pub(crate) fn from_key(pkcs8: &str) -> Result<Self, SignerError> {
        SigningKey::from_base64(pkcs8).map(Self).ok_or(SignerError::Key)
    }

    /// The public keys that receipts of the server over this data directory are checked with, a JSON Web Key Set, if any are
    /// known there.
    ///
    /// # Errors
    /// A file cannot be read or believed.
    pub fn public_keys(data_dir: &Path) -> Result<Option<String>, SignerError> {
        if let Some(signer) = Self::find(data_dir)? {
            return Ok(Some(signer.jwks()));
        }
        let path = data_dir.join(Self::PUBLIC_FILE);
        let keys = private_file::read(&path)?;
        let text = keys.map(|keys| String::from_utf8(keys.to_vec())).transpose();
        text.map_err(|_| SignerError::Damaged(path))
    }

    /// Leaves the public key in the data directory, where the private one is not.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&self, data_dir: &Path) -> Result<(), SignerError> {
        Ok(private_file::replace(&data_dir.join(Self::PUBLIC_FILE), self.jwks().as_bytes())?)
    }

    /// The signer of this data directory, if it has signed anything yet.
    ///
    /// # Errors
    /// The file cannot be read or believed.
    pub fn find(data_dir: &Path) -> Result<Option<Self>, SignerError> {
        let path = data_dir.join(Self::FILE);
        let Some(json) = private_file::read(&path)? else {
            return Ok(None);
        };
        let key = serde_json::from_slice(&json)
            .ok()
            .and_then(|stored: StoredSigner| SigningKey::from_base64(&stored.private_key));
        key.map(|key| Some(Self(key))).ok_or(SignerError::Damaged(path))
    }

    /// The receipt as a compact JWS.
    ///
    /// # Errors
    /// The key could not be used.
    pub fn sign(&self, receipt: &Receipt) -> Result<String, SignerError> {
        self.0.sign(TYPE, receipt).ok_or(SignerError::Key)
    }

    /// The public key, as a JSON Web Key Set.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.0.jwks().to_string()
    }

    /// What names the key in receipts.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.0.kid()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid()).finish_non_exhaustive()
    }
}
