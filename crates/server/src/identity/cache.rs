//! The cache of verified tokens: a signature is verified once per token, not once per request.
//!
//! A cached token is as good as a verified one because what may change about it is checked on every use: its expiry, and whether
//! its key is still in the issuer's set. Everything else of it is fixed by the signature, and the settings that it was checked
//! against do not change while the server runs. An example:
//!
//! ```text
//! 10:00  token t, signed with key k: verified, cached until its `exp`, 11:00, plus the leeway
//! 10:01  t again: found by its hash, k is live, not expired: no signature is verified
//! 10:30  the issuer withdraws k: the fetch that sees it marks k as dead
//! 10:31  t again: found, but k is dead: verified anew, and refused because k is unknown
//! ```
//!
//! Only tokens found good are kept, so a flood of invalid tokens cannot evict valid ones.

use std::sync::Arc;

use aws_lc_rs::digest;
use gangway_domain::Caller;
use quick_cache::sync::Cache;

use super::TokenError;
use super::keys::Key;

/// What the cache knows a token by: a hash, so that a dump of the memory has no tokens to give away.
pub(super) type TokenDigest = [u8; 32];

/// Tokens whose signature and claims were found good.
#[derive(Debug)]
pub(super) struct TokenCache {
    tokens: Cache<TokenDigest, CachedToken>,
}

/// A token that was found good.
#[derive(Debug, Clone)]
pub(super) struct CachedToken {
    pub(super) caller: Arc<Caller>,
    /// Unix seconds from which on it is expired, the leeway counted in.
    pub(super) expires: i64,
    pub(super) key: Arc<Key>,
}

impl CachedToken {
    pub(super) fn caller_at(self, now: i64) -> Result<Arc<Caller>, TokenError> {
        if now < self.expires { Ok(self.caller) } else { Err(TokenError::Expired) }
    }
}

impl TokenCache {
    pub(super) fn new(tokens: usize) -> Self {
        Self { tokens: Cache::new(tokens) }
    }

    pub(super) fn digest(token: &[u8]) -> TokenDigest {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, token).as_ref());
        bytes
    }

    /// The token, unless its key has left the issuer's set since.
    pub(super) fn get(&self, digest: &TokenDigest) -> Option<CachedToken> {
        self.tokens.get(digest).filter(|token| token.key.is_live())
    }

    pub(super) fn insert(&self, digest: TokenDigest, token: CachedToken) {
        self.tokens.insert(digest, token);
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }
}
