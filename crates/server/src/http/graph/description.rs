//! What there is, for everybody who asks: the service document, the model (CSDL), and OpenAPI.
//!
//! Model and OpenAPI are files, which a test of `gangway_graph` writes.
//!
//! Source: OData JSON Format Version 4.01, section 5; OData Version 4.01, Part 1: Protocol, section 11.1.

use bytes::Bytes;
use gangway_graph::descriptions::Descriptions;
use gangway_graph::names::{DEVICE_MANAGEMENT, NAMESPACE};
use gangway_graph::{Resource, Version};
use gangway_odata::{Applies, Query, Rules, query_options};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};
use http_body_util::Full;
use serde::Serialize;

use super::answer;
use super::request::{Format, GraphRequest, Metadata};
use crate::http::context::Context;
use crate::http::error::ApiError;

/// What a version has at its top.
#[derive(Serialize)]
struct ServiceJson {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    value: [ResourceJson; 1],
}

#[derive(Serialize)]
struct ResourceJson {
    name: &'static str,
    kind: &'static str,
    url: &'static str,
}

/// `GET /{version}/` → 200 with what the version has at its top.
///
/// # Errors
/// If there is another option than `$format`, or one that asks for something else than JSON.
pub(super) fn service_document(
    context: &Context,
    request: GraphRequest<'_>,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let format = Format::asked(format_option(request)?.as_deref(), request.headers)?;
    let address = format!("{}/{}/$metadata", context.base, request.target.version.name());
    let document = ServiceJson {
        context: (format.metadata != Metadata::None).then_some(address),
        value: [ResourceJson { name: DEVICE_MANAGEMENT, kind: "Singleton", url: DEVICE_MANAGEMENT }],
    };
    let json = serde_json::to_vec(&document).map_err(|error| ApiError::Defect(error.to_string()))?;
    Ok(answer::with_headers(Full::new(json.into()), format.content_type()))
}

/// What `$format` says; there is no other option here.
fn format_option(request: GraphRequest<'_>) -> Result<Option<String>, ApiError> {
    let version = request.target.version;
    let rules =
        Rules { namespace: NAMESPACE, bare_names: version == Version::Beta, applies: Applies::Metadata };
    Ok(Query::parse(
        query_options(request.query),
        Resource::DeviceManagement.structured_type(version),
        rules,
    )?
    .format)
}

/// `GET /{version}/$metadata` → 200 with the model of the version: as XML, or as JSON for who asks for that.
///
/// # Errors
/// If `$format` asks for something else, or there is another option.
pub(super) fn metadata(request: GraphRequest<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let files = Descriptions::of_version(request.target.version);
    let (file, content_type) = match wanted(format_option(request)?.as_deref(), request.headers)? {
        Csdl::Xml => (files.csdl_xml, "application/xml"),
        Csdl::Json => (files.csdl_json, "application/json"),
    };
    let body = Full::new(Bytes::from_static(file));
    Ok(answer::with_headers(body, HeaderValue::from_static(content_type)))
}

/// `GET /openapi.json` and `/openapi-beta.json` → 200 with the description of a version, if one of these is asked for.
pub(in crate::http) fn openapi(parts: &Parts) -> Option<Response<Full<Bytes>>> {
    if parts.method != Method::GET {
        return None;
    }
    let version = match parts.uri.path() {
        "/openapi.json" => Version::V1,
        "/openapi-beta.json" => Version::Beta,
        _ => return None,
    };
    let openapi = Descriptions::of_version(version).openapi;
    let mut response = Response::new(Full::new(Bytes::from_static(openapi)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(response)
}

/// How a model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Csdl {
    Xml,
    Json,
}

/// What `$format` says; else the first in the `Accept` header that can be written; else XML, as OData has it.
fn wanted(option: Option<&str>, headers: &HeaderMap) -> Result<Csdl, ApiError> {
    if let Some(option) = option {
        return named(option).ok_or_else(|| ApiError::Format(gangway_odata::payload::shortened(option)));
    }
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    Ok(accepted.flat_map(|value| value.split(',')).find_map(named).unwrap_or(Csdl::Xml))
}

fn named(media_type: &str) -> Option<Csdl> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    match () {
        () if is("application/xml") || is("text/xml") || is("xml") => Some(Csdl::Xml),
        () if is("application/json") || is("json") => Some(Csdl::Json),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &'static str) -> Csdl {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        wanted(None, &headers).unwrap()
    }

    #[test]
    fn the_model_is_xml_unless_json_is_asked_for() {
        for accept in
            ["*/*", "text/html,application/xml;q=0.9,*/*;q=0.8", "application/xml, application/json", "x"]
        {
            assert_eq!(accepted(accept), Csdl::Xml, "{accept}");
        }
        for accept in ["application/json", "text/html, APPLICATION/JSON;odata.metadata=full, application/xml"]
        {
            assert_eq!(accepted(accept), Csdl::Json, "{accept}");
        }
    }

    #[test]
    fn the_option_goes_before_the_header_and_must_be_one_of_both() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        assert_eq!(wanted(Some("xml"), &headers).unwrap(), Csdl::Xml);
        assert_eq!(wanted(Some("application/json"), &HeaderMap::new()).unwrap(), Csdl::Json);
        assert!(matches!(wanted(Some("yaml"), &headers), Err(ApiError::Format(format)) if format == "yaml"));
    }
}
