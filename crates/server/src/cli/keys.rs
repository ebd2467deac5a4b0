use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gangway_engine::Clock as _;
use serde_json::Value;

use super::common::{DataArg, Server};
use crate::system::SystemClock;
use crate::system::terminal::say;
use crate::vault::KeyRing;

/// What `gangway keys` takes.
#[derive(Debug, Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a file with a new key that seals secrets, for `vault.key_file`. Does not overwrite an
    /// existing file.
    Generate(GenerateArgs),
    /// Have the running server make a new key and rewrap every data key with it, without an
    /// interruption.
    Rotate(RotateArgs),
}

#[derive(Debug, Args)]
struct RotateArgs {
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// The file to create, readable by you only
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Does what is asked about keys.
pub(super) fn run(arguments: &KeysArgs) -> Result<(), String> {
    match &arguments.command {
        KeysCommand::Generate(arguments) => generate(&arguments.file),
        KeysCommand::Rotate(arguments) => rotate(arguments),
    }
}

fn rotate(arguments: &RotateArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let done: Value = server.post("/gangway/v1/keys/rotate", None)?;
    let text = |name: &str| done[name].as_str().unwrap_or_default().to_owned();
    let retired: Vec<_> =
        done["retired"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    say(&format!("key {} seals from now on; {} secrets were rewrapped", text("key"), done["rewrapped"]));
    match &retired[..] {
        [] => {
            say("no old key was deleted: a rotation deletes keys that were replaced at least an hour before");
        }
        keys => say(&format!("deleted, because nothing needs them any more: {}", keys.join(", "))),
    }
    let behind: Vec<_> = done["behind"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !behind.is_empty() {
        say(&format!(
            "still sealing with another key: {}; copy the key file to them, then rotate again to rewrap what they sealed",
            behind.join(", ")
        ));
    }
    match done["failed"].as_u64() {
        Some(0) | None => Ok(()),
        Some(failed) => Err(format!("{failed} secrets cannot be opened: the server's log names them")),
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
