//! What there is, for everybody who asks: the service document.
//!
//! Source: OData JSON Format Version 4.01, section 5.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use serde_json::json;

use super::Asked;
use super::format::Format;
use super::reply;
use super::routes::{DEVICE_MANAGEMENT, Version};
use crate::http::context::Context;

/// `GET /{version}/` → 200 with what the version has at its top.
pub(super) fn service_document(context: &Context, asked: Asked<'_>) -> Response<Full<Bytes>> {
    let version: Version = asked.target.version;
    let document = json!({
        "@odata.context": format!("{}/{}/$metadata", context.base, version.name()),
        "value": [{ "name": DEVICE_MANAGEMENT, "kind": "Singleton", "url": DEVICE_MANAGEMENT }],
    });
    let body = Full::new(document.to_string().into());
    reply::with_headers(body, Format::default().content_type())
}
