//! PostgreSQL servers of a test's or a bench's own: set up in a directory of their own, on a free port of 127.0.0.1, and gone
//! with the process that started them. The system's own servers are never touched.
//!
//! Where PostgreSQL is not installed, this panics and says what to do: what needs a database fails without one.
#![deny(missing_docs)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, mpsc};

use rustix::process::{Pid, Signal, kill_process};

/// Who may do everything on such a server, and the password.
pub const USER: &str = "private";
const PASSWORD: &str = "private";

/// A running server. It ends when this is dropped, or when the process ends.
#[derive(Debug)]
pub struct Server {
    port: u16,
    place: PathBuf,
    keeper: Option<mpsc::Sender<()>>,
    databases: AtomicU64,
}

/// What a server's data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: no commit waits for the disk.
    None,
    /// As PostgreSQL is by itself.
    Full,
}

impl Server {
    /// One server for the whole process, which is not durable.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Server> = LazyLock::new(|| Server::start(Durability::None, &[]));
        &SHARED
    }

    /// Starts a server with these settings (`name=value`) beside its own.
    ///
    /// # Panics
    /// If it cannot be started: the message says why.
    #[must_use]
    pub fn start(durability: Durability, settings: &[&str]) -> Self {
        // Somebody else may take the port in the meantime.
        (0..5).find_map(|_| Self::try_start(durability, settings)).unwrap_or_else(|| {
            complain("PostgreSQL did not start: what it says is above");
        })
    }

    fn try_start(durability: Durability, settings: &[&str]) -> Option<Self> {
        let port = free_port();
        let (started, place) = mpsc::channel();
        let (keeper, end) = mpsc::channel::<()>();
        let mut command = keeper_command(port, durability, settings);
        // The kernel ends the keeper with the thread that started it, so that is one that lives as long as the server.
        std::thread::spawn(move || {
            let Ok(mut child) = command.spawn() else { return };
            if let Some(line) = first_line(&mut child) {
                let _ = started.send(PathBuf::from(line));
                let _ = end.recv();
                stop(&child);
            }
            let _ = child.wait();
        });
        let place = place.recv().ok()?;
        Some(Self { port, place, keeper: Some(keeper), databases: AtomicU64::new(0) })
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The directory of its data. It is another user's, if this process is root's.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.place.join("data")
    }

    /// The URL of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and answers with its URL.
    ///
    /// # Panics
    /// If it could not be made.
    #[must_use]
    pub fn new_database(&self) -> String {
        self.database_like("template1")
    }

    /// Makes a copy of a database that nobody is connected to, and answers with its URL.
    ///
    /// # Panics
    /// If it could not be made.
    #[must_use]
    pub fn database_like(&self, template: &str) -> String {
        let name = format!("private_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"));
        self.url(&name)
    }

    /// Runs SQL in one of its databases and answers what `psql` prints of it: rows as lines, columns with `|` between.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let psql = Command::new(programs().join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .arg(self.url(database))
            .args(["--command", sql])
            .output();
        match psql {
            Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
            Ok(done) => complain(&format!("{sql}: {}", String::from_utf8_lossy(&done.stderr))),
            Err(error) => complain(&format!("psql could not be run: {error}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.take());
    }
}

/// As the user `postgres` if this is root, whom PostgreSQL refuses; and told to stop when the thread that starts it ends.
fn keeper_command(port: u16, durability: Durability, settings: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]);
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
    }
    command.args(["sh", "-c", include_str!("keeper.sh"), "keeper"]).arg(programs()).arg(port.to_string());
    if durability == Durability::None {
        command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn first_line(child: &mut Child) -> Option<String> {
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn stop(child: &Child) {
    if let Err(error) = kill_process(Pid::from_child(child), Signal::TERM) {
        complain(&format!("the server cannot be told to end: {error}"));
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

fn free_port() -> u16 {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    address.map_or_else(|error| complain(&format!("no port is free: {error}")), |address| address.port())
}

/// The directory of PostgreSQL's programs: `PG_BINDIR`, else the newest of Debian's.
///
/// # Panics
/// If PostgreSQL is not installed.
#[must_use]
pub fn programs() -> PathBuf {
    if let Some(given) = std::env::var_os("PG_BINDIR") {
        return given.into();
    }
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = installed.map(|entry| entry.path()).max_by_key(version).map(|path| path.join("bin"));
    newest.filter(|path| path.join("initdb").exists()).unwrap_or_else(|| {
        complain("PostgreSQL is not installed: `./test` installs it, or apt-get install postgresql; or set PG_BINDIR");
    })
}

#[expect(clippy::panic, reason = "a test that has no database has failed")]
fn complain(what: &str) -> ! {
    panic!("{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_databases_of_their_own_and_is_gone_with_its_owner() {
        let server = Server::start(Durability::None, &["statement_timeout=7s"]);
        let (one, other) = (server.new_database(), server.new_database());
        assert_ne!(one, other);
        server.psql("private_0", "CREATE TABLE t (a text); INSERT INTO t VALUES ('b'), ('B'), ('ä')");
        assert_eq!(server.psql("private_0", "SELECT a, upper(a) FROM t ORDER BY a"), "B|B\nb|B\nä|Ä\n");
        assert_eq!(server.psql("private_1", "SELECT count(*) FROM pg_class WHERE relname = 't'"), "0\n");
        assert_eq!(server.psql("private_1", "SHOW statement_timeout"), "7s\n");
        let (port, place) = (server.port(), server.place.clone());
        drop(server);
        let gone = || TcpListener::bind(("127.0.0.1", port)).is_ok() && !place.exists();
        assert!((0..500).any(|_| gone() || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            false
        }));
    }
}
