use std::fmt;
use std::path::{Path, PathBuf};

use gangway_engine::Secret;
use serde::{Deserialize, Deserializer};

use super::error::KeyError;
use super::key::Material;
use super::key_file::MOST_KEYS;

/// Where key-encryption keys come from. Without either, there are none, and no partner can be connected that
/// gives a credential.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultSettings {
    /// The file that has them, as `gangway keys generate` makes it; empty for none.
    pub key_file: PathBuf,
    /// The keys themselves, for the environment; empty for none.
    pub key: GivenKeys,
}

/// Keys in base64, 32 bytes each, separated by commas; the first seals, all of them open. They show themselves
/// nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenKeys(Secret);

/// Where key-encryption keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From nowhere: nothing can be sealed.
    Nowhere,
    /// From this file, which has to be there.
    File(PathBuf),
    /// From this file, which is made if it is not there.
    FileMadeIfAbsent(PathBuf),
    /// From the environment.
    Given(GivenKeys),
}

impl VaultSettings {
    /// The key and what is wrong with it, in words that do not repeat any of it.
    ///
    /// # Errors
    /// Which of the settings cannot be used, and why.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        if self.key.is_empty() {
            return Ok(());
        }
        if !self.key_file.as_os_str().is_empty() {
            return Err(("vault.key", "and vault.key_file exclude each other: set one of them".into()));
        }
        self.key.materials().map(drop).map_err(|error| ("vault.key", error))
    }

    /// Where keys come from by these settings. A developer's server has a file in its data directory if nobody says
    /// otherwise.
    #[must_use]
    pub fn source(&self, dev_data: Option<&Path>) -> Source {
        if !self.key.is_empty() {
            return Source::Given(self.key.clone());
        }
        if !self.key_file.as_os_str().is_empty() {
            return Source::File(self.key_file.clone());
        }
        dev_data.map_or(Source::Nowhere, |data| Source::FileMadeIfAbsent(data.join(Self::DEV_FILE)))
    }

    /// The file of a developer's server, in its data directory.
    pub const DEV_FILE: &str = "vault-keys.json";
}

impl GivenKeys {
    /// The keys of this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Secret::new(text))
    }

    fn is_empty(&self) -> bool {
        self.0.expose().trim().is_empty()
    }

    /// The keys, or what is wrong with them.
    pub(super) fn materials(&self) -> Result<Vec<Material>, String> {
        let mut materials: Vec<Material> = Vec::new();
        for (n, text) in self.0.expose().split(',').enumerate() {
            let which = n + 1;
            let material = Material::from_base64(text.trim()).ok_or_else(|| {
                format!("is not 32 bytes in base64 at key {which}: openssl rand -base64 32 makes one")
            })?;
            if materials.iter().any(|other| other.id() == material.id()) {
                return Err(format!("has the same key twice, again at key {which}"));
            }
            if materials.len() == MOST_KEYS {
                return Err(format!("has more than {MOST_KEYS} keys"));
            }
            materials.push(material);
        }
        Ok(materials)
    }
}

impl From<String> for KeyError {
    fn from(wrong: String) -> Self {
        Self::Given(format!("vault.key {wrong}"))
    }
}

impl fmt::Debug for GivenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { "given" })
    }
}

impl<'de> Deserialize<'de> for GivenKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
