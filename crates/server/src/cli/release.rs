mod facts;
mod verify;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::common::{DataArg, Failure, Reference, Server, TenantArg};
use crate::receipt::Receipt;
use crate::system::terminal::{plain, say};
use facts::facts;
use verify::{VerifyReceiptArgs, verify};

/// What `gangway release` takes.
#[derive(Debug, Args)]
pub(super) struct ReleaseArgs {
    #[command(subcommand)]
    command: ReleaseCommand,
}

#[derive(Debug, Subcommand)]
enum ReleaseCommand {
    /// List releases, newest first: since when, how often tried, the last answer, the next try.
    List(ListArgs),
    /// Show everything that is known of one release.
    Show(OneArgs),
    /// Give up on a release: its credential is destroyed, but the grant may live on.
    Force(ForceArgs),
    /// Print a signed receipt of a release.
    Receipt(ReceiptArgs),
    /// Check the signature of a receipt and print what it says.
    ///
    /// Exit status, if the signature is good: 0 confirmed; 3 pending, the release is not over; 4
    /// unaccounted, there may be tokens that Gangway does not have; 5 forced, an operator gave up.
    /// With --expect: 0 if it says so, otherwise as without, and 6 for a confirmed one. 1 if it is
    /// not a good receipt.
    Verify(VerifyReceiptArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only this tenant's
    #[arg(long, value_name = "GUID")]
    tenant: Option<Uuid>,
    /// Only this partner's
    #[arg(long, value_name = "GUID")]
    partner: Option<Uuid>,
    /// Only those whose grant may still live
    #[arg(long)]
    pending: bool,
    /// How many, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    top: usize,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
struct OneArgs {
    /// The release, as the list shows it
    #[arg(value_name = "TENANT/ID")]
    release: Reference,
    #[command(flatten)]
    tenant: TenantArg,
    #[command(flatten)]
    data: DataArg,
}

#[derive(Debug, Args)]
struct ForceArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Why, for the audit and the receipt
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, Args)]
struct ReceiptArgs {
    /// The release, as the list shows it
    #[arg(value_name = "TENANT/ID", required_unless_present = "partner")]
    release: Option<Reference>,
    /// The newest release of this partner
    #[arg(long, value_name = "ID", conflicts_with = "release")]
    partner: Option<Uuid>,
    /// Seconds to wait for the release to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
    #[command(flatten)]
    tenant: TenantArg,
    #[command(flatten)]
    data: DataArg,
}

/// Does what is asked about releases.
pub(super) fn run(arguments: &ReleaseArgs) -> Result<(), Failure> {
    match &arguments.command {
        ReleaseCommand::List(arguments) => list(arguments)?,
        ReleaseCommand::Show(arguments) => show(arguments)?,
        ReleaseCommand::Force(arguments) => force(arguments)?,
        ReleaseCommand::Receipt(arguments) => print_receipt(arguments)?,
        ReleaseCommand::Verify(arguments) => return verify(arguments),
    }
    Ok(())
}

/// A release as the admin listener lists it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    tenant: Uuid,
    id: Uuid,
    partner: Uuid,
    partner_name: String,
    state: String,
    since: String,
    tries: u32,
    next_try: Option<String>,
    last_answer: Option<String>,
    obstacle: Option<String>,
    help: Option<String>,
}

#[derive(Debug, Deserialize)]
struct List {
    value: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct ReleaseShown {
    #[serde(flatten)]
    listed: Listed,
    receipt: Receipt,
}

fn list(arguments: &ListArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let mut path = format!("/gangway/v1/releases?top={}&pending={}", arguments.top, arguments.pending);
    for (name, value) in [("tenant", arguments.tenant), ("partner", arguments.partner)] {
        if let Some(value) = value {
            let _ = write!(path, "&{name}={value}");
        }
    }
    let List { value } = server.get(&path)?;
    if value.is_empty() {
        say("no releases");
    }
    for release in &value {
        say(&listed(release));
    }
    Ok(())
}

fn listed(release: &Listed) -> String {
    let Listed {
        tenant,
        id,
        partner,
        partner_name,
        state,
        since,
        tries,
        next_try,
        last_answer,
        obstacle,
        help,
    } = release;
    let mut text = format!(
        "{tenant}/{id}\n  {state} since {since}: {} ({partner}), tries: {tries}",
        plain(partner_name)
    );
    if let Some(next) = next_try {
        let _ = write!(text, ", next: {next}");
    }
    if let Some(answer) = last_answer {
        let _ = write!(text, "\n  last answer: {}", plain(answer));
    }
    if let Some(help) = help {
        let what = obstacle.as_deref().unwrap_or("by hand");
        let _ = write!(text, "\n  {what}: {}", plain(help));
    }
    text
}

fn show(arguments: &OneArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let shown: ReleaseShown =
        server.get(&format!("/gangway/v1/releases/{}", arguments.tenant.path(arguments.release)))?;
    say(&release_text(&shown));
    Ok(())
}

fn release_text(shown: &ReleaseShown) -> String {
    let mut text = facts(&shown.receipt);
    if let Some(next) = &shown.listed.next_try {
        let _ = writeln!(text, "{:<10}{next}", "next try");
    }
    text.trim_end().to_owned()
}

fn force(arguments: &ForceArgs) -> Result<(), String> {
    let server = Server::over(&arguments.one.data.or_default())?;
    let path = format!("/gangway/v1/releases/{}/force", arguments.one.tenant.path(arguments.one.release));
    let shown: ReleaseShown = server.post(&path, Some(&json!({ "reason": arguments.reason })))?;
    say(&release_text(&shown));
    say(
        "The credential is destroyed here. The grant may still live at the partner: remove it there by hand.",
    );
    Ok(())
}

fn print_receipt(arguments: &ReceiptArgs) -> Result<(), String> {
    let server = Server::over(&arguments.data.or_default())?;
    let path = match (arguments.release, arguments.partner) {
        (Some(release), _) => arguments.tenant.path(release),
        (None, Some(partner)) => newest_of(&server, arguments.tenant.tenant(), partner)?,
        (None, None) => return Err("name a release, or a partner with --partner".into()),
    };
    wait_until_over(&server, &path, Duration::from_secs(arguments.wait))?;
    say(server.get_text(&format!("/gangway/v1/releases/{path}/receipt"))?.trim_end());
    Ok(())
}

/// A receipt of a pending release is a receipt too, so not to see its end is no error.
fn wait_until_over(server: &Server, path: &str, at_most: Duration) -> Result<(), String> {
    const LOOK_EVERY: Duration = Duration::from_millis(100);
    let begun = Instant::now();
    while begun.elapsed() < at_most {
        let shown: ReleaseShown = server.get(&format!("/gangway/v1/releases/{path}"))?;
        if shown.listed.state != "pending" {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn newest_of(server: &Server, tenant: Uuid, partner: Uuid) -> Result<String, String> {
    let path = format!("/gangway/v1/releases?top=1&tenant={tenant}&partner={partner}");
    let List { value } = server.get(&path)?;
    let newest = value
        .first()
        .ok_or_else(|| format!("partner {partner} has no release: it was never disconnected"))?;
    Ok(format!("{}/{}", newest.tenant, newest.id))
}
