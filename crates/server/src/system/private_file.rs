//! Files with secrets in them: for their owner only, and whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// Far more than any of these files has, so that something else under its name is not read into memory.
const LARGEST: usize = 64 * 1024;

/// A file with secrets in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It or its directory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("{} may be read by others: run chmod 600 on it, and replace its secrets if anybody may have read it", .0.display())]
    ReadableByOthers(PathBuf),
    /// It is far larger than such a file is.
    #[error("{} is larger than {LARGEST} bytes: it is not a file of Gangway's", .0.display())]
    TooLarge(PathBuf),
}

/// What is in the file, or `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    if readable_by_others(&file).map_err(io_error(path))? {
        return Err(PrivateFileError::ReadableByOthers(path.to_owned()));
    }
    // As large as it gets, so that nothing is left behind where it would have grown out of.
    let mut content = Zeroizing::new(Vec::with_capacity(LARGEST + 2));
    file.take(LARGEST as u64 + 1).read_to_end(&mut content).map_err(io_error(path))?;
    if content.len() > LARGEST {
        return Err(PrivateFileError::TooLarge(path.to_owned()));
    }
    Ok(Some(content))
}

/// Makes the file; `false` if there is one of this name already, which is left as it is.
pub(crate) fn create(path: &Path, content: &[u8]) -> Result<bool, PrivateFileError> {
    match temporary(directory(path), content)?.persist_noclobber(path) {
        Ok(_) => sync(directory(path)).map(|()| true),
        Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(other) => Err(io_error(path)(other.error)),
    }
}

/// Puts this in the file's place, at once.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), PrivateFileError> {
    temporary(directory(path), content)?.persist(path).map_err(|error| io_error(path)(error.error))?;
    sync(directory(path))
}

/// Makes the directory, for its owner only, if it is not there.
pub(crate) fn make_directory(path: &Path) -> Result<(), PrivateFileError> {
    if fs::exists(path).map_err(io_error(path))? {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io_error(path))
}

/// The directory a file is in.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> PrivateFileError {
    let path = path.to_owned();
    move |source| PrivateFileError::Io { path, source }
}

/// A whole, durable file with this in it, for its owner only, under a name nobody looks at.
fn temporary(directory: &Path, content: &[u8]) -> Result<NamedTempFile, PrivateFileError> {
    let write = || {
        let mut file = NamedTempFile::new_in(directory)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(io_error(directory))
}

fn sync(directory: &Path) -> Result<(), PrivateFileError> {
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error(directory))
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        assert!(read(&path).unwrap().is_none());
        assert!(create(&path, b"first").unwrap());
        assert!(!create(&path, b"second").unwrap());
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"first");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&path, b"third").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"third");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a temporary file was left behind");
    }

    #[test]
    fn a_file_that_anybody_else_can_get_at_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        create(&path, b"x").unwrap();
        for (bits, refused) in [
            (0o600, false),
            (0o400, false),
            (0o700, false),
            (0o640, true),
            (0o604, true),
            (0o620, true),
            (0o602, true),
            (0o601, true),
        ] {
            mode(&path, bits);
            let error = read(&path).err();
            assert_eq!(matches!(error, Some(PrivateFileError::ReadableByOthers(_))), refused, "{bits:o}");
            assert_eq!(error.is_some(), refused, "{bits:o}");
        }
    }

    #[test]
    fn something_large_is_not_read_into_memory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        create(&path, &vec![b' '; LARGEST]).unwrap();
        assert!(read(&path).is_ok());
        replace(&path, &vec![b' '; LARGEST + 1]).unwrap();
        assert!(matches!(read(&path), Err(PrivateFileError::TooLarge(_))));
    }

    #[test]
    fn a_name_without_a_directory_is_in_the_current_one() {
        assert_eq!(directory(Path::new("keys.json")), Path::new("."));
        assert_eq!(directory(Path::new("/a/keys.json")), Path::new("/a"));
    }
}
