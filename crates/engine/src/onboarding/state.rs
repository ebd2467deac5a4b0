//! The `state` that goes to a partner and comes back: which attempt it is for, a secret that only
//! we and the browser have seen, and what tells that browser from others.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gangway_domain::{AttemptId, TenantId};
use uuid::Uuid;

use crate::Random;

/// What only one browser has: 32 random bytes in a cookie.
pub(crate) struct BrowserKey([u8; 32]);

impl BrowserKey {
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// As the cookie has it.
    pub(crate) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// A `state`, of 16 + 16 + 32 + 32 bytes: tenant, attempt, secret, and the hash of secret and
/// browser key.
pub(crate) struct State {
    pub(crate) tenant: TenantId,
    pub(crate) attempt: AttemptId,
    secret: [u8; 32],
    browser: [u8; 32],
}

impl State {
    /// The state for one browser. `secret` is the attempt's, in base64url.
    pub(crate) fn new(
        tenant: TenantId,
        attempt: AttemptId,
        secret: &str,
        browser: &BrowserKey,
    ) -> Option<Self> {
        let secret: [u8; 32] = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { tenant, attempt, secret, browser: binding(&secret, browser) })
    }

    pub(crate) fn to_text(&self) -> String {
        let parts: [&[u8]; 4] =
            [self.tenant.0.as_bytes(), self.attempt.0.as_bytes(), &self.secret, &self.browser];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// `None` if it is nothing that [`State::to_text`] writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 96] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let (attempt, rest) = rest.split_first_chunk::<16>()?;
        let (secret, browser) = rest.split_first_chunk::<32>()?;
        Some(Self {
            tenant: TenantId(Uuid::from_bytes(*tenant)),
            attempt: AttemptId(Uuid::from_bytes(*attempt)),
            secret: *secret,
            browser: browser.try_into().ok()?,
        })
    }

    /// Whether its secret is the one of which this hash was kept.
    pub(crate) fn has_secret_of(&self, hash: &[u8; 32]) -> bool {
        verify_slices_are_equal(&hashed(&self.secret), hash).is_ok()
    }

    /// Whether it was made for the browser with this key.
    pub(crate) fn is_for(&self, browser: &BrowserKey) -> bool {
        verify_slices_are_equal(&binding(&self.secret, browser), &self.browser).is_ok()
    }
}

/// A new secret in base64url, and the hash by which it is known again.
pub(crate) fn new_secret(random: &dyn Random) -> (String, [u8; 32]) {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    (URL_SAFE_NO_PAD.encode(bytes), hashed(&bytes))
}

/// A PKCE verifier: 43 characters of 256 random bits (RFC 7636, section 4.1).
pub(crate) fn new_verifier(random: &dyn Random) -> String {
    new_secret(random).0
}

fn binding(secret: &[u8; 32], browser: &BrowserKey) -> [u8; 32] {
    hashed(&[secret.as_slice(), browser.0.as_slice()].concat())
}

fn hashed(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn state() -> (State, BrowserKey, [u8; 32]) {
        let random = Counting(AtomicU8::new(1));
        let browser = BrowserKey::new(&random);
        let (secret, hash) = new_secret(&random);
        let (tenant, attempt) = (TenantId(Uuid::from_u128(7)), AttemptId(Uuid::from_u128(8)));
        (State::new(tenant, attempt, &secret, &browser).unwrap(), browser, hash)
    }

    #[test]
    fn a_state_reads_back_as_it_was_written() {
        let (state, browser, hash) = state();
        let read = State::parse(&state.to_text()).unwrap();
        assert_eq!((read.tenant, read.attempt), (state.tenant, state.attempt));
        assert!(read.has_secret_of(&hash) && read.is_for(&browser));
        assert_eq!(state.to_text().len(), 128);
    }

    #[test]
    fn another_secret_or_browser_is_not_taken_for_it() {
        let (state, _, hash) = state();
        let mut other = State::parse(&state.to_text()).unwrap();
        assert!(!other.is_for(&BrowserKey([9; 32])));
        other.secret[0] ^= 1;
        assert!(!other.has_secret_of(&hash));
    }

    #[test]
    fn whoever_knows_the_secret_cannot_bind_another_browser_afterwards() {
        let (state, browser, _) = state();
        let stolen = BrowserKey([9; 32]);
        assert!(state.is_for(&browser) && !state.is_for(&stolen));
    }

    #[test]
    fn nothing_else_is_a_state() {
        let (state, ..) = state();
        let text = state.to_text();
        for other in ["", "x", &text[1..], &format!("{text}A"), &text.replace(&text[..4], "!!!!")] {
            assert!(State::parse(other).is_none(), "{other}");
        }
    }
}
