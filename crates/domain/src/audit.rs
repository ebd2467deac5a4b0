mod activity;
mod actor;

use uuid::Uuid;

use crate::{
    AuditEventId, Evidence, Generation, Partner, Property, Release, ReleaseState, ResourceId, Settings,
    SettingsProperty, TenantId, Timestamp,
};

pub use activity::{Activity, OperationType};
pub use actor::{Actor, ActorKind};

/// The record of one change: who did what to which partner, or to a tenant's settings, and how it was before
/// and after.
/// It is committed with the change or not at all. What is refused changes nothing and leaves none.
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

/// Who asks, and the id that ties the record to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlated {
    /// Who asks.
    pub actor: Actor,
    /// The request as the client knows it (`client-request-id`).
    pub correlation: Uuid,
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

/// What an audit event tells the change of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audited {
    /// A property of the partner.
    Property(Property),
    /// A property of the settings.
    Setting(SettingsProperty),
    /// Whose account at the partner it is connected to.
    Account,
    /// Which release the event is about.
    Release,
    /// What has become of a release.
    ReleaseState,
    /// What was seen that proves a release; the words of [`crate::Proof`], separated by blanks.
    Evidence,
    /// Why somebody did it, or why it was refused.
    Reason,
}

impl Audited {
    /// What there is beside properties.
    const OTHERS: [Self; 5] =
        [Self::Account, Self::Release, Self::ReleaseState, Self::Evidence, Self::Reason];

    /// Its name: Graph's for properties, ours for the rest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Property(property) => property.name(),
            Self::Setting(property) => property.name(),
            Self::Account => "account",
            Self::Release => "release",
            Self::ReleaseState => "releaseState",
            Self::Evidence => "evidence",
            Self::Reason => "reason",
        }
    }

    /// The one with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let settings = SettingsProperty::ALL.into_iter().map(Self::Setting);
        let properties = Property::ALL.into_iter().map(Self::Property);
        properties.chain(settings).chain(Self::OTHERS).find(|audited| audited.name() == name)
    }
}

/// One thing, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedChange {
    /// Which one.
    pub what: Audited,
    /// Before; `None` where there was nothing.
    pub old: Option<String>,
    /// After; `None` where there is nothing now.
    pub new: Option<String>,
}

impl AuditedChange {
    /// Something that is so from now on.
    #[must_use]
    pub fn now(what: Audited, new: impl Into<String>) -> Self {
        Self { what, old: None, new: Some(new.into()) }
    }

    /// What is different between two states of a partner. `None` is a partner that does not exist.
    fn between(before: Option<&Partner>, after: Option<&Partner>) -> Vec<Self> {
        Property::ALL
            .into_iter()
            .filter_map(|property| {
                let old = before.and_then(|partner| shown(partner, property));
                let new = after.and_then(|partner| shown(partner, property));
                (old != new).then_some(Self { what: Audited::Property(property), old, new })
            })
            .collect()
    }
}

fn seen(evidence: &Evidence) -> AuditedChange {
    let words: Vec<_> = evidence.proofs.iter().map(|proof| proof.as_str()).collect();
    AuditedChange::now(Audited::Evidence, words.join(" "))
}

fn shown(partner: &Partner, property: Property) -> Option<String> {
    match property {
        Property::Id => Some(partner.id.to_string()),
        Property::DisplayName => Some(partner.display_name.clone()),
        Property::OnboardingUrl => partner.onboarding_url.clone(),
        Property::OnboardingStatus => Some(partner.status.onboarding_status().to_string()),
        Property::LastConnectionDateTime => Some(partner.last_connection.to_string()),
        Property::OnboardingRequestExpiryDateTime => partner.attempt().map(|a| a.expires.to_string()),
    }
}
