//! What can be told of the program without a cluster.
#![expect(clippy::unwrap_used, reason = "a test that cannot run has failed")]

use std::process::Command;

fn told(arguments: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_gangway-cluster")).args(arguments).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

#[test]
fn a_fault_that_is_not_known_is_refused_with_those_that_are() {
    let (code, said) = told(&["--faults", "earthquake"]);
    assert!(code == Some(2) && said.contains("earthquake") && said.contains("kill-primary"), "{said}");
}

#[test]
fn help_names_every_fault() {
    let (code, said) = told(&["--help"]);
    assert_eq!(code, Some(0), "{said}");
    for fault in
        ["kill-primary", "kill-host", "kill-node", "cut-primary", "mute-primary", "fill-disk", "turn-clock"]
    {
        assert!(said.contains(fault), "{said}");
    }
}
