use uuid::Uuid;

use crate::{AuditEventId, Caller, Generation, Partner, PartnerId, Property, TenantId, Timestamp};

/// The record of one change: who did what to which partner, and how it was before and after.
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
    /// To which partner.
    pub partner: PartnerId,
    /// What that partner was called at the time.
    pub partner_name: String,
    /// The partner's generation after the change.
    pub generation: Generation,
    /// What is different now.
    pub changes: Vec<PropertyChange>,
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
            partner: subject.id,
            partner_name: subject.display_name.clone(),
            generation: subject.generation,
            changes: PropertyChange::between(before, after),
        }
    }
}

/// What was done to a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activity {
    /// It was created.
    Create,
    /// Its properties were changed.
    Patch,
    /// It was deleted.
    Delete,
    /// Onboarding was begun, or begun anew.
    BeginOnboarding,
    /// The partner consented.
    CompleteOnboarding,
    /// Nobody finished the onboarding in time.
    ExpireOnboarding,
    /// It was cut off.
    Disconnect,
}

/// Intune's `activityOperationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationType {
    /// An entity was created.
    Create,
    /// An entity was changed.
    Patch,
    /// An entity was deleted.
    Delete,
    /// Anything else was done to it.
    Action,
}

impl Activity {
    /// Every activity there is.
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Patch,
        Self::Delete,
        Self::BeginOnboarding,
        Self::CompleteOnboarding,
        Self::ExpireOnboarding,
        Self::Disconnect,
    ];

    /// Intune's `activityType`: the operation and the entity's type.
    #[must_use]
    pub const fn activity_type(self) -> &'static str {
        match self {
            Self::Create => "Create RemoteAssistancePartner",
            Self::Patch => "Patch RemoteAssistancePartner",
            Self::Delete => "Delete RemoteAssistancePartner",
            Self::BeginOnboarding => "beginOnboarding RemoteAssistancePartner",
            Self::CompleteOnboarding => "completeOnboarding RemoteAssistancePartner",
            Self::ExpireOnboarding => "expireOnboarding RemoteAssistancePartner",
            Self::Disconnect => "disconnect RemoteAssistancePartner",
        }
    }

    /// Intune's `activityOperationType`.
    #[must_use]
    pub const fn operation_type(self) -> OperationType {
        match self {
            Self::Create => OperationType::Create,
            Self::Patch => OperationType::Patch,
            Self::Delete => OperationType::Delete,
            Self::BeginOnboarding | Self::CompleteOnboarding | Self::ExpireOnboarding | Self::Disconnect => {
                OperationType::Action
            }
        }
    }
}

impl OperationType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Patch => "Patch",
            Self::Delete => "Delete",
            Self::Action => "Action",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with a token.
    Caller(Box<Caller>),
    /// The partner, or whoever stood in for it on the page that completes an onboarding.
    Partner,
    /// Gangway itself, because time passed or because it was set up so.
    Gangway,
}

/// One property, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyChange {
    /// Which one.
    pub property: Property,
    /// Before; `None` where there was nothing.
    pub old: Option<String>,
    /// After; `None` where there is nothing now.
    pub new: Option<String>,
}

impl PropertyChange {
    /// What is different between two states of a partner. `None` is a partner that does not exist.
    fn between(before: Option<&Partner>, after: Option<&Partner>) -> Vec<Self> {
        Property::ALL
            .into_iter()
            .filter_map(|property| {
                let old = before.and_then(|partner| shown(partner, property));
                let new = after.and_then(|partner| shown(partner, property));
                (old != new).then_some(Self { property, old, new })
            })
            .collect()
    }
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
