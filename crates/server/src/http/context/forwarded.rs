//! What proxies say of the address that clients use: `Forwarded` (RFC 7239), and `X-Forwarded-Proto` and
//! `X-Forwarded-Host`, which are older and more common.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error as _};

const FORWARDED: HeaderName = http::header::FORWARDED;
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

/// What a proxy says; each part may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ForwardedElement<'h> {
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<Cow<'h, str>>,
}

/// More proxies than anybody lists one by one.
const MAX_PROXIES: usize = 64;

impl<'de> Deserialize<'de> for TrustedProxies {
    /// A list of addresses and networks. Blank ones count for nothing: a variable of the environment may be empty.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        if texts.len() > MAX_PROXIES {
            return Err(D::Error::custom(format!("{} proxies, but {MAX_PROXIES} at most", texts.len())));
        }
        let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        let network = |text: &str| {
            let single = text.parse::<IpAddr>().ok().map(IpNet::from);
            single.or_else(|| text.parse().ok()).ok_or_else(|| {
                D::Error::custom(format!("{text:?} is no address and no network like 10.0.0.0/8"))
            })
        };
        texts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// What the proxy at this address says, if it is one of ours. Where `Forwarded` and the older headers are both there, they
    /// have to say the same: else one of them came from the client, and there is no telling which.
    pub(super) fn said<'h>(&self, peer: IpAddr, headers: &'h HeaderMap) -> ForwardedElement<'h> {
        if !self.trust(peer) {
            return ForwardedElement::default();
        }
        match (standard(headers), older(headers)) {
            (Some(said), None) | (None, Some(said)) => said,
            (Some(said), Some(other)) if said == other => said,
            _ => ForwardedElement::default(),
        }
    }

    /// Whether that is one of them. An IPv4 client of an IPv6 listener counts as what it is.
    fn trust(&self, peer: IpAddr) -> bool {
        !self.0.is_empty() && {
            let peer = peer.to_canonical();
            self.0.iter().any(|network| network.contains(&peer))
        }
    }
}

/// The last element of `Forwarded`: each proxy adds one at the end, so that is the one our own proxy wrote. Of one that cannot be
/// read nothing is known.
fn standard(headers: &HeaderMap) -> Option<ForwardedElement<'_>> {
    let last = headers.get_all(FORWARDED).iter().next_back()?;
    Some(last.to_str().ok().and_then(last_element).unwrap_or_default())
}

fn last_element(header: &str) -> Option<ForwardedElement<'_>> {
    let mut said = ForwardedElement::default();
    let mut rest = header;
    loop {
        let (pair, separator, after) = next_pair(rest)?;
        if let Some((name, value)) = pair {
            said.take(name, value);
        }
        match separator {
            Some(b',') => said = ForwardedElement::default(),
            Some(_) => {}
            None => return Some(said),
        }
        rest = after;
    }
}

/// A name and its value.
type Pair<'h> = (&'h str, Cow<'h, str>);

/// The next `name=value` (of which there may be none), what separates it from the next, and what comes after that; `None` if
/// that is nothing of the kind.
fn next_pair(text: &str) -> Option<(Option<Pair<'_>>, Option<u8>, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let name_ends = text.find(|c: char| "=;, \t\"".contains(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_ends);
    let (pair, rest) = match rest.strip_prefix('=') {
        Some(value) if !name.is_empty() => {
            let (value, rest) = value_of(value)?;
            (Some((name, value)), rest)
        }
        None if name.is_empty() => (None, rest),
        Some(_) | None => return None,
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    match rest.as_bytes().first() {
        None => Some((pair, None, "")),
        Some(separator @ (b';' | b',')) => Some((pair, Some(*separator), &rest[1..])),
        Some(_) => None,
    }
}

/// A token or a quoted string, and what comes after it.
fn value_of(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let ends = text.find(|c: char| ";, \t\"".contains(c)).unwrap_or(text.len());
        return Some((Cow::Borrowed(&text[..ends]), &text[ends..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(value), &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

impl<'h> ForwardedElement<'h> {
    fn take(&mut self, name: &str, value: Cow<'h, str>) {
        if name.eq_ignore_ascii_case("proto") {
            self.scheme = scheme(&value);
        } else if name.eq_ignore_ascii_case("host") {
            self.host = Some(value);
        }
    }
}

/// The last words of `X-Forwarded-Proto` and `X-Forwarded-Host`.
fn older(headers: &HeaderMap) -> Option<ForwardedElement<'_>> {
    let (proto, host) = (last_word(headers, &PROTO), last_word(headers, &HOST));
    (proto.is_some() || host.is_some())
        .then(|| ForwardedElement { scheme: proto.and_then(scheme), host: host.map(Cow::Borrowed) })
}

fn last_word<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let last = headers.get_all(name).iter().next_back()?;
    Some(last.to_str().unwrap_or_default().rsplit(',').next().unwrap_or_default().trim())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests;
