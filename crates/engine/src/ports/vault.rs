use gangway_domain::{Generation, PartnerId, TenantId};
use zeroize::Zeroizing;

use crate::Sealed;

/// Seals secrets, so that what lies in the store is of no use without a key that does not.
pub trait Vault: Send + Sync {
    /// Seals a secret under a data key of its own.
    ///
    /// # Errors
    /// [`VaultError::NoKeys`] if there is no key to seal with.
    fn seal(&self, binding: &Binding, secret: &[u8]) -> Result<Sealed, VaultError>;

    /// Opens what was sealed with the same binding.
    ///
    /// # Errors
    /// [`VaultError`] if it was sealed under a key that is not there, or is not what was sealed.
    fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// The same secret with its data key wrapped by the key that is used for new ones; `None` if it
    /// is already.
    ///
    /// # Errors
    /// As for [`Vault::open`].
    fn rewrap(&self, binding: &Binding, sealed: &Sealed) -> Result<Option<Sealed>, VaultError>;
}

/// What a sealed secret belongs to. It cannot be opened as anything else, so rows cannot be
/// exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Whose it is.
    pub tenant: TenantId,
    /// The partner it is for.
    pub partner: PartnerId,
    /// That partner's generation.
    pub generation: Generation,
    /// What it is.
    pub field: Field,
}

/// What a sealed secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// State and verifier of an attempt.
    Attempt,
    /// An authorization code and what it takes to redeem it.
    Code,
    /// Tokens.
    Credential,
    /// A key that all nodes have alike, and nobody's in particular.
    Shared,
}

impl Field {
    /// Its word in bindings and stored rows; never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attempt => "attempt",
            Self::Code => "code",
            Self::Credential => "credential",
            Self::Shared => "shared",
        }
    }

    /// The field with this word, of those that lie with tenants' rows.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Attempt, Self::Code, Self::Credential].into_iter().find(|field| field.as_str() == word)
    }
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no key-encryption key at all.
    #[error("no key-encryption key is configured: set vault.key_file")]
    NoKeys,
    /// It was sealed under a key that is not there.
    #[error("it was sealed under key {0}, which is not among the configured ones")]
    UnknownKey(String),
    /// It is not what was sealed, or was sealed for something else.
    #[error("it is not what was sealed")]
    NotAuthentic,
    /// The cipher or the source of randomness did not work.
    #[error("the cipher could not be used")]
    Failed,
}
