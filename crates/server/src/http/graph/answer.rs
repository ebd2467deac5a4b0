//! The answers that are not errors.

mod show;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::allowed::Allowed;
use super::request::{Format, Metadata, Preferences};
use crate::http::error::ApiError;
use crate::metrics::Label;

pub(super) use show::{Entry, Noted, Part, Selection, Show, Shown, Text};

/// What came of a request; with it, what to count it as.
pub(in crate::http) type Answered = (Result<Response<Full<Bytes>>, ApiError>, Label);

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const ODATA_ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");

/// Where the type of something is described: the part of `@odata.context` behind `#`, without what is selected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described<'a> {
    /// The resource, like `deviceManagement/auditEvents`.
    pub(super) resource: &'a str,
    /// What stands behind it where one entity is described.
    pub(super) suffix: &'static str,
    /// Whether every item says its type.
    pub(super) typed: bool,
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Items<'a, T> {
    pub(super) value: &'a [T],
    /// How many there are in all, if it was asked.
    pub(super) count: Option<u64>,
    /// Where the list goes on, if it does.
    pub(super) next: Option<String>,
}

/// 200 with one entity.
pub(super) fn entity<T: Show + Keyed>(
    allowed: &Allowed<'_>,
    described: Described<'_>,
    item: &T,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let context = context_url(allowed, described.resource, described.suffix);
    let selection = Selection::new(allowed.options.query.select.as_ref());
    let address = address(allowed, described, item);
    let noted = Noted {
        context: Some(&context),
        address: address.as_ref().map(|(base, address)| (base.as_str(), address.as_str())),
        typed: described.typed,
    };
    json(allowed, &Shown { item, part: part(allowed, &selection), noted })
}

/// 200 with a page of a list.
pub(super) fn page<T: Show + Keyed>(
    allowed: &Allowed<'_>,
    described: Described<'_>,
    page: &Items<'_, T>,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let context = context_url(allowed, described.resource, "");
    let selection = Selection::new(allowed.options.query.select.as_ref());
    json(allowed, &ListJson { allowed, described, context: &context, selection: &selection, page })
}

/// 200 with a list of texts.
pub(super) fn texts(allowed: &Allowed<'_>, texts: &[&str]) -> Result<Response<Full<Bytes>>, ApiError> {
    let context = format!("{}/$metadata#Collection(Edm.String)", root(allowed));
    json(allowed, &TextsJson { metadata: allowed.options.format.metadata, context: &context, value: texts })
}

/// What is found under an address.
pub(super) trait Keyed {
    /// Its key, as it stands in addresses; `None` if there is only one.
    fn key(&self) -> Option<String>;
}

/// The address of the service in this version.
pub(super) fn root(allowed: &Allowed<'_>) -> String {
    format!("{}/{}", allowed.context.base, allowed.version.name())
}

fn context_url(allowed: &Allowed<'_>, resource: &str, suffix: &str) -> String {
    let mut context = String::with_capacity(160);
    for part in [&allowed.context.base, "/", allowed.version.name(), "/$metadata#", resource] {
        context.push_str(part);
    }
    if let Some(select) = &allowed.options.query.select {
        let names = select.paths.iter().map(|path| {
            let steps: Vec<_> = path.iter().map(|property| property.name).collect();
            steps.join("/")
        });
        context.push('(');
        context.push_str(&names.collect::<Vec<_>>().join(","));
        context.push(')');
    }
    context.push_str(suffix);
    context
}

fn part<'a>(allowed: &Allowed<'_>, selection: &'a Selection) -> Part<'a> {
    Part { selection, metadata: allowed.options.format.metadata }
}

/// Root and address of an entity, where they are shown.
fn address(allowed: &Allowed<'_>, described: Described<'_>, item: &impl Keyed) -> Option<(String, String)> {
    let wanted = allowed.options.format.metadata == Metadata::Full;
    let resource = described.resource;
    let address = || item.key().map_or_else(|| resource.to_owned(), |key| format!("{resource}('{key}')"));
    wanted.then(|| (root(allowed), address()))
}

