use std::path::PathBuf;

/// Where the data is, for every command that needs it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DataArg {
    /// The directory of the database and of keys
    #[arg(long, env = "GANGWAY_DATA", value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
}

impl DataArg {
    /// The directory, or the one that is used if nobody says.
    pub(in crate::cli) fn or_default(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("./gangway-data"))
    }
}
