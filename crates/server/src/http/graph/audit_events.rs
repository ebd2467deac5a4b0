//! `/deviceManagement/auditEvents`, and what is in it.

mod view;

use bytes::Bytes;
use gangway_domain::{Activity, AuditEventId};
use gangway_graph::schema::{AuditActorProperty, AuditEventProperty, Member as _};
use gangway_odata::{Operand, OrderBy};
use http::Response;
use http_body_util::Full;

use super::allowed::Allowed;
use super::answer::{self, Items};
use super::listing::{ListQuery, path};
use crate::http::error::ApiError;
use view::DESCRIBED;

pub(crate) use view::AuditEventView;

/// Newest first, if nobody says.
fn list_query(allowed: &Allowed<'_>) -> Result<ListQuery, ApiError> {
    use {AuditActorProperty as Actor, AuditEventProperty as Event};
    let actor = |of: Actor| path(&[Event::Actor.property(), of.property()]);
    let searched = [
        path(&[Event::ActivityType.property()]),
        actor(Actor::UserPrincipalName),
        actor(Actor::ApplicationDisplayName),
    ];
    let newest =
        OrderBy { key: Operand::Path(path(&[Event::ActivityDateTime.property()])), descending: true };
    ListQuery::new(allowed, DESCRIBED.resource, &searched, vec![newest])
}

/// `GET /deviceManagement/auditEvents` → 200 with a page of what was done in the tenant, newest first.
pub(super) async fn list(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let asked = list_query(allowed)?;
    let count = if asked.count {
        Some(allowed.engine.count_audit_events(&allowed.caller, asked.listing.filter.clone()).await?)
    } else {
        None
    };
    let page = allowed.engine.audit_events(&allowed.caller, asked.listing.clone()).await?;
    let items: Vec<_> = page.items.iter().map(AuditEventView).collect();
    let next = page.end.as_ref().map(|end| asked.next_link(allowed, end)).transpose()?;
    let mut response = answer::page(allowed, DESCRIBED, &Items { value: &items, count, next })?;
    asked.say_page_size(&mut response);
    Ok(response)
}

/// `GET /deviceManagement/auditEvents/$count` → 200 with a bare integer.
pub(super) async fn count(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let filter = list_query(allowed)?.listing.filter;
    Ok(answer::number(allowed.engine.count_audit_events(&allowed.caller, filter).await?))
}

/// `GET /deviceManagement/auditEvents/{id}` → 200 with the event.
pub(super) async fn get(allowed: &Allowed<'_>, id: AuditEventId) -> Result<Response<Full<Bytes>>, ApiError> {
    let event = allowed.engine.audit_event(&allowed.caller, id).await?;
    answer::entity(allowed, DESCRIBED, &AuditEventView(&event))
}

/// `GET /deviceManagement/auditEvents/getAuditCategories` → 200 with every category there can be.
pub(super) fn categories(allowed: &Allowed<'_>) -> Result<Response<Full<Bytes>>, ApiError> {
    let mut categories: Vec<_> = Activity::ALL.into_iter().map(Activity::category).collect();
    categories.sort_unstable();
    categories.dedup();
    answer::texts(allowed, &categories)
}

/// `GET /deviceManagement/auditEvents/getAuditActivityTypes(category='…')` → 200 with every activity type there can be in
/// it; none in a category there is not.
pub(super) fn activity_types(
    allowed: &Allowed<'_>,
    category: &str,
) -> Result<Response<Full<Bytes>>, ApiError> {
    let types = Activity::ALL.into_iter().filter(|activity| activity.category() == category);
    answer::texts(allowed, &types.map(Activity::activity_type).collect::<Vec<_>>())
}
