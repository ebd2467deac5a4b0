//! The issuer that all nodes trust. It stands outside the cluster, where it is never cut off.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use crate::network::OUTSIDE;
use crate::{Fallible, http};

/// What callers may do: everything with partners, and ask whether connections are good.
const PERMISSIONS: &str = "DeviceManagementServiceConfig.ReadWrite.All Gangway.Releases.ReadWrite.All";

pub(crate) struct Issuer {
    key: EncodingKey,
}

impl Issuer {
    /// What it is called.
    pub(crate) fn url() -> String {
        format!("http://{OUTSIDE}:9001")
    }

    pub(crate) fn start() -> Fallible<Self> {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(pair.map_err(|_| "no key could be made")?.as_ref());
        let mut public = json!(Jwk::from_encoding_key(&key, Algorithm::ES256)?);
        public["kid"] = json!("k");
        let url = Self::url();
        let described = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") });
        let keys = json!({ "keys": [public] });
        http::serve(&format!("{OUTSIDE}:9001"), move |request| {
            (200, if request.path == "/keys" { keys.clone() } else { described.clone() })
        })?;
        Ok(Self { key })
    }

    /// A token of a user of this tenant.
    pub(crate) fn token(&self, tenant: &str) -> Fallible<String> {
        let claims = json!({
            "iss": Self::url(),
            "aud": "https://graph.microsoft.com",
            "nbf": 0,
            "exp": 9_999_999_999_u64,
            "tid": tenant,
            "oid": "11111111-aaaa-4000-8000-000000000001",
            "scp": PERMISSIONS,
        });
        let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::ES256) };
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }
}
