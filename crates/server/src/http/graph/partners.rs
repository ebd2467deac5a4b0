//! `/deviceManagement/remoteAssistancePartners` and `…/{id}`.

mod actions;
mod json;

use bytes::Bytes;
use gangway_domain::{PartnerId, Property};
use gangway_engine::NewPartner;
use gangway_graph::schema::Member as _;
use http::Response;
use http_body_util::Full;

use super::allowed::Allowed;
use super::answer::{self, Items};
use super::listing::{ListQuery, path};
use crate::http::body::Body;
use crate::http::error::ApiError;
use json::{DESCRIBED, PartnerBody, PartnerView};

pub(super) use actions::{begin_onboarding, disconnect};

fn list_query(allowed: &Allowed<'_>) -> Result<ListQuery, ApiError> {
    let searched = [path(&[Property::DisplayName.property()])];
    ListQuery::new(allowed, DESCRIBED.resource, &searched, Vec::new())
}

/// `GET /deviceManagement/remoteAssistancePartners` → 200 with a page of the tenant's partners.
pub(super) async fn list(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let asked = list_query(allowed)?;
    let count = if asked.count {
        Some(allowed.engine.count_partners(&allowed.caller, asked.listing.filter.clone()).await?)
    } else {
        None
    };
    let page = allowed.engine.partners(&allowed.caller, asked.listing.clone()).await?;
    let items: Vec<_> = page.items.iter().map(|partner| PartnerView::new(allowed, partner)).collect();
    let next = page.end.as_ref().map(|end| asked.next_link(allowed, end)).transpose()?;
    let mut response = answer::page(allowed, DESCRIBED, &Items { value: &items, count, next })?;
    asked.say_page_size(&mut response);
    Ok(response)
}

/// `GET /deviceManagement/remoteAssistancePartners/$count` → 200 with a bare integer.
pub(super) async fn count(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let filter = list_query(allowed)?.listing.filter;
    Ok(answer::number(allowed.engine.count_partners(&allowed.caller, filter).await?))
}

/// `POST /deviceManagement/remoteAssistancePartners` → 201 with the partner, or 204 for who prefers that.
pub(super) async fn create(
    allowed: &Allowed<'_>,
    body: &mut Body,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let body = PartnerBody::read(allowed, body).await?;
    let new = NewPartner { id: body.new_id()?, properties: body.update(allowed.engine), connector: None };
    let partner = allowed.engine.create_partner(allowed.caller.tenant, &allowed.by(), &new).await?;
    let mut response = if allowed.options.preferences.minimal {
        answer::minimal()
    } else {
        answer::entity(allowed, DESCRIBED, &PartnerView::new(allowed, &partner))?
    };
    let address = format!("{}/{}/{}", answer::root(allowed), DESCRIBED.resource, partner.id);
    answer::created_at(&address, &mut response);
    Ok(response)
}

/// `GET /deviceManagement/remoteAssistancePartners/{id}` → 200 with the partner.
pub(super) async fn get(allowed: &Allowed<'_>, id: PartnerId) -> Result<Response<Full<Bytes>>, ApiError> {
    let partner = allowed.engine.partner(&allowed.caller, id).await?;
    answer::entity(allowed, DESCRIBED, &PartnerView::new(allowed, &partner))
}

/// `PATCH /deviceManagement/remoteAssistancePartners/{id}` → 200 with the whole partner, or 204 for who prefers that.
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
    if allowed.options.preferences.minimal {
        return Ok(answer::minimal());
    }
    answer::entity(allowed, DESCRIBED, &PartnerView::new(allowed, &partner))
}

/// `DELETE /deviceManagement/remoteAssistancePartners/{id}` → 204.
pub(super) async fn delete(allowed: &Allowed<'_>, id: PartnerId) -> Result<Response<Full<Bytes>>, ApiError> {
    allowed.engine.delete_partner(allowed.caller.tenant, &allowed.by(), id).await?;
    Ok(answer::nothing())
}
