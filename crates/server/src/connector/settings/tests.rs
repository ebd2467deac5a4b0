use gangway_domain::ConnectorKind;
use serde_json::{Value, json};

use super::*;

fn oauth2() -> Value {
    json!({ "name": "o", "connector": "oauth2", "client_id": "me", "issuer": "https://partner.example" })
}

fn teamviewer() -> Value {
    json!({ "name": "t", "connector": "teamviewer", "client_id": "me", "client_secret_env": "S" })
}

fn link() -> Value {
    json!({ "name": "l", "connector": "link", "base_url": "https://link.example" })
}

fn simulated() -> Value {
    json!({ "name": "s", "connector": "simulated" })
}

fn with(mut profile: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("{more}") };
    for (key, value) in more {
        profile.as_object_mut().unwrap().remove(&key);
        if !value.is_null() {
            profile[key] = value;
        }
    }
    profile
}

fn checked_all(profiles: Vec<Value>, public_url: bool) -> Result<(), String> {
    let profiles: Result<Vec<ProfileSettings>, _> =
        profiles.into_iter().map(serde_json::from_value).collect();
    check(&profiles.map_err(|error| error.to_string())?, public_url).map_err(|error| error.to_string())
}

#[test]
fn each_connector_does_with_the_keys_it_needs() {
    assert_eq!(checked_all(vec![oauth2(), teamviewer(), link(), simulated()], true), Ok(()));
    let by_hand = json!({
        "issuer": null, "authorization_endpoint": "https://p.example/a", "token_endpoint": "https://p.example/t",
    });
    assert_eq!(checked_all(vec![with(oauth2(), by_hand)], true), Ok(()));
    let most = json!({ "dead_token_errors": vec!["x".repeat(64); 32] });
    assert_eq!(checked_all(vec![with(oauth2(), most.clone()), with(teamviewer(), most)], true), Ok(()));
}

