use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gangway_engine::Clock as _;

use super::say;
use crate::ports::SystemClock;
use crate::vault::KeyRing;

/// What `gangway keys` takes.
#[derive(Debug, Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a file with a new key that seals secrets, for `vault.key_file`. An existing file is left as it is.
    Generate(GenerateArgs),
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// The file to make; it will be readable by you only
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Does what is asked about keys.
pub(super) fn run(arguments: &KeysArgs) -> Result<(), String> {
    match &arguments.command {
        KeysCommand::Generate(arguments) => generate(&arguments.file),
    }
}

fn generate(file: &Path) -> Result<(), String> {
    let id = KeyRing::generate(file, SystemClock.now()).map_err(|error| error.to_string())?;
    say(&format!(
        "key {id} is in {}\nName that file as vault.key_file, and keep a copy apart from copies of the database: \
         without it, nothing it sealed can be opened.",
        file.display()
    ));
    Ok(())
}
