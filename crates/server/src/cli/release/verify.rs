use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::facts::facts;
use crate::cli::common::{DataArg, Failure};
use crate::receipt::{self, LONGEST, Outcome, Signer, Verified};
use crate::system::terminal::say;

/// What `gangway release verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyReceiptArgs {
    /// The receipt; - is standard input
    #[arg(value_name = "FILE")]
    receipt: PathBuf,
    /// Public keys to check it with, a JSON Web Key Set; without it, the data directory's own key
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// What it has to say for exit status 0
    #[arg(long, value_name = "OUTCOME")]
    expect: Option<ExpectedOutcome>,
    #[command(flatten)]
    data: DataArg,
}

/// An outcome that somebody counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExpectedOutcome {
    Pending,
    Confirmed,
    Unaccounted,
    Forced,
}

/// The exit status of a good signature over this outcome; scripts rely on it.
fn status(outcome: Outcome, expected: Option<ExpectedOutcome>) -> u8 {
    let (said, status) = match outcome {
        Outcome::Confirmed => (ExpectedOutcome::Confirmed, 0),
        Outcome::Pending => (ExpectedOutcome::Pending, 3),
        Outcome::Unaccounted => (ExpectedOutcome::Unaccounted, 4),
        Outcome::Forced => (ExpectedOutcome::Forced, 5),
    };
    match expected {
        Some(expected) if expected == said => 0,
        Some(_) if status == 0 => 6,
        Some(_) | None => status,
    }
}

/// Checks a receipt, and tells what it says.
pub(super) fn verify(arguments: &VerifyReceiptArgs) -> Result<(), Failure> {
    let jws = read(&arguments.receipt)?;
    let keys = match &arguments.keys {
        Some(file) => read(file)?,
        None => own_keys(&arguments.data.or_default())?,
    };
    let Verified { receipt, key } = receipt::verify(jws.trim(), &keys)
        .map_err(|error| format!("{}: {error}", arguments.receipt.display()))?;
    say(&format!("{}signature good, key {key}", facts(&receipt)));
    match status(receipt.outcome, arguments.expect) {
        0 => Ok(()),
        status => Err(Failure::Found(status)),
    }
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
