use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::error::ItemError;
use super::limits::MAX_URL;
use crate::path::segments;

/// Where a batch was sent to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'o> {
    /// Scheme and host as the client used them, such as `https://graph.example.com`.
    pub base: &'o str,
    /// The host that the batch itself asked for, which is another one where the base is what an
    /// operator or a proxy says.
    pub host: Option<&'o str>,
    /// The version in the batch's own path, such as `v1.0`.
    pub version: &'o str,
}

/// Path below the version, and query.
pub(super) type Resolved<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// Finds what a url of a batch means. It is relative to the version that the batch was sent to,
/// with or without a slash before it, with or without that version in it; or it is absolute, on the
/// host that the batch was sent to.
///
/// Another version than that is no prefix: `/beta/x` is below the version then, where there is no
/// such segment.
pub(super) fn resolve<'a>(url: Cow<'a, str>, origin: &Origin<'_>) -> Result<Resolved<'a>, ItemError> {
    if let Some(path) = plain(&url, origin) {
        return Ok((path, None));
    }
    check(&url)?;
    match url {
        Cow::Borrowed(url) => {
            let (path, query) = split(url, origin)?;
            Ok((below_root(legal(path)), query.map(legal)))
        }
        Cow::Owned(url) => {
            let (path, query) = split(&url, origin)?;
            let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
            Ok((own(below_root(legal(path))), query.map(|query| own(legal(query)))))
        }
    }
}

/// The path of a url that is nothing but names and keys below the version, as most are: nothing in
/// it means anything else, and nothing has to be encoded.
fn plain<'a>(url: &Cow<'a, str>, origin: &Origin<'_>) -> Option<Cow<'a, str>> {
    let Cow::Borrowed(url) = url else { return None };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_()'".contains(&b);
    let below = url.strip_prefix('/')?;
    let names = url.len() <= MAX_URL && !below.starts_with('/') && url.bytes().all(is_plain);
    (names && below_version(url, origin.version).is_none()).then_some(Cow::Borrowed(url))
}

fn check(url: &str) -> Result<(), ItemError> {
    if url.is_empty() {
        Err(ItemError::NoUrl)
    } else if url.len() > MAX_URL {
        Err(ItemError::LongUrl)
    } else if url.contains(char::is_control) {
        Err(ItemError::ControlCharacter)
    } else if url.contains('#') {
        Err(ItemError::Fragment)
    } else {
        Ok(())
    }
}

fn split<'u>(url: &'u str, origin: &Origin<'_>) -> Result<(&'u str, Option<&'u str>), ItemError> {
    let (before_query, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    let path = match authority(before_query)? {
        Some((port, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            check_host(authority, port, origin)?;
            below_version(path, origin.version).ok_or(ItemError::OtherVersion)?
        }
        None => below_version(before_query, origin.version).unwrap_or(before_query),
    };
    if is_batch(path) { Err(ItemError::Nested) } else { Ok((path, query)) }
}

/// What comes after the two slashes of an absolute url, and the port of its scheme; without a
/// scheme it is the batch's own.
fn authority(url: &str) -> Result<Option<(Option<u16>, &str)>, ItemError> {
    if let Some(rest) = url.strip_prefix("//") {
        return Ok(Some((None, rest)));
    }
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| !scheme.contains('/')) else {
        return Ok(None);
    };
    match default_port(scheme) {
        Some(port) => Ok(Some((Some(port), rest))),
        None => Err(ItemError::OtherHost),
    }
}

/// Whether that is a host the client used. Hosts are compared without regard to case, and a port
/// that the scheme implies may be written or not. The scheme itself does not count, because nothing
/// is sent anywhere: before a proxy that ends TLS it is another one than here.
fn check_host(authority: &str, port: Option<u16>, origin: &Origin<'_>) -> Result<(), ItemError> {
    if authority.contains('@') {
        return Err(ItemError::UserInfo);
    }
    let Some((own_scheme, own)) = origin.base.split_once("://") else { return Err(ItemError::OtherHost) };
    let own_port = default_port(own_scheme);
    let asked = host_and_port(authority, port.or(own_port));
    let same = |own: &str| {
        asked.zip(host_and_port(own, own_port)).is_some_and(|((asked, asked_port), (own, own_port))| {
            !asked.is_empty() && asked.eq_ignore_ascii_case(own) && asked_port == own_port
        })
    };
    if same(own) || origin.host.is_some_and(same) { Ok(()) } else { Err(ItemError::OtherHost) }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => Some(443),
        _ if scheme.eq_ignore_ascii_case("http") => Some(80),
        _ => None,
    }
}

/// Splits `host:port`, where the port implied is as good as none; nothing if the port is no number.
/// An IPv6 address has its colons in brackets.
fn host_and_port(authority: &str, implied: Option<u16>) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        None => Some((authority, None)),
        Some((host, "")) => Some((host, None)),
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            let port = port.parse().ok()?;
            Some((host, Some(port).filter(|port| Some(*port) != implied)))
        }
        Some(_) => None,
    }
}

/// The path behind the version, if it begins with that.
fn below_version<'p>(path: &'p str, version: &str) -> Option<&'p str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (first, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    first.eq_ignore_ascii_case(version).then_some(rest)
}

fn is_batch(path: &str) -> bool {
    segments(path).next().is_some_and(|first| first.is_ok_and(|segment| segment.is("$batch")))
}

fn below_root(path: Cow<'_, str>) -> Cow<'_, str> {
    if path.starts_with('/') { path } else { Cow::Owned(format!("/{path}")) }
}

/// The text with what a URI may not have in it percent-encoded: many write their filters here as
/// they are. What is encoded already stays as it is.
fn legal(text: &str) -> Cow<'_, str> {
    const ILLEGAL: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    utf8_percent_encode(text, ILLEGAL).into()
}
