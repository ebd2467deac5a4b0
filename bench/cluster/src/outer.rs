//! The process that was started by somebody: it runs another of itself in namespaces of its own,
//! and clears away what is left. What happens to networks, mounts and processes happens in there;
//! the kernel ends all of it with the first process.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tokio::signal::unix::{SignalKind, signal};

use crate::Fallible;
use crate::tools::shell;

/// Tells the inner process what it is. Not one of those that Gangway takes for a setting.
pub(crate) const INSIDE: &str = "CLUSTER_TEST_INSIDE";

/// The first process of a process namespace has to collect those whose parents are gone, as a shell
/// does.
const FIRST_PROCESS: &str = "\"$@\"; exit $?";

/// Runs this program again in namespaces, with the same arguments, and answers whether all went
/// well.
pub(crate) fn run() -> Fallible<bool> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Err("network namespaces take root: run it with sudo".into());
    }
    // Synced to a RAM disk, nothing is durable: /var/tmp is on a disk where /tmp may not be.
    let place = tempfile::Builder::new().prefix("gangway-cluster.").tempdir_in("/var/tmp")?;
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755))?;
    let kind = shell::run("stat", &["-f", "-c", "%T", "/var/tmp"])?;
    if matches!(kind.trim(), "tmpfs" | "ramfs") {
        return Err("/var/tmp is in memory: the databases need a disk".into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(inside(place.path()))
}

async fn inside(place: &Path) -> Fallible<bool> {
    let mut command = tokio::process::Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "unshare", "--fork", "--kill-child=KILL", "--pid", "--mount-proc"])
        .args(["--mount", "--net", "bash", "-c", FIRST_PROCESS, "init"])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, place)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut child =
        command.spawn().map_err(|error| format!("setpriv: {error}: apt-get install util-linux"))?;
    tokio::select! {
        ended = child.wait() => return Ok(ended?.success()),
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    child.kill().await?;
    Err("stopped by a signal".into())
}
