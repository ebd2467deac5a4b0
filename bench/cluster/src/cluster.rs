//! The cluster: on each of three hosts a member of etcd, a PostgreSQL kept by Patroni, and a
//! Gangway node; before the nodes HAProxy, where clients come from; and beside it an issuer of
//! tokens and a partner.

pub(crate) mod etcd;
pub(crate) mod host;
pub(crate) mod issuer;
pub(crate) mod network;
pub(crate) mod node;
pub(crate) mod partner;
pub(crate) mod patroni;
mod shim;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use self::node::Program;
use self::patroni::Settings;
use crate::Fallible;
use crate::cluster::host::Host;
use crate::cluster::issuer::Issuer;
use crate::cluster::partner::Partner;
use crate::tools::http::{Request, ask};
use crate::tools::shell;
use crate::tools::sql::Sql;

/// How long the databases may take to come up, on a machine that does much else.
const WHOLE_WITHIN: Duration = Duration::from_mins(2);

/// The same of a node whose database is there.
const READY_WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct Cluster {
    pub(crate) hosts: Vec<Host>,
    pub(crate) issuer: Issuer,
    pub(crate) partner: Partner,
    pub(crate) program: Program,
    settings: Settings,
    /// Collected when they have ended; the kernel ends all of them with the namespace.
    children: Vec<Child>,
}

impl Cluster {
    /// Starts everything, with its files in this directory.
    pub(crate) fn start(place: &Path, binary: PathBuf, settings: Settings) -> Fallible<Self> {
        let hosts = network::make(place)?;
        let (issuer, partner) = (Issuer::start(&hosts)?, Partner::start()?);
        let keys = place.join("keys.json");
        let program = Program { binary, keys, shim: shim::compile(place)? };
        shell::output(program.command(&["keys", "generate", &program.keys.display().to_string()]))?;
        let mut cluster = Self { hosts, issuer, partner, program, settings, children: Vec::new() };
        cluster.hosts.iter().try_for_each(patroni::make_disk)?;
        for host in cluster.hosts.clone() {
            cluster.start_database(&host)?;
        }
        let primary = patroni::wait_until_whole(&cluster.hosts, settings, WHOLE_WITHIN)?;
        cluster.make_database(primary)?;
        for host in cluster.hosts.clone() {
            cluster.start_node(&host)?;
        }
        cluster.children.push(node::balance(place)?);
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    fn start_database(&mut self, host: &Host) -> Fallible<()> {
        self.children.push(etcd::start(host)?);
        self.children.push(patroni::start(host, self.settings, &self.program.shim)?);
        Ok(())
    }

    /// Starts the node of a host.
    pub(crate) fn start_node(&mut self, host: &Host) -> Fallible<()> {
        self.children.push(self.program.start(host)?);
        Ok(())
    }

    /// Starts all that runs on a host.
    pub(crate) fn start_host(&mut self, host: &Host) -> Fallible<()> {
        self.start_database(host)?;
        self.start_node(host)
    }

    fn make_database(&self, primary: usize) -> Fallible<()> {
        let mut sql = Sql::connect(&self.hosts[primary].side(), "postgres")?;
        sql.rows("CREATE ROLE gangway LOGIN PASSWORD 'gangway'")?;
        sql.rows_within("CREATE DATABASE gangway OWNER gangway", WHOLE_WITHIN)?;
        Ok(())
    }

    /// Waits until every database replicates and every node is ready; answers which host has the
    /// primary.
    pub(crate) fn wait_until_whole(&self) -> Fallible<usize> {
        let primary = patroni::wait_until_whole(&self.hosts, self.settings, WHOLE_WITHIN)?;
        for host in &self.hosts {
            shell::until(&format!("the node of {} is ready", host.name()), READY_WITHIN, || is_ready(host))
                .map_err(|error| format!("{error}: {}", Self::last_words(host)))?;
        }
        Ok(primary)
    }

    /// A connection to the database that takes writes.
    pub(crate) fn sql(&self) -> Fallible<Sql> {
        let primary = patroni::primary(&self.hosts).ok_or("no database takes writes")?;
        Sql::connect(&self.hosts[primary].side(), "gangway")
    }

    /// The end of what a node has said.
    fn last_words(host: &Host) -> String {
        let log = fs::read_to_string(host.path("gangway.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

fn is_ready(host: &Host) -> Option<()> {
    let request = Request { method: "GET", target: "/readyz", ..Request::default() };
    let answer = ask(&format!("{}:8081", host.side()), &request, Duration::from_secs(3)).ok()?;
    (answer.status == 200).then_some(())
}