struct ListJson<'a, T> {
    allowed: &'a Allowed<'a>,
    described: Described<'a>,
    context: &'a str,
    selection: &'a Selection,
    page: &'a Items<'a, T>,
}

impl<T: Show + Keyed> Serialize for ListJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = self.allowed.options.format;
        let mut map = serializer.serialize_map(None)?;
        if format.metadata != Metadata::None {
            map.serialize_entry("@odata.context", self.context)?;
        }
        match self.page.count {
            Some(count) if format.ieee754 => map.serialize_entry("@odata.count", &Text(count))?,
            Some(count) => map.serialize_entry("@odata.count", &count)?,
            None => {}
        }
        if let Some(next) = &self.page.next {
            map.serialize_entry("@odata.nextLink", next)?;
        }
        map.serialize_entry("value", &ItemsJson(self))?;
        map.end()
    }
}

struct ItemsJson<'a, T>(&'a ListJson<'a, T>);

impl<T: Show + Keyed> Serialize for ItemsJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = self.0;
        serializer.collect_seq(list.page.value.iter().map(|item| ItemJson { list, item }))
    }
}

struct ItemJson<'a, T> {
    list: &'a ListJson<'a, T>,
    item: &'a T,
}

impl<T: Show + Keyed> Serialize for ItemJson<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = self.list;
        let address = address(list.allowed, list.described, self.item);
        let noted = Noted {
            context: None,
            address: address.as_ref().map(|(base, address)| (base.as_str(), address.as_str())),
            typed: list.described.typed,
        };
        let part = part(list.allowed, list.selection);
        Shown { item: self.item, part, noted }.serialize(serializer)
    }
}

struct TextsJson<'a> {
    metadata: Metadata,
    context: &'a str,
    value: &'a [&'a str],
}

impl Serialize for TextsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.metadata != Metadata::None {
            map.serialize_entry("@odata.context", self.context)?;
        }
        map.serialize_entry("value", self.value)?;
        map.end()
    }
}

/// 200 with a bare number.
pub(super) fn number(number: u64) -> Response<Full<Bytes>> {
    with_headers(Full::new(number.to_string().into()), HeaderValue::from_static("text/plain"))
}

/// 204.
pub(super) fn nothing() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Makes an answer with a new entity one of 201, and says where the entity is; where it has no body, also what that is.
pub(super) fn created_at(address: &str, response: &mut Response<Full<Bytes>>) {
    let has_body = response.status() != StatusCode::NO_CONTENT;
    if has_body {
        *response.status_mut() = StatusCode::CREATED;
    }
    let Ok(location) = HeaderValue::try_from(address) else { return };
    if !has_body {
        response.headers_mut().insert(ODATA_ENTITY_ID, location.clone());
    }
    response.headers_mut().insert(LOCATION, location);
}

/// 204 in place of an entity, for who prefers that.
pub(super) fn minimal() -> Response<Full<Bytes>> {
    let mut response = nothing();
    Preferences::applied_minimal(response.headers_mut());
    response
}

fn json(allowed: &Allowed<'_>, body: &impl Serialize) -> Result<Response<Full<Bytes>>, ApiError> {
    // What most entities fit in, so that it is not moved while it grows.
    let mut bytes = Vec::with_capacity(1024);
    serde_json::to_writer(&mut bytes, body).map_err(|error| ApiError::Defect(error.to_string()))?;
    Ok(with_headers(Full::new(bytes.into()), allowed.options.format.content_type()))
}

/// 200 with JSON that is written already.
pub(super) fn json_bytes(json: Vec<u8>) -> Response<Full<Bytes>> {
    with_headers(Full::new(json.into()), Format::default().content_type())
}

/// An answer with a body.
pub(super) fn with_headers(body: Full<Bytes>, content_type: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
