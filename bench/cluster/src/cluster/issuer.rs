//! The issuer that all nodes trust. It answers on every host's own loopback, where plain HTTP is
//! believed, and where it is never cut off.

use std::fs::File;
use std::os::fd::AsFd as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustix::thread::LinkNameSpaceType;
use serde_json::json;

use crate::Fallible;
use crate::cluster::host::Host;
use crate::tools::http;

const ADDRESS: &str = "127.0.0.1:9001";

/// What callers may do: everything with partners, and ask whether connections are good.
const PERMISSIONS: &str = "DeviceManagementServiceConfig.ReadWrite.All Gangway.Releases.ReadWrite.All";

pub(crate) struct Issuer {
    key: EncodingKey,
}

impl Issuer {
    /// What it is called.
    pub(crate) fn url() -> String {
        format!("http://{ADDRESS}")
    }

    /// Starts it on these hosts.
    pub(crate) fn start(hosts: &[Host]) -> Fallible<Self> {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(pair.map_err(|_| "no key could be made")?.as_ref());
        let mut public = json!(Jwk::from_encoding_key(&key, Algorithm::ES256)?);
        public["kid"] = json!("k");
        let url = Self::url();
        let described = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") });
        let keys = json!({ "keys": [public] });
        for host in hosts {
            let (keys, described) = (keys.clone(), described.clone());
            within(host, move || {
                http::serve(ADDRESS, move |request| {
                    (200, if request.path == "/keys" { keys.clone() } else { described.clone() })
                })
            })?;
        }
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

/// Does something in a thread that is in the network of this host, as are the threads that it
/// starts.
fn within(host: &Host, work: impl FnOnce() -> Fallible<()> + Send) -> Fallible<()> {
    let network = File::open(format!("/run/netns/{}", host.name()))?;
    let moved = || {
        rustix::thread::move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?;
        work()
    };
    std::thread::scope(|scope| scope.spawn(moved).join()).map_err(|_| "the issuer did not start")?
}
