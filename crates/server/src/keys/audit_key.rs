//! The key that proves the audit: where its chains end, and that all of them are there. A server with an embedded store has it in
//! a file of its data directory; nodes that share a database have it in there, sealed by the vault.
//!
//! Only a key that was just made takes up an audit as it is found. So a new one is a file of another name until the store was
//! opened with it; and of a shared one each data directory remembers which it was.

use std::path::Path;

use gangway_store::{AuditKey, PostgresOptions, SharedSecrets};
use zeroize::Zeroizing;

use crate::keys::shared_key::SharedKey;
use crate::system::SystemRandom;
use crate::system::private_file::{self, PrivateFileError};
use crate::vault::KeyRing;

/// The file of the key, in the data directory of an embedded store.
const FILE: &str = "audit.key";
/// The same until a store was opened with it.
const NEW: &str = "audit.key.new";
/// Which key a shared database had, in the data directory of each of its servers.
const ID: &str = "audit-key-id";
/// Says, by being there, that the key of the audit is lost and the next that is made replaces it.
const LOST: &str = "audit.key.lost";

/// The key of an embedded store's data directory; whoever comes first makes it.
///
/// # Errors
/// One line that names the file.
pub(crate) fn open(data: &Path) -> Result<AuditKey, String> {
    if let Some(key) = find(data)? {
        return Ok(key);
    }
    private_file::create(&data.join(NEW), &SystemRandom::key()).map_err(error_line)?;
    match read(&data.join(NEW))? {
        Some(key) => Ok(made_for(data, key)),
        None => Err(format!("{} disappeared while it was being created", data.join(NEW).display())),
    }
}

/// A key that was only just made, as this data directory needs it.
fn made_for(data: &Path, key: AuditKey) -> AuditKey {
    if data.join(LOST).exists() { key.replacing() } else { key.adopting() }
}

/// Has the next start of the server make a new key and take the audit as it is found, because the old key is lost. One that is
/// there is put aside.
///
/// # Errors
/// One line that names the file.
pub(crate) fn give_up(data: &Path) -> Result<(), String> {
    private_file::create(&data.join(LOST), b"").map_err(error_line)?;
    put_aside(data, FILE)?;
    put_aside(data, ID)
}

/// The same of a shared database, which no server may have open. `data` is the directory of the server that starts first.
///
/// # Errors
/// One line that says what could not be done.
pub(crate) async fn give_up_in_database(options: &PostgresOptions, data: &Path) -> Result<(), String> {
    let options = PostgresOptions { migrates: false, ..options.clone() };
    let secrets = SharedSecrets::open(&options).await.map_err(|error| error.to_string())?;
    give_up(data)?;
    SharedKey::Audit.forget(&secrets).await
}

fn put_aside(data: &Path, name: &str) -> Result<(), String> {
    let (from, to) = (data.join(name), data.join(format!("{name}.old")));
    match std::fs::rename(&from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", from.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn found_again(data: &Path) -> Result<(), String> {
    let lost = data.join(LOST);
    match std::fs::remove_file(&lost) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", lost.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The key of an embedded store's data directory, if there is one that a store was opened with.
///
/// # Errors
/// One line that names the file.
pub(crate) fn find(data: &Path) -> Result<Option<AuditKey>, String> {
    read(&data.join(FILE))
}

/// From now on the key takes up no audit any more: a store was opened with it.
///
/// # Errors
/// One line that names the file.
pub(crate) fn settle(data: &Path) -> Result<(), String> {
    let new = data.join(NEW);
    let Some(secret) = private_file::read(&new).map_err(error_line)? else { return Ok(()) };
    private_file::create(&data.join(FILE), &secret).map_err(error_line)?;
    std::fs::remove_file(&new).map_err(|error| format!("{}: {error}", new.display()))?;
    found_again(data)
}

/// The key of a shared database; whoever comes first makes it. One that is another than this data directory knows was put there
/// by somebody who took the old one away.
///
/// # Errors
/// One line that says what is wrong.
pub(crate) async fn open_in_database(
    options: &PostgresOptions,
    vault: &KeyRing,
    data: &Path,
) -> Result<AuditKey, String> {
    let key = make_in_database(options, vault).await?;
    let known = private_file::read(&data.join(ID)).map_err(error_line)?;
    match known.as_deref().map(|known| known.trim_ascii() == key.id().as_bytes()) {
        None => Ok(made_for(data, key)),
        Some(true) => Ok(key),
        Some(false) => Err(format!(
            "the database has another audit key than this server knows: it was replaced, and with it what proves the audit. If you did \
             that with `gangway audit new-key`, delete {}",
            data.join(ID).display()
        )),
    }
}

/// The key of a shared database; whoever comes first makes it.
///
/// # Errors
/// One line that says what is wrong.
pub(crate) async fn make_in_database(options: &PostgresOptions, vault: &KeyRing) -> Result<AuditKey, String> {
    let secrets = SharedSecrets::open(options).await.map_err(|error| error.to_string())?;
    audit_key_from(&SharedKey::Audit.get(&secrets, vault, || Some(SystemRandom::key())).await?)
}

/// The key of a shared database, if it has one; nothing is made or changed.
///
/// # Errors
/// One line that says what is wrong.
pub(crate) async fn find_in_database(
    options: &PostgresOptions,
    vault: &KeyRing,
) -> Result<Option<AuditKey>, String> {
    let options = PostgresOptions { migrates: false, ..options.clone() };
    let secrets = SharedSecrets::open(&options).await.map_err(|error| error.to_string())?;
    SharedKey::Audit.find(&secrets, vault).await?.map(|secret| audit_key_from(&secret)).transpose()
}

/// This server knows the key from now on.
///
/// # Errors
/// One line that names the file.
pub(crate) fn remember(data: &Path, key: &AuditKey) -> Result<(), String> {
    private_file::replace(&data.join(ID), key.id().as_bytes()).map_err(error_line)?;
    found_again(data)
}

fn read(path: &Path) -> Result<Option<AuditKey>, String> {
    let Some(secret) = private_file::read(path).map_err(error_line)? else { return Ok(None) };
    let damaged = |_| format!("{} contains no audit key: restore a copy of the file", path.display());
    audit_key_from(&secret).map(Some).map_err(damaged)
}

fn audit_key_from(secret: &[u8]) -> Result<AuditKey, String> {
    let secret = <[u8; AuditKey::BYTES]>::try_from(secret).map(Zeroizing::new);
    secret.map(|secret| AuditKey::new(&secret)).map_err(|_| "the audit key is truncated".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn error_line(error: PrivateFileError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_new_until_a_store_was_opened_with_it() {
        let place = tempfile::tempdir().unwrap();
        assert!(find(place.path()).unwrap().is_none());
        let made = open(place.path()).unwrap();
        assert!(find(place.path()).unwrap().is_none());
        assert_eq!(
            open(place.path()).unwrap().id(),
            made.id(),
            "it was interrupted, and goes on with the same"
        );
        settle(place.path()).unwrap();
        settle(place.path()).unwrap();
        assert_eq!(find(place.path()).unwrap().unwrap().id(), made.id());
        assert_eq!(open(place.path()).unwrap().id(), made.id());
        let file = std::fs::metadata(place.path().join(FILE)).unwrap();
        assert_eq!((file.permissions().mode() & 0o777, file.len()), (0o600, 32));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_key_is_left_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        private_file::create(&place.path().join(FILE), b"short").unwrap();
        assert!(open(place.path()).unwrap_err().contains("restore a copy"));
    }
}
