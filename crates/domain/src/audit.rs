//! The record of what was done.

mod change;

use crate::{
    Activity, AuditEventId, Correlated, Evidence, Generation, Partner, Release, ReleaseState, ResourceId,
    Settings, TenantId, Timestamp,
};

pub use change::{Audited, AuditedChange};

/// The record of one change: who did what to which partner, or to a tenant's settings, and how it
/// was before and after. It is committed with the change or not at all. What is refused changes
/// nothing and leaves none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id, which is also the idempotency key of the changeset that carries it.
    pub id: AuditEventId,
    /// Whose it is.
    pub tenant: TenantId,
    /// When it was decided.
    pub at: Timestamp,
    /// What was done.
    pub activity: Activity,
    /// Who did it, and in which request.
    pub by: Correlated,
    /// To what; of which type that is, the activity says.
    pub resource: ResourceId,
    /// What that was called at the time.
    pub resource_name: String,
    /// The partner's generation after the change. Settings are never fenced and stay at the first.
    pub generation: Generation,
    /// What is different now.
    pub changes: Vec<AuditedChange>,
}

/// How a partner is before and after.
#[derive(Debug, Clone, Copy)]
pub enum Transition<'a> {
    /// It is new.
    Created(&'a Partner),
    /// It was one thing and is another.
    Changed {
        /// How it was.
        before: &'a Partner,
        /// How it is.
        after: &'a Partner,
    },
    /// It is gone.
    Removed(&'a Partner),
}

impl<'a> Transition<'a> {
    const fn before_and_after(self) -> (Option<&'a Partner>, Option<&'a Partner>) {
        match self {
            Self::Created(after) => (None, Some(after)),
            Self::Changed { before, after } => (Some(before), Some(after)),
            Self::Removed(before) => (Some(before), None),
        }
    }

    /// The partner as it is, or was last.
    const fn subject(self) -> &'a Partner {
        match self {
            Self::Created(partner) | Self::Changed { after: partner, .. } | Self::Removed(partner) => partner,
        }
    }
}

impl AuditEvent {
    /// Intune's `activityResult`: what was not done leaves no event.
    pub const RESULT: &'static str = "Success";

    /// The record of a transition.
    #[must_use]
    pub fn record(
        id: AuditEventId,
        at: Timestamp,
        by: Correlated,
        activity: Activity,
        transition: Transition<'_>,
    ) -> Self {
        let subject = transition.subject();
        let (before, after) = transition.before_and_after();
        Self {
            id,
            tenant: subject.tenant,
            at,
            activity,
            by,
            resource: subject.id.into(),
            resource_name: subject.display_name.clone(),
            generation: subject.generation,
            changes: AuditedChange::between(before, after),
        }
    }
}

impl AuditEvent {
    /// The record of what became of a release.
    #[must_use]
    pub fn of_release(
        id: AuditEventId,
        at: Timestamp,
        by: Correlated,
        activity: Activity,
        release: &Release,
    ) -> Self {
        let mut changes = vec![
            AuditedChange::now(Audited::Release, release.id.to_string()),
            AuditedChange::now(Audited::ReleaseState, release.state.as_str()),
        ];
        match &release.state {
            ReleaseState::Pending { .. } => {}
            ReleaseState::Confirmed(evidence) => changes.push(seen(evidence)),
            ReleaseState::Unaccounted(evidence, missing) => {
                let words: Vec<_> = missing.iter().map(|missing| missing.what.as_str()).collect();
                changes.extend([seen(evidence), AuditedChange::now(Audited::Reason, words.join(" "))]);
            }
            ReleaseState::Forced(forced) => {
                changes.push(AuditedChange::now(Audited::Reason, forced.reason.clone()));
            }
        }
        Self {
            id,
            tenant: release.tenant,
            at,
            activity,
            by,
            resource: release.partner.into(),
            resource_name: release.partner_name.clone(),
            generation: release.generation,
            changes,
        }
    }

    /// The record of a change of settings.
    #[must_use]
    pub fn of_settings(
        id: AuditEventId,
        at: Timestamp,
        by: Correlated,
        after: &Settings,
        changes: Vec<AuditedChange>,
    ) -> Self {
        Self {
            id,
            tenant: after.tenant,
            at,
            activity: Activity::PatchSettings,
            by,
            resource: after.tenant.into(),
            resource_name: Settings::NAME.into(),
            generation: Generation::FIRST,
            changes,
        }
    }
}

fn seen(evidence: &Evidence) -> AuditedChange {
    let words: Vec<_> = evidence.proofs.iter().map(|proof| proof.as_str()).collect();
    AuditedChange::now(Audited::Evidence, words.join(" "))
}
