//! etcd: who of the databases is the primary is agreed on here.

use std::process::Child;

use crate::Fallible;
use crate::cluster::host::{Host, User};
use crate::cluster::network::HOSTS;
use crate::tools::shell;

/// Starts the member of this host.
pub(crate) fn start(host: &Host) -> Fallible<Child> {
    let (name, address) = (host.name(), host.address());
    let members: Vec<_> = (1..=HOSTS).map(|n| format!("host{n}=http://10.77.0.{n}:2380")).collect();
    let mut command = host.command(User::Root, &shell::find("etcd", "etcd-server")?);
    command.arg("--name").arg(name).arg("--data-dir").arg(host.path("etcd")).args([
        &format!("--listen-peer-urls=http://{address}:2380"),
        &format!("--initial-advertise-peer-urls=http://{address}:2380"),
        &format!("--listen-client-urls=http://{address}:2379,http://127.0.0.1:2379"),
        &format!("--advertise-client-urls=http://{address}:2379"),
        &format!("--initial-cluster={}", members.join(",")),
        "--initial-cluster-state=new",
        "--enable-v2=true",
        "--heartbeat-interval=100",
        "--election-timeout=1000",
        "--log-level=warn",
    ]);
    host.start(command, "etcd")
}

/// Where all members are asked.
pub(crate) fn members() -> Vec<String> {
    (1..=HOSTS).map(|n| format!("10.77.0.{n}:2379")).collect()
}
