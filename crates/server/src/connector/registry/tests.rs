use gangway_engine::Revokes;
use serde_json::json;

use super::*;

fn settings(value: serde_json::Value) -> ProfileSettings {
    serde_json::from_value(value).unwrap()
}

fn profiles() -> Vec<ProfileSettings> {
    [
        json!({
            "name": "o", "connector": "oauth2", "client_id": "me", "client_secret_env": "SECRET",
            "issuer": "https://partner.example", "scopes": ["a", "b"], "timeout_seconds": 7,
        }),
        json!({
            "name": "h", "connector": "oauth2", "client_id": "me", "allow_private_addresses": true,
            "authorization_endpoint": "http://10.0.0.1/a", "token_endpoint": "http://10.0.0.1/t",
        }),
        json!({ "name": "t", "connector": "teamviewer", "client_id": "me", "client_secret_env": "SECRET" }),
        json!({ "name": "l", "connector": "link", "base_url": "https://link.example/", "display_name": "L" }),
        json!({ "name": "s", "connector": "simulated" }),
    ]
    .map(settings)
    .to_vec()
}

fn registry(profiles: &[ProfileSettings]) -> Registry {
    let base = "https://gangway.example".parse().unwrap();
    let environment = |name: &str| (name == "SECRET").then(|| "geheim".to_owned());
    Registry::with(profiles, &base, system_lookup(), environment).unwrap()
}

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

use ConnectorKind::{Link, OAuth2 as OAuth, Simulated, TeamViewer as Viewer};

#[test]
fn a_profile_gives_its_connector_to_its_own_kind_and_a_link_gives_none() {
    let registry = registry(&profiles());
    for (profile, kind) in [("o", OAuth), ("h", OAuth), ("t", Viewer), ("s", Simulated)] {
        for asked in ConnectorKind::ALL {
            let found = registry.connector(asked, Some(&name(profile)));
            assert_eq!(found.is_some(), asked == kind, "{profile} {asked:?}");
        }
    }
    for asked in ConnectorKind::ALL {
        assert!(registry.connector(asked, Some(&name("l"))).is_none());
        assert!(registry.connector(asked, Some(&name("unknown"))).is_none());
        assert_eq!(registry.connector(asked, None).is_some(), asked == Simulated);
    }
    let summary = &registry.profiles()[3];
    assert_eq!((summary.connector, summary.display_name.as_str()), (Link, "L"));
    assert_eq!(summary.base_url.as_ref().unwrap().as_str(), "https://link.example/");
    assert_eq!(registry.profiles()[0].display_name, "o");
}

#[test]
fn a_connector_is_made_again_from_its_snapshot_without_its_profile() {
    let (with, without) = (registry(&profiles()), registry(&[]));
    for (profile, kind) in [("o", OAuth), ("h", OAuth), ("t", Viewer), ("s", Simulated)] {
        let snapshot = with.connector(kind, Some(&name(profile))).unwrap().snapshot();
        let restored = without.connector_of(kind, Some(&name(profile)), &snapshot).unwrap();
        assert_eq!(restored.snapshot(), snapshot, "{profile}");
        for other in ConnectorKind::ALL.into_iter().filter(|other| *other != kind) {
            assert!(
                without.connector_of(other, Some(&name(profile)), &snapshot).is_none(),
                "{profile} {other:?}"
            );
        }
        let again = without.connector_of(kind, Some(&name(profile)), &snapshot).unwrap();
        assert!(Arc::ptr_eq(&again, &restored), "{profile} is made anew each time");
    }
    let private = with.connector(OAuth, Some(&name("h"))).unwrap();
    let restored = without.connector_of(OAuth, Some(&name("h")), &private.snapshot()).unwrap();
    assert_eq!(restored.revokes(), Revokes::Nothing);
    assert_eq!(restored.by_hand(), private.by_hand());
}

