use gangway_domain::ConnectorKind;

use super::*;

fn load(file: &str, environment: &[(&str, &str)], dev: bool) -> Result<Settings, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gangway.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(name, value)| (OsString::from(*name), OsString::from(*value)));
    Settings::load(Some(&path), environment, &[], dev).map_err(|error| error.to_string())
}

/// 32 bytes of nothing.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const ISSUER: &str = "[[identity.issuers]]\nissuer = \"https://issuer.example\"\n";

#[test]
fn the_default_file_is_complete_and_correct() {
    let settings = load("", &[], true).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.onboarding.created_as, ConnectorKind::Simulated);
    let settings = load(ISSUER, &[], false).unwrap();
    assert_eq!(settings.onboarding.created_as, ConnectorKind::Link);
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
    assert_eq!(settings.identity.permissions, gangway_graph::Profile::Current);
    assert_eq!(settings.identity.audiences, ["a", "b"]);
    assert_eq!(settings.http.listener_limits().connections, 7);
}

#[test]
fn what_is_wrong_is_said_in_one_line_that_names_the_key() {
    for (file, environment, named) in [
        ("lisen = \"127.0.0.1:1\"", None, "lisen is not a setting"),
        ("listen = \"here\"", None, "listen"),
        ("[http]\nmax_connections = \"many\"", None, "http.max_connections"),
        ("[http]\nmax_connections = 0", None, "http.max_connections"),
        ("[http]\nmax_conections = 1", None, "http.max_conections is not a setting"),
        ("[identity]\npermissions = \"all\"", None, "identity.permissions"),
        ("[onboarding]\ncreated_as = \"oauth2\"", None, "onboarding.created_as"),
        ("[http]\ntrusted_proxies = [\"proxy\"]", None, "http.trusted_proxies"),
        ("[http]\ntrusted_proxies = \"10.0.0.1/8\"", None, "http.trusted_proxies"),
        ("", Some(("GANGWAY_HTTP__TRUSTED_PROXIES", "10.0.0.1,x")), "http.trusted_proxies"),
        ("[throttle]\nenabled = \"often\"", None, "throttle.enabled"),
        ("[throttle]\ntenant_writes = 0", None, "throttle.tenant_writes"),
        ("[throttle]\ntenant_writes = -1", None, "throttle.tenant_writes"),
        ("[throttle]\nburst = 1", None, "throttle.burst is not a setting"),
        ("", Some(("GANGWAY_THROTTLE__WINDOW_SECONDS", "0")), "throttle.window_seconds"),
        ("[log]\nformat = \"xml\"", None, "log.format"),
        ("[vault]\nkeyfile = \"x\"", None, "keyfile"),
        ("[vault]\nkey = \"c2VjcmV0\"", None, "vault.key"),
        ("[vault]\nkey = [\"c2VjcmV0\"]", None, "vault.key"),
        ("[vault]\nkey_file = \"x\"", Some(("GANGWAY_VAULT__KEY", KEY)), "vault.key_file"),
        ("", Some(("GANGWAY_VAULT__KEY", "123456")), "vault.key"),
        ("public_url = \"graph.example.com\"", None, "public_url"),
        ("public_url = \"https://graph.example.com/path\"", None, "public_url"),
        (
            "public_url = \"http://graph.example.com\"\n[[profiles]]\nname = \"t\"\nconnector = \"teamviewer\"\n\
             client_id = \"x\"\nclient_secret_env = \"X\"",
            None,
            "public_url",
        ),
        ("", Some(("GANGWAY_LISTN", "x")), "listn"),
        ("", Some(("GANGWAY_STORE__COMMIT_QUEUE_LENGTH", "x")), "store.commit_queue_length"),
        ("", None, "identity.issuers"),
        ("[[identity.issuers]]\nissuer = \"http://issuer.example\"", None, "identity.issuers"),
        ("[[identity.issuers]]\nissuer = \"https://a.example/{tenantid}/\"", None, "identity."),
        ("listen = ", None, "gangway.toml"),
        ("[[profiles]]\nname = \"p\"\nconnector = \"link\"", None, "profiles[p].base_url"),
        (
            "[[profiles]]\nname = \"p\"\nconnector = \"link\"\nbase = \"x\"",
            None,
            "profiles[0].base is not a setting",
        ),
    ] {
        let error = load(file, environment.as_slice(), false).unwrap_err();
        assert!(error.contains(named), "{file:?} {environment:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        for secret in ["c2VjcmV0", KEY, "123456"] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[test]
fn a_key_of_the_environment_is_taken_and_shown_nowhere() {
    let two = format!("{KEY},{}", KEY.replace('A', "B").replace("B=", "A="));
    for keys in [KEY, &two] {
        let settings = load(ISSUER, &[("GANGWAY_VAULT__KEY", keys)], false).unwrap();
        assert!(matches!(settings.vault.source(None), vault::Source::Given(_)), "{settings:?}");
        assert!(!format!("{settings:?}").contains(&KEY[..10]), "{settings:?}");
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

#[test]
fn partners_that_send_browsers_back_need_a_public_url_but_not_a_developers() {
    let profile = "[[profiles]]\nname = \"p\"\nconnector = \"oauth2\"\nclient_id = \"c\"\n\
                   issuer = \"https://partner.example\"\n";
    let error = load(&format!("{profile}{ISSUER}"), &[], false).unwrap_err();
    assert!(error.starts_with("public_url is empty, but profiles[p] needs it"), "{error}");
    let public = format!("public_url = \"https://graph.example.com\"\n{profile}{ISSUER}");
    assert_eq!(load(&public, &[], false).unwrap().profiles.len(), 1);
    assert!(load(profile, &[], true).is_ok());
}

#[test]
fn proxies_are_named_in_the_file_or_in_the_environment() {
    let file = format!("{ISSUER}[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]");
    assert!(load(&file, &[], false).is_ok());
    for value in ["10.0.0.1", "10.0.0.0/8,::1", ""] {
        assert!(load(ISSUER, &[("GANGWAY_HTTP__TRUSTED_PROXIES", value)], false).is_ok(), "{value}");
    }
}

#[test]
fn a_developers_requests_are_not_throttled_unless_the_developer_says_so() {
    assert!(load(ISSUER, &[], false).unwrap().throttle.enabled);
    assert!(!load("", &[], true).unwrap().throttle.enabled);
    assert!(load("[throttle]\nenabled = true", &[], true).unwrap().throttle.enabled);
    assert!(load("", &[("GANGWAY_THROTTLE__ENABLED", "true")], true).unwrap().throttle.enabled);
}

#[test]
fn the_identity_settings_have_the_defaults_that_the_file_says() {
    let settings = load(ISSUER, &[], false).unwrap();
    let issuers = vec![identity::IssuerSettings::new("https://issuer.example")];
    assert_eq!(
        settings.identity,
        identity::IdentitySettings { issuers, ..identity::IdentitySettings::default() }
    );
}

#[test]
fn the_ranges_that_the_file_names_are_the_ranges_that_are_taken() {
    let mut table = String::new();
    let (mut range, mut checked) = (None, 0);
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
        } else if let Some(comment) = line.strip_prefix('#') {
            range = named_range(comment).or(range);
        } else if let Some(((key, _), (low, high))) = line.split_once(" = ").zip(range.take()) {
            let with = |value: i64| load(&format!("[{table}]\n{key} = {value}\n{ISSUER}"), &[], false);
            for good in [low, low + 1, high - 1, high] {
                assert!(with(good).is_ok(), "{table}.{key} = {good}: {:?}", with(good).err());
            }
            for bad in [low - 1, high + 1] {
                assert!(with(bad).is_err_and(|error| error.contains(key)), "{table}.{key} = {bad}");
            }
            checked += 1;
        }
    }
    assert!(checked >= 14, "{checked} ranges are named");
}

/// `1 to 3600` in a comment.
fn named_range(comment: &str) -> Option<(i64, i64)> {
    let words: Vec<_> = comment.split_whitespace().collect();
    words.windows(3).find_map(|three| {
        let number = |word: &str| word.trim_end_matches(['.', ';']).parse().ok();
        if three[1] == "to" { number(three[0]).zip(number(three[2])) } else { None }
    })
}
