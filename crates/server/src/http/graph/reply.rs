use bytes::Bytes;
use gangway_domain::{OnboardingStatus, Partner, PartnerId, Timestamp};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::Allowed;
use super::target::{PARTNERS, Version};
use crate::http::error::ApiError;
use crate::http::onboarding;

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const JSON: HeaderValue = HeaderValue::from_static(
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
);
/// The type's name as it is written in `@odata.type`.
pub(super) const TYPE: &str = "#microsoft.graph.remoteAssistancePartner";

/// A partner as Graph writes it.
#[derive(Serialize)]
struct PartnerJson<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    #[serde(serialize_with = "as_id")]
    id: PartnerId,
    #[serde(rename = "displayName")]
    display_name: &'a str,
    #[serde(rename = "onboardingUrl")]
    onboarding_url: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename = "onboardingStatus", serialize_with = "as_name")]
    onboarding_status: OnboardingStatus,
    #[serde(rename = "lastConnectionDateTime", serialize_with = "as_text")]
    last_connection: Timestamp,
    #[serde(
        rename = "onboardingRequestExpiryDateTime",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_some_text"
    )]
    attempt_expires: Option<Timestamp>,
}

#[derive(Serialize)]
struct ListJson<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<PartnerJson<'a>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn as_name<S: Serializer>(status: &OnboardingStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.as_str())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn as_id<S: Serializer>(id: &PartnerId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.0.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if *time == Timestamp::NEVER {
        return serializer.serialize_str("0001-01-01T00:00:00Z");
    }
    serializer.collect_str(time)
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference")]
fn as_some_text<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    as_text(&time.unwrap_or(Timestamp::NEVER), serializer)
}

impl<'a> PartnerJson<'a> {
    fn new(allowed: &Allowed<'_>, partner: &'a Partner, context: Option<String>) -> Self {
        let onboarding_url = match partner.attempt() {
            Some(attempt) => Some(onboarding::url(&allowed.context.base, partner, attempt.id).into()),
            None => partner.onboarding_url.as_deref().map(Into::into),
        };
        let attempt_expires = match allowed.version {
            Version::V1 => None,
            Version::Beta => Some(partner.attempt_expires()),
        };
        Self {
            context,
            odata_type: TYPE,
            id: partner.id,
            display_name: &partner.display_name,
            onboarding_url,
            onboarding_status: partner.status.onboarding_status(),
            last_connection: partner.last_connection,
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
