//! The key ring: several keys at a time, so that they can be replaced while secrets are sealed under them.
//!
//! The first key seals, all of them open. A secret is sealed with a data key of its own, and the data key is wrapped with a key
//! of the ring, whose id stands in front. A rotation therefore rewraps short data keys and touches no secret:
//!
//! ```text
//! start            ring [a]       everything is wrapped with a
//! with_new_key     ring [b, a]    b is on disk before it seals anything; a still opens
//! rewrap           ring [b, a]    data keys are wrapped with b, one after the other, while the server runs
//! forget_unused    ring [b]       an hour after b took over: by then nothing sealed under a can be on its way to the store
//! ```
//!
//! Nodes that share a database have a file each, so they go in two steps: `with_next_key` gives all of them the new key to open
//! with (ring [a, b]), and only once every node has it does `seal_with` put it in front. A node that meets an unknown key id
//! reads its file again, at most once a second.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use gangway_domain::Timestamp;
use gangway_engine::{Binding, Sealed, Vault, VaultError};
use zeroize::Zeroizing;

use super::cipher::{self, Cipher};
use super::error::KeyError;
use super::format::{self, Parts, secret_context, wrapping_context};
use super::key::Material;
use super::key_file::{Changing, FileKey, KeyFile, MOST_KEYS};
use super::key_id::KeyId;
use super::settings::Source;

/// For how long after a key was followed by another one something sealed under it may still be on its way to the
/// store. Far longer than any request or commit may take.
const ON_ITS_WAY: Duration = Duration::from_hours(1);

/// How often the file is read anew because of a key that is not in here: whoever can write to the store must not be able to
/// have us read files.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);

/// The vault: key-encryption keys, of which the first seals and all open. They can be changed while it is used, and
/// what is begun after that has the new ones.
pub struct KeyRing {
    ring: ArcSwap<Vec<LoadedKey>>,
    source: Source,
    /// Held while keys are changed.
    changing: Mutex<()>,
    /// When the file was read anew because of a key that is not in here.
    looked: Mutex<Option<Instant>>,
}

/// A key-encryption key, ready for use.
struct LoadedKey {
    id: KeyId,
    cipher: Cipher,
}

impl KeyRing {
    /// The keys of this source. If that is a file which is to be made, its key was made `now`.
    ///
    /// # Errors
    /// [`KeyError`] that says what is wrong with the source.
    pub fn open(source: &Source, now: Timestamp) -> Result<Self, KeyError> {
        let ring = match source {
            Source::Nowhere => Vec::new(),
            Source::Given(keys) => ring(keys.materials()?.iter())?,
            Source::File(path) => ring_of_file(&existing(path)?)?,
            Source::FileMadeIfAbsent(path) => ring_of_file(&existing_or_new(path, now)?)?,
        };
        let (ring, source) = (ArcSwap::from_pointee(ring), source.clone());
        Ok(Self { ring, source, changing: Mutex::default(), looked: Mutex::default() })
    }

    /// Makes a file with one key, and says which.
    ///
    /// # Errors
    /// [`KeyError::AlreadyThere`], or that it could not be written.
    pub fn generate(path: &Path, now: Timestamp) -> Result<KeyId, KeyError> {
        let file = KeyFile::fresh(now)?;
        if file.create(path)? {
            file.keys.first().map(FileKey::id).ok_or(KeyError::NoKeys)
        } else {
            Err(KeyError::AlreadyThere(path.to_owned()))
        }
    }

    /// The key that seals; `None` if there is none.
    #[must_use]
    pub fn active(&self) -> Option<KeyId> {
        self.ring.load().first().map(|key| key.id)
    }

    /// All keys, the one that seals first.
    #[must_use]
    pub fn ids(&self) -> Vec<KeyId> {
        self.ring.load().iter().map(|key| key.id).collect()
    }

    /// Reads the file anew, and says whether that has changed anything: another node, or somebody, may have changed it.
    /// Keys from elsewhere stay.
    ///
    /// # Errors
    /// [`KeyError`]; the keys are as they were then.
    pub fn reread(&self) -> Result<bool, KeyError> {
        let path = match &self.source {
            Source::File(path) | Source::FileMadeIfAbsent(path) => path,
            Source::Given(_) | Source::Nowhere => return Ok(false),
        };
        let _alone_here = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = ring_of_file(&existing(path)?)?;
        let changed = !self.ring.load().iter().map(|key| key.id).eq(ring.iter().map(|key| key.id));
        if changed {
            self.ring.store(Arc::new(ring));
        }
        Ok(changed)
    }

