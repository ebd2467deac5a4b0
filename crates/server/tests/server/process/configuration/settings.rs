use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::{ONBOARDED, Place, Setup};

/// A server that would start if nothing else were wrong.
fn setup(place: &Place, file: &str) -> Setup {
    const ISSUER: &str = "[[identity.issuers]]\nissuer = \"http://127.0.0.1:9/\"\n";
    Setup::config(&place.file("gangway.toml", &format!("{file}\n{ISSUER}")), &place.data())
}

#[test]
fn the_file_the_others_are_variations_of_is_right() {
    let place = Place::new();
    assert_eq!(setup(&place, "").start().stop().code, Some(0));
}

#[test]
fn serving_for_nobody_in_particular_is_refused() {
    Setup::of(&["serve"]).outcome().is_refused_naming(&["--dev", "--config"]);
}

#[test]
fn a_mistake_in_the_file_is_told_in_one_line_that_names_the_key() {
    for (file, named) in [
        ("lisen = \"127.0.0.1:1\"", "lisen"),
        ("[http]\nhead_timeout = 5", "head_timeout"),
        ("[http]\nmax_connections = \"many\"", "http.max_connections"),
        ("[http]\nmax_connections = [1]", "http.max_connections"),
        ("[http]\nmax_connections = -1", "http.max_connections"),
        ("[http]\nmax_connections = 0", "http.max_connections"),
        ("http = 1", "http"),
        ("[store]\nreaders = 65", "store.readers"),
        ("[onboarding]\ncreated_as = \"oauth2\"", "onboarding.created_as"),
        ("[throttle]\nwindow_seconds = 0", "throttle.window_seconds"),
        ("[identity]\npermissions = \"all\"", "identity.permissions"),
        ("[identity]\ntenants = [\"contoso\"]", "identity.tenants"),
        ("[identity]\nkey_refresh_interval_seconds = 1", "identity.key_refresh_interval_seconds"),
        ("public_url = \"graph.example.com\"", "public_url"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[log]\nfilter = \"a=b=c\"", "log.filter"),
    ] {
        let place = Place::new();
        setup(&place, file).outcome().is_refused_naming(&[named]);
    }
}

#[test]
fn a_file_that_is_no_toml_is_told_in_one_line_that_names_it() {
    for file in ["listen = ", "[http\n", "listen = 1\nlisten = 2\n", "{\n  \"listen\": 1\n}\n"] {
        let place = Place::new();
        setup(&place, file).outcome().is_refused_naming(&["gangway.toml"]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new();
    let missing = place.path("missing.toml");
    Setup::config(&missing, &place.data()).outcome().is_refused_naming(&[missing.to_str().unwrap()]);
    let directory = place.path("directory.toml");
    std::fs::create_dir(&directory).unwrap();
    Setup::config(&directory, &place.data()).outcome().is_refused_naming(&[directory.to_str().unwrap()]);
    let binary = place.path("binary.toml");
    std::fs::write(&binary, b"\xff\xfe\x00").unwrap();
    Setup::config(&binary, &place.data()).outcome().is_refused_naming(&[binary.to_str().unwrap()]);
}

#[test]
fn a_mistake_in_the_environment_is_told_in_one_line_that_names_the_key() {
    for (name, value, named) in [
        ("GANGWAY_LISTN", "127.0.0.1:1", "listn"),
        ("GANGWAY_HTTP__HEAD_TIMEOUT", "5", "head_timeout"),
        ("GANGWAY_HTTP__MAX_CONNECTIONS", "many", "http.max_connections"),
        ("GANGWAY_STORE__READERS", "65", "store.readers"),
        ("GANGWAY_LOG__FILTER", "a=b=c", "log.filter"),
    ] {
        let place = Place::new();
        setup(&place, "").env(name, value).outcome().is_refused_naming(&[named]);
    }
}

#[test]
fn a_developers_server_on_an_address_others_can_reach_is_refused() {
    let place = Place::new();
    for (flag, key) in [("--listen", "listen"), ("--admin-listen", "admin_listen")] {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
            let setup = Setup::of(&["serve", "--dev", flag, address]).at(&place.data());
            setup.outcome().is_refused_naming(&[key, "loopback"]);
        }
    }
    assert!(!place.data().exists(), "nothing is left behind");
}

#[test]
fn a_port_in_use_is_named() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (ours, other, key) in
        [("--listen", "--admin-listen", "listen"), ("--admin-listen", "--listen", "admin_listen")]
    {
        let setup = Setup::of(&["serve", "--dev", ours, &taken, other, "127.0.0.1:0"]).at(&place.data());
        setup.outcome().is_refused_naming(&[&format!(": {key} {taken}"), "in use"]);
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let place = Place::new();
    let file = "listen = \"here\"\ndata = \"/dev/null/file\"\n[http]\nmax_connections = 0";
    let gangway = setup(&place, file)
        .env("GANGWAY_HTTP__MAX_CONNECTIONS", "10")
        .env("GANGWAY_LISTEN", "192.0.2.1:80")
        .env("GANGWAY_DATA", "/dev/null/environment")
        .start();
    assert!(gangway.address.ip().is_loopback());
    assert!(place.data().join("admin.json").exists());
}

#[test]
fn a_configuration_can_be_named_in_the_environment() {
    let place = Place::new();
    let file = place.file("gangway.toml", "[http]\nmax_connections = 0");
    let setup = Setup::of(&["serve"]).env("GANGWAY_CONFIG", &file);
    setup.outcome().is_refused_naming(&["http.max_connections"]);
}

#[test]
fn variables_of_others_that_are_no_text_do_not_matter() {
    let place = Place::new();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    let gangway = Setup::dev(&place.data()).env("SOMEBODY_ELSES", odd).start();
    assert_eq!(gangway.client().status(ONBOARDED), "onboarded");
}
