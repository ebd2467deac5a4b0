//! `/gangway/v1/releases`: what is still being cut, and what came of the rest.

use axum::Json;
use axum::extract::{Path, Query, State};
use gangway_domain::{MAX_REASON, Obstacle, PartnerId, Release, ReleaseId, ReleaseState, TenantId};
use gangway_engine::ReleaseFilter;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Access;
use super::error::AdminError;
use super::state::AdminState;
use crate::receipt::Receipt;

/// How many releases are listed if nobody says, and at most.
const LISTED: usize = 100;
const MOST_LISTED: usize = 1000;

/// Which releases are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    tenant: Option<Uuid>,
    partner: Option<Uuid>,
    #[serde(default)]
    pending: bool,
    top: Option<usize>,
}

/// A release in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleaseListItem {
    tenant: String,
    id: String,
    partner: String,
    partner_name: String,
    state: &'static str,
    since: String,
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_answer: Option<String>,
    /// What stands in the way of one that is pending and was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<&'static str>,
    /// What that means, and what helps; or what is left to do by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReleaseList {
    value: Vec<ReleaseListItem>,
}

/// All that is known of one release.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleaseDetails {
    #[serde(flatten)]
    listed: ReleaseListItem,
    receipt: Receipt,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Force {
    reason: String,
}

impl ReleaseListItem {
    fn from_release(release: &Release, by_hand: impl FnOnce() -> String) -> Self {
        let (next_try, obstacle, help) = match &release.state {
            ReleaseState::Pending { next_try, obstacle } => {
                let help = obstacle.map(|obstacle| obstacle.help().to_owned());
                (Some(next_try.to_string()), obstacle.map(Obstacle::as_str), help)
            }
            ReleaseState::Unaccounted(..) => (None, None, Some(by_hand())),
            ReleaseState::Confirmed(_) | ReleaseState::Forced(_) => (None, None, None),
        };
        Self {
            tenant: release.tenant.to_string(),
            id: release.id.to_string(),
            partner: release.partner.to_string(),
            partner_name: release.partner_name.clone(),
            state: release.state.as_str(),
            since: release.asked.at.to_string(),
            tries: release.tries,
            next_try,
            last_answer: release
                .calls
                .latest()
                .map(|call| format!("{}: {}", call.step.as_str(), call.answer)),
            obstacle,
            help,
        }
    }
}

impl AdminState {
    fn receipt(&self, release: &Release) -> Receipt {
        Receipt::new(release, &self.by_hand(release), self.engine.now())
    }

    fn by_hand(&self, release: &Release) -> String {
        self.engine.by_hand(release).unwrap_or_else(|| NO_PROFILE.into())
    }

    fn listed(&self, release: &Release) -> ReleaseListItem {
        ReleaseListItem::from_release(release, || self.by_hand(release))
    }

    fn shown(&self, release: &Release) -> Json<ReleaseDetails> {
        Json(ReleaseDetails { listed: self.listed(release), receipt: self.receipt(release) })
    }
}

const NO_PROFILE: &str = "end the grant at the partner; how, its own documentation says";

/// `GET /gangway/v1/releases`, newest first.
pub(super) async fn list(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ReleaseList>, AdminError> {
    let limited = state.asker(&headers).await?.limited_to(Access::Read)?;
    let tenant = wanted.tenant.map(TenantId);
    if limited.is_some() && tenant.is_some() && limited != tenant {
        return Err(AdminError::NotFound);
    }
    let filter = ReleaseFilter {
        tenant: limited.or(tenant),
        partner: wanted.partner.map(PartnerId),
        pending_only: wanted.pending,
    };
    let top = wanted.top.unwrap_or(LISTED).min(MOST_LISTED);
    let releases = state.engine.releases(filter, top).await?;
    Ok(Json(ReleaseList { value: releases.iter().map(|release| state.listed(release)).collect() }))
}

/// `GET /gangway/v1/releases/{tenant}/{id}`
pub(super) async fn show(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
) -> Result<Json<ReleaseDetails>, AdminError> {
    state.asker(&headers).await?.may(Access::Read, TenantId(tenant))?;
    let release = state.engine.release(TenantId(tenant), ReleaseId(id)).await?;
    Ok(state.shown(&release))
}

/// `GET /gangway/v1/releases/{tenant}/{id}/receipt`: a JWS in its compact form.
pub(super) async fn receipt(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
) -> Result<String, AdminError> {
    state.asker(&headers).await?.may(Access::Read, TenantId(tenant))?;
    let release = state.engine.release(TenantId(tenant), ReleaseId(id)).await?;
    let signed = state.signer.sign(&state.receipt(&release));
    signed.map_err(|error| AdminError::Keys(error.to_string()))
}

/// `POST /gangway/v1/releases/{tenant}/{id}/force`
pub(super) async fn force(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Path((tenant, id)): Path<(Uuid, Uuid)>,
    Json(Force { reason }): Json<Force>,
) -> Result<Json<ReleaseDetails>, AdminError> {
    let asker = state.asker(&headers).await?;
    asker.may(Access::Write, TenantId(tenant))?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(AdminError::Invalid(format!(
            "the reason must be 1 to {MAX_REASON} characters on one line"
        )));
    }
    let by = asker.correlated(state.engine.operator());
    let release = state.engine.force_release(TenantId(tenant), ReleaseId(id), &by, reason).await?;
    state.metrics.release_ended(&release);
    Ok(state.shown(&release))
}
