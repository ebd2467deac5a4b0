//! Which store a command is about.

use std::path::{Path, PathBuf};

use clap::Args;
use gangway_engine::Clock as _;
use gangway_store::{AuditKey, PostgresOptions};

use super::data_arg::DataArg;
use super::runtime::in_runtime;
use crate::config::{CONFIG_FILE, Settings, StoreSettings};
use crate::keys::audit_key;
use crate::system::SystemClock;
use crate::system::data_dir::database;
use crate::system::private_file;
use crate::vault::{self, KeyRing};

/// Where the store is, for every command that reads it itself.
#[derive(Debug, Args)]
pub(in crate::cli) struct StoreArgs {
    #[command(flatten)]
    data: DataArg,
    #[arg(
        long,
        help = "URL of the PostgreSQL database; if it contains a password, set GANGWAY_STORE__URL instead",
        value_name = "URL"
    )]
    store: Option<String>,
    #[arg(
        long,
        help = "The server's configuration, which names the store [env: GANGWAY_CONFIG]",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
}

/// The store of a server.
pub(in crate::cli) enum StorePlace {
    /// The embedded one, in this file.
    Embedded(PathBuf),
    /// In PostgreSQL.
    Postgres(Box<PostgresOptions>),
}

impl StorePlace {
    /// Whether there is a file, if it is to be one.
    ///
    /// # Errors
    /// One line that names the file that is not there.
    pub(in crate::cli) fn is_there(&self) -> Result<(), String> {
        match self {
            Self::Embedded(path) if !path.exists() => Err(format!("{} does not exist", path.display())),
            Self::Embedded(_) | Self::Postgres(_) => Ok(()),
        }
    }
}

/// The vault of a server, by its configuration or the environment; or else by the keys in its data directory, where a developer's
/// server has them.
///
/// # Errors
/// One line that names what is wrong.
pub(in crate::cli) fn vault(config: Option<&Path>, data: Option<&Path>) -> Result<KeyRing, String> {
    let file = config_file(config);
    let vault = Settings::load_vault(file.as_deref(), std::env::vars_os());
    let vault = vault.map_err(|error| error.to_string())?;
    let own = data.filter(|data| data.join(vault::VaultSettings::DEV_FILE).exists());
    KeyRing::open(&vault.source(own), SystemClock.now()).map_err(|error| error.to_string())
}

fn config_file(named: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| std::env::var_os(CONFIG_FILE).map(PathBuf::from))
}

impl StoreArgs {
    /// The key that proves the audit of the store they name. Without it nothing can be said of where chains end, so that is an
    /// error.
    ///
    /// # Errors
    /// One line that says which key is missing or cannot be read.
    pub(in crate::cli) fn audit_key(&self, place: &StorePlace) -> Result<AuditKey, String> {
        let without = |of: &dyn std::fmt::Display| {
            format!(
                "{of} has no audit key, so the audit cannot be verified: start the server once, or restore the key"
            )
        };
        let options = match place {
            StorePlace::Embedded(path) => {
                let data = private_file::directory(path);
                return audit_key::find(data)?.ok_or_else(|| without(&data.display()));
            }
            StorePlace::Postgres(options) => options,
        };
        let vault = vault(self.config.as_deref(), Some(&self.data.or_default()))?;
        let found = in_runtime(audit_key::find_in_database(options, &vault))?;
        found.ok_or_else(|| without(&"the database"))
    }

    /// The data directory.
    ///
    /// # Errors
    /// One line that names what is wrong.
    pub(in crate::cli) fn data(&self) -> Result<PathBuf, String> {
        Ok(self.settings()?.0)
    }

    fn settings(&self) -> Result<(PathBuf, StoreSettings), String> {
        let file = config_file(self.config.as_deref());
        let mut overrides = Vec::new();
        overrides.extend(self.data.data.as_ref().map(|path| ("data", path.display().to_string())));
        if let Some(url) = &self.store {
            overrides.extend([("store.url", url.clone()), ("store.url_file", String::new())]);
        }
        let place = Settings::load_place(file.as_deref(), std::env::vars_os(), &overrides);
        place.map_err(|error| error.to_string())
    }

    /// The store they name; the embedded one of the data directory if they name none.
    ///
    /// # Errors
    /// One line that names what is wrong.
    pub(in crate::cli) fn place(&self) -> Result<StorePlace, String> {
        let (data, store) = self.settings()?;
        Ok(match store.database().map_err(|error| error.to_string())? {
            None => StorePlace::Embedded(database(&data)),
            Some(url) => StorePlace::Postgres(Box::new(store.postgres_options(&url))),
        })
    }
}
