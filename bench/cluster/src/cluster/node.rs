//! A Gangway node.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command};

use crate::Fallible;
use crate::cluster::host::{Host, User};
use crate::cluster::issuer::Issuer;
use crate::cluster::network::{HOSTS, OUTSIDE};
use crate::cluster::partner::Partner;
use crate::tools::shell;

/// Every tenant has a partner for each of these.
pub(crate) const PROFILES: [&str; 2] = ["first", "second"];

/// Where clients reach all nodes, through the load balancer.
pub(crate) fn front() -> String {
    format!("{OUTSIDE}:8080")
}

/// What all nodes have in common.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) binary: std::path::PathBuf,
    pub(crate) keys: std::path::PathBuf,
    pub(crate) shim: std::path::PathBuf,
}

impl Program {
    /// A command of Gangway's that is not the server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        command
    }

    /// Starts a node on this host.
    pub(crate) fn start(&self, host: &Host) -> Fallible<Child> {
        let file = host.path("gangway.toml");
        std::fs::write(&file, self.configuration())?;
        let mut command = host.command(User::Root, &self.binary);
        command
            .arg("serve")
            .arg("--config")
            .arg(&file)
            .arg("--data")
            .arg(host.path("gangway-data"))
            .env("GANGWAY_NODE__NAME", host.name())
            .env("PARTNER_SECRET", "secret")
            .env("LD_PRELOAD", &self.shim)
            .env("SHIM_CLOCK", host.path("clock"));
        host.start(command, "gangway")
    }

    /// Partners are told of an address with TLS, without which they give no codes; clients here
    /// know where it leads.
    fn configuration(&self) -> String {
        let profiles: String = PROFILES.iter().map(|name| profile(name)).collect();
        format!(
            "listen = \"0.0.0.0:8080\"\nadmin_listen = \"0.0.0.0:8081\"\npublic_url = \"https://{}\"\n\
             [throttle]\nenabled = false\n\
             [onboarding]\nattempt_timeout_minutes = 1440\n\
             [vault]\nkey_file = {:?}\n\
             [store]\nurl = \"{}\"\n\
             [[identity.issuers]]\nissuer = \"{}\"\n{profiles}",
            front(),
            self.keys.display().to_string(),
            url(),
            Issuer::url(),
        )
    }
}

/// All databases, whichever of them is the primary.
pub(crate) fn url() -> String {
    let hosts: Vec<_> = (1..=HOSTS).map(|n| format!("10.77.0.{n}:5432")).collect();
    let hosts = hosts.join(",");
    format!("postgres://gangway:gangway@{hosts}/gangway?target_session_attrs=read-write&sslmode=disable")
}

fn profile(name: &str) -> String {
    let partner = Partner::url();
    format!(
        "[[profiles]]\nname = \"{name}\"\nconnector = \"oauth2\"\nclient_id = \"gangway\"\n\
         client_secret_env = \"PARTNER_SECRET\"\nauthorization_endpoint = \"{partner}/authorize\"\n\
         token_endpoint = \"{partner}/token\"\nrevocation_endpoint = \"{partner}/revoke\"\n\
         introspection_endpoint = \"{partner}/introspect\"\naccount_endpoint = \"{partner}/userinfo\"\n\
         allow_private_addresses = true\n"
    )
}

/// The load balancer before the nodes, as docs/postgresql/high-availability.md has it: it asks
/// those that are ready, and if none is, those that live, which can say so themselves, and which
/// still read where only writing fails.
pub(crate) fn balance(place: &Path) -> Fallible<Child> {
    let file = place.join("haproxy.cfg");
    let configuration = format!(
        "defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  timeout check 3s
  option redispatch
  retries 2
  default-server inter 500ms fall 2 rise 1
frontend clients
  bind {}
  use_backend ready if {{ nbsrv(ready) gt 0 }}
  default_backend alive
{}{}",
        front(),
        backend("ready", "/readyz"),
        backend("alive", "/healthz"),
    );
    std::fs::write(&file, configuration)?;
    let log = std::fs::File::create(place.join("haproxy.log"))?;
    let mut command = Command::new(shell::find("haproxy", "haproxy")?);
    command.arg("-db").arg("-f").arg(file).stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}

fn backend(name: &str, check: &str) -> String {
    let mut backend = format!("backend {name}\n  balance roundrobin\n  option httpchk GET {check}\n");
    for n in 1..=HOSTS {
        let _ = writeln!(
            backend,
            "  server node{n} 10.77.0.{n}:8080 port 8081 check on-marked-down shutdown-sessions"
        );
    }
    backend
}
