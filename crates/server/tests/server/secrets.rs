//! What of secrets gets out.

use crate::support::{Gangway, Place, Setup};

fn limit(gangway: &Gangway, name: &str) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", gangway.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_server_leaves_no_core_dump() {
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start_with_unlimited_core_dumps();
    assert_eq!(limit(&gangway, "Max core file size"), "Max core file size 0 0 bytes");
}