    /// Makes a new key that seals from now on. It is on disk before it is used. Waits for the disk.
    ///
    /// # Errors
    /// [`KeyError`]; the keys are as they were then.
    pub fn with_new_key(&self, now: Timestamp) -> Result<KeyId, KeyError> {
        self.change(|file, path| add(file, path, now), KeyFile::replace)
    }

    /// The key that is to seal next, which only opens for now; makes it if there is none. It is on disk then. Waits for the
    /// disk.
    ///
    /// # Errors
    /// [`KeyError`]; the keys are as they were then.
    pub fn with_next_key(&self, now: Timestamp) -> Result<KeyId, KeyError> {
        self.change(|file, path| add_next(file, path, now), KeyFile::replace)
    }

    /// Has this one of the keys seal from now on. Waits for the disk.
    ///
    /// # Errors
    /// [`KeyError`]; the keys are as they were then.
    pub fn seal_with(&self, id: KeyId, now: Timestamp) -> Result<(), KeyError> {
        self.change(|file, path| promote(file, path, id, now), KeyFile::replace)
    }

    /// Forgets the keys that no secret needs any more, and says which: all that are not among those `used`, are not
    /// the one that seals, and have not sealed for an hour, so that nothing sealed under them is on its way to the
    /// store. See [`super::used_keys`]. Waits for the disk.
    ///
    /// # Errors
    /// [`KeyError`]; the keys are as they were then.
    pub fn forget_unused(&self, used: &BTreeSet<KeyId>, now: Timestamp) -> Result<Vec<KeyId>, KeyError> {
        self.change(|file, _| Ok(forget(file, used, now)), KeyFile::replace)
    }

    /// The keys; read anew if the one it was sealed under is not among them, since another node may have a newer file.
    fn ring_for(&self, sealed: &Sealed) -> Arc<Vec<LoadedKey>> {
        let ring = self.ring.load_full();
        if !matches!(find(&ring, sealed), Err(VaultError::UnknownKey(_))) || !self.may_look() {
            return ring;
        }
        if let Err(error) = self.reread() {
            tracing::warn!(%error, "could not reload the vault keys to look for an unknown one");
        }
        self.ring.load_full()
    }

    fn may_look(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let may = looked.is_none_or(|at| at.elapsed() >= LOOKED_FOR_EVERY);
        if may {
            *looked = Some(Instant::now());
        }
        may
    }

    /// Changes the file, and then what is used.
    pub(super) fn change<T>(
        &self,
        alter: impl FnOnce(&mut KeyFile, &Path) -> Result<T, KeyError>,
        persist: impl FnOnce(&KeyFile, &Path) -> Result<(), KeyError>,
    ) -> Result<T, KeyError> {
        let path = match &self.source {
            Source::File(path) | Source::FileMadeIfAbsent(path) => path,
            Source::Given(_) => return Err(KeyError::NotOurs),
            Source::Nowhere => return Err(KeyError::NoKeys),
        };
        let _alone_here = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = Changing::begin(path)?;
        let mut file = existing(&alone.path)?;
        let before: Vec<_> = file.keys.iter().map(FileKey::id).collect();
        let answer = alter(&mut file, &alone.path)?;
        let ring = ring_of_file(&file)?;
        if !file.keys.iter().map(FileKey::id).eq(before) {
            persist(&file, &alone.path)?;
        }
        self.ring.store(Arc::new(ring));
        Ok(answer)
    }
}

impl Vault for KeyRing {
    fn seal(&self, binding: &Binding, secret: &[u8]) -> Result<Sealed, VaultError> {
        let ring = self.ring.load();
        let key = ring.first().ok_or(VaultError::NoKeys)?;
        let data_key = cipher::fresh_key()?;
        let wrapped = key.wrap(binding, data_key.as_slice())?;
        let mut sealed = format::begin(key.id, &wrapped);
        Cipher::new(&data_key)?.seal_onto(&mut sealed, &secret_context(binding), secret)?;
        Ok(Sealed(sealed))
    }

    fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let ring = self.ring_for(sealed);
        let (key, parts) = find(&ring, sealed)?;
        let data_key = key.unwrap(binding, &parts)?;
        let data_key = data_key.first_chunk().ok_or(VaultError::NotAuthentic)?;
        Cipher::new(data_key)?.open(&secret_context(binding), parts.secret)
    }

    fn rewrap(&self, binding: &Binding, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        let ring = self.ring_for(sealed);
        let (old, parts) = find(&ring, sealed)?;
        let new = ring.first().filter(|new| new.id != old.id);
        let Some(new) = new else {
            return Ok(None);
        };
        let wrapped = new.wrap(binding, &old.unwrap(binding, &parts)?)?;
        let mut sealed = format::begin(new.id, &wrapped);
        sealed.extend_from_slice(parts.secret);
        Ok(Some(Sealed(sealed)))
    }
}

impl LoadedKey {
    fn wrap(&self, binding: &Binding, data_key: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut wrapped = Vec::new();
        self.cipher.seal_onto(&mut wrapped, &wrapping_context(self.id, binding), data_key)?;
        Ok(wrapped)
    }

    fn unwrap(&self, binding: &Binding, parts: &Parts<'_>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.cipher.open(&wrapping_context(self.id, binding), parts.wrapped)
    }
}

/// The key it was sealed under, and its parts.
fn find<'a>(ring: &'a [LoadedKey], sealed: &'a Sealed) -> Result<(&'a LoadedKey, Parts<'a>), VaultError> {
    if ring.is_empty() {
        return Err(VaultError::NoKeys);
    }
    let parts = Parts::parse(sealed).ok_or(VaultError::NotAuthentic)?;
    let key = ring.iter().find(|key| key.id == parts.key);
    key.map(|key| (key, parts)).ok_or_else(|| VaultError::UnknownKey(parts.key.to_string()))
}

fn add(file: &mut KeyFile, path: &Path, now: Timestamp) -> Result<KeyId, KeyError> {
    if file.keys.len() >= MOST_KEYS {
        return Err(KeyError::TooMany { path: path.to_owned(), most: MOST_KEYS });
    }
    let key = FileKey::fresh(now)?;
    let id = key.id();
    file.keys.insert(0, key);
    Ok(id)
}

/// A key that was made after the one that seals has not come to it yet.
fn add_next(file: &mut KeyFile, path: &Path, now: Timestamp) -> Result<KeyId, KeyError> {
    let sealing_since = file.keys.first().map(|key| key.created);
    let next = file.keys.iter().skip(1).find(|key| Some(key.created) > sealing_since);
    if let Some(next) = next {
        return Ok(next.id());
    }
    let id = add(file, path, now)?;
    file.keys.swap(0, 1);
    Ok(id)
}

/// Its time is counted from now on: until now the one before it has sealed.
fn promote(file: &mut KeyFile, path: &Path, id: KeyId, now: Timestamp) -> Result<(), KeyError> {
    let place = file.keys.iter().position(|key| key.id() == id);
    let place = place.ok_or_else(|| KeyError::Vanished { path: path.to_owned(), id })?;
    let mut key = file.keys.remove(place);
    key.created = now;
    file.keys.insert(0, key);
    Ok(())
}

fn forget(file: &mut KeyFile, used: &BTreeSet<KeyId>, now: Timestamp) -> Vec<KeyId> {
    let unused: Vec<_> = file
        .keys
        .windows(2)
        .filter_map(|pair| match pair {
            [newer, key] => Some((newer, key.id())),
            _ => None,
        })
        .filter(|(newer, id)| !used.contains(id) && newer.created.plus(ON_ITS_WAY) <= now)
        .map(|(_, id)| id)
        .collect();
    file.keys.retain(|key| !unused.contains(&key.id()));
    unused
}

fn existing(path: &Path) -> Result<KeyFile, KeyError> {
    KeyFile::read(path)?.ok_or_else(|| KeyError::Missing(path.to_owned()))
}

fn existing_or_new(path: &Path, now: Timestamp) -> Result<KeyFile, KeyError> {
    if let Some(file) = KeyFile::read(path)? {
        return Ok(file);
    }
    // If another process is quicker, its key is the one.
    KeyFile::fresh(now)?.create(path)?;
    existing(path)
}

fn ring_of_file(file: &KeyFile) -> Result<Vec<LoadedKey>, KeyError> {
    ring(file.keys.iter().map(|key| &key.material))
}

fn ring<'a>(materials: impl Iterator<Item = &'a Material>) -> Result<Vec<LoadedKey>, KeyError> {
    let key = |material: &Material| Ok(LoadedKey { id: material.id(), cipher: material.cipher()? });
    materials.map(key).collect::<Result<_, VaultError>>().map_err(|_| KeyError::Failed)
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("source", &self.source)
            .field("keys", &self.ids())
            .finish_non_exhaustive()
    }
}
