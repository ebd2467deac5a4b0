//! Paging tokens: where a page ended, signed, so that it is nobody's but the one's who was given
//! it, and good for nothing but the request it was given to.

mod state;

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

pub use state::{PageKey, PageState};

use crate::parse::limits::MAX_SKIP_TOKEN_LENGTH;
use crate::query::QueryOption;

/// Says how the rest is written; it is signed as well.
const VERSION: u8 = 1;
const TAG: usize = 32;

/// What signs paging tokens: HMAC-SHA256 under a secret, which does not show itself.
pub struct PagingKey {
    key: hmac::Key,
}

/// What a token is good for: a tenant, a route, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    bytes: Vec<u8>,
}

/// The token was not given to this request: it was changed, or is of another tenant, route, query
/// or key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token was not given to this request")]
pub struct InvalidToken;

/// Where the page ended takes more than a token may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("where the page ended takes more than the {MAX_SKIP_TOKEN_LENGTH} bytes that a token may have")]
pub struct StateTooLarge;

impl Scope {
    /// The scope of a request with these options. All of them count but `$skiptoken`; their order
    /// does not, nor the case of their names, nor whether they are written with `$`, nor how they
    /// are percent-encoded.
    pub fn new<'a>(
        tenant: [u8; 16],
        route: &str,
        options: impl IntoIterator<Item = QueryOption<'a>>,
    ) -> Self {
        let canonical = |option: QueryOption<'a>| {
            let name = option.name.trim_start_matches('$').to_ascii_lowercase();
            (name, option.value)
        };
        let mut options: Vec<_> = options.into_iter().map(canonical).collect();
        options.retain(|(name, _)| name != "skiptoken");
        options.sort();
        let mut bytes = tenant.to_vec();
        state::put(&mut bytes, route.as_bytes());
        for (name, value) in options {
            state::put(&mut bytes, name.as_bytes());
            state::put(&mut bytes, value.as_bytes());
        }
        Self { bytes }
    }

    /// What is signed: the scope with its length, so that none of it can pass for a part of what
    /// follows.
    fn signed(&self, content: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(self.bytes.len() + content.len() + 8);
        state::put(&mut message, &self.bytes);
        message.extend_from_slice(content);
        message
    }
}

impl PagingKey {
    /// A key of these bytes, which are to be random and secret. Every node has to have the same.
    #[must_use]
    pub fn new(secret: &Zeroizing<[u8; 32]>) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()) }
    }

    /// The token that says where a page of a request ended.
    ///
    /// # Errors
    /// If it would be longer than [`MAX_SKIP_TOKEN_LENGTH`].
    pub fn seal(&self, scope: &Scope, state: &PageState) -> Result<String, StateTooLarge> {
        let mut token = vec![VERSION];
        state.write(&mut token);
        let tag = hmac::sign(&self.key, &scope.signed(&token));
        token.extend_from_slice(tag.as_ref());
        let text = URL_SAFE_NO_PAD.encode(token);
        if text.len() > MAX_SKIP_TOKEN_LENGTH { Err(StateTooLarge) } else { Ok(text) }
    }

    /// Where the page ended that this token came with.
    ///
    /// # Errors
    /// If this key did not give it to a request of this scope.
    pub fn open(&self, scope: &Scope, token: &str) -> Result<PageState, InvalidToken> {
        if token.len() > MAX_SKIP_TOKEN_LENGTH {
            return Err(InvalidToken);
        }
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
        let (content, tag) = token.split_last_chunk::<TAG>().ok_or(InvalidToken)?;
        hmac::verify(&self.key, &scope.signed(content), tag).map_err(|_| InvalidToken)?;
        let (version, state) = content.split_first().ok_or(InvalidToken)?;
        if *version != VERSION {
            return Err(InvalidToken);
        }
        PageState::read(state).ok_or(InvalidToken)
    }
}

impl fmt::Debug for PagingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagingKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
