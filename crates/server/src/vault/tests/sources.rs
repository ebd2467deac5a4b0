use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gangway_engine::Vault as _;
use serde_json::{Value, json};

use super::*;

fn base64(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

#[test]
fn a_made_file_has_one_key_for_its_owner_only_and_is_never_written_over() {
    let place = Place::new();
    let id = KeyRing::generate(&place.path(), NOW).unwrap();
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let before = place.text();
    assert!(matches!(KeyRing::generate(&place.path(), NOW), Err(KeyError::AlreadyThere(_))));
    assert_eq!(place.text(), before);
    assert_eq!(opened(&place.path()).unwrap().ids(), [id]);
    assert_eq!(place.ring().ids(), [id], "it was there, so it was not to be made");
    let file: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(file["keys"][0]["id"], id.to_string());
    assert_eq!(file["keys"][0]["created"], NOW.to_string());
}

#[test]
fn whoever_comes_first_makes_the_key_and_everyone_has_the_same() {
    let place = Place::new();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.ring().ids())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn a_file_that_is_not_there_or_that_others_may_read_is_refused_by_name() {
    let place = Place::new();
    let named = place.path().display().to_string();
    let error = opened(&place.path()).unwrap_err();
    assert!(matches!(error, KeyError::Missing(_)) && error.to_string().contains(&named), "{error}");
    place.ring();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o640)).unwrap();
    for error in [opened(&place.path()).unwrap_err(), change(&place).unwrap_err()] {
        let refused = matches!(error, KeyError::File(PrivateFileError::ReadableByOthers(_)));
        assert!(refused && error.to_string().contains(&named), "{error}");
    }
}

fn change(place: &Place) -> Result<KeyId, KeyError> {
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o600)).unwrap();
    let ring = place.ring();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o640)).unwrap();
    ring.with_new_key(NOW)
}

#[test]
fn a_damaged_file_is_refused_in_words_that_repeat_no_key() {
    let place = Place::new();
    place.ring();
    let good: Value = serde_json::from_str(&place.text()).unwrap();
    let key = good["keys"][0]["key"].as_str().unwrap().to_owned();
    let with = |at: &str, value: Value| {
        let mut file = good.clone();
        *file.pointer_mut(at).unwrap() = value;
        file.to_string()
    };
    for damage in [
        String::new(),
        "{}".into(),
        json!({"keys": []}).to_string(),
        json!({"keys": key}).to_string(),
        json!({"keys": [key]}).to_string(),
        json!({"keys": good["keys"], "more": key}).to_string(),
        json!({"keys": [good["keys"][0], good["keys"][0]]}).to_string(),
        with("/keys/0/key", json!(base64(1))),
        with("/keys/0/key", json!(key.replace('=', ""))),
        with("/keys/0/id", json!("0000000000000000")),
        with("/keys/0/id", json!(key)),
        with("/keys/0/created", json!("today")),
        json!({"keys": vec![good["keys"][0].clone(); 101]}).to_string(),
        place.text().replace('}', ""),
    ] {
        fs::write(place.path(), &damage).unwrap();
        let error = opened(&place.path()).unwrap_err();
        assert!(matches!(error, KeyError::Damaged { .. }), "{damage}: {error}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains(&key[..20]), "{text}");
        assert_eq!(error.to_string().lines().count(), 1, "{text}");
        assert_eq!(place.text(), damage);
    }
}

#[test]
fn of_the_keys_in_the_environment_the_first_seals_and_all_open() {
    let old = KeyRing::open(&given(&base64(1)), NOW).unwrap();
    let both = KeyRing::open(&given(&format!(" {} , {} ", base64(2), base64(1))), NOW).unwrap();
    assert_eq!(both.ids().len(), 2);
    assert_eq!(both.ids()[1], old.active().unwrap());
    let sealed = old.seal(&BINDING, b"secret").unwrap();
    assert_eq!(both.open(&BINDING, &sealed).unwrap().as_slice(), b"secret");
    assert!(old.open(&BINDING, &both.seal(&BINDING, b"secret").unwrap()).is_err());
    let refused = both.with_new_key(NOW).unwrap_err().to_string();
    assert!(refused.contains("in front of the old ones") && refused.contains("comma"), "{refused}");
    assert!(matches!(both.forget_unused(&[].into(), NOW), Err(KeyError::NotOurs)));
}

#[test]
fn keys_of_the_environment_that_are_none_are_refused_in_words_that_repeat_no_key() {
    let good = base64(3);
    for (keys, which) in [
        ("secret-passphrase".to_owned(), "key 1"),
        (format!("{good},"), "key 2"),
        (format!(",{good}"), "key 1"),
        (format!("{good},{good}"), "twice"),
        (format!("{good},{}", STANDARD.encode([1; 31])), "key 2"),
        (format!("{good},{}", STANDARD.encode([1; 33])), "key 2"),
        (good.replace('=', ""), "key 1"),
        (format!("{good} {good}"), "key 1"),
        ((0..=100).map(base64).collect::<Vec<_>>().join(","), "more than 100"),
    ] {
        let settings = VaultSettings { key_file: PathBuf::new(), key: GivenKeys::new(keys.clone()) };
        let (key, why) = settings.validate().unwrap_err();
        assert!(key == "vault.key" && why.contains(which), "{why}");
        let error = KeyRing::open(&settings.source(None), NOW).unwrap_err();
        assert!(error.to_string().contains(&why), "{error}");
        for shown in [why, format!("{error:?}"), format!("{settings:?}")] {
            assert!(!shown.contains("passphrase") && !shown.contains(&good[..20]), "{shown}");
        }
    }
}

#[test]
fn the_settings_say_where_keys_come_from() {
    let settings =
        |file: &str, key: &str| VaultSettings { key_file: file.into(), key: GivenKeys::new(key.into()) };
    let data = Path::new("/data");
    assert_eq!(settings("", "").source(None), Source::Nowhere);
    assert_eq!(settings("", "").source(Some(data)), Source::FileMadeIfAbsent("/data/vault-keys.json".into()));
    assert_eq!(settings("/k", "").source(Some(data)), Source::File("/k".into()));
    assert_eq!(settings("", &base64(1)).source(Some(data)), given(&base64(1)));
    assert!(settings("", "").validate().is_ok() && settings("/k", "").validate().is_ok());
    let (key, why) = settings("/k", &base64(1)).validate().unwrap_err();
    assert!(key == "vault.key" && why.contains("vault.key_file"), "{why}");
}

#[test]
fn no_key_is_in_anything_it_shows() {
    let place = Place::new();
    let ring = place.ring();
    ring.with_new_key(NOW).unwrap();
    let file: Value = serde_json::from_str(&place.text()).unwrap();
    let in_file = [0, 1].map(|n| file["keys"][n]["key"].as_str().unwrap().to_owned());
    let environment = KeyRing::open(&given(&in_file.join(",")), NOW).unwrap();
    let sealed = ring.seal(&BINDING, b"the secret itself").unwrap();
    let shown = format!("{ring:?} {environment:?} {sealed:?} {:?} {}", ring.ids(), ring.active().unwrap());
    assert!(shown.contains(&ring.active().unwrap().to_string()), "{shown}");
    for secret in in_file.iter().map(|key| key.trim_end_matches('=')).chain(["the secret itself"]) {
        assert!(!shown.contains(secret), "{shown}");
    }
}
