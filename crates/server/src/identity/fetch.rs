use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, redirect};
use serde::Deserialize;
use url::Url;

use super::dev_issuer::{DevIssuer, DevIssuerError};
use super::issuer_name::is_loopback;
use super::keys::{BadKeySet, KeySet};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For all that one fetch needs, the discovery document and the keys.
const TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST_BODY: usize = 1024 * 1024;

/// Where an issuer's keys come from.
#[derive(Debug)]
pub(super) enum KeySource {
    /// OIDC discovery, then the key set it names.
    DiscoveryDocument { client: Client, document: Url, issuer: String },
    /// The dev issuer's file, which another process may have made anew.
    DevIssuer(PathBuf),
}

/// Why an issuer's keys could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    #[error("could not be reached")]
    Http(#[source] reqwest::Error),
    #[error("{url} answered {status}")]
    Status { url: Url, status: u16 },
    #[error("{0} answered with more than {LARGEST_BODY} bytes")]
    TooLarge(Url),
    #[error("{0} is not an OIDC discovery document")]
    NotADocument(Url),
    #[error("the discovery document is of another issuer, '{0}'")]
    OtherIssuer(String),
    #[error("the discovery document has its keys at {0}, which is not safe to fetch from")]
    UnsafeKeysUrl(Url),
    #[error(transparent)]
    Keys(#[from] BadKeySet),
    #[error(transparent)]
    DevIssuer(#[from] DevIssuerError),
    #[error("reading the dev issuer's file was broken off")]
    BrokenOff,
}

#[derive(Deserialize)]
struct DiscoveryDocument {
    issuer: String,
    jwks_uri: String,
}

impl KeySource {
    pub(super) fn discovery(issuer: &str, document: Url) -> reqwest::Result<Self> {
        // A redirect could lead anywhere, past every check the settings had to pass.
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("gangway/", env!("CARGO_PKG_VERSION")));
        // What is on this machine is not reached through a proxy.
        let builder = if is_loopback(&document) { builder.no_proxy() } else { builder };
        Ok(Self::DiscoveryDocument { client: builder.build()?, document, issuer: issuer.to_owned() })
    }

    pub(super) async fn keys(&self) -> Result<KeySet, FetchError> {
        match self {
            Self::DiscoveryDocument { client, document, issuer } => {
                let keys = discovered_keys(client, document, issuer);
                tokio::time::timeout(TIMEOUT, keys).await.unwrap_or(Err(FetchError::TimedOut))
            }
            Self::DevIssuer(data_dir) => {
                let data_dir = data_dir.clone();
                let read = tokio::task::spawn_blocking(move || DevIssuer::read_keys(&data_dir));
                Ok(read.await.map_err(|_| FetchError::BrokenOff)??)
            }
        }
    }
}

async fn discovered_keys(client: &Client, document: &Url, issuer: &str) -> Result<KeySet, FetchError> {
    let json = body(client, document).await?;
    let not_a_document = || FetchError::NotADocument(document.clone());
    let found: DiscoveryDocument = serde_json::from_slice(&json).map_err(|_| not_a_document())?;
    if found.issuer != issuer {
        return Err(FetchError::OtherIssuer(found.issuer.chars().take(256).collect()));
    }
    let keys = Url::parse(&found.jwks_uri).map_err(|_| not_a_document())?;
    let local = document.scheme() == "http" && keys.scheme() == "http" && is_loopback(&keys);
    if keys.scheme() != "https" && !local {
        return Err(FetchError::UnsafeKeysUrl(keys));
    }
    Ok(KeySet::from_json(&body(client, &keys).await?)?)
}

async fn body(client: &Client, url: &Url) -> Result<Vec<u8>, FetchError> {
    let mut response = client.get(url.clone()).send().await.map_err(FetchError::Http)?;
    let status = response.status();
    if status != reqwest::StatusCode::OK {
        return Err(FetchError::Status { url: url.clone(), status: status.as_u16() });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(FetchError::Http)? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(FetchError::TooLarge(url.clone()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
