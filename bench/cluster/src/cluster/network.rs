//! A network of hosts, in a namespace of our own: a bridge that clients and the load balancer stand
//! at, a namespace for each host, and beside that a line to each host that is never cut, by which
//! the test looks at what nobody else can reach.

use std::fmt::Write as _;
use std::path::Path;

use crate::Fallible;
use crate::cluster::host::Host;
use crate::tools::shell;

/// Where clients and the load balancer are.
pub(crate) const OUTSIDE: &str = "10.77.0.254";

/// How many hosts there are.
pub(crate) const HOSTS: u8 = 3;

/// Makes the network and its hosts, whose files are in this directory.
pub(crate) fn make(place: &Path) -> Fallible<Vec<Host>> {
    // `ip netns` writes below /run, where the machine's own namespaces may be.
    shell::run("mount", &["-t", "tmpfs", "none", "/run"])?;
    std::fs::create_dir("/run/netns")?;
    shell::ip("link set lo up")?;
    shell::ip("link add bridge type bridge")?;
    shell::ip(&format!("addr add {OUTSIDE}/24 dev bridge"))?;
    shell::ip("link set bridge up")?;
    (1..=HOSTS).map(|number| host(Host::new(number, place)?)).collect()
}

fn host(host: Host) -> Fallible<Host> {
    let (name, number) = (host.name(), host.number());
    let mut words = String::new();
    write!(
        words,
        "netns add {name}
         link add line{number} type veth peer name eth0 netns {name}
         link set line{number} master bridge up
         -n {name} addr add {}/24 dev eth0
         -n {name} link set eth0 up
         link add side{number} type veth peer name side netns {name}
         addr add 10.78.{number}.1/24 dev side{number}
         link set side{number} up
         -n {name} addr add {}/24 dev side
         -n {name} link set side up
         -n {name} link set lo up",
        host.address(),
        host.side(),
    )?;
    words.lines().try_for_each(|line| shell::ip(line.trim()))?;
    Ok(host)
}

/// Cuts a host off from everybody, or joins it again.
pub(crate) fn set_line(host: &Host, up: bool) -> Fallible<()> {
    shell::ip(&format!("-n {} link set eth0 {}", host.name(), if up { "up" } else { "down" }))
}

/// Lets a host hear others and others not hear it, or ends that.
pub(crate) fn set_mute(host: &Host, mute: bool) -> Fallible<()> {
    let verb = if mute { "add" } else { "del" };
    let others = (1..=HOSTS).filter(|other| *other != host.number()).map(|other| format!("10.77.0.{other}"));
    others
        .chain([OUTSIDE.to_owned()])
        .try_for_each(|other| shell::ip(&format!("-n {} route {verb} blackhole {other}/32", host.name())))
}
