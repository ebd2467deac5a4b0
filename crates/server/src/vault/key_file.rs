//! The file of key-encryption keys.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use gangway_domain::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::error::KeyError;
use super::key::Material;
use super::key_id::KeyId;
use crate::system::private_file;

/// More keys than anyone has in use at a time.
pub(super) const MOST_KEYS: usize = 100;
/// Room for that many, so that the text does not grow out of its place and leave keys behind there.
const ROOM: usize = MOST_KEYS * 200;

/// The keys of a file; the first seals, all of them open.
pub(super) struct KeyFile {
    pub(super) keys: Vec<FileKey>,
}

/// A key, and when it was made, or came to seal where it was made before.
pub(super) struct FileKey {
    pub(super) material: Material,
    pub(super) created: Timestamp,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    keys: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: String,
    key: String,
    created: String,
}

impl Drop for StoredKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl KeyFile {
    /// A file with one key nobody had before.
    pub(super) fn fresh(now: Timestamp) -> Result<Self, KeyError> {
        Ok(Self { keys: vec![FileKey::fresh(now)?] })
    }

    /// The file, or `None` if there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        let Some(json) = private_file::read(path)? else {
            return Ok(None);
        };
        let damaged = |why: String| KeyError::Damaged { path: path.to_owned(), why };
        // What serde says of a wrong type repeats the value, which may be a key.
        let stored: StoredKeys = serde_json::from_slice(&json).map_err(|error| {
            damaged(format!("it is not what `gangway keys generate` writes, at line {}", error.line()))
        })?;
        let keys: Vec<_> =
            stored.keys.iter().map(FileKey::from_stored).collect::<Result<_, _>>().map_err(damaged)?;
        if keys.is_empty() || keys.len() > MOST_KEYS {
            return Err(damaged(format!("it has {} keys, and 1 to {MOST_KEYS} are read", keys.len())));
        }
        let ids: BTreeSet<_> = keys.iter().map(FileKey::id).collect();
        if ids.len() < keys.len() {
            return Err(damaged("it has the same key twice".into()));
        }
        Ok(Some(Self { keys }))
    }

    /// Makes the file; `false` if there is one already.
    pub(super) fn create(&self, path: &Path) -> Result<bool, KeyError> {
        Ok(private_file::create(path, &self.json()?)?)
    }

    /// Puts this in the file's place.
    pub(super) fn replace(&self, path: &Path) -> Result<(), KeyError> {
        Ok(private_file::replace(path, &self.json()?)?)
    }

    fn json(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let stored = StoredKeys { keys: self.keys.iter().map(FileKey::stored).collect() };
        let mut json = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer_pretty(&mut *json, &stored).map_err(|_| KeyError::Failed)?;
        Ok(json)
    }
}

impl FileKey {
    pub(super) fn fresh(now: Timestamp) -> Result<Self, KeyError> {
        Ok(Self { material: Material::generate().map_err(|_| KeyError::Failed)?, created: now })
    }

    pub(super) fn id(&self) -> KeyId {
        self.material.id()
    }

    fn from_stored(stored: &StoredKey) -> Result<Self, String> {
        let id: KeyId = stored.id.parse().map_err(|error| format!("{error}"))?;
        let material = Material::from_base64(&stored.key).filter(|material| material.id() == id);
        let material =
            material.ok_or_else(|| format!("the key named {id} is not the one that has that id"))?;
        let created = stored.created.parse().map_err(|error| format!("created of key {id} {error}"))?;
        Ok(Self { material, created })
    }

    fn stored(&self) -> StoredKey {
        StoredKey {
            id: self.id().to_string(),
            key: self.material.to_base64().to_string(),
            created: self.created.to_string(),
        }
    }
}

/// The right to change a key file. Two processes that read, add a key and write would lose one of the two keys,
/// and with it whatever it had sealed.
pub(super) struct Changing {
    /// Behind whatever links lead to it: a link is not what is replaced.
    pub(super) path: PathBuf,
    /// Its directory, locked: the file is another one after every change.
    _directory: File,
}

impl Changing {
    pub(super) fn begin(path: &Path) -> Result<Self, KeyError> {
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(KeyError::Missing(path.to_owned()));
            }
            Err(error) => return Err(private_file::io_error(path)(error).into()),
        };
        let directory = private_file::directory(&path);
        let file = File::open(directory).map_err(private_file::io_error(directory))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, _directory: file }),
            Err(TryLockError::WouldBlock) => Err(KeyError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(private_file::io_error(directory)(error).into()),
        }
    }
}