/// What a partner gave is never taken to another one, nor to the same by another client of ours.
#[test]
fn the_profile_as_it_is_now_is_used_only_where_it_leads_to_the_same_partner() {
    let before = json!({
        "name": "o", "connector": "oauth2", "client_id": "me", "client_secret_env": "SECRET",
        "authorization_endpoint": "https://a.example/a", "token_endpoint": "https://a.example/t",
        "revocation_endpoint": "https://a.example/r",
    });
    let with = |change: &[(&str, serde_json::Value)]| {
        let mut now = before.clone();
        for (key, value) in change {
            now[*key] = value.clone();
        }
        registry(&[settings(now)])
    };
    let given_by = |registry: &Registry| registry.connector(OAuth, Some(&name("o"))).unwrap();
    let snapshot = given_by(&with(&[])).snapshot();
    let same: [&[(&str, serde_json::Value)]; 4] = [
        &[("timeout_seconds", json!(9))],
        &[("scopes", json!(["more"]))],
        &[("display_name", json!("Another name"))],
        &[("dead_token_errors", json!(["gone"]))],
    ];
    for change in same {
        let now = with(change);
        let found = now.connector_of(OAuth, Some(&name("o")), &snapshot).unwrap();
        assert_eq!(found.snapshot(), given_by(&now).snapshot(), "{change:?}");
    }
    let others: [&[(&str, serde_json::Value)]; 3] = [
        &[("client_id", json!("another"))],
        &[("token_endpoint", json!("https://b.example/t"))],
        &[("revocation_endpoint", json!("https://b.example/r"))],
    ];
    for change in others {
        let found = with(change).connector_of(OAuth, Some(&name("o")), &snapshot).unwrap();
        assert_eq!(found.snapshot(), snapshot, "{change:?}");
    }
    let secret_changed = |name: &str| (name == "SECRET").then(|| "newer".to_owned());
    let base = "https://gangway.example".parse().unwrap();
    let newer = Registry::with(&[settings(before)], &base, system_lookup(), secret_changed).unwrap();
    let found = newer.connector_of(OAuth, Some(&name("o")), &snapshot).unwrap();
    assert!(found.snapshot().expose().contains("newer"), "our secret of today is the one that works");
}

#[tokio::test]
async fn a_restored_connector_sends_browsers_to_the_same_place() {
    let (with, without) = (registry(&profiles()), registry(&[]));
    let connector = with.connector(Viewer, Some(&name("t"))).unwrap();
    let restored = without.connector_of(Viewer, Some(&name("t")), &connector.snapshot()).unwrap();
    let verifier = Secret::new("v".into());
    assert_eq!(
        restored.authorization_url("s", &verifier).await.unwrap(),
        connector.authorization_url("s", &verifier).await.unwrap()
    );
}

