mod claims;
mod error;
mod file;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gangway_domain::Timestamp;
use serde_json::{Value, json};

use super::keys::{Key, KeySet};
use crate::keys::signing_key::SigningKey;
use file::StoredIssuer;

pub use claims::{TokenKind, TokenRequest};
pub use error::DevIssuerError;

/// Issues tokens on a developer's own machine. Its key is in the data directory, and whoever can read that may
/// be anyone: it is for loopback only.
pub struct DevIssuer {
    data_dir: PathBuf,
    key: SigningKey,
    url: Option<String>,
}

impl DevIssuer {
    /// The path of the issuer's URL; its host and port are where the server listens.
    pub const PATH: &str = "/gangway/issuer";
    /// Where [`DevIssuer::discovery`] is to be served.
    pub const DISCOVERY_PATH: &str = "/gangway/issuer/.well-known/openid-configuration";
    /// Where [`DevIssuer::jwks`] is to be served.
    pub const JWKS_PATH: &str = "/gangway/issuer/keys";
    /// What `aud` is in its tokens.
    pub const AUDIENCE: &str = claims::AUDIENCE;

    /// The issuer of this data directory; whoever comes first makes its key.
    ///
    /// # Errors
    /// The file cannot be read, made or believed.
    pub fn open(data_dir: &Path) -> Result<Self, DevIssuerError> {
        let stored = match StoredIssuer::read(data_dir)? {
            Some(stored) => stored,
            None => StoredIssuer::create(data_dir)?,
        };
        Self::from_stored(data_dir, &stored)
    }

    /// Has the issuer of this data directory sign with this key, PKCS#8 in base64, which others have too.
    ///
    /// # Errors
    /// It is no such key, or the file cannot be read or written.
    pub(crate) fn keep(data_dir: &Path, pkcs8: &str) -> Result<(), DevIssuerError> {
        let key = SigningKey::from_base64(pkcs8).ok_or(DevIssuerError::Key)?;
        let url = StoredIssuer::read(data_dir)?.and_then(|stored| stored.url.clone());
        StoredIssuer::from_key(&key, url).replace(data_dir)
    }

    fn from_stored(data_dir: &Path, stored: &StoredIssuer) -> Result<Self, DevIssuerError> {
        let key = stored.key().ok_or_else(|| DevIssuerError::Damaged(file::path(data_dir)))?;
        Ok(Self { data_dir: data_dir.to_owned(), key, url: stored.url.clone() })
    }

    /// Its private key, PKCS#8 in base64.
    pub(crate) fn key(&self) -> zeroize::Zeroizing<String> {
        self.key.to_base64()
    }

    /// The public key the file has now, as the verifier wants it.
    pub(super) fn read_keys(data_dir: &Path) -> Result<KeySet, DevIssuerError> {
        let key = StoredIssuer::read(data_dir)?
            .map(|stored| Self::from_stored(data_dir, &stored))
            .transpose()?
            .and_then(|issuer| Key::from_json(&issuer.key.public()));
        Ok(KeySet::new(key))
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Remembers where the server listens, for whoever mints tokens while it does.
    ///
    /// # Errors
    /// The address is not a loopback one, or the file cannot be written.
    pub fn set_url(&mut self, bound: SocketAddr) -> Result<(), DevIssuerError> {
        if !bound.ip().is_loopback() {
            return Err(DevIssuerError::NotLoopback(bound));
        }
        let url = format!("http://{bound}{}", Self::PATH);
        StoredIssuer::from_key(&self.key, Some(url.clone())).replace(&self.data_dir)?;
        self.url = Some(url);
        Ok(())
    }

    /// The issuer's URL, which is `iss` in its tokens: where the server listened last.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("http://localhost{}", Self::PATH))
    }

    /// A signed token, valid from now on.
    ///
    /// # Errors
    /// The key could not be used.
    pub fn mint(&self, request: &TokenRequest, now: Timestamp) -> Result<String, DevIssuerError> {
        let claims = claims::claims(request, &self.url(), self.key.kid(), now.unix_seconds());
        self.key.sign("JWT", &claims).ok_or(DevIssuerError::Key)
    }

    /// Its key set, a JSON Web Key Set.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.key.jwks()
    }

    /// Its OIDC discovery document. There is nothing to sign in to, so it names no endpoint for that.
    #[must_use]
    pub fn discovery(&self) -> Value {
        let url = self.url();
        let keys = Self::JWKS_PATH.strip_prefix(Self::PATH).unwrap_or_default();
        json!({
            "issuer": url,
            "jwks_uri": format!("{url}{keys}"),
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "claims_supported": claims::NAMES,
        })
    }
}

impl fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kid, url) = (self.key.kid(), &self.url);
        f.debug_struct("DevIssuer").field("kid", &kid).field("url", url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
