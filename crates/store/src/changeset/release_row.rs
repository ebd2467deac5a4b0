use gangway_domain::{Obstacle, Release, ReleaseState};
use gangway_engine::StoreError;

use super::{signed, unstorable};
use crate::stored_format::{audit_json, release_json};

/// A release as it is from now on, its JSON made already.
#[derive(Debug)]
pub(crate) struct ReleaseRow {
    pub(crate) release: Release,
    pub(crate) generation: i64,
    pub(crate) version: i64,
    pub(crate) actor: String,
    pub(crate) calls: String,
    pub(crate) outcome: Option<String>,
    pub(crate) tokens: String,
}

impl ReleaseRow {
    pub(crate) fn new(release: Release) -> Result<Self, StoreError> {
        let json = |made: serde_json::Result<_>, what| made.map_err(|_| unstorable(what));
        Ok(Self {
            generation: signed(release.generation.0, "the generation")?,
            version: signed(release.version.0, "the version")?,
            actor: json(audit_json::actor_to_json(&release.asked.by.actor), "the actor")?,
            calls: json(release_json::calls_to_json(&release.calls), "the calls")?,
            outcome: release_json::outcome_to_json(&release.state).map_err(|_| unstorable("the outcome"))?,
            tokens: json(release_json::tokens_to_json(&release.tokens), "the tokens")?,
            release,
        })
    }

    pub(crate) const fn is_pending(&self) -> bool {
        self.release.is_pending()
    }

    /// When it is tried next; `None` of one that is not pending.
    pub(crate) const fn next_try(&self) -> Option<i64> {
        match &self.release.state {
            ReleaseState::Pending { next_try, .. } => Some(next_try.ticks()),
            ReleaseState::Confirmed(_) | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_) => None,
        }
    }

    /// What stood in the way at the last try; `None` of one that is not pending.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        match &self.release.state {
            ReleaseState::Pending { obstacle, .. } => obstacle.map(Obstacle::as_str),
            ReleaseState::Confirmed(_) | ReleaseState::Unaccounted(..) | ReleaseState::Forced(_) => None,
        }
    }
}
