//! The actions of a partner: `…/{id}/beginOnboarding` and `…/{id}/disconnect`.

use bytes::Bytes;
use gangway_domain::PartnerId;
use http::Response;
use http_body_util::Full;
use serde_json::Value;

use super::target::Version;
use super::{Allowed, reply};
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::json::{ModelError, Object, literal, shortened};

/// `POST /deviceManagement/remoteAssistancePartners/{id}/beginOnboarding` → 204.
pub(super) async fn begin_onboarding(
    allowed: &Allowed<'_>,
    id: PartnerId,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let parameters: &[_] = match allowed.version {
        Version::V1 => &[],
        Version::Beta => &["partnerDomain"],
    };
    refuse_parameters(allowed, body, "beginOnboarding", parameters).await?;
    allowed.engine.begin_onboarding(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(reply::nothing())
}

/// `POST /deviceManagement/remoteAssistancePartners/{id}/disconnect` → 204.
///
/// The action this project exists for: when it has answered, the partner cannot be used any more.
pub(super) async fn disconnect(
    allowed: &Allowed<'_>,
    id: PartnerId,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    refuse_parameters(allowed, body, "disconnect", &[]).await?;
    allowed.engine.disconnect(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(reply::nothing())
}

/// Clients send no body, or an empty object, with and without a content type; all of that is no parameters.
/// `taken` are names of string parameters that are taken and do nothing.
async fn refuse_parameters(
    allowed: &Allowed<'_>,
    body: &mut Body,
    operation: &'static str,
    taken: &[&'static str],
) -> Result<(), ApiError> {
    let bytes = body.read(allowed.headers).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let mut unknown = Vec::new();
    for (parameter, value) in Object::parse(&bytes)?.0 {
        match taken.iter().find(|name| name.eq_ignore_ascii_case(&parameter)) {
            Some(property) if !matches!(value, Value::String(_) | Value::Null) => {
                let literal = literal(&value);
                return Err(ModelError::WrongValue { property, edm: "Edm.String", literal }.into());
            }
            Some(_) => {}
            None if parameter.contains('@') => {}
            None => unknown.push(shortened(&parameter)),
        }
    }
    match &unknown[..] {
        [] => Ok(()),
        [parameter] => Err(ModelError::UnknownParameter { parameter: parameter.clone(), operation }.into()),
        many => {
            let parameters = many.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            Err(ModelError::UnknownParameters { parameters, operation }.into())
        }
    }
}
