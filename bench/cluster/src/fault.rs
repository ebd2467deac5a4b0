//! What is broken, and how it is mended.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::Fallible;
use crate::cluster::host::{Host, kill};
use crate::cluster::network;
use crate::cluster::{Cluster, patroni};
use crate::tools::shell;

/// Something that breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fault {
    /// kill -9 of the first process of the primary PostgreSQL
    KillPrimary,
    /// kill -9 of all that runs on the host of the primary
    KillHost,
    /// kill -9 of a Gangway node
    KillNode,
    /// The host of the primary is cut off from all others
    CutPrimary,
    /// The host of the primary hears the others, and they do not hear it
    MutePrimary,
    /// The disk of the primary is full
    FillDisk,
    /// The clock of a Gangway node goes eight minutes ahead, and then three behind
    TurnClock,
    /// The disk of the primary takes a fifth of a second longer for every sync
    SlowDisk,
}

impl Fault {
    /// Those of a short run. What leaves releases to wait for comes first.
    pub(crate) const SHORT: [Self; 7] = [
        Self::CutPrimary,
        Self::KillHost,
        Self::KillPrimary,
        Self::SlowDisk,
        Self::FillDisk,
        Self::KillNode,
        Self::TurnClock,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::KillPrimary => "kill -9 of the primary",
            Self::KillHost => "kill -9 of the primary's host",
            Self::KillNode => "kill -9 of a node",
            Self::CutPrimary => "network cut of the primary's host",
            Self::MutePrimary => "one-way cut of the primary's host",
            Self::FillDisk => "disk full",
            Self::TurnClock => "clock of a node turned",
            Self::SlowDisk => "slow disk",
        }
    }

    /// Whether another database has to become the primary.
    pub(crate) const fn promotes(self) -> bool {
        matches!(self, Self::KillPrimary | Self::KillHost | Self::CutPrimary | Self::MutePrimary)
    }

    /// Whether the node on the primary's host has no database while it lasts.
    pub(crate) const fn strands_node(self) -> bool {
        matches!(self, Self::CutPrimary | Self::MutePrimary)
    }

    /// Breaks it. Answers when it was broken.
    pub(crate) fn inject(self, cluster: &Cluster, primary: usize) -> Fallible<()> {
        let host = &cluster.hosts[primary];
        match self {
            Self::KillPrimary => patroni::kill_postmaster(host),
            Self::KillHost => host.kill_everything(),
            Self::KillNode => kill_node(cluster, host),
            Self::CutPrimary => network::set_line(host, false),
            Self::MutePrimary => network::set_mute(host, true),
            Self::FillDisk => fill(host),
            Self::TurnClock => turn(host, Some(8 * 60)),
            Self::SlowDisk => Ok(std::fs::write(host.path("sync-delay"), "200")?),
        }
    }

    /// What happens in the middle of it.
    pub(crate) fn change(self, cluster: &Cluster, primary: usize) -> Fallible<()> {
        match self {
            Self::TurnClock => turn(&cluster.hosts[primary], Some(-3 * 60)),
            Self::KillPrimary
            | Self::KillHost
            | Self::KillNode
            | Self::CutPrimary
            | Self::MutePrimary
            | Self::FillDisk
            | Self::SlowDisk => Ok(()),
        }
    }

    /// Mends it.
    pub(crate) fn heal(self, cluster: &mut Cluster, primary: usize) -> Fallible<()> {
        let host = cluster.hosts[primary].clone();
        match self {
            // Patroni does it.
            Self::KillPrimary => Ok(()),
            Self::KillHost => cluster.start_host(&host),
            Self::KillNode => cluster.start_node(&host),
            Self::CutPrimary => network::set_line(&host, true),
            Self::MutePrimary => network::set_mute(&host, false),
            Self::FillDisk => Ok(std::fs::remove_file(ballast(&host))?),
            Self::TurnClock => turn(&host, None),
            Self::SlowDisk => Ok(std::fs::remove_file(host.path("sync-delay"))?),
        }
    }

    /// How long it lasts where no other primary is waited for.
    pub(crate) const fn lasts() -> Duration {
        Duration::from_secs(6)
    }
}

fn kill_node(cluster: &Cluster, host: &Host) -> Fallible<()> {
    let found = shell::run("ip", &["netns", "pids", &host.name()])?;
    let program = |id: &&str| std::fs::read_link(format!("/proc/{id}/exe")).ok();
    let is_node = |id: &&str| program(id).is_some_and(|program| program == cluster.program.binary);
    kill(found.split_whitespace().find(is_node).ok_or("the node does not run")?)
}

fn ballast(host: &Host) -> PathBuf {
    host.path("disk/ballast")
}

/// Takes all that is left, to the last block.
fn fill(host: &Host) -> Fallible<()> {
    let disk = host.path("disk");
    let free = shell::run("stat", &["-f".as_ref(), "-c".as_ref(), "%a %S".as_ref(), disk.as_os_str()])?;
    let (blocks, size) = free.trim().split_once(' ').ok_or("stat says nothing")?;
    let bytes = blocks.parse::<u64>()? * size.parse::<u64>()?;
    // Not all of it can be had at once: what is missing goes by blocks.
    let ballast = ballast(host);
    let _ = shell::run("fallocate", &["-l".as_ref(), bytes.to_string().as_ref(), ballast.as_os_str()]);
    let command = format!("cat /dev/zero >> {} 2>/dev/null; true", ballast.display());
    shell::run("bash", &["-c", &command]).map(drop)
}

/// Sets what a node's clock is off by, in seconds.
fn turn(host: &Host, offset: Option<i64>) -> Fallible<()> {
    Ok(std::fs::write(host.path("clock"), offset.unwrap_or(0).to_string())?)
}
