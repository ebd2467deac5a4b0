//! Which servers are believed over TLS: rustls, with the modes that PostgreSQL's documentation has ("SSL Support", 34.19.1).

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::PostgresError;
use crate::postgres::client::address::{Address, Trust};

/// What connections to this place are made with.
pub(in crate::postgres) fn connector(place: &Address) -> Result<MakeRustlsConnect, PostgresError> {
    let failed = |why: String| PostgresError::Tls { place: place.name.clone(), why };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = match &place.trust {
        Trust::Anyone => Verifier { signed: None, by_name: false, provider: Arc::clone(&provider) },
        Trust::Signed { by, by_name } => {
            let roots = Arc::new(by.as_deref().map_or_else(of_system, of_file).map_err(failed)?);
            let signed = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
            let signed = signed.build().map_err(|error| failed(error.to_string()))?;
            Verifier { signed: Some(signed), by_name: *by_name, provider: Arc::clone(&provider) }
        }
    };
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(path: &Path) -> Result<RootCertStore, String> {
    let wrong =
        |why: String| format!("the CA file '{}' {why}; name a file of PEM certificates", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|error| wrong(format!("cannot be read: {error}")))?
    {
        let certificate = certificate.map_err(|error| wrong(format!("is damaged: {error}")))?;
        roots.add(certificate).map_err(|error| wrong(format!("is damaged: {error}")))?;
    }
    if roots.is_empty() { Err(wrong("has no certificate".into())) } else { Ok(roots) }
}

fn of_system() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err("this system has no certificates to believe the server's by; name a CA file".into());
    }
    Ok(roots)
}

/// Looks at as much of a server's certificate as the mode asks for.
#[derive(Debug)]
struct Verifier {
    /// Nothing, if whoever it is is believed.
    signed: Option<Arc<WebPkiServerVerifier>>,
    by_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(signed) = &self.signed else {
            return Ok(ServerCertVerified::assertion());
        };
        // The name is looked at last, so whoever fails only by that is signed.
        match signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.by_name => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
