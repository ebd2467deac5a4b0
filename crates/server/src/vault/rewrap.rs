//! A new key for what was sealed under older ones.

use std::collections::BTreeSet;

use gangway_engine::{SecretPlace, Store, StoreError, StoredSecret, Vault as _, VaultError};
use tracing::warn;

use super::key_id::KeyId;
use super::key_ring::KeyRing;

/// How many secrets are read at a time.
const PAGE: usize = 100;
/// More passes than it takes unless somebody goes on sealing under an old key.
const MOST_PASSES: u32 = 16;

/// What came of wrapping data keys anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// How many are wrapped by the key that seals now, and were not before.
    pub rewrapped: u64,
    /// How many were found to be already.
    pub already: u64,
    /// How often a secret was replaced or destroyed by somebody else before it could be put back. What it was replaced
    /// by was looked at too.
    pub vanished: u64,
    /// How many cannot be: their key is not there, or they are not what was sealed. The log names each.
    pub failed: u64,
}

/// Why data keys could not be wrapped anew. Those that were are, and the rest can still be opened.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// There is no key to wrap them with.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Secrets under old keys keep coming.
    #[error(
        "something goes on sealing under an old key: restart what was started before the key was changed"
    )]
    StillOld,
}

/// Wraps the data keys of all secrets in the store with the key that seals now. It may be done while others write,
/// and be done again at any time.
///
/// # Errors
/// [`RewrapError`]; what was done stays done.
pub async fn rewrap_all<S: Store>(store: &S, vault: &KeyRing) -> Result<Rewrapped, RewrapError> {
    if vault.active().is_none() {
        return Err(VaultError::NoKeys.into());
    }
    let mut total = Rewrapped::default();
    for number in 0..MOST_PASSES {
        let pass = pass(store, vault).await?;
        total.rewrapped += pass.rewrapped;
        total.vanished += pass.vanished;
        total.failed = pass.failed;
        if number == 0 {
            total.already = pass.already;
        }
        if pass.rewrapped + pass.vanished == 0 {
            return Ok(total);
        }
    }
    Err(RewrapError::StillOld)
}

/// The keys that secrets in the store need.
///
/// # Errors
/// [`StoreError`] if the store could not be read.
pub async fn used_keys<S: Store>(store: &S) -> Result<BTreeSet<KeyId>, StoreError> {
    let mut used = BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.secrets(after, PAGE).await?;
        used.extend(page.iter().filter_map(|secret| KeyId::of_sealed(&secret.sealed)));
        match page.last() {
            Some(last) => after = Some(last.place),
            None => return Ok(used),
        }
    }
}

/// Looks at every secret once.
async fn pass<S: Store>(store: &S, vault: &KeyRing) -> Result<Rewrapped, StoreError> {
    let mut done = Rewrapped::default();
    let mut after: Option<SecretPlace> = None;
    loop {
        let page = store.secrets(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(done);
        };
        after = Some(last.place);
        for secret in page {
            one(store, vault, secret, &mut done).await?;
        }
    }
}

async fn one<S: Store>(
    store: &S,
    vault: &KeyRing,
    secret: StoredSecret,
    done: &mut Rewrapped,
) -> Result<(), StoreError> {
    match vault.rewrap(&secret.binding, &secret.sealed) {
        Ok(None) => done.already += 1,
        Ok(Some(sealed)) => {
            if store.reseal(secret, sealed).await? {
                done.rewrapped += 1;
            } else {
                done.vanished += 1;
            }
        }
        Err(error) => {
            done.failed += 1;
            warn!(place = ?secret.place, %error, "could not rewrap a secret; it keeps its key");
        }
    }
    Ok(())
}
