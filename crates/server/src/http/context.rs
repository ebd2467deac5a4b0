//! What is known of a request before anything in it is believed, and the address that clients use.

mod forwarded;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use gangway_domain::Timestamp;
use gangway_engine::Random;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

pub(crate) use forwarded::TrustedProxies;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
pub(crate) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
pub(crate) const DIAGNOSTIC: HeaderName = HeaderName::from_static("x-ms-ags-diagnostic");
pub(crate) const DIAGNOSTIC_VALUE: HeaderValue = HeaderValue::from_static(
    r#"{"ServerInfo":{"DataCenter":"Gangway","Slice":"E","Ring":"1","ScaleUnit":"001","RoleInstance":"gangway"}}"#,
);

/// What is known of a request before anything in it is believed.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The server's name for it.
    pub(crate) request_id: String,
    /// The client's name for it, as the client wrote it; the server's if it gave none.
    pub(crate) client_request_id: String,
    /// [`Self::client_request_id`] as a number.
    pub(crate) correlation: Uuid,
    /// When it came.
    pub(crate) at: Timestamp,
    /// Scheme and host the client used.
    pub(crate) base: Arc<str>,
}

/// Where clients reach this server, as far as that is known.
#[derive(Debug, Clone)]
pub(crate) struct PublicAddress {
    configured: Option<Arc<str>>,
    bound: Arc<str>,
    proxies: TrustedProxies,
}

impl PublicAddress {
    /// `configured` is `public_url`, with or without a slash at its end.
    pub(crate) fn new(configured: Option<&str>, bound: SocketAddr, proxies: TrustedProxies) -> Self {
        let configured = configured.map(|url| url.trim_end_matches('/').into());
        Self { configured, bound: format!("http://{bound}").into(), proxies }
    }

    /// The address to put into answers: what the operator says, else what a trusted proxy says, else the host
    /// the client asked for, else where the listener is. `peer` is who sent the headers, if anybody.
    pub(crate) fn seen_by(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Arc<str> {
        if let Some(url) = &self.configured {
            return Arc::clone(url);
        }
        let said = peer.map(|peer| self.proxies.said(peer, headers)).unwrap_or_default();
        let forwarded = said.host.as_deref().filter(|host| is_host(host));
        let asked = || headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
        let bound = self.bound.strip_prefix("http://").unwrap_or_default();
        match (said.scheme.unwrap_or("http"), forwarded.or_else(asked).unwrap_or(bound)) {
            ("http", host) if host == bound => Arc::clone(&self.bound),
            (scheme, host) => format!("{scheme}://{host}").into(),
        }
    }
}

/// Whether the text can stand where a host stands; anything else would be put into answers unread.
fn is_host(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed)
}

impl Context {
    /// Reads the client's id and gives the request one of ours.
    pub(crate) fn new(headers: &HeaderMap, random: &dyn Random, at: Timestamp, base: Arc<str>) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        let own = Builder::from_random_bytes(bytes).into_uuid();
        let request_id = own.as_hyphenated().to_string();
        let theirs = headers.get(CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok());
        let guid = theirs.filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok());
        match (theirs, guid) {
            (Some(text), Some(correlation)) => {
                Self { request_id, client_request_id: text.to_owned(), correlation, at, base }
            }
            _ => Self { client_request_id: request_id.clone(), request_id, correlation: own, at, base },
        }
    }

    /// Puts the ids on an answer.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        for (name, value) in [(REQUEST_ID, &self.request_id), (CLIENT_REQUEST_ID, &self.client_request_id)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        headers.insert(DIAGNOSTIC, DIAGNOSTIC_VALUE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemRandom;

    fn context(client_request_id: Option<&str>) -> Context {
        let mut headers = HeaderMap::new();
        if let Some(id) = client_request_id {
            headers.insert(CLIENT_REQUEST_ID, HeaderValue::from_str(id).unwrap());
        }
        Context::new(&headers, &SystemRandom, Timestamp::NEVER, "http://h".into())
    }

    #[test]
    fn the_clients_id_is_echoed_as_it_was_written() {
        let id = "3E43F1C7-0000-4000-8000-00000000000a";
        assert_eq!(context(Some(id)).client_request_id, id);
    }

    #[test]
    fn without_a_guid_from_the_client_both_ids_are_the_same() {
        for id in [None, Some(""), Some("x"), Some("{3e43f1c7-0000-4000-8000-00000000000a}")] {
            let context = context(id);
            assert_eq!(context.client_request_id, context.request_id);
            assert_eq!(context.correlation.to_string(), context.request_id);
        }
    }

    #[test]
    fn a_host_is_put_into_answers_only_if_it_can_be_one() {
        let address = PublicAddress::new(None, "127.0.0.1:8080".parse().unwrap(), TrustedProxies::default());
        let seen = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            address.seen_by(None, &headers).to_string()
        };
        assert_eq!(seen("graph.example:8443"), "http://graph.example:8443");
        assert_eq!(seen("[::1]:80"), "http://[::1]:80");
        assert_eq!(seen("a/b"), "http://127.0.0.1:8080");
        assert_eq!(seen("a\"><x"), "http://127.0.0.1:8080");
        let bound = "127.0.0.1:1".parse().unwrap();
        let configured = PublicAddress::new(Some("https://g.example/"), bound, TrustedProxies::default());
        assert_eq!(&*configured.seen_by(None, &HeaderMap::new()), "https://g.example");
    }

    #[test]
    fn a_trusted_proxy_says_what_address_clients_use_but_the_operator_knows_better() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let seen = |configured, peer, lines: &[(&'static str, &'static str)]| {
            let proxies = serde_json::from_value(serde_json::json!(["10.0.0.1"])).unwrap();
            let address = PublicAddress::new(configured, "127.0.0.1:80".parse().unwrap(), proxies);
            let headers = lines
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            address.seen_by(peer, &headers.collect()).to_string()
        };
        let lines = [("host", "inside:8080"), ("forwarded", "proto=https;host=g.example")];
        assert_eq!(seen(None, Some(proxy), &lines), "https://g.example");
        assert_eq!(seen(None, Some("10.0.0.2".parse().unwrap()), &lines), "http://inside:8080");
        assert_eq!(seen(None, None, &lines), "http://inside:8080");
        assert_eq!(seen(Some("https://o.example"), Some(proxy), &lines), "https://o.example");
        let scheme = [("host", "g.example"), ("x-forwarded-proto", "https")];
        assert_eq!(seen(None, Some(proxy), &scheme), "https://g.example");
        assert_eq!(seen(None, Some(proxy), &scheme[1..]), "https://127.0.0.1:80");
        let garbage = [("host", "g.example"), ("x-forwarded-host", "a/b\"><x")];
        assert_eq!(seen(None, Some(proxy), &garbage), "http://g.example");
    }
}
