/// What was done to a partner or to a tenant's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activity {
    /// A partner was created.
    Create,
    /// A partner's properties were changed.
    Patch,
    /// A partner was deleted.
    Delete,
    /// Onboarding was begun, or begun again.
    BeginOnboarding,
    /// The partner consented.
    CompleteOnboarding,
    /// Nobody finished the onboarding in time.
    ExpireOnboarding,
    /// The partner consented, but gave no credential.
    FailOnboarding,
    /// Somebody came back from a partner with an answer that was not taken.
    RefuseCallback,
    /// A partner was cut off.
    Disconnect,
    /// The partner said that the grant is gone.
    LoseGrant,
    /// The partner gave tokens for something that was cut while they were on their way.
    ReleaseUnclaimed,
    /// A cut grant was seen to be dead.
    ConfirmRelease,
    /// Of a cut grant every token that is known was seen to be dead, and others are missing.
    EndRelease,
    /// Somebody gave up on a release.
    ForceRelease,
    /// The settings of remote assistance were changed.
    PatchSettings,
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
    pub const ALL: [Self; 15] = [
        Self::Create,
        Self::Patch,
        Self::Delete,
        Self::BeginOnboarding,
        Self::CompleteOnboarding,
        Self::ExpireOnboarding,
        Self::FailOnboarding,
        Self::RefuseCallback,
        Self::Disconnect,
        Self::LoseGrant,
        Self::ReleaseUnclaimed,
        Self::ConfirmRelease,
        Self::EndRelease,
        Self::ForceRelease,
        Self::PatchSettings,
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
            Self::FailOnboarding => "failOnboarding RemoteAssistancePartner",
            Self::RefuseCallback => "refuseCallback RemoteAssistancePartner",
            Self::Disconnect => "disconnect RemoteAssistancePartner",
            Self::LoseGrant => "loseGrant RemoteAssistancePartner",
            Self::ReleaseUnclaimed => "releaseUnclaimed RemoteAssistancePartner",
            Self::ConfirmRelease => "confirmRelease RemoteAssistancePartner",
            Self::EndRelease => "endRelease RemoteAssistancePartner",
            Self::ForceRelease => "forceRelease RemoteAssistancePartner",
            Self::PatchSettings => "Patch RemoteAssistanceSettings",
        }
    }

    /// Intune's `auditResourceType`: the type of what it was done to, as [`Self::activity_type`]
    /// has it.
    #[must_use]
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Create
            | Self::Patch
            | Self::Delete
            | Self::BeginOnboarding
            | Self::CompleteOnboarding
            | Self::ExpireOnboarding
            | Self::FailOnboarding
            | Self::RefuseCallback
            | Self::Disconnect
            | Self::LoseGrant
            | Self::ReleaseUnclaimed
            | Self::ConfirmRelease
            | Self::EndRelease
            | Self::ForceRelease => "RemoteAssistancePartner",
            Self::PatchSettings => "RemoteAssistanceSettings",
        }
    }

    /// Intune's `componentName`. No event of a real tenant about this is known, so the name is
    /// ours.
    #[must_use]
    pub const fn component_name(self) -> &'static str {
        "RemoteAssistance"
    }

    /// Intune's `category`. No event of a real tenant about this is known, so the name is ours.
    #[must_use]
    pub const fn category(self) -> &'static str {
        "RemoteAssistance"
    }

    /// Intune's `activityOperationType`.
    #[must_use]
    pub const fn operation_type(self) -> OperationType {
        match self {
            Self::Create => OperationType::Create,
            Self::Patch | Self::PatchSettings => OperationType::Patch,
            Self::Delete => OperationType::Delete,
            Self::BeginOnboarding
            | Self::CompleteOnboarding
            | Self::ExpireOnboarding
            | Self::FailOnboarding
            | Self::RefuseCallback
            | Self::Disconnect
            | Self::LoseGrant
            | Self::ReleaseUnclaimed
            | Self::ConfirmRelease
            | Self::EndRelease
            | Self::ForceRelease => OperationType::Action,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_is_named_after_what_is_done_to_which_type() {
        for activity in Activity::ALL {
            let (word, resource) = activity.activity_type().split_once(' ').unwrap();
            assert_eq!(resource, activity.resource_type());
            let action = word.starts_with(|c: char| c.is_ascii_lowercase());
            let expected = if action { "Action" } else { word };
            assert_eq!(activity.operation_type().as_str(), expected, "{activity:?}");
        }
    }
}
