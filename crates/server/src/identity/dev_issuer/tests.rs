use std::fs;

use super::*;

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn whoever_comes_first_makes_the_key_and_everyone_has_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("not/there/yet");
    let kids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| DevIssuer::open(&data).unwrap().key.kid().to_owned())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "a temporary file was left behind");
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_owner_only_and_not_believed_otherwise() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    DevIssuer::open(dir.path()).unwrap().set_url(addr("127.0.0.1:7")).unwrap();
    let path = file::path(dir.path());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(DevIssuer::open(dir.path()), Err(DevIssuerError::ReadableByOthers(_))));
}

#[test]
fn the_url_is_where_the_server_listened_last() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = DevIssuer::open(dir.path()).unwrap();
    assert_eq!(server.url(), "http://localhost/gangway/issuer");
    server.set_url(addr("127.0.0.1:8080")).unwrap();
    server.set_url(addr("[::1]:9090")).unwrap();
    let minter = DevIssuer::open(dir.path()).unwrap();
    assert_eq!(minter.url(), "http://[::1]:9090/gangway/issuer");
    assert_eq!(minter.key.kid(), server.key.kid());
    for everywhere in ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080"] {
        assert!(matches!(server.set_url(addr(everywhere)), Err(DevIssuerError::NotLoopback(_))));
    }
}

#[test]
fn a_damaged_file_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    DevIssuer::open(dir.path()).unwrap();
    for damage in ["", "{}", r#"{"private_key":"AAAA","url":null}"#, r#"{"private_key":"?","url":null}"#] {
        fs::write(file::path(dir.path()), damage).unwrap();
        assert!(matches!(DevIssuer::open(dir.path()), Err(DevIssuerError::Damaged(_))), "{damage}");
        assert_eq!(fs::read_to_string(file::path(dir.path())).unwrap(), damage);
    }
}

#[test]
fn the_private_key_is_in_nothing_it_shows() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = DevIssuer::open(dir.path()).unwrap();
    let file: Value = serde_json::from_slice(&fs::read(file::path(dir.path())).unwrap()).unwrap();
    let secret = file["private_key"].as_str().unwrap();
    for shown in [format!("{issuer:?}"), issuer.jwks().to_string(), issuer.discovery().to_string()] {
        assert!(!shown.contains(secret) && !shown.contains("private"), "{shown}");
    }
    assert_eq!(issuer.jwks()["keys"][0].get("d"), None);
}

#[test]
fn the_discovery_document_says_what_is_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut issuer = DevIssuer::open(dir.path()).unwrap();
    issuer.set_url(addr("127.0.0.1:8080")).unwrap();
    let document = issuer.discovery();
    assert_eq!(document["issuer"], "http://127.0.0.1:8080/gangway/issuer");
    assert_eq!(document["jwks_uri"], format!("http://127.0.0.1:8080{}", DevIssuer::JWKS_PATH));
    assert_eq!(issuer.jwks()["keys"][0]["kid"], issuer.key.kid());
    assert_eq!(issuer.jwks()["keys"][0]["alg"], "ES256");
}
