use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use gangway_domain::{Partner, PartnerId, Timestamp};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::{Serialize, Serializer};

use super::Allowed;
use super::target::{PARTNERS, Version};
use crate::http::error::ApiError;
use crate::http::onboarding;

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const JSON: HeaderValue = HeaderValue::from_static(
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
);
/// The type's name as it is written in `@odata.type`.
const TYPE: &str = "#microsoft.graph.remoteAssistancePartner";

/// A partner as Graph writes it.
#[derive(Serialize)]
struct PartnerJson<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    id: Text<PartnerId>,
    #[serde(rename = "displayName")]
    display_name: &'a str,
    #[serde(rename = "onboardingUrl")]
    onboarding_url: Option<Cow<'a, str>>,
    #[serde(rename = "onboardingStatus")]
    onboarding_status: &'static str,
    #[serde(rename = "lastConnectionDateTime")]
    last_connection: Text<Timestamp>,
    #[serde(rename = "onboardingRequestExpiryDateTime", skip_serializing_if = "Option::is_none")]
    attempt_expires: Option<Text<Timestamp>>,
}

#[derive(Serialize)]
struct ListJson<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<PartnerJson<'a>>,
}

/// Anything that writes itself as text, as a JSON string.
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> PartnerJson<'a> {
    fn new(allowed: &Allowed<'_>, partner: &'a Partner, context: Option<String>) -> Self {
        let onboarding_url = match partner.attempt() {
            Some(attempt) => Some(onboarding::url(&allowed.context.base, partner, attempt.id).into()),
            None => partner.onboarding_url.as_deref().map(Into::into),
        };
        let attempt_expires = match allowed.version {
            Version::V1 => None,
            Version::Beta => Some(Text(partner.attempt_expires())),
        };
        Self {
            context,
            odata_type: TYPE,
            id: Text(partner.id),
            display_name: &partner.display_name,
            onboarding_url,
            onboarding_status: partner.status.onboarding_status().as_str(),
            last_connection: Text(partner.last_connection),
            attempt_expires,
        }
    }
}

fn context_url(allowed: &Allowed<'_>, suffix: &str) -> String {
    let (base, version) = (&allowed.context.base, allowed.version.name());
    format!("{base}/{version}/$metadata#deviceManagement/{PARTNERS}{suffix}")
}

/// 200 with one partner.
pub(super) fn partner(allowed: &Allowed<'_>, partner: &Partner) -> Result<Response<Full<Bytes>>, ApiError> {
    let context = context_url(allowed, "/$entity");
    json(&PartnerJson::new(allowed, partner, Some(context)))
}

/// 200 with all partners.
pub(super) fn partners(
    allowed: &Allowed<'_>,
    partners: &[Partner],
) -> Result<Response<Full<Bytes>>, ApiError> {
    let value = partners.iter().map(|partner| PartnerJson::new(allowed, partner, None)).collect();
    json(&ListJson { context: context_url(allowed, ""), value })
}

/// Where a partner is to be found.
pub(super) fn location(allowed: &Allowed<'_>, partner: &Partner) -> String {
    let (base, version) = (&allowed.context.base, allowed.version.name());
    format!("{base}/{version}/deviceManagement/{PARTNERS}/{}", partner.id)
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

fn json(body: &impl Serialize) -> Result<Response<Full<Bytes>>, ApiError> {
    let bytes = serde_json::to_vec(body).map_err(|error| ApiError::Defect(error.to_string()))?;
    Ok(with_headers(Full::new(bytes.into()), JSON))
}

fn with_headers(body: Full<Bytes>, content_type: HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
