//! `gangway db copy`: everything moves, and nothing is lost on the way.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::backend::{new_database, psql};
use crate::support::{Outcome, Place, Setup};

fn run(arguments: &[&str]) -> Outcome {
    Setup::of(arguments).outcome()
}

#[track_caller]
fn prints(arguments: &[&str]) -> String {
    let outcome = run(arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
    outcome.stdout
}

/// Begins a copy, and kills it so much later; whether it had ended by itself.
fn killed_after(config: &str, from: &str, to: &str, lasts: Duration) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gangway"));
    command
        .args(["db", "copy", "--config", config, "--from", from, "--to", to])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    std::thread::sleep(lasts);
    let ended = process.try_wait().unwrap().is_some();
    process.kill().unwrap();
    process.wait().unwrap();
    ended
}

/// A server in a file, with so many partners, which ends; what a caller saw.
fn filled(data: &Path, partners: usize) -> Vec<Value> {
    let gangway = Setup::dev(data).start();
    let mut client = gangway.client();
    for number in 0..partners {
        let id =
            client.create(&json!({"displayName": format!("n{number}"), "onboardingStatus": "onboarded"}));
        if number % 3 == 0 {
            client.disconnect(&id).is(204);
        }
    }
    let seen = client.list();
    gangway.stop();
    seen
}

#[test]
fn a_house_is_moved_to_postgresql_and_back_however_often_it_is_killed() {
    let place = Place::new();
    let data = place.data();
    let seen = filled(&data, 150);
    let (from, url) = (data.to_str().unwrap(), new_database());
    // Where the key is that the audit's key is sealed with, in a database that several may share.
    let keys = format!("[vault]\nkey_file = {:?}\n", data.join("vault-keys.json"));
    let config = place.file("keys.toml", &keys);
    let config = config.to_str().unwrap();
    let ended =
        (0..12).filter(|n| killed_after(config, from, &url, Duration::from_millis(20 + n * 23))).count();
    if ended == 0 {
        let told = prints(&["db", "copy", "--config", config, "--from", from, "--to", &url]);
        assert!(told.contains("all whole and as in the source") && told.contains("has moved to"), "{told}");
        assert!(!told.contains("private:"), "no password: {told}");
    }
    assert!(
        prints(&["db", "copy", "--config", config, "--check", "--from", from, "--to", &url])
            .contains("partners: ")
    );
    Setup::dev(&data).outcome().is_refused_naming(&["has moved to", "gangway db reopen"]);
    let over = |data: &Path| Setup::dev(data).env("GANGWAY_STORE__URL", &url);
    let gangway = over(&data).start();
    assert_eq!(gangway.client().list(), seen);
    gangway.client().onboarded();
    let seen = gangway.client().list();
    gangway.stop();

    psql(&url, "UPDATE partners SET display_name = 'planted' WHERE display_name = 'n7'");
    let differs = run(&["db", "copy", "--config", config, "--check", "--from", from, "--to", &url]);
    assert!(differs.code == Some(1) && differs.stdout.contains("partners: "), "{differs:?}");
    psql(&url, "UPDATE partners SET display_name = 'n7' WHERE display_name = 'planted'");

    let home = place.path("home");
    std::fs::create_dir(&home).unwrap();
    prints(&["db", "copy", "--config", config, "--from", &url, "--to", home.to_str().unwrap()]);
    let kept = ["dev-issuer.json", "vault-keys.json"];
    for file in kept {
        std::fs::copy(data.join(file), home.join(file)).unwrap();
    }
    assert_eq!(Setup::dev(&home).start().client().list(), seen);
    over(&data).outcome().is_refused_naming(&["has moved to"]);
    prints(&["db", "reopen", "--at", &url]);
    assert_eq!(over(&data).start().client().list(), seen);
}
