//! PostgreSQL with synchronous replication, kept by Patroni. docs/postgresql/high-availability.md
//! gives operators the same settings.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use gangway_private_postgres::programs;
use serde_json::{Value, json};

use super::etcd;
use crate::Fallible;
use crate::cluster::host::{Host, User, give_to_postgres, kill};
use crate::tools::http::{Request, ask};
use crate::tools::shell;
use crate::tools::sql::Sql;

/// How a cluster is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Whether a commit waits until another host has it.
    pub(crate) synchronous: bool,
}

/// What the disk of one host's database holds: enough for a short run, and soon full.
const DISK: &str = "1G";

/// Makes the disk of a host's database: a file with a file system of its own, so that it can be
/// filled.
pub(crate) fn make_disk(host: &Host) -> Fallible<()> {
    let (image, disk) = (host.path("disk.img"), host.path("disk"));
    std::fs::create_dir(&disk)?;
    shell::run("truncate", &["-s".as_ref(), DISK.as_ref(), image.as_os_str()])?;
    shell::find("mkfs.ext4", "e2fsprogs")?;
    shell::run("mkfs.ext4", &["-q".as_ref(), "-m".as_ref(), "0".as_ref(), image.as_os_str()])?;
    shell::run("mount", &["-o".as_ref(), "loop".as_ref(), image.as_os_str(), disk.as_os_str()])
        .map_err(|error| format!("the disk of a database is a loop device: {error}"))?;
    give_to_postgres(&disk)
}

/// Starts Patroni on this host, which starts PostgreSQL.
pub(crate) fn start(host: &Host, settings: Settings, shim: &Path) -> Fallible<Child> {
    let file = host.path("patroni.yml");
    // JSON is YAML.
    std::fs::write(&file, configuration(host, settings).to_string())?;
    let mut command = host.command(User::Postgres, &shell::find("patroni", "patroni python3-etcd")?);
    command.arg(file).env("LD_PRELOAD", shim).env("SHIM_SYNC_DELAY", host.path("sync-delay"));
    host.start(command, "patroni")
}

fn configuration(host: &Host, settings: Settings) -> Value {
    let (address, place) = (host.address(), |name: &str| host.path(name).display().to_string());
    json!({
        "scope": "gangway",
        "name": host.name(),
        "restapi": { "listen": "0.0.0.0:8008", "connect_address": format!("{address}:8008") },
        // By the older of etcd's two interfaces. By the newer, a Patroni before 3.0.3 (Debian 12
        // has 3.0.2) that comes back from a cut takes the lock from whoever has it by then, and
        // answered commits are lost: patroni/patroni#2689.
        "etcd": { "hosts": etcd::members() },
        "bootstrap": {
            "dcs": {
                "ttl": 20,
                "loop_wait": 5,
                "retry_timeout": 5,
                "primary_start_timeout": 0,
                "synchronous_mode": settings.synchronous,
                "postgresql": { "use_pg_rewind": true, "use_slots": true, "parameters": parameters() },
            },
            "initdb": [{ "encoding": "UTF8" }, { "locale": "C.UTF-8" }, "data-checksums"],
            "pg_hba": ["local all all trust", "host all all 10.0.0.0/8 scram-sha-256", "host replication all 10.0.0.0/8 scram-sha-256"],
        },
        "postgresql": {
            "listen": "0.0.0.0:5432",
            "connect_address": format!("{address}:5432"),
            "data_dir": place("disk/data"),
            "bin_dir": programs(),
            "pgpass": place("pgpass"),
            "parameters": { "unix_socket_directories": host.path("").display().to_string() },
            "authentication": {
                "superuser": { "username": "postgres", "password": "postgres" },
                "replication": { "username": "replicator", "password": "replicator" },
                "rewind": { "username": "rewinder", "password": "rewinder" },
            },
            "remove_data_directory_on_rewind_failure": true,
            "remove_data_directory_on_diverged_timelines": true,
        },
        "watchdog": { "mode": "off" },
    })
}

/// `fsync` and `synchronous_commit` stay on, as they are by themselves.
fn parameters() -> Value {
    json!({
        "max_connections": 200,
        "shared_buffers": "64MB",
        "max_wal_size": "128MB",
        "wal_keep_size": "64MB",
        "wal_receiver_timeout": "10s",
        "wal_sender_timeout": "10s",
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 2,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": "10s",
        "log_min_messages": "warning",
    })
}

/// Waits for a primary, and for Patroni to know which standby its commits wait for, without which
/// it would promote none; and answers which host has the primary.
pub(crate) fn wait_until_whole(hosts: &[Host], settings: Settings, within: Duration) -> Fallible<usize> {
    let standby = if settings.synchronous { "sync_standby" } else { "replica" };
    shell::until("every database is a primary or replicates from it", within, || {
        let primary = primary(hosts)?;
        let request = Request { method: "GET", target: "/cluster", ..Request::default() };
        let asked =
            ask(&format!("{}:8008", hosts[primary].side()), &request, Duration::from_secs(2)).ok()?.json();
        let members = asked["members"].as_array()?;
        let is_whole = |member: &&Value| {
            member["state"] == "running" && member["lag"].as_u64().is_none_or(|lag| lag == 0)
        };
        let running = members.iter().filter(is_whole).count() == hosts.len();
        let has_standby = members.iter().any(|member| member["role"] == standby);
        let replicating =
            Sql::connect(&hosts[primary].side(), "postgres").ok()?.rows(STANDBYS).ok()?.len() + 1;
        (running && has_standby && replicating == hosts.len()).then_some(primary)
    })
}

const STANDBYS: &str = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'";

/// Which host's database takes writes now, if one does.
pub(crate) fn primary(hosts: &[Host]) -> Option<usize> {
    hosts.iter().position(|host| {
        let sql = Sql::connect(&host.side(), "postgres");
        sql.and_then(|mut sql| sql.rows("SELECT pg_is_in_recovery()")).is_ok_and(|rows| rows == [["f"]])
    })
}

/// Kills the first process of a host's PostgreSQL. Those it has started end by themselves when they
/// see it gone.
pub(crate) fn kill_postmaster(host: &Host) -> Fallible<()> {
    let file = std::fs::read_to_string(host.path("disk/data/postmaster.pid"))?;
    kill(file.lines().next().ok_or("postmaster.pid is empty")?)
}
