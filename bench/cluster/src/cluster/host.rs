//! One host: a network namespace, a directory, a disk, and the processes in it.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::Fallible;
use crate::tools::shell;

const KILLED_WITHIN: Duration = Duration::from_secs(10);

/// A host of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    number: u8,
    place: PathBuf,
}

/// Who a process runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    Root,
    Postgres,
}

impl Host {
    /// With a directory of its own below this one, which the user `postgres` may write to.
    pub(crate) fn new(number: u8, place: &Path) -> Fallible<Self> {
        let host = Self { number, place: place.join(format!("host{number}")) };
        fs::create_dir(&host.place)?;
        give_to_postgres(&host.place)?;
        Ok(host)
    }

    pub(crate) const fn number(&self) -> u8 {
        self.number
    }

    pub(crate) fn name(&self) -> String {
        format!("host{}", self.number)
    }

    /// Where the others reach it.
    pub(crate) fn address(&self) -> String {
        format!("10.77.0.{}", self.number)
    }

    /// Where the test reaches it, even if it is cut off from everybody else.
    pub(crate) fn side(&self) -> String {
        format!("10.78.{}.2", self.number)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// A program in this host.
    pub(crate) fn command(&self, user: User, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.name()));
        if user == User::Postgres {
            command.args(["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
        }
        command.arg(program).current_dir(&self.place).stdin(Stdio::null());
        command
    }

    /// Starts such a program, whose output goes to a file of this name.
    pub(crate) fn start(&self, mut command: Command, log: &str) -> Fallible<Child> {
        let log = File::options().create(true).append(true).open(self.path(&format!("{log}.log")))?;
        command.stdout(log.try_clone()?).stderr(log);
        command.spawn().map_err(|error| format!("{command:?}: {error}").into())
    }

    /// Kills everything that runs in it, as a power cut does.
    pub(crate) fn kill_everything(&self) -> Fallible<()> {
        let running = || shell::run("ip", &["netns", "pids", &self.name()]);
        // What was started while the first were killed is killed then.
        shell::until("everything on the host is killed", KILLED_WITHIN, || match running() {
            Ok(found) if found.trim().is_empty() => Some(Ok(())),
            Ok(found) => found.split_whitespace().try_for_each(kill).err().map(Err),
            Err(error) => Some(Err(error)),
        })?
    }
}

/// Kills one process, if it is still there.
pub(crate) fn kill(id: &str) -> Fallible<()> {
    let process = Pid::from_raw(id.parse()?).ok_or("0 is no process")?;
    match kill_process(process, Signal::KILL) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(format!("process {id} cannot be killed: {error}").into()),
    }
}

/// PostgreSQL does not run as root.
pub(crate) fn give_to_postgres(path: &Path) -> Fallible<()> {
    let id = |flag| shell::run("id", &[flag, "postgres"]);
    let (user, group) = (id("-u")?.trim().parse()?, id("-g")?.trim().parse()?);
    Ok(chown(path, Some(user), Some(group))?)
}
