//! `gangway audit new-key`.

use clap::Args;
use gangway_engine::LEASE_DURATION;
use gangway_store::{PostgresOptions, PostgresStore};

use crate::cli::common::{StoreArgs, StorePlace, in_runtime};
use crate::keys::audit_key;
use crate::system::private_file;
use crate::system::terminal::say;

/// What it takes.
#[derive(Debug, Args)]
pub(super) struct NewKeyArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// Has the next start make a new key and take the audit as it is found.
pub(super) fn run(arguments: &NewKeyArgs) -> Result<(), String> {
    match arguments.store.place()? {
        StorePlace::Embedded(path) => audit_key::give_up(private_file::directory(&path))?,
        StorePlace::Postgres(options) => {
            let data = arguments.store.data()?;
            in_runtime(give_up_shared(&options, &data))?;
        }
    }
    say(
        "The next start creates a new audit key and adopts the audit as it is. From then on `gangway audit verify` shows how many \
         events were adopted.",
    );
    Ok(())
}

async fn give_up_shared(options: &PostgresOptions, data: &std::path::Path) -> Result<(), String> {
    let nodes = PostgresStore::nodes_of(&PostgresOptions { migrates: false, ..options.clone() }).await;
    let nodes = nodes.map_err(|error| error.to_string())?;
    if let Some(serving) = nodes.iter().find(|seen| seen.silent < LEASE_DURATION) {
        return Err(format!("server {} has the database open: stop all servers first", serving.node.name));
    }
    audit_key::give_up_in_database(options, data).await
}
