//! Keys that nobody gives a server and that all nodes over one database need alike: sealed by the vault they lie in the
//! database, and whoever comes first makes them. A server with an embedded store has each in a file of its own.

use std::collections::BTreeSet;

use gangway_domain::{Generation, PartnerId, TenantId};
use gangway_engine::{Binding, Field, Sealed, StoreError, Vault as _, VaultError};
use gangway_store::{AnyStore, SharedSecrets};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::vault::{KeyId, KeyRing};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharedKey {
    /// Signs where a page of a list ends.
    Paging,
    /// Signs receipts.
    Receipts,
    /// Signs tokens of the built-in issuer.
    DevIssuer,
    /// Proves the audit.
    Audit,
}

impl SharedKey {
    const ALL: [Self; 4] = [Self::Paging, Self::Receipts, Self::DevIssuer, Self::Audit];

    /// Its name in the database, of 16 bytes at most; never changes.
    const fn name(self) -> &'static str {
        match self {
            Self::Paging => "paging",
            Self::Receipts => "receipts",
            Self::DevIssuer => "dev-issuer",
            Self::Audit => "audit",
        }
    }

    fn binding(self) -> Binding {
        let mut name = [0; 16];
        name.iter_mut().zip(self.name().bytes()).for_each(|(to, from)| *to = from);
        Binding {
            tenant: TenantId(Uuid::nil()),
            partner: PartnerId(Uuid::from_bytes(name)),
            generation: Generation::FIRST,
            field: Field::Shared,
        }
    }

    /// The key that all nodes have. If there is none yet, it is what `make` makes.
    ///
    /// # Errors
    /// One line that says what could not be read, opened or made.
    pub(crate) async fn get(
        self,
        secrets: &impl Secrets,
        vault: &KeyRing,
        make: impl Fn() -> Option<Zeroizing<Vec<u8>>>,
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        if let Some(found) = self.find(secrets, vault).await? {
            return Ok(found);
        }
        let new = make().ok_or_else(|| format!("could not create the {} key", self.name()))?;
        let sealed = vault.seal(&self.binding(), &new).map_err(|error| self.unusable(&error))?;
        secrets.make(self.name(), &sealed).await?;
        // If another node was quicker, its key is the one.
        let found = self.find(secrets, vault).await?;
        found.ok_or_else(|| format!("the {} key disappeared while it was being created", self.name()))
    }

    /// The key that all nodes have, if there is one.
    ///
    /// # Errors
    /// One line that says what could not be read or opened.
    pub(crate) async fn find(
        self,
        secrets: &impl Secrets,
        vault: &KeyRing,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        let sealed = secrets.get(self.name()).await?;
        sealed.map(|sealed| self.open(vault, &sealed)).transpose()
    }

    /// Forgets it, so that whoever comes next makes another.
    ///
    /// # Errors
    /// One line that says what could not be done.
    pub(crate) async fn forget(self, secrets: &SharedSecrets) -> Result<(), String> {
        secrets.forget(self.name()).await.map_err(|error| error.to_string())
    }

    fn open(self, vault: &KeyRing, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, String> {
        vault.open(&self.binding(), sealed).map_err(|error| self.unusable(&error))
    }

    fn unusable(self, error: &VaultError) -> String {
        let name = self.name();
        format!(
            "the {name} key, which all nodes of this database share, cannot be opened: {error}. Give every node the same keys \
             (vault.key_file)"
        )
    }
}

/// Where shared keys lie.
pub(crate) trait Secrets {
    /// The one of this name.
    async fn get(&self, name: &str) -> Result<Option<Sealed>, String>;

    /// Makes it, unless there is one.
    async fn make(&self, name: &str, sealed: &Sealed) -> Result<(), String>;
}

impl Secrets for AnyStore {
    async fn get(&self, name: &str) -> Result<Option<Sealed>, String> {
        self.shared_secret(name).await.map_err(|error| error.to_string())
    }

    async fn make(&self, name: &str, sealed: &Sealed) -> Result<(), String> {
        self.make_shared_secret(name, sealed).await.map_err(|error| error.to_string())
    }
}

/// For the key without which no store is opened.
impl Secrets for SharedSecrets {
    async fn get(&self, name: &str) -> Result<Option<Sealed>, String> {
        Self::get(self, name).await.map_err(|error| error.to_string())
    }

    async fn make(&self, name: &str, sealed: &Sealed) -> Result<(), String> {
        Self::make(self, name, sealed).await.map_err(|error| error.to_string())
    }
}

/// Wraps the shared keys anew with the key that seals now, and says how many; those that cannot be are counted too.
///
/// # Errors
/// The store could not be read or written.
pub(crate) async fn rewrap(store: &AnyStore, vault: &KeyRing) -> Result<(u64, u64), StoreError> {
    let (mut rewrapped, mut failed) = (0, 0);
    for key in SharedKey::ALL {
        let Some(old) = store.shared_secret(key.name()).await? else { continue };
        match vault.rewrap(&key.binding(), &old) {
            Ok(None) => {}
            Ok(Some(new)) => {
                rewrapped += u64::from(store.reseal_shared_secret(key.name(), &old, &new).await?);
            }
            Err(error) => {
                failed += 1;
                tracing::warn!(key = key.name(), %error, "could not rewrap a shared key; it keeps its key");
            }
        }
    }
    Ok((rewrapped, failed))
}

/// The keys that shared keys are sealed under.
///
/// # Errors
/// The store could not be read.
pub(crate) async fn used_keys(store: &AnyStore) -> Result<BTreeSet<KeyId>, StoreError> {
    let mut used = BTreeSet::new();
    for key in SharedKey::ALL {
        used.extend(store.shared_secret(key.name()).await?.as_ref().and_then(KeyId::of_sealed));
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shared_keys_can_be_taken_for_each_other() {
        let names: BTreeSet<_> = SharedKey::ALL.iter().map(|key| key.name()).collect();
        assert!(names.len() == SharedKey::ALL.len() && names.iter().all(|name| name.len() <= 16));
    }
}
