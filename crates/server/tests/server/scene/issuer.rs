//! The issuer that all scenes trust. It vouches for whatever a test says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

struct Issuer {
    url: String,
    key: EncodingKey,
}

static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::start);

/// What it is called.
pub(super) fn url() -> &'static str {
    &ISSUER.url
}

/// A token of a user of this tenant, with these permissions.
pub(crate) fn token(tenant: &str, permissions: &str) -> String {
    let claims = json!({
        "iss": ISSUER.url,
        "aud": "https://graph.microsoft.com",
        "nbf": 0,
        "exp": 9_999_999_999_u64,
        "tid": tenant,
        "oid": "11111111-aaaa-4000-8000-000000000001",
        "scp": permissions,
    });
    let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, &claims, &ISSUER.key).unwrap()
}

impl Issuer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(pair.unwrap().as_ref());
        let mut public = json!(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap());
        public["kid"] = json!("k");
        let described = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
        let keys = json!({ "keys": [public] }).to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever asked may be gone.
                let _ = answer(&stream, &described, &keys);
            }
        });
        Self { url, key }
    }
}

fn answer(mut stream: &TcpStream, described: &str, keys: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let asked = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let body = if asked.starts_with("GET /keys ") { keys } else { described };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