#[test]
fn what_is_wrong_with_a_profile_is_said_in_one_line_that_names_the_key() {
    let (a, t) = ("authorization_endpoint", "token_endpoint");
    for (profile, named) in [
        (with(oauth2(), json!({ "name": "Upper" })), "profiles[Upper].name"),
        (with(oauth2(), json!({ "name": "a\nb" })), "profiles[a?b].name"),
        (with(oauth2(), json!({ "client_id": null })), "profiles[o].client_id is missing"),
        (with(oauth2(), json!({ "client_id": "" })), "profiles[o].client_id"),
        (with(oauth2(), json!({ "issuer": null })), "profiles[o].issuer is missing"),
        (with(oauth2(), json!({ "issuer": "http://p.example" })), "profiles[o].issuer is not an https URL"),
        (with(oauth2(), json!({ "issuer": "https://p.example/?x" })), "profiles[o].issuer has a query"),
        (with(oauth2(), json!({ "issuer": "partner" })), "profiles[o].issuer is no URL"),
        (with(oauth2(), json!({ "issuer": "https://10.0.0.1" })), "profiles[o].issuer leads to 10.0.0.1"),
        (with(oauth2(), json!({ a: "https://p.example" })), "profiles[o].token_endpoint is missing"),
        (with(oauth2(), json!({ t: "https://p.example" })), "profiles[o].authorization_endpoint is missing"),
        (
            with(oauth2(), json!({ "account_endpoint": "https://p.example" })),
            "profiles[o].authorization_endpoint",
        ),
        (with(oauth2(), json!({ "scopes": ["a b"] })), "profiles[o].scopes"),
        (with(oauth2(), json!({ "scopes": [""] })), "profiles[o].scopes"),
        (with(oauth2(), json!({ "dead_token_errors": [""] })), "profiles[o].dead_token_errors has to be"),
        (with(oauth2(), json!({ "dead_token_errors": ["a b"] })), "profiles[o].dead_token_errors has to be"),
        (with(oauth2(), json!({ "dead_token_errors": ["é"] })), "profiles[o].dead_token_errors has to be"),
        (with(oauth2(), json!({ "dead_token_errors": ["a\nb"] })), "profiles[o].dead_token_errors has to be"),
        (
            with(oauth2(), json!({ "dead_token_errors": ["x".repeat(65)] })),
            "profiles[o].dead_token_errors has to be",
        ),
        (
            with(teamviewer(), json!({ "dead_token_errors": vec!["x"; 33] })),
            "profiles[t].dead_token_errors has to be at most 32",
        ),
        (
            with(oauth2(), json!({ "dead_token_errors": ["gone", "Invalid_Client"] })),
            "profiles[o].dead_token_errors has Invalid_Client, which is about no token",
        ),
        (with(link(), json!({ "dead_token_errors": [] })), "profiles[l].dead_token_errors does not belong"),
        (with(oauth2(), json!({ "timeout_seconds": 0 })), "profiles[o].timeout_seconds is 0"),
        (with(oauth2(), json!({ "timeout_seconds": 61 })), "profiles[o].timeout_seconds is 61"),
        (with(oauth2(), json!({ "display_name": "" })), "profiles[o].display_name"),
        (
            with(oauth2(), json!({ "client_secret_file": "/f", "client_secret_env": "E" })),
            "profiles[o].client_secret_env is given beside",
        ),
        (with(oauth2(), json!({ "client_secret_env": "GANGWAY_X" })), "profiles[o].client_secret_env"),
        (with(oauth2(), json!({ "api": "https://p.example" })), "profiles[o].api does not belong"),
        (with(oauth2(), json!({ "base_url": "https://p.example" })), "profiles[o].base_url does not belong"),
        (
            with(teamviewer(), json!({ "client_secret_env": null })),
            "profiles[t].client_secret_file is missing",
        ),
        (with(teamviewer(), json!({ "scopes": [] })), "profiles[t].scopes does not belong"),
        (with(teamviewer(), json!({ "api": "https://p.example/?x" })), "profiles[t].api has a query"),
        (with(teamviewer(), json!({ "authorize_url": "x" })), "profiles[t].authorize_url is no URL"),
        (with(link(), json!({ "base_url": null })), "profiles[l].base_url is missing"),
        (with(link(), json!({ "client_id": "x" })), "profiles[l].client_id does not belong"),
        (with(link(), json!({ "timeout_seconds": 5 })), "profiles[l].timeout_seconds does not belong"),
        (
            with(simulated(), json!({ "allow_private_addresses": false })),
            "profiles[s].allow_private_addresses",
        ),
        (with(oauth2(), json!({ "client": "x" })), "unknown field `client`"),
        (with(oauth2(), json!({ "connector": "saml" })), "unknown variant `saml`"),
        (with(oauth2(), json!({ "name": null })), "missing field `name`"),
    ] {
        let error = checked_all(vec![profile.clone()], true).unwrap_err();
        assert!(error.contains(named), "{profile}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn no_error_repeats_a_password_in_a_url() {
    for url in
        ["https://me:s3cret@p.example", "ftp://me:s3cret@p.example", "https://me:s3cret@", "//me:s3cret@x"]
    {
        let error = checked_all(vec![with(oauth2(), json!({ "issuer": url }))], true).unwrap_err();
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn what_is_allowed_to_be_private_may_be() {
    let private = |allow: bool| {
        let more = json!({ "issuer": "http://127.0.0.1:9000", "allow_private_addresses": allow });
        checked_all(vec![with(oauth2(), more)], true)
    };
    assert!(private(true).is_ok() && private(false).is_err());
}

#[test]
fn every_profile_has_a_name_of_its_own_and_there_are_not_too_many() {
    let twice = checked_all(vec![simulated(), link(), simulated()], true).unwrap_err();
    assert!(twice.starts_with("profiles[s].name is there more than once"), "{twice}");
    let many = |count| (0..count).map(|n| with(simulated(), json!({ "name": format!("s{n}") }))).collect();
    assert_eq!(checked_all(many(MOST_PROFILES), true), Ok(()));
    let error = checked_all(many(MOST_PROFILES + 1), true).unwrap_err();
    assert!(error.starts_with("profiles has 65 entries"), "{error}");
}

#[test]
fn partners_that_send_browsers_back_need_to_know_where() {
    for (profile, needed) in [(oauth2(), true), (teamviewer(), true), (link(), false), (simulated(), false)] {
        let checked = checked_all(vec![profile], false);
        assert_eq!(checked.is_err(), needed, "{checked:?}");
        assert!(checked.err().is_none_or(|error| error.starts_with("public_url is empty, but profiles[")));
    }
}

/// The commented examples in `default.toml`, as profiles.
#[test]
fn the_examples_in_the_default_file_have_every_key_and_are_taken() {
    let lines: Vec<_> = crate::config::DEFAULTS
        .lines()
        .skip_while(|line| !line.starts_with("#   [[profiles]]"))
        .take_while(|line| !line.starts_with("profiles = "))
        .map(|line| line.trim_start_matches('#'))
        .collect();
    // Of a pair that excludes one another, and after "or", only one can be in force.
    let text = lines.join("\n").replace("   client_secret_env", "   # client_secret_env");
    let file = ::config::File::from_str(&text, ::config::FileFormat::Toml);
    let examples = ::config::Config::builder().add_source(file).build().unwrap();
    let examples: Vec<ProfileSettings> = examples.get("profiles").unwrap();
    assert_eq!(check(&examples, true), Ok(()));
    for kind in ConnectorKind::ALL {
        assert!(examples.iter().any(|example| example.connector == kind), "{kind:?}");
    }
    for (key, _) in ProfileSettings::new("x", ConnectorKind::Link).keys() {
        assert!(lines.iter().any(|line| line.trim_start().starts_with(&format!("{key} = "))), "{key}");
    }
}
