use std::path::PathBuf;

use super::key_id::KeyId;
use crate::system::private_file::PrivateFileError;

/// Key-encryption keys cannot be had or changed. Never has a key in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// There is no such file.
    #[error("there are no keys in {}: make it with `gangway keys generate`, or correct vault.key_file", .0.display())]
    Missing(PathBuf),
    /// There is such a file already.
    #[error("{} is there already and is left as it is: whatever its keys sealed cannot be opened without them", .0.display())]
    AlreadyThere(PathBuf),
    /// The file is no key file.
    #[error("{} is no key file: {why}; restore a copy of it", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another process changes the keys at this moment.
    #[error("another process is changing the keys in {}: try again", .0.display())]
    InUse(PathBuf),
    /// The file has as many keys as are read.
    #[error("{} has {most} keys: retire some before you make another", path.display())]
    TooMany {
        /// Which.
        path: PathBuf,
        /// How many it has.
        most: usize,
    },
    /// A key is not in the file any more.
    #[error("key {id} is not in {} any more: rotate again", path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
        /// The key.
        id: KeyId,
    },
    /// A key of the environment's cannot be used.
    #[error("{0}")]
    Given(String),
    /// The keys come from where Gangway cannot change them.
    #[error(
        "the keys come from vault.key, which Gangway cannot change: put a new one in front of the old ones, \
         separated by a comma, and start anew; the first seals, all of them open"
    )]
    NotOurs,
    /// No key is configured.
    #[error("no key-encryption key is configured: set vault.key_file")]
    NoKeys,
    /// The cipher or the source of randomness did not work.
    #[error("the cipher could not be used")]
    Failed,
}
