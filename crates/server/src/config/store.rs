//! Where everything is kept.

use std::fmt;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gangway_engine::Secret;
use gangway_store::{PostgresOptions, SqliteOptions};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::error::{SettingsError, in_range};
use crate::system::private_file;

/// What the operator decides about the store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSettings {
    url: StoreUrl,
    url_file: PathBuf,
    ca_file: PathBuf,
    migrate: bool,
    connections: usize,
    list_connections: usize,
    query_connections: usize,
    commit_queue_length: usize,
    commit_timeout_seconds: u64,
    readers: usize,
}

/// The URL of a database. It may have a password in it, so it shows itself nowhere.
#[derive(Clone)]
pub(crate) struct StoreUrl(Secret);

impl StoreSettings {
    /// The database that everything is in; `None` if that is the embedded store.
    ///
    /// # Errors
    /// The file of the URL cannot be read, or has none in it.
    pub(crate) fn database(&self) -> Result<Option<StoreUrl>, SettingsError> {
        let of_file = !self.url_file.as_os_str().is_empty();
        if of_file && !self.url.is_empty() {
            let why = "and store.url_file exclude each other: set only one".into();
            return Err(SettingsError::Invalid { key: "store.url", why });
        }
        let (url, key) = if of_file {
            (StoreUrl::from_file(&self.url_file)?, "store.url_file")
        } else {
            (self.url.clone(), "store.url")
        };
        url.check().map_err(|why| SettingsError::Invalid { key, why })?;
        Ok((!url.is_empty()).then_some(url))
    }

    /// How the database at this URL is opened.
    pub(crate) fn postgres_options(&self, url: &StoreUrl) -> PostgresOptions {
        PostgresOptions {
            ca_file: Some(self.ca_file.clone()).filter(|path| !path.as_os_str().is_empty()),
            migrates: self.migrate,
            connections: self.connections,
            list_connections: self.list_connections,
            query_connections: self.query_connections,
            ..PostgresOptions::at(url.expose())
        }
    }

    /// How the embedded store in this file is opened.
    pub(crate) fn sqlite_options(&self, file: PathBuf) -> SqliteOptions {
        SqliteOptions {
            readers: match self.readers {
                0 => std::thread::available_parallelism().map_or(2, NonZero::get),
                readers => readers,
            },
            queue_length: self.commit_queue_length,
            queue_timeout: Duration::from_secs(self.commit_timeout_seconds),
            ..SqliteOptions::at(file)
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.database()?;
        in_range("store.connections", self.connections as u64, &(1..=1000))?;
        in_range("store.list_connections", self.list_connections as u64, &(1..=1000))?;
        in_range("store.query_connections", self.query_connections as u64, &(1..=1000))?;
        in_range("store.commit_queue_length", self.commit_queue_length as u64, &(1..=1_000_000))?;
        in_range("store.commit_timeout_seconds", self.commit_timeout_seconds, &(1..=60))?;
        in_range("store.readers", self.readers as u64, &(0..=64))
    }
}

impl StoreUrl {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self(Secret::new(url.into()))
    }

    /// The whole of it, password and all.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose().trim()
    }

    fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let wrong = |why: String| SettingsError::Invalid { key: "store.url_file", why };
        let found = private_file::read(path).map_err(|error| wrong(error.to_string()))?;
        let bytes = found.ok_or_else(|| wrong(format!("names {}, which does not exist", path.display())))?;
        let text = String::from_utf8(bytes.to_vec()).map(Zeroizing::new);
        let text = text.map_err(|_| wrong(format!("names {}, which is not UTF-8", path.display())))?;
        if text.trim().is_empty() {
            return Err(wrong(format!("names {}, which is empty", path.display())));
        }
        Ok(Self::new(text.trim()))
    }

    /// What is wrong with it, in words that do not repeat it.
    ///
    /// # Errors
    /// That.
    pub(crate) fn check(&self) -> Result<(), String> {
        let url = self.expose();
        if url.is_empty() || url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(());
        }
        Err("must begin with postgres:// or postgresql://; leave it empty for the embedded store".into())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { "given" })
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, url_file: &Path) -> StoreSettings {
        StoreSettings {
            url: StoreUrl::new(url),
            url_file: url_file.to_owned(),
            ca_file: PathBuf::new(),
            migrate: true,
            connections: 1,
            list_connections: 1,
            query_connections: 1,
            commit_queue_length: 1,
            commit_timeout_seconds: 1,
            readers: 0,
        }
    }

    #[test]
    fn a_database_is_named_by_a_url_or_by_a_file_that_has_one() {
        let place = tempfile::tempdir().unwrap();
        let (nothing, file) = (Path::new(""), place.path().join("url"));
        let database =
            |url, file| settings(url, file).database().map(|found| found.map(|url| url.expose().to_owned()));
        assert_eq!(database("", nothing).unwrap(), None);
        let url = "postgres://a:b@c/d";
        assert_eq!(database(url, nothing).unwrap().as_deref(), Some(url));
        private_file::create(&file, format!("{url}\n").as_bytes()).unwrap();
        assert_eq!(database("", &file).unwrap().as_deref(), Some(url));
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_it() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = place.path().join(name);
            private_file::create(&path, content).unwrap();
            path
        };
        let missing = place.path().join("missing");
        let (empty, other) = (file("empty", b" \n"), file("other", b"mysql://hunter2"));
        let open = file("open", b"postgres://hunter2");
        std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        for (url, path, named) in [
            ("mysql://hunter2", Path::new(""), "store.url must begin"),
            ("postgres://hunter2", &empty, "store.url and store.url_file exclude each other"),
            ("", &missing, "store.url_file names"),
            ("", &empty, "which is empty"),
            ("", &other, "store.url_file must begin"),
            ("", &open, "may be read by others"),
        ] {
            let error = settings(url, path).check().unwrap_err().to_string();
            assert!(error.contains(named) && !error.contains("hunter2"), "{error}");
        }
        assert!(!format!("{:?}", settings("postgres://hunter2", Path::new(""))).contains("hunter2"));
    }
}
