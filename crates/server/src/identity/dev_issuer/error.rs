use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::system::private_file::PrivateFileError;

/// The dev issuer's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DevIssuerError {
    /// The file or its directory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read the file, so anyone may have the key.
    #[error("{} may be read by others: delete it, and a new one will be made", .0.display())]
    ReadableByOthers(PathBuf),
    /// The file has no key in it.
    #[error("{} is damaged: delete it, and a new one will be made", .0.display())]
    Damaged(PathBuf),
    /// The address can be reached from other machines.
    #[error("{0} is not a loopback address: the dev issuer is for this machine only")]
    NotLoopback(SocketAddr),
    /// The key could not be made or used.
    #[error("the dev issuer's key could not be used")]
    Key,
}

impl From<PrivateFileError> for DevIssuerError {
    fn from(error: PrivateFileError) -> Self {
        match error {
            PrivateFileError::Io { path, source } => Self::Io { path, source },
            PrivateFileError::ReadableByOthers(path) => Self::ReadableByOthers(path),
            PrivateFileError::TooLarge(path) => Self::Damaged(path),
        }
    }
}
