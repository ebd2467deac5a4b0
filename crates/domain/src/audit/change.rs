//! What was different after a change.

use crate::{Partner, Property, Settings, SettingsProperty};

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

    /// What is different between two states of a partner; `None` is one that does not exist.
    pub(super) fn between(before: Option<&Partner>, after: Option<&Partner>) -> Vec<Self> {
        Property::ALL
            .into_iter()
            .filter_map(|property| {
                let old = before.and_then(|partner| property.value_in(partner));
                let new = after.and_then(|partner| property.value_in(partner));
                (old != new).then_some(Self { what: Audited::Property(property), old, new })
            })
            .collect()
    }

    /// What is different in a tenant's settings.
    #[must_use]
    pub fn between_settings(before: &Settings, after: &Settings) -> Vec<Self> {
        SettingsProperty::ALL
            .into_iter()
            .filter_map(|property| {
                let (old, new) = (before.shown(property), after.shown(property));
                let what = Audited::Setting(property);
                (old != new).then(|| Self { what, old: Some(old.into()), new: Some(new.into()) })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{RemoteAssistanceState, SettingsUpdate, TenantId, Version};

    #[test]
    fn a_change_is_told_with_what_was_before() {
        let update = SettingsUpdate {
            remote_assistance_state: Some(RemoteAssistanceState::Enabled),
            allow_sessions_to_unenrolled_devices: Some(true),
            block_chat: Some(false),
        };
        let before = Settings::unset(TenantId(Uuid::nil()));
        let after = before.patched(update).unwrap();
        let changes = AuditedChange::between_settings(&before, &after);
        assert_eq!((after.version, after.block_chat), (Version::FIRST, false));
        let told = changes.iter().map(|c| (c.what.name(), c.old.as_deref(), c.new.as_deref()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("remoteAssistanceState", Some("disabled"), Some("enabled")),
                ("allowSessionsToUnenrolledDevices", Some("false"), Some("true")),
            ]
        );
        assert_eq!(after.patched(update), None, "asked again, nothing is different");
    }
}
