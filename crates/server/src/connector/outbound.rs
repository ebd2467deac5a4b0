//! The one HTTP client for partners.

mod form;
mod partial_response;
mod response;
mod retry_after;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gangway_domain::Timestamp;
use gangway_engine::{Clock, Secret};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Version};
use reqwest::{Certificate, Client, RequestBuilder, redirect, retry};
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::guard::{Forbidden, Guard, GuardedResolver, Lookup};

use partial_response::{Head, PartialResponse};

pub(super) use form::Form;
pub(super) use response::{Cut, Expected, NoResponse, Response};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How a profile's partner is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) allow_private: bool,
    /// Certificates trusted beside the system's.
    pub(super) ca_pem: Option<String>,
    pub(super) timeout: Duration,
}

/// The one HTTP client for partners, set up for one profile. It follows no redirect, uses no proxy, keeps no cookie,
/// repeats nothing by itself, and reads and waits for no more than it may.
#[derive(Clone)]
pub(super) struct Outbound {
    client: Client,
    guard: Guard,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("guard", &self.guard).finish_non_exhaustive()
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Authorization<'a> {
    /// Nobody who says so in a header.
    Anybody,
    /// Whoever has this token (RFC 6750).
    Bearer(&'a Secret),
    /// The client of this id (RFC 6749, section 2.3.1).
    Client { id: &'a str, secret: &'a Secret },
}

impl Outbound {
    /// # Errors
    /// What is wrong with the certificates, if it is not the system that has none.
    pub(super) fn new(reach: &Reach, lookup: Lookup, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let guard = Guard { allow_private: reach.allow_private };
        let mut builder = Client::builder()
            // Shorter than the whole, so that it is known of what was not sent that it was not.
            .connect_timeout(CONNECT_TIMEOUT.min(reach.timeout * 3 / 4))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            // A connection that was kept may be gone when it is used again, and then nobody knows what was done.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(GuardedResolver { guard, lookup }))
            .user_agent(concat!("gangway/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &reach.ca_pem {
            builder = builder.tls_certs_merge(certificates(pem)?);
        }
        let client = builder.build().map_err(|error| deepest(&error))?;
        Ok(Self { client, guard, timeout: reach.timeout, clock })
    }

    /// Checks what can be checked of a URL before it is called.
    ///
    /// # Errors
    /// [`Forbidden`]
    pub(super) fn may_call(&self, url: &Url) -> Result<(), Forbidden> {
        self.guard.check_url(url)
    }

    /// The same in what is left of a call's time after so much of it.
    ///
    /// # Errors
    /// [`NoResponse::NotSent`] if nothing is left.
    pub(super) fn after(&self, spent: Duration) -> Result<Self, NoResponse> {
        match self.timeout.checked_sub(spent) {
            Some(left) if !left.is_zero() => Ok(Self { timeout: left, ..self.clone() }),
            Some(_) | None => Err(NoResponse::NotSent("nothing was left of the time for it".into())),
        }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// # Errors
    /// [`NoResponse`]
    pub(super) async fn get(&self, url: &Url, by: Authorization<'_>) -> Result<Response, NoResponse> {
        self.send(Method::GET, url, by, None, Expected::Word).await
    }

    /// One page of a list.
    ///
    /// # Errors
    /// [`NoResponse`]
    pub(super) async fn get_page(&self, url: &Url, by: Authorization<'_>) -> Result<Response, NoResponse> {
        self.send(Method::GET, url, by, None, Expected::Page).await
    }

    /// # Errors
    /// [`NoResponse`]
    pub(super) async fn post(
        &self,
        url: &Url,
        by: Authorization<'_>,
        form: Option<Form>,
        expected: Expected,
    ) -> Result<Response, NoResponse> {
        self.send(Method::POST, url, by, form, expected).await
    }

    async fn send(
        &self,
        verb: Method,
        url: &Url,
        by: Authorization<'_>,
        form: Option<Form>,
        expected: Expected,
    ) -> Result<Response, NoResponse> {
        // The resolver is not asked about hosts that are addresses.
        self.guard.check_url(url)?;
        let mut request = self.client.request(verb.clone(), url.clone()).header(ACCEPT, "application/json");
        if let Some(credential) = header(by)? {
            request = request.header(AUTHORIZATION, credential);
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(CONTENT_TYPE, kind).body(Bytes::from_owner(form.into_text()));
        } else if verb == Method::POST {
            // Some servers want a length even of nothing (RFC 9110, section 8.6).
            request = request.header(CONTENT_LENGTH, "0");
        }
        let mut arriving = PartialResponse::new(expected);
        let in_time = tokio::time::timeout(self.timeout, self.receive(request, &mut arriving)).await;
        let too_late =
            || NoResponse::Lost(format!("no answer within {} s", self.timeout.as_secs_f32().ceil()));
        arriving.into_response(in_time.unwrap_or_else(|_| Err(too_late())))
    }

    async fn receive(
        &self,
        request: RequestBuilder,
        arriving: &mut PartialResponse,
    ) -> Result<(), NoResponse> {
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| retry_after::parse(text, self.clock.now()));
        let says_its_end = says_its_end(response.version(), response.headers());
        arriving.begin(Head { status: response.status().as_u16(), retry_after, says_its_end });
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if !arriving.take(&chunk) {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a body ends where its partner says, and not just where the connection does (RFC 9112, section 6.3).
fn says_its_end(version: Version, headers: &HeaderMap) -> bool {
    // HTTP/2 marks the end of each body.
    if version > Version::HTTP_11 {
        return true;
    }
    match headers.get_all(TRANSFER_ENCODING).iter().next_back() {
        Some(encodings) => {
            let last = encodings.to_str().ok().and_then(|text| text.rsplit(',').next());
            last.is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
        }
        None => headers.contains_key(CONTENT_LENGTH),
    }
}

/// Certificates in PEM; at least one.
///
/// # Errors
/// What is wrong with them.
pub(super) fn certificates(pem: &str) -> Result<Vec<Certificate>, String> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err("has no certificate in PEM in it".into()),
    }
}

fn header(by: Authorization<'_>) -> Result<Option<HeaderValue>, NoResponse> {
    let text = match by {
        Authorization::Anybody => return Ok(None),
        Authorization::Bearer(token) => Zeroizing::new(format!("Bearer {}", token.expose())),
        Authorization::Client { id, secret } => {
            let mut pair: Zeroizing<String> = Zeroizing::new(byte_serialize(id.as_bytes()).collect());
            pair.push(':');
            pair.extend(byte_serialize(secret.expose().as_bytes()));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| NoResponse::NoHeader)?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Says what happened without the URL, in which there may be a secret, and without anything the partner wrote.
fn lost(error: &reqwest::Error) -> NoResponse {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return NoResponse::Forbidden(*forbidden);
        }
        cause = inner.source();
    }
    if error.is_connect() && error.is_timeout() {
        NoResponse::NotSent("could not connect in time".into())
    } else if error.is_connect() {
        NoResponse::NotSent(format!("could not connect: {}", deepest(error)))
    } else {
        NoResponse::Lost("the connection was lost before there was a whole answer".into())
    }
}

/// The cause of the causes.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests;
