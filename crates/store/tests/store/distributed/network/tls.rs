use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use gangway_engine::Store as _;
use gangway_private_postgres::{Durability, Server};
use gangway_store::{PostgresError, PostgresOptions, PostgresStore};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::distributed::on_a_thread;
use crate::samples::key;

/// Where the certificates are: of an authority, of another one, and of a server called `localhost` that the first has signed.
struct Certificates(TempDir);

impl Certificates {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::set_permissions(place.0.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let authority = authority(&place.file("authority.pem"));
        authority_of_nobody(&place.file("other.pem"));
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let server = server.signed_by(&key, &authority).unwrap();
        std::fs::write(place.file("server.pem"), server.pem()).unwrap();
        std::fs::write(place.file("server.key"), key.serialize_pem()).unwrap();
        belongs_to_the_server(&place.file("server.key"));
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn server(&self) -> Server {
        let setting = |name, file| format!("{name}={}", self.file(file).display());
        let (certificate, key) =
            (setting("ssl_cert_file", "server.pem"), setting("ssl_key_file", "server.key"));
        Server::start(Durability::None, &["ssl=on", &certificate, &key])
    }
}

fn authority(file: &Path) -> Issuer<'static, KeyPair> {
    let key = KeyPair::generate().unwrap();
    let mut of = CertificateParams::new([]).unwrap();
    of.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    of.distinguished_name.push(DnType::CommonName, "an authority");
    std::fs::write(file, of.self_signed(&key).unwrap().pem()).unwrap();
    Issuer::new(of, key)
}

fn authority_of_nobody(file: &Path) {
    drop(authority(file));
}

/// PostgreSQL reads no key that others can read; its user is another one if this is root.
fn belongs_to_the_server(key: &Path) {
    std::fs::set_permissions(key, PermissionsExt::from_mode(0o600)).unwrap();
    let user = Command::new("id").args(["-u", "postgres"]).output().unwrap();
    let user: u32 = String::from_utf8(user.stdout).unwrap().trim().parse().unwrap_or_default();
    // Who is not root owns it already.
    let _ = chown(key, Some(user), None);
}

/// Whether a store with this URL speaks TLS; or why there is none.
async fn speaks_tls(
    server: &'static Server,
    url: &str,
    ca_file: Option<PathBuf>,
) -> Result<bool, PostgresError> {
    let options = PostgresOptions { ca_file, ..PostgresOptions::at(url) };
    let store = PostgresStore::open(&options, &key()).await?;
    assert_eq!(store.ready().await, Ok(()));
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let sql = format!(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '{name}'"
    );
    Ok(on_a_thread(move || server.psql("postgres", &sql)).await == "t\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_believed_as_far_as_the_mode_says() {
    let certificates = Certificates::new();
    let server: &'static Server = Box::leak(Box::new(certificates.server()));
    let by_address = on_a_thread(move || server.new_database()).await;
    let by_name = by_address.replace("127.0.0.1", "localhost");
    let (ours, other) = (Some(certificates.file("authority.pem")), Some(certificates.file("other.pem")));
    for (url, mode, ca_file, speaks) in [
        (&by_name, "disable", &None, Some(false)),
        (&by_name, "prefer", &None, Some(true)),
        (&by_name, "prefer", &other, Some(true)),
        (&by_name, "require", &None, Some(true)),
        (&by_name, "require", &ours, Some(true)),
        (&by_name, "require", &other, None),
        (&by_address, "verify-ca", &ours, Some(true)),
        (&by_address, "verify-ca", &other, None),
        (&by_name, "verify-ca", &None, None),
        (&by_name, "verify-full", &ours, Some(true)),
        (&by_address, "verify-full", &ours, None),
        (&by_name, "verify-full", &other, None),
        (&by_name, "verify-full", &None, None),
    ] {
        let answer = speaks_tls(server, &format!("{url}?sslmode={mode}"), ca_file.clone()).await;
        assert_eq!(answer.as_ref().ok().copied(), speaks, "{url} {mode} {ca_file:?}: {answer:?}");
        assert!(!format!("{answer:?}").contains("private:"), "{answer:?}");
    }
    let in_url =
        format!("{by_name}?sslmode=verify-full&sslrootcert={}", certificates.file("authority.pem").display());
    assert!(matches!(speaks_tls(server, &in_url, other).await, Ok(true)), "what the URL says goes first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_is_used_only_where_that_is_allowed() {
    let url = on_a_thread(|| Server::shared().new_database()).await;
    for (mode, speaks) in [("disable", Some(false)), ("prefer", Some(false)), ("require", None)] {
        let answer = speaks_tls(Server::shared(), &format!("{url}?sslmode={mode}"), None).await;
        assert_eq!(answer.as_ref().ok().copied(), speaks, "{mode}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    for (url, told) in [
        ("postgres://a:hunter2@b/c?sslmode=allow", "'allow'"),
        ("postgres://a:hunter2@b/c?sslmode=verify", "'verify'"),
        ("postgres://a:hunter2@b/c?hunter3=hunter2", "hunter3"),
        ("postgres://a:hunter2@b/", "no database"),
        ("postgres:///c", "no host"),
        ("mysql://a:hunter2@b/c", "none of PostgreSQL's"),
        ("host=b password=hunter2", "none of PostgreSQL's"),
    ] {
        let error = PostgresStore::open(&PostgresOptions::at(url), &key()).await.unwrap_err().to_string();
        assert!(error.contains(told) && !error.contains("hunter2"), "{url}: {error}");
    }
    let options = PostgresOptions {
        ca_file: Some("/nowhere/ca.pem".into()),
        ..PostgresOptions::at("postgres://a@b/c?sslmode=verify-full")
    };
    let error = PostgresStore::open(&options, &key()).await.unwrap_err().to_string();
    assert!(error.contains("/nowhere/ca.pem"), "{error}");
}