#[test]
fn a_snapshot_of_another_version_or_a_damaged_one_is_not_restored() {
    let registry = registry(&profiles());
    let snapshot = registry.connector(OAuth, Some(&name("o"))).unwrap().snapshot();
    let text = snapshot.expose();
    assert!(text.starts_with(r#"{"v1":{"#), "{text}");
    for other in [
        text.replacen("v1", "v2", 1),
        text.replace("\"scopes\"", "\"scope\""),
        text[1..].into(),
        String::new(),
    ] {
        assert!(
            registry.connector_of(OAuth, Some(&name("o")), &Secret::new(other.clone())).is_none(),
            "{other}"
        );
    }
}

/// The stored form may not change: there are credentials with it in stores.
#[test]
fn the_written_form_is_what_it_was() {
    let registry = registry(&profiles());
    let written = |kind, profile| registry.connector(kind, Some(&name(profile))).unwrap().snapshot();
    let json = |secret: Secret| serde_json::from_str::<serde_json::Value>(secret.expose()).unwrap();
    assert_eq!(
        json(written(OAuth, "o")),
        json!({"v1": {
            "display_name": "o", "redirect_uri": "https://gangway.example/gangway/v1/callback/o",
            "reach": {"allow_private": false, "ca_pem": null, "timeout_seconds": 7},
            "dialect": {"oauth2": {
                "client": {"id": "me", "secret": "geheim"}, "scopes": ["a", "b"],
                "issuer": "https://partner.example", "endpoints": null,
            }},
        }})
    );
    assert_eq!(
        json(written(OAuth, "h"))["v1"]["dialect"]["oauth2"]["endpoints"],
        json!({
            "authorization": "http://10.0.0.1/a", "token": "http://10.0.0.1/t", "revocation": null,
            "introspection": null, "account": null, "names_itself": false,
        })
    );
    assert_eq!(
        json(written(Viewer, "t"))["v1"]["dialect"],
        json!({"teamviewer": {
            "client": {"id": "me", "secret": "geheim"},
            "authorize_url": "https://login.teamviewer.com/oauth2/authorize",
            "api": "https://webapi.teamviewer.com/api/v1",
        }})
    );
}

/// What a partner calls a dead token, it calls so after its profile is gone too; and a profile that has learnt a word has it for
/// what was given before.
#[test]
fn what_counts_as_dead_is_kept_and_what_is_configured_now_goes_before_it() {
    let with = |kind: &str, errors: &[&str]| {
        let mut profile = match kind {
            "oauth2" => json!({ "client_id": "me", "issuer": "https://partner.example" }),
            _ => json!({ "client_id": "me", "client_secret_env": "SECRET" }),
        };
        profile["name"] = "p".into();
        profile["connector"] = kind.into();
        profile["dead_token_errors"] = errors.into();
        registry(&[settings(profile)])
    };
    for (kind, connector) in [("oauth2", OAuth), ("teamviewer", Viewer)] {
        let before = with(kind, &["old"]).connector(connector, Some(&name("p"))).unwrap().snapshot();
        let json: serde_json::Value = serde_json::from_str(before.expose()).unwrap();
        assert_eq!(json["v1"]["dialect"][kind]["dead_token_errors"], json!(["old"]));
        let errors = |registry: &Registry| {
            let found = registry.connector_of(connector, Some(&name("p")), &before).unwrap();
            let shown = format!("{found:?}");
            (shown.contains("\"old\""), shown.contains("\"new\""))
        };
        assert_eq!(errors(&registry(&[])), (true, false), "{kind}");
        assert_eq!(errors(&with(kind, &["new"])), (false, true), "{kind}");
    }
}

#[test]
fn no_secret_shows_itself() {
    let registry = registry(&profiles());
    for (profile, kind) in [("o", OAuth), ("t", Viewer)] {
        let connector = registry.connector(kind, Some(&name(profile))).unwrap();
        let shown = format!("{connector:?} {registry:?} {} {:?}", connector.by_hand(), connector.snapshot());
        assert!(!shown.contains("geheim"), "{shown}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let base = "https://gangway.example".parse().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let oauth = |key: &str, value: &str| {
        let mut settings = json!({"name": "o", "connector": "oauth2", "client_id": "me", "issuer": "https://partner.example"});
        settings[key] = value.into();
        settings
    };
    for (settings, named) in [
        (oauth("client_secret_env", "NOT_SET"), "profiles[o].client_secret_env is NOT_SET, which is not set"),
        (
            oauth("client_secret_env", "EMPTY"),
            "profiles[o].client_secret_env is EMPTY, in which there is nothing",
        ),
        (
            oauth("client_secret_file", "/nowhere/secret"),
            "profiles[o].client_secret_file is /nowhere/secret, which",
        ),
        (oauth("client_secret_file", &file("group", "s", 0o640)), "which others may read: run chmod 600"),
        (oauth("client_secret_file", &file("others", "s", 0o604)), "which others may read: run chmod 600"),
        (oauth("client_secret_file", &file("empty", "\n", 0o600)), "in which there is nothing"),
        (oauth("client_secret_file", &file("lines", "a\nb\n", 0o600)), "more than one line"),
        (
            oauth("client_secret_file", &file("long", &"s".repeat(4097), 0o600)),
            "more than one line of 4096 bytes",
        ),
        (oauth("ca_file", &file("ca", "no PEM", 0o644)), "has no certificate in PEM"),
        (oauth("ca_file", "/nowhere/ca"), "profiles[o].ca_file is /nowhere/ca, which cannot be read"),
    ] {
        let environment = |name: &str| (name == "EMPTY").then(String::new);
        let made =
            Registry::with(&[serde_json::from_value(settings).unwrap()], &base, system_lookup(), environment);
        let error = made.unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let good = oauth("client_secret_file", &file("good", "s\r\n", 0o600));
    let made = Registry::new(&[serde_json::from_value(good).unwrap()], &base).unwrap();
    let snapshot = made.connector(OAuth, Some(&name("o"))).unwrap().snapshot();
    assert!(snapshot.expose().contains(r#""secret":"s""#));
}
