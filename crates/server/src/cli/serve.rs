use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::common::{DataArg, serve};
use crate::app::{self, Mode};
use crate::config::{CONFIG_FILE, Settings};
use crate::system::logging;

/// What `gangway serve` takes.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Serve on loopback: a built-in issuer of tokens, any tenant, and a tenant with partners to
    /// try
    #[arg(long, conflicts_with = "config")]
    dev: bool,
    #[arg(
        long,
        help = "Configuration file; see crates/server/default.toml for every key [env: GANGWAY_CONFIG]",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[arg(
        long,
        help = "Address for clients of Graph's routes; port 0 takes a free one [env: GANGWAY_LISTEN]",
        value_name = "ADDRESS"
    )]
    listen: Option<SocketAddr>,
    #[arg(
        long,
        help = "Address for /healthz, /readyz, /metrics and releases [env: GANGWAY_ADMIN_LISTEN]",
        value_name = "ADDRESS"
    )]
    admin_listen: Option<SocketAddr>,
    #[command(flatten)]
    data: DataArg,
}

/// Serves until it is told to stop.
pub(super) fn run(arguments: &ServeArgs) -> Result<(), String> {
    let file = arguments.config.clone().or_else(|| std::env::var_os(CONFIG_FILE).map(PathBuf::from));
    let (mode, file) = match (arguments.dev, file) {
        (true, None) => (Mode::Dev, None),
        (true, Some(_)) => {
            return Err(format!(
                "--dev and {CONFIG_FILE} exclude each other: unset {CONFIG_FILE}, or omit --dev"
            ));
        }
        (false, Some(file)) => (Mode::Real, Some(file)),
        (false, None) => return Err("serve needs --dev, or --config FILE".into()),
    };
    let overrides = overrides(arguments);
    let settings = Settings::load(file.as_deref(), std::env::vars_os(), &overrides, mode == Mode::Dev)
        .map_err(|error| error.to_string())?;
    logging::start(&settings.log)?;
    serve(app::run(&settings, mode))
}

fn overrides(arguments: &ServeArgs) -> Vec<(&'static str, String)> {
    let listen = arguments.listen.map(|address| ("listen", address.to_string()));
    let admin_listen = arguments.admin_listen.map(|address| ("admin_listen", address.to_string()));
    let data = arguments.data.data.as_ref().map(|path| ("data", path.display().to_string()));
    [listen, admin_listen, data].into_iter().flatten().collect()
}
