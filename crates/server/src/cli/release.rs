use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{DataArg, say};
use crate::receipt::{self, By, ByKind, LONGEST, Outcome, Receipt, Signer, Verified};

/// What `gangway release` takes.
#[derive(Debug, Args)]
pub(super) struct ReleaseArgs {
    #[command(subcommand)]
    command: ReleaseCommand,
}

#[derive(Debug, Subcommand)]
enum ReleaseCommand {
    /// Check the signature of a receipt and print what it says.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The receipt
    #[arg(value_name = "FILE")]
    receipt: PathBuf,
    /// Public keys to check it with, a JSON Web Key Set; without it, the data directory's own key
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    data: DataArg,
}

/// Does what is asked about releases.
pub(super) fn run(arguments: &ReleaseArgs) -> Result<(), String> {
    match &arguments.command {
        ReleaseCommand::Verify(arguments) => verify(arguments),
    }
}

fn verify(arguments: &VerifyArgs) -> Result<(), String> {
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
    let signer = Signer::find(data).map_err(|error| error.to_string())?;
    let signer = signer
        .ok_or_else(|| format!("{} has no {}: name the keys with --keys", data.display(), Signer::FILE))?;
    Ok(signer.jwks())
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    // One byte more, so that what is too long is seen to be.
    File::open(path)
        .and_then(|file| file.take(LONGEST as u64 + 1).read_to_string(&mut text))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text)
}

/// What a receipt says, a line each. People chose some of these words, so no line can be made by them.
fn facts(receipt: &Receipt) -> String {
    let mut facts = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(facts, "{name:<10}{}", plain(value));
    };
    line("release", &receipt.release.to_string());
    line("tenant", &receipt.tenant.to_string());
    line("partner", &format!("{} ({})", receipt.partner.name, receipt.partner.id));
    if let Some(account) = &receipt.account {
        line("account", &format!("{} ({})", account.name.as_deref().unwrap_or("unnamed"), account.id));
    }
    let asked = &receipt.asked;
    line("asked", &format!("{}, by {}, {}", asked.at, who(&asked.by), asked.activity));
    line("outcome", &outcome(receipt));
    if let Some(forced) = &receipt.forced {
        line("reason", &forced.reason);
        line("by hand", &forced.by_hand);
    }
    let calls = receipt.calls.len() as u64 + receipt.omitted_calls;
    line("tries", &format!("{}, with {calls} calls to the partner", receipt.tries));
    line("issued", &receipt.issued_at.to_string());
    facts
}

fn outcome(receipt: &Receipt) -> String {
    match (receipt.outcome, &receipt.evidence, &receipt.forced) {
        (Outcome::Pending, ..) => "pending: the grant may still live".into(),
        (Outcome::Confirmed, Some(evidence), _) => {
            format!("confirmed at {}: {}", evidence.at, evidence.proofs.join(", "))
        }
        (Outcome::Forced, _, Some(forced)) => {
            format!("given up at {} by {}: the grant may still live", forced.at, who(&forced.by))
        }
        (Outcome::Confirmed, None, _) => "confirmed, but without evidence".into(),
        (Outcome::Forced, _, None) => "given up: the grant may still live".into(),
    }
}

fn who(by: &By) -> String {
    let kind = match by.kind {
        ByKind::User => "user",
        ByKind::PersonalUser => "personal account",
        ByKind::Application => "application",
        ByKind::Partner => return "the partner".into(),
        ByKind::Gangway => return "Gangway".into(),
    };
    let name = by.principal_name.as_deref().or(by.id.as_deref()).unwrap_or("unknown");
    match by.application_id.as_deref().filter(|_| by.kind != ByKind::Application) {
        Some(application) => format!("{kind} {name} through application {application}"),
        None => format!("{kind} {name}"),
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
