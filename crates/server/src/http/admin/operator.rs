//! What only the operator of the server may do.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::error::AdminError;
use super::rotation::{self, Changed, on_disk};
use super::state::AdminState;
use crate::connector::Behaviour;
use crate::keys::shared_key;
use crate::vault::{rewrap_all, used_keys};

/// What came of a rotation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RotatedJson {
    key: String,
    rewrapped: u64,
    failed: u64,
    retired: Vec<String>,
    /// Nodes that still seal with another key.
    behind: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dial {
    behaviour: String,
}

/// `POST /gangway/v1/keys/rotate`: a new key-encryption key, every data key wrapped by it, and the old ones forgotten.
pub(super) async fn rotate_keys(
    State(state): State<AdminState>,
    headers: HeaderMap,
) -> Result<Json<RotatedJson>, AdminError> {
    state.asker(&headers).await?.must_be_operator()?;
    let _one_at_a_time = state.rotation.lock().await;
    let store = state.engine.store();
    let failed = |error: &dyn std::fmt::Display| AdminError::Keys(error.to_string());
    let now = state.engine.now();
    let Changed { key, behind, still_seal } = rotation::change(&state, now).await?;
    let rewrapped = rewrap_all(store, &state.vault).await.map_err(|error| failed(&error))?;
    let shared = shared_key::rewrap(store, &state.vault).await.map_err(|error| failed(&error))?;
    let mut used = used_keys(store).await.map_err(|error| failed(&error))?;
    used.extend(shared_key::used_keys(store).await.map_err(|error| failed(&error))?);
    used.extend(still_seal);
    let retired = on_disk(&state, move |vault| vault.forget_unused(&used, now)).await?;
    info!(%key, "keys were rotated");
    Ok(Json(RotatedJson {
        key: key.to_string(),
        rewrapped: rewrapped.rewrapped + shared.0,
        failed: rewrapped.failed + shared.1,
        retired: retired.iter().map(ToString::to_string).collect(),
        behind,
    }))
}

/// `POST /gangway/v1/simulated`: how the simulated partner behaves from now on.
pub(super) async fn dial(
    State(state): State<AdminState>,
    headers: HeaderMap,
    Json(Dial { behaviour }): Json<Dial>,
) -> Result<Json<serde_json::Value>, AdminError> {
    state.asker(&headers).await?.must_be_operator()?;
    let behaviour = Behaviour::from_word(&behaviour).ok_or_else(|| {
        let words: Vec<_> = Behaviour::ALL.iter().map(|behaviour| behaviour.as_str()).collect();
        AdminError::Invalid(format!("a simulated partner can be: {}", words.join(", ")))
    })?;
    state.simulated.behave(behaviour);
    Ok(Json(serde_json::json!({ "behaviour": behaviour.as_str() })))
}
