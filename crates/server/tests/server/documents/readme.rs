//! What the README promises.

use std::process::Command;

use serde_json::Value;

use crate::support::{Place, Setup};

#[test]
fn cargo_run_knows_that_the_server_is_meant() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let default = metadata["workspace_default_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let binaries: Vec<_> = packages
        .iter()
        .filter(|package| default.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"].as_array().unwrap().contains(&"bin".into()))
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(binaries, ["gangway"]);
}

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap()
}

/// But for the port and the token, of which the README shows "…".
#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let readme = readme();
    let shown = readme.split("```").nth(1).unwrap().strip_prefix("console\n").unwrap();
    let (command, shown) = shown.split_once('\n').unwrap();
    assert_eq!(command, "$ cargo run --release -- serve --dev");
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let (address, admin) = (gangway.address.to_string(), gangway.admin.to_string());
    let printed = gangway.stop().stdout.replace(&address, "127.0.0.1:8080").replace(&admin, "127.0.0.1:8081");
    for (shown, printed) in shown.lines().zip(printed.lines()) {
        let (before, after) = shown.split_once('…').unwrap_or((shown, ""));
        assert!(printed.starts_with(before) && printed.ends_with(after), "{shown}\n{printed}");
        assert!(shown.contains('…') || shown == printed, "{shown}\n{printed}");
    }
    assert!(shown.lines().count() <= printed.lines().count(), "{printed}");
}

/// The commands of the README, as they stand there, by a shell that knows where the program and its data are.
#[test]
fn connecting_disconnecting_and_the_receipt_work_as_the_readme_says() {
    let readme = readme();
    let (_, section) = readme.split_once("## Connect, disconnect, prove it").unwrap();
    let commands = section.split("```").nth(1).unwrap().strip_prefix("sh\n").unwrap();
    assert_eq!(commands.trim().lines().count(), 5, "five commands");
    let place = Place::new();
    let gangway = Setup::dev(&place.data()).start();
    let commands = commands.replace("http://127.0.0.1:8080", &format!("http://{}", gangway.address));
    let script = format!("set -eo pipefail\ngangway() {{ \"$BINARY\" \"$@\"; }}\n{commands}");
    let done = Command::new("bash")
        .args(["-c", &script])
        .current_dir(place.data())
        .env("BINARY", env!("CARGO_BIN_EXE_gangway"))
        .env("GANGWAY_DATA", place.data())
        .output()
        .unwrap();
    let (output, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{output}{errors}");
    let promised = section.split("```").nth(3).unwrap().strip_prefix("text\n").unwrap();
    let printed = &output[output.find("release   ").unwrap_or_else(|| panic!("{output}{errors}"))..];
    assert_eq!(shape(printed), shape(promised), "{output}{errors}");
}

/// A receipt without what is another every time.
fn shape(receipt: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut word_of = |word: &str| {
        let text = word.trim_matches(|c| "():,".contains(c));
        if text.parse::<jiff::Timestamp>().is_ok() {
            return word.replace(text, "TIME");
        }
        if text.len() != 36 || text.matches('-').count() != 4 {
            return word.to_owned();
        }
        // Which one it is matters, not how it is spelled.
        let known = seen.iter().position(|id| id == text);
        let number = known.unwrap_or_else(|| {
            seen.push(text.to_owned());
            seen.len() - 1
        });
        word.replace(text, &format!("ID-{number}"))
    };
    let mut line_of = |line: &str| {
        let line = line.split_once("good, key ").map_or(line, |(before, _)| before);
        line.split_whitespace().map(&mut word_of).collect::<Vec<_>>().join(" ")
    };
    receipt.trim().lines().map(&mut line_of).collect()
}
