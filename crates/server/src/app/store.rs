//! The store of the configuration, opened.

use std::fs::{File, TryLockError};
use std::path::Path;

use gangway_store::{AnyStore, PostgresStore, SqliteStore};

use crate::config::Settings;
use crate::keys::audit_key;
use crate::system::data_dir::database;
use crate::vault::KeyRing;

/// The store, and what has to be kept for as long as it is used.
pub(super) struct Opened {
    pub(super) store: AnyStore,
    pub(super) lock: Option<File>,
}

/// Opens it, having made sure that no other server has the data directory.
///
/// # Errors
/// One line that says which could not be opened, and what to do.
pub(super) async fn open(settings: &Settings, vault: &KeyRing) -> Result<Opened, String> {
    let database = settings.store.database().map_err(|error| error.to_string())?;
    let (store, lock) = match database {
        None => (sqlite(settings)?.into(), None),
        Some(url) => {
            let (lock, database) = (lock(&settings.data)?, settings.store.postgres_options(&url));
            let key = audit_key::open_in_database(&database, vault, &settings.data).await?;
            let store = PostgresStore::open(&database, &key).await.map_err(|error| error.to_string())?;
            audit_key::remember(&settings.data, &key)?;
            (store.into(), Some(lock))
        }
    };
    Ok(Opened { store, lock })
}

/// Whether other servers may have it open at the same time.
///
/// # Errors
/// One line that says what is wrong with the settings.
pub(super) fn is_shared(settings: &Settings) -> Result<bool, String> {
    let database = settings.store.database().map_err(|error| error.to_string())?;
    Ok(database.is_some())
}

fn sqlite(settings: &Settings) -> Result<SqliteStore, String> {
    let options = settings.store.sqlite_options(database(&settings.data));
    let key = audit_key::open(&settings.data)?;
    let store = SqliteStore::open(&options, &key).map_err(|error| error.to_string())?;
    audit_key::settle(&settings.data)?;
    Ok(store)
}

/// Nothing else keeps two servers out of a directory whose store is elsewhere.
fn lock(data: &Path) -> Result<File, String> {
    let path = data.join("server.lock");
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| wrong(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(wrong(
            &"in use by another server; stop that one, or give this one a data directory of its own",
        )),
        Err(TryLockError::Error(error)) => Err(wrong(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_is_one_servers() {
        let place = tempfile::tempdir().unwrap();
        let held = lock(place.path()).unwrap();
        assert!(lock(place.path()).unwrap_err().contains("in use by another server"));
        drop(held);
        lock(place.path()).unwrap();
    }
}
