//! The key that page tokens are signed with: one for each data directory, so that a list can be gone through while
//! the server is started anew.

use std::path::Path;

use gangway_engine::Random;
use gangway_odata::token::PagingKey;
use zeroize::Zeroizing;

use crate::system::private_file::{self, PrivateFileError};

/// The file of the key, in the data directory.
const FILE: &str = "paging.key";
const BYTES: usize = 32;

/// The key of this data directory; whoever comes first makes it. One that cannot be a key is replaced: all that is lost
/// is where somebody is in a list.
///
/// # Errors
/// The file cannot be read or made.
pub(crate) fn open(data: &Path, random: &dyn Random) -> Result<PagingKey, PrivateFileError> {
    let path = data.join(FILE);
    let kept = private_file::read(&path)?;
    if let Some(key) = kept.as_deref().and_then(|kept| <[u8; BYTES]>::try_from(&**kept).ok()) {
        return Ok(PagingKey::new(&Zeroizing::new(key)));
    }
    let mut key = Zeroizing::new([0; BYTES]);
    random.fill(&mut *key);
    private_file::replace(&path, &*key)?;
    Ok(PagingKey::new(&key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::system::SystemRandom;

    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_only() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(FILE);
        let made = |_: PagingKey| std::fs::read(&path).unwrap();
        let first = made(open(place.path(), &SystemRandom).unwrap());
        assert_eq!(first.len(), BYTES);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(made(open(place.path(), &SystemRandom).unwrap()), first);
        private_file::replace(&path, b"short").unwrap();
        let second = made(open(place.path(), &SystemRandom).unwrap());
        assert!(second.len() == BYTES && second != first);
    }
}
