//! Which store a command is about.

use std::path::PathBuf;

use clap::Args;
use gangway_store::{PostgresOptions, ShardOptions};

use super::DataArg;
use crate::app::{database, postgres_options, shard_options};
use crate::config::{CONFIG_FILE, Databases, Settings};

/// Where the store is, for every command that reads it itself.
#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    #[command(flatten)]
    data: DataArg,
    #[arg(
        long,
        help = "The PostgreSQL database, if it is one; with a password in it, rather set GANGWAY_STORE__URL",
        value_name = "URL"
    )]
    store: Option<String>,
    #[arg(
        long,
        help = "The server's configuration, which says the same [env: GANGWAY_CONFIG]",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
}

/// The store of a server.
pub(super) enum StorePlace {
    /// The embedded one, in this file.
    Embedded(PathBuf),
    /// In PostgreSQL.
    Postgres(Box<PostgresOptions>),
    /// In several databases.
    Sharded(Vec<ShardOptions>),
}

impl StorePlace {
    /// What to say where one database has to be named.
    pub(super) const ONE_OF_SEVERAL: &str =
        "the configuration has several databases (store.shard): name one of them with --store";
}

impl StoreArgs {
    /// The store they name; the embedded one of the data directory if they name none.
    ///
    /// # Errors
    /// One line that names what is wrong.
    pub(super) fn place(&self) -> Result<StorePlace, String> {
        let file = self.config.clone().or_else(|| std::env::var_os(CONFIG_FILE).map(PathBuf::from));
        let mut overrides = Vec::new();
        overrides.extend(self.data.data.as_ref().map(|path| ("data", path.display().to_string())));
        if let Some(url) = &self.store {
            overrides.extend([("store.url", url.clone()), ("store.url_file", String::new())]);
        }
        let place = Settings::load_place(file.as_deref(), std::env::vars_os(), &overrides);
        let (data, store) = place.map_err(|error| error.to_string())?;
        Ok(match store.databases().map_err(|error| error.to_string())? {
            Databases::None => StorePlace::Embedded(database(&data)),
            Databases::One(url) => StorePlace::Postgres(Box::new(postgres_options(&store, &url))),
            Databases::Several(shards) => StorePlace::Sharded(shard_options(&store, shards)),
        })
    }
}
