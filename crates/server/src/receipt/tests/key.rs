use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::*;

#[test]
fn the_key_is_made_once_for_its_owner_only_and_shown_nowhere() {
    let place = Place::new();
    assert!(Signer::find(place.0.path()).unwrap().is_none());
    let signer = place.signer();
    assert_eq!(place.signer().kid(), signer.kid());
    let path = place.0.path().join(Signer::FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for shown in [format!("{signer:?}"), signer.jwks()] {
        assert!(
            !shown.contains(file["private_key"].as_str().unwrap()) && !shown.contains("\"d\""),
            "{shown}"
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Signer::open(place.0.path()), Err(SignerError::File(_))));
}

#[test]
fn a_damaged_key_is_not_written_over() {
    let place = Place::new();
    place.signer();
    let path = place.0.path().join(Signer::FILE);
    for damage in ["", "{}", r#"{"private_key":"AAAA"}"#, r#"{"private_key":"?"}"#] {
        fs::write(&path, damage).unwrap();
        assert!(matches!(Signer::open(place.0.path()), Err(SignerError::Damaged(_))), "{damage}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damage);
    }
}

#[test]
fn whoever_comes_first_makes_the_key_and_everyone_has_the_same() {
    let place = Place::new();
    let kids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.signer().kid().to_owned())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
}
