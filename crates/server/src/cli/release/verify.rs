use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::{DataArg, say};
use super::facts::facts;
use crate::receipt::{self, LONGEST, Signer, Verified};

/// What `gangway release verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The receipt; - is standard input
    #[arg(value_name = "FILE")]
    receipt: PathBuf,
    /// Public keys to check it with, a JSON Web Key Set; without it, the data directory's own key
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    data: DataArg,
}

/// Checks a receipt, and tells what it says.
pub(super) fn verify(arguments: &VerifyArgs) -> Result<(), String> {
    let jws = read(&arguments.receipt)?;
    let keys = match &arguments.keys {
        Some(file) => read(file)?,
        None => own_keys(&arguments.data.or_default())?,
    };
    let Verified { receipt, key } = receipt::verify(jws.trim(), &keys)
        .map_err(|error| format!("{}: {error}", arguments.receipt.display()))?;
    say(&format!("{}signature good, key {key}", facts(&receipt)));
    Ok(())
}

fn own_keys(data: &Path) -> Result<String, String> {
    let keys = Signer::public_keys(data).map_err(|error| error.to_string())?;
    keys.ok_or_else(|| format!("{} has no {}: name the keys with --keys", data.display(), Signer::FILE))
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    // One byte more, so that what is too long is seen to be.
    let most = LONGEST as u64 + 1;
    let read = match path.to_str() {
        Some("-") => std::io::stdin().take(most).read_to_string(&mut text),
        _ => File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)),
    };
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text)
}
