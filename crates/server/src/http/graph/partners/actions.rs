//! The actions of a partner: `…/{id}/beginOnboarding` and `…/{id}/disconnect`.

use bytes::Bytes;
use gangway_domain::PartnerId;
use gangway_graph::schema::NAMES;
use gangway_odata::payload;
use http::Response;
use http_body_util::Full;

use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::graph::allowed::Allowed;
use crate::http::graph::answer;

/// `POST /deviceManagement/remoteAssistancePartners/{id}/beginOnboarding` → 204.
pub(in crate::http::graph) async fn begin_onboarding(
    allowed: &Allowed<'_>,
    id: PartnerId,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    refuse_parameters(allowed, body).await?;
    allowed.engine.begin_onboarding(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(answer::nothing())
}

/// `POST /deviceManagement/remoteAssistancePartners/{id}/disconnect` → 204.
///
/// The action this project exists for: when it has answered, the partner cannot be used any more.
pub(in crate::http::graph) async fn disconnect(
    allowed: &Allowed<'_>,
    id: PartnerId,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    refuse_parameters(allowed, body).await?;
    allowed.engine.disconnect(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(answer::nothing())
}

/// Clients send no body, or an empty object, with and without a content type; all of that is no parameters. Those that
/// are taken do nothing.
async fn refuse_parameters(allowed: &Allowed<'_>, body: &mut Body) -> Result<(), ApiError> {
    let bytes = body.read(allowed.headers).await?;
    let action = allowed.operation;
    payload::parameters(&bytes, action.name, action.parameters(allowed.version), &NAMES)?;
    Ok(())
}
