//! What `examples/` promises: that each runs as it stands.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Gangway, Place, Setup};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(EXAMPLES).join(name)).unwrap()
}

/// Writes a file that is for its owner only.
pub(crate) fn secret_file(place: &Place, name: &str, content: &str) -> PathBuf {
    let path = place.file(name, content);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Puts a configuration into a directory in place of `/etc/gangway`, with keys and secrets. The
/// issuer is replaced by one that does not exist, because tests reach no network.
pub(crate) fn installed(place: &Place, name: &str) -> PathBuf {
    let keys = place.path("keys.json");
    if !keys.exists() {
        let made = Setup::of(&["keys", "generate"]).arg(&keys).outcome();
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    secret_file(place, "helpdesk.secret", "a secret");
    secret_file(place, "teamviewer.secret", "another");
    let directory = place.path("").display().to_string();
    let text = example(name)
        .replace("/etc/gangway/", &directory)
        .replace("https://login.microsoftonline.com", "https://issuer.invalid");
    place.file("gangway.toml", &text)
}

/// A server with the settings of `dev.env`.
fn developing(place: &Place) -> Gangway {
    let settings = example("dev.env");
    let settings = settings.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let setting = |setup: Setup, line: &str| {
        let (name, value) = line.split_once('=').unwrap();
        setup.env(name, value)
    };
    settings.fold(Setup::dev(&place.data()), setting).start()
}

/// The paths below a folder of the examples that end so.
fn files_with(ending: &str, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_with(ending, &path, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.insert(path.strip_prefix(EXAMPLES).unwrap().display().to_string());
        }
    }
}

#[test]
fn every_example_of_a_configuration_is_started_by_a_test() {
    let mut found = BTreeSet::new();
    files_with(".toml", Path::new(EXAMPLES), &mut found);
    // The second one in `nodes/example.rs`.
    let started = ["one-server/gangway.toml", "three-servers/gangway.toml"];
    assert_eq!(found, BTreeSet::from(started.map(str::to_owned)));
}

#[test]
fn the_systemd_unit_starts_one_server_as_the_example_configures_it() {
    let place = Place::new();
    let config = installed(&place, "one-server/gangway.toml");
    let unit = example("one-server/gangway.service");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words: Vec<_> = command.split(' ').collect();
    assert_eq!(words, ["/usr/local/bin/gangway", "serve", "--config", "/etc/gangway/gangway.toml"]);
    let server = Setup::config(&config, &place.data()).start();
    assert_eq!(server.page("/healthz").status, 200);
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn the_scripts_connect_a_partner_and_disconnect_it() {
    let place = Place::new();
    let server = developing(&place);
    let token = server.token(&[]);
    let partner = "7b5e66fb-66fb-7b5e-fb66-5e7bfb665e7b";
    for script in ["connect.sh", "connect.py"] {
        let done = Command::new(Path::new(EXAMPLES).join(script))
            .arg("--consent")
            .env("GANGWAY", format!("http://{}", server.address))
            .env("TOKEN", &token)
            .output()
            .unwrap();
        let (output, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let expected = format!("{partner} is onboarded\n{partner} is notOnboarded\n");
        assert_eq!((&*output, &*errors), (expected.as_str(), ""), "{script}");
        assert!(done.status.success(), "{script}");
    }
}

#[test]
fn the_settings_for_developers_throttle() {
    let place = Place::new();
    let server = developing(&place);
    let mut client = server.client();
    let statuses: Vec<_> = (0..21)
        .map(|_| client.send("PATCH", &format!("{}/none", crate::support::PARTNERS), None).status)
        .collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}
