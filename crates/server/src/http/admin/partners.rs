//! `/gangway/v1/partners`: what a disconnect would cut, and whether a connection is good.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use gangway_domain::{PartnerId, TenantId};
use gangway_engine::{Check, Sessions};
use http::HeaderMap;
use serde::Serialize;
use uuid::Uuid;

use super::access::Access;
use super::error::AdminError;
use super::state::AdminState;

/// Whose account at the partner.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountJson {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// What a disconnect would cut.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewJson {
    partner: String,
    partner_name: String,
    status: &'static str,
    connector: &'static str,
    credential: bool,
    account: Option<AccountJson>,
    /// A number, or why it is not known.
    open_sessions: serde_json::Value,
    pending_releases: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckJson {
    connection: &'static str,
    /// What the partner answered to a client it does not take us for.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    account: Option<AccountJson>,
}

fn account(account: gangway_domain::Account) -> AccountJson {
    AccountJson { id: account.id, name: account.name }
}

/// `GET /gangway/v1/partners/{tenant}/{id}/disconnect`: what the same with `POST` would do.
pub(super) async fn preview(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
) -> Result<Json<PreviewJson>, AdminError> {
    state.asker(&headers).await?.may(Access::Read, TenantId(tenant))?;
    let preview = state.engine.preview_disconnect(TenantId(tenant), PartnerId(id)).await?;
    Ok(Json(PreviewJson {
        partner: preview.partner.id.to_string(),
        partner_name: preview.partner.display_name,
        status: preview.partner.status.onboarding_status().as_str(),
        connector: preview.partner.connector.as_str(),
        credential: preview.credential,
        account: preview.account.map(account),
        open_sessions: match preview.sessions {
            Sessions::Open(count) => count.into(),
            Sessions::Unknown(why) => why.into(),
        },
        pending_releases: preview.pending_releases,
    }))
}

/// `POST /gangway/v1/partners/{tenant}/{id}/disconnect`: as the action of Graph's.
pub(super) async fn disconnect(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
) -> Result<http::StatusCode, AdminError> {
    let asker = state.asker(&headers).await?;
    asker.may(Access::Write, TenantId(tenant))?;
    let by = asker.correlated(state.engine.operator());
    state.engine.disconnect(TenantId(tenant), &by, PartnerId(id)).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// `POST /gangway/v1/partners/{tenant}/{id}/check`: asks the partner, with a fresh token where it takes one.
pub(super) async fn check(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
) -> Result<Json<CheckJson>, AdminError> {
    state.asker(&headers).await?.may(Access::Write, TenantId(tenant))?;
    let engine = Arc::clone(&state.engine);
    let check = async move { engine.check_connection(TenantId(tenant), PartnerId(id)).await };
    // A partner that gives a fresh token gives it once: whoever stops waiting does not stop this.
    let (connection, found, answer) =
        match state.code_redemptions.to_the_end(check).await.ok_or(AdminError::Busy)?? {
            Check::Good(found) => ("good", found, None),
            Check::Gone => ("gone", None, None),
            Check::RefusesUs(answer) => ("refusesUs", None, Some(answer)),
            Check::CannotTell => ("unknown", None, None),
        };
    Ok(Json(CheckJson { connection, answer, account: found.map(account) }))
}
