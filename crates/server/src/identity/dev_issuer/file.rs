use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use zeroize::{Zeroize, Zeroizing};

use super::DevIssuerError;

/// Far more than the file ever has, so that something else under its name is not read into memory.
const LARGEST_FILE: u64 = 64 * 1024;

/// What the dev issuer's file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    /// PKCS#8 in base64.
    private_key: String,
    /// Where the server listened last.
    pub(super) url: Option<String>,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("dev-issuer.json")
}

impl Stored {
    pub(super) fn from_key(pkcs8: &[u8], url: Option<String>) -> Self {
        Self { private_key: STANDARD.encode(pkcs8), url }
    }

    /// The private key, if that is what it is.
    pub(super) fn key(&self) -> Option<Zeroizing<Vec<u8>>> {
        STANDARD.decode(&self.private_key).ok().map(Zeroizing::new)
    }

    /// The file, or `None` if there is none yet.
    pub(super) fn read(data_dir: &Path) -> Result<Option<Self>, DevIssuerError> {
        let path = path(data_dir);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(&path)(error)),
        };
        if readable_by_others(&file).map_err(io_error(&path))? {
            return Err(DevIssuerError::ReadableByOthers(path));
        }
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        file.take(LARGEST_FILE).read_to_end(&mut json).map_err(io_error(&path))?;
        serde_json::from_slice(&json).map(Some).map_err(|_| DevIssuerError::Damaged(path))
    }

    /// Makes the file with a new key. If another process is quicker, its key is the one.
    pub(super) fn create(data_dir: &Path) -> Result<Self, DevIssuerError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| DevIssuerError::Key)?;
        let new = Self::from_key(pkcs8.as_ref(), None);
        make_private_dir(data_dir).map_err(io_error(data_dir))?;
        let path = path(data_dir);
        match new.temporary(data_dir)?.persist_noclobber(&path) {
            Ok(_) => sync_dir(data_dir).map(|()| new),
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => {
                Self::read(data_dir)?.ok_or(DevIssuerError::Damaged(path))
            }
            Err(other) => Err(io_error(&path)(other.error)),
        }
    }

    /// Puts this in the file's place, at once.
    pub(super) fn replace(&self, data_dir: &Path) -> Result<(), DevIssuerError> {
        let path = path(data_dir);
        self.temporary(data_dir)?.persist(&path).map_err(|e| io_error(&path)(e.error))?;
        sync_dir(data_dir)
    }

    /// A whole, durable file with this in it, for its owner only, under a name nobody looks at.
    fn temporary(&self, data_dir: &Path) -> Result<NamedTempFile, DevIssuerError> {
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer(&mut *json, self).map_err(|_| DevIssuerError::Key)?;
        let write = || {
            let mut file = NamedTempFile::new_in(data_dir)?;
            file.write_all(&json)?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        write().map_err(io_error(data_dir))
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DevIssuerError {
    let path = path.to_owned();
    move |source| DevIssuerError::Io { path, source }
}

fn sync_dir(dir: &Path) -> Result<(), DevIssuerError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error(dir))
}

fn make_private_dir(dir: &Path) -> io::Result<()> {
    if fs::exists(dir)? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(unix)]
fn readable_by_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_file: &File) -> io::Result<bool> {
    Ok(false)
}
