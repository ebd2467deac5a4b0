use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::error::DevIssuerError;
use crate::keys::signing_key::SigningKey;
use crate::system::private_file;

/// What the dev issuer's file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredIssuer {
    /// PKCS#8 in base64.
    private_key: String,
    /// Where the server listened last.
    pub(super) url: Option<String>,
}

impl Drop for StoredIssuer {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("dev-issuer.json")
}

impl StoredIssuer {
    pub(super) fn from_key(key: &SigningKey, url: Option<String>) -> Self {
        Self { private_key: key.to_base64().to_string(), url }
    }

    /// The private key, if that is what it is.
    pub(super) fn key(&self) -> Option<SigningKey> {
        SigningKey::from_base64(&self.private_key)
    }

    /// The file, or `None` if there is none yet.
    pub(super) fn read(data_dir: &Path) -> Result<Option<Self>, DevIssuerError> {
        let path = path(data_dir);
        let Some(json) = private_file::read(&path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&json).map(Some).map_err(|_| DevIssuerError::Damaged(path))
    }

    /// Makes the file with a new key. If another process is quicker, its key is the one.
    pub(super) fn create(data_dir: &Path) -> Result<Self, DevIssuerError> {
        let private_key = SigningKey::generate().ok_or(DevIssuerError::Key)?.to_string();
        let new = Self { private_key, url: None };
        private_file::make_directory(data_dir)?;
        let path = path(data_dir);
        if private_file::create(&path, &new.json()?)? {
            return Ok(new);
        }
        Self::read(data_dir)?.ok_or(DevIssuerError::Damaged(path))
    }

    /// Puts this in the file's place, at once.
    pub(super) fn replace(&self, data_dir: &Path) -> Result<(), DevIssuerError> {
        Ok(private_file::replace(&path(data_dir), &self.json()?)?)
    }

    fn json(&self) -> Result<Zeroizing<Vec<u8>>, DevIssuerError> {
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer(&mut *json, self).map_err(|_| DevIssuerError::Key)?;
        Ok(json)
    }
}
