use super::*;

fn load(file: &str, environment: &[(&str, &str)], dev: bool) -> Result<Settings, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gangway.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(name, value)| (OsString::from(*name), OsString::from(*value)));
    Settings::load(Some(&path), environment, &[], dev).map_err(|error| error.to_string())
}

const ISSUER: &str = "[[identity.issuers]]\nissuer = \"https://issuer.example\"\n";

#[test]
fn the_default_file_is_complete_and_correct() {
    let settings = load("", &[], true).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.onboarding.created_as, Connector::Simulated);
    let settings = load(ISSUER, &[], false).unwrap();
    assert_eq!(settings.onboarding.created_as, Connector::Link);
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = format!("listen = \"127.0.0.1:1\"\n{ISSUER}");
    let environment = [
        ("GANGWAY_LISTEN", "127.0.0.1:2"),
        ("GANGWAY_IDENTITY__PERMISSIONS", "current"),
        ("GANGWAY_IDENTITY__AUDIENCES", "a,b"),
        ("GANGWAY_HTTP__MAX_CONNECTIONS", "7"),
        ("GANGWAY_CONFIG", "/elsewhere"),
        ("OTHER", "x"),
    ];
    let settings = load(&file, &environment, false).unwrap();
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.identity.permissions, gangway_domain::Profile::Current);
    assert_eq!(settings.identity.audiences, ["a", "b"]);
    assert_eq!(settings.http.max_connections, 7);
}

#[test]
fn what_is_wrong_is_said_in_one_line_that_names_the_key() {
    for (file, environment, named) in [
        ("lisen = \"127.0.0.1:1\"", None, "lisen"),
        ("listen = \"here\"", None, "listen"),
        ("[http]\nmax_connections = \"many\"", None, "http.max_connections"),
        ("[http]\nmax_connections = 0", None, "http.max_connections"),
        ("[http]\nmax_conections = 1", None, "max_conections"),
        ("[identity]\npermissions = \"all\"", None, "identity.permissions"),
        ("[onboarding]\ncreated_as = \"oauth2\"", None, "onboarding.created_as"),
        ("[log]\nformat = \"xml\"", None, "log.format"),
        ("public_url = \"graph.example.com\"", None, "public_url"),
        ("public_url = \"https://graph.example.com/path\"", None, "public_url"),
        ("", Some(("GANGWAY_LISTN", "x")), "listn"),
        ("", Some(("GANGWAY_STORE__QUEUE", "x")), "store.queue"),
        ("", None, "identity.issuers"),
        ("[[identity.issuers]]\nissuer = \"http://issuer.example\"", None, "identity.issuers"),
        ("[[identity.issuers]]\nissuer = \"https://a.example/{tenantid}/\"", None, "identity."),
        ("listen = ", None, "gangway.toml"),
    ] {
        let error = load(file, environment.as_slice(), false).unwrap_err();
        assert!(error.contains(named), "{file:?} {environment:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_developers_server_is_not_reached_from_other_machines() {
    for key in ["listen", "admin_listen"] {
        let error = load(&format!("{key} = \"0.0.0.0:80\""), &[], true).unwrap_err();
        assert!(error.starts_with(key) && error.contains("loopback"), "{error}");
        assert!(load(&format!("{key} = \"[::1]:80\""), &[], true).is_ok());
    }
}
