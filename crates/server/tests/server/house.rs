//! `gangway db copy` and `gangway db move-part`: everything moves, and nothing is lost on the way.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::backend::{new_database, psql};
use crate::support::{Client, Outcome, PARTNERS, Place, Setup};

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

#[test]
fn parts_move_between_databases_under_a_server_that_serves() {
    let urls = [new_database(), new_database()];
    let shard = |url: &str, parts: &str| format!("[[store.shard]]\nurl = {url:?}\nparts = {parts:?}\n");
    let scene = Scene::start_with(&[shard(&urls[0], "0-255"), shard(&urls[1], "")].concat(), &[]);
    let id = scene.caller().create(&json!({"displayName": "moved"}));
    let part = psql(&urls[0], "SELECT part FROM partners LIMIT 1").trim().to_owned();
    let stop = AtomicBool::new(false);
    let patched = std::thread::scope(|scope| {
        let patching = scope.spawn(|| patch(scene.caller(), &id, &stop));
        let config = scene.gangway.data.with_file_name("gangway.toml").to_str().unwrap().to_owned();
        prints(&["db", "move-part", "--config", &config, "--part", &part, "--to", "1"]);
        stop.store(true, Ordering::SeqCst);
        patching.join().unwrap()
    });
    assert!(patched > 0);
    let count = |url: &str, sql: &str| psql(url, sql).trim().parse::<u64>().unwrap();
    assert_eq!(count(&urls[0], "SELECT count(*) FROM audit_events"), 0);
    let events = count(&urls[1], "SELECT count(*) FROM audit_events WHERE activity = 'patch'");
    assert_eq!(events, count(&urls[1], "SELECT version - 1 FROM partners WHERE display_name LIKE 'n%'"));
    assert!(events >= patched, "{events} {patched}");
    assert_eq!(scene.caller().get(&id)["displayName"].as_str().unwrap().chars().next(), Some('n'));
    let config = scene.gangway.data.with_file_name("gangway.toml");
    prints(&["audit", "verify", "--config", config.to_str().unwrap(), "--store", &urls[1]]);
}

/// Renames it until it is told to stop; how often that was answered well. What is refused is asked again.
fn patch(mut client: Client, id: &str, stop: &AtomicBool) -> u64 {
    let mut count = 0;
    while !stop.load(Ordering::SeqCst) {
        let path = format!("{PARTNERS}/{id}");
        let answer = client.send("PATCH", &path, Some(&json!({"displayName": format!("n{count}")})));
        match answer.status {
            503 => {}
            _ => count += u64::from(answer.is(200).status == 200),
        }
    }
    count
}
