use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why a certificate must not be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is for another host.
    WrongName,
    /// Its time is over.
    Expired,
    /// Nobody but itself says that it is good.
    SelfSigned,
}

impl Flaw {
    pub(crate) const ALL: [Self; 3] = [Self::WrongName, Self::Expired, Self::SelfSigned];
}

/// A certificate authority of the test's own.
pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    files: TempDir,
}

struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let files = tempfile::tempdir().unwrap();
        std::fs::write(files.path().join("authority.pem"), pem("CERTIFICATE", &certificate)).unwrap();
        Self { certificate, issuer: Issuer::new(params, key), files }
    }

    /// A file with its certificate, for those who are to trust it.
    pub(crate) fn file(&self) -> PathBuf {
        self.files.path().join("authority.pem")
    }

    /// Its certificate, for a client that is to trust it.
    pub(crate) fn trusted(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_der(&self.certificate).unwrap()
    }

    /// Files with a good certificate for 127.0.0.1 and its key.
    pub(super) fn identity_files(&self) -> (PathBuf, PathBuf) {
        let identity = self.identity(None);
        let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| self.files.path().join(name));
        std::fs::write(&certificate, pem("CERTIFICATE", &identity.certificate)).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &identity.key)).unwrap();
        (certificate, key)
    }

    /// What speaks TLS for 127.0.0.1, with or without something wrong.
    pub(super) fn acceptor(&self, flaw: Option<Flaw>) -> TlsAcceptor {
        let identity = self.identity(flaw);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(config.with_single_cert(vec![identity.certificate], key).unwrap()).into()
    }

    fn identity(&self, flaw: Option<Flaw>) -> Identity {
        let key = KeyPair::generate().unwrap();
        let names: &[&str] =
            if flaw == Some(Flaw::WrongName) { &["partner.example"] } else { &["127.0.0.1", "localhost"] };
        let names: Vec<String> = names.iter().copied().map(Into::into).collect();
        let mut params = CertificateParams::new(names).unwrap();
        if flaw == Some(Flaw::Expired) {
            (params.not_before, params.not_after) = (date_time_ymd(1999, 1, 1), date_time_ymd(2000, 1, 1));
        }
        let signed = if flaw == Some(Flaw::SelfSigned) {
            params.self_signed(&key)
        } else {
            params.signed_by(&key, &self.issuer)
        };
        Identity { certificate: signed.unwrap().der().clone(), key: key.serialize_der() }
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}
