//! `/deviceManagement/remoteAssistancePartners` and `…/{id}`.

use bytes::Bytes;
use gangway_domain::PartnerId;
use gangway_engine::{Listing, NewPartner};
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::partner_body::PartnerBody;
use super::{Allowed, reply};
use crate::http::body::Body;
use crate::http::error::ApiError;

/// `GET /deviceManagement/remoteAssistancePartners` → 200 with all of the tenant's partners.
pub(super) async fn list(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let _place = allowed.lists.acquire().await.map_err(|_| ApiError::DeadlineOver)?;
    let partners = allowed.engine.partners(&allowed.caller, Listing::all()).await?.items;
    // A long one takes a while to write; other requests of this thread go on meanwhile.
    tokio::task::block_in_place(|| reply::partners(allowed, &partners))
}

/// `GET /deviceManagement/remoteAssistancePartners/$count` → 200 with a bare integer.
pub(super) async fn count(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    Ok(reply::number(allowed.engine.count_partners(&allowed.caller, None).await?))
}

/// `POST /deviceManagement/remoteAssistancePartners` → 201 with the partner.
pub(super) async fn create(
    allowed: &Allowed<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let body = PartnerBody::read(allowed, body).await?;
    let new = NewPartner { id: body.new_id()?, properties: body.update(allowed.engine), connector: None };
    let partner = allowed.engine.create_partner(allowed.caller.tenant, &allowed.by(), &new).await?;
    let mut response = reply::partner(allowed, &partner)?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(&reply::location(allowed, &partner)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// `GET /deviceManagement/remoteAssistancePartners/{id}` → 200 with the partner.
pub(super) async fn get(allowed: &Allowed<'_>, id: PartnerId) -> Result<Response<Full<Bytes>>, ApiError> {
    let partner = allowed.engine.partner(&allowed.caller, id).await?;
    reply::partner(allowed, &partner)
}

/// `PATCH /deviceManagement/remoteAssistancePartners/{id}` → 200 with the whole partner.
pub(super) async fn update(
    allowed: &Allowed<'_>,
    id: PartnerId,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let mut body = PartnerBody::read(allowed, body).await?;
    body.refuse_other_id(id)?;
    body.forget_page_of(allowed.caller.tenant, id);
    let update = body.update(allowed.engine);
    let partner = allowed.engine.update_partner(allowed.caller.tenant, &allowed.by(), id, update).await?;
    reply::partner(allowed, &partner)
}

/// `DELETE /deviceManagement/remoteAssistancePartners/{id}` → 204.
pub(super) async fn delete(allowed: &Allowed<'_>, id: PartnerId) -> Result<Response<Full<Bytes>>, ApiError> {
    allowed.engine.delete_partner(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(reply::nothing())
}
