//! The keys that a server makes for itself: in files of the data directory, or, where nodes share a database, in there.

use gangway_engine::Store as _;
use gangway_odata::token::PagingKey;
use gangway_store::AnyStore;
use zeroize::Zeroizing;

use super::run_mode::Mode;
use crate::config::Settings;
use crate::identity::DevIssuer;
use crate::keys::paging_key;
use crate::keys::shared_key::SharedKey;
use crate::keys::signing_key::SigningKey;
use crate::receipt::Signer;
use crate::system::SystemRandom;
use crate::vault::KeyRing;

/// Those that are used from the start.
pub(super) struct OwnKeys {
    pub(super) paging: PagingKey,
    pub(super) signer: Signer,
}

impl OwnKeys {
    /// Finds them, or makes them. The built-in issuer's key, if there is one, is in its file then.
    ///
    /// # Errors
    /// One line that says which could not be had.
    pub(super) async fn open(
        settings: &Settings,
        mode: Mode,
        store: &AnyStore,
        vault: &KeyRing,
    ) -> Result<Self, String> {
        if !store.is_shared() {
            let signer = Signer::open(&settings.data).map_err(|error| error.to_string())?;
            let paging =
                paging_key::open(&settings.data, &SystemRandom).map_err(|error| error.to_string())?;
            return Ok(Self { paging, signer });
        }
        if mode == Mode::Dev {
            // Somebody may have made tokens before the first start.
            let kept = DevIssuer::open(&settings.data).map_err(|error| error.to_string())?.key();
            let make = || Some(Zeroizing::new(kept.as_bytes().to_vec()));
            let key = SharedKey::DevIssuer.get(store, vault, make).await?;
            DevIssuer::keep(&settings.data, utf8(&key)?).map_err(|error| error.to_string())?;
        }
        let paging = SharedKey::Paging.get(store, vault, || Some(SystemRandom::key())).await?;
        let paging = Zeroizing::new(*paging.first_chunk().ok_or("the paging key is truncated")?);
        let receipts = SharedKey::Receipts.get(store, vault, signing_key).await?;
        let signer = Signer::from_key(utf8(&receipts)?).map_err(|error| error.to_string())?;
        signer.publish(&settings.data).map_err(|error| error.to_string())?;
        Ok(Self { paging: PagingKey::new(&paging), signer })
    }
}

fn utf8(key: &[u8]) -> Result<&str, String> {
    str::from_utf8(key).map_err(|_| "a shared key is corrupt".to_owned())
}

fn signing_key() -> Option<Zeroizing<Vec<u8>>> {
    SigningKey::generate().map(|key| Zeroizing::new(key.as_bytes().to_vec()))
}
