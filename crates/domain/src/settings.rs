use crate::{TenantId, Version};

/// How a tenant wants remote assistance to be.
///
/// Source: the beta resource `remoteAssistanceSettings`. What nobody has set is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whose they are; each tenant has them once.
    pub tenant: TenantId,
    /// Whether remote assistance is on.
    pub remote_assistance_state: RemoteAssistanceState,
    /// Whether sessions to devices that are not enrolled are allowed.
    pub allow_sessions_to_unenrolled_devices: bool,
    /// Whether chat during sessions is off.
    pub block_chat: bool,
    /// Goes up at every change; [`Version::NONE`] until the first.
    pub version: Version,
}

/// Graph's `remoteAssistanceState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemoteAssistanceState {
    /// Remote assistance is off.
    Disabled,
    /// Remote assistance is on.
    Enabled,
}

/// A property of the Graph resource `remoteAssistanceSettings` that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingsProperty {
    /// `remoteAssistanceState`
    RemoteAssistanceState,
    /// `allowSessionsToUnenrolledDevices`
    AllowSessionsToUnenrolledDevices,
    /// `blockChat`
    BlockChat,
}

/// What a PATCH asks for: `None` leaves a property as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsUpdate {
    /// Whether remote assistance is to be on.
    pub remote_assistance_state: Option<RemoteAssistanceState>,
    /// Whether sessions to devices that are not enrolled are to be allowed.
    pub allow_sessions_to_unenrolled_devices: Option<bool>,
    /// Whether chat is to be off.
    pub block_chat: Option<bool>,
}

impl RemoteAssistanceState {
    /// The member's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }

    /// The member with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Disabled, Self::Enabled].into_iter().find(|state| state.as_str() == name)
    }
}

impl SettingsProperty {
    /// Every property there is, in the order it is shown.
    pub const ALL: [Self; 3] =
        [Self::RemoteAssistanceState, Self::AllowSessionsToUnenrolledDevices, Self::BlockChat];

    /// The name in Graph's schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemoteAssistanceState => "remoteAssistanceState",
            Self::AllowSessionsToUnenrolledDevices => "allowSessionsToUnenrolledDevices",
            Self::BlockChat => "blockChat",
        }
    }
}

impl Settings {
    /// What they are called where a name is asked for.
    pub const NAME: &'static str = "remoteAssistanceSettings";

    /// Those of a tenant that has set nothing.
    #[must_use]
    pub const fn unset(tenant: TenantId) -> Self {
        Self {
            tenant,
            remote_assistance_state: RemoteAssistanceState::Disabled,
            allow_sessions_to_unenrolled_devices: false,
            block_chat: false,
            version: Version::NONE,
        }
    }

    /// What becomes of them, and what is different then; `None` if nothing is.
    #[must_use]
    pub fn patched(&self, update: SettingsUpdate) -> Option<Self> {
        let after = Self {
            tenant: self.tenant,
            remote_assistance_state: update.remote_assistance_state.unwrap_or(self.remote_assistance_state),
            allow_sessions_to_unenrolled_devices: update
                .allow_sessions_to_unenrolled_devices
                .unwrap_or(self.allow_sessions_to_unenrolled_devices),
            block_chat: update.block_chat.unwrap_or(self.block_chat),
            version: self.version,
        };
        (after != *self).then(|| Self { version: self.version.next(), ..after })
    }

    pub(crate) const fn shown(&self, property: SettingsProperty) -> &'static str {
        const fn word(yes: bool) -> &'static str {
            if yes { "true" } else { "false" }
        }
        match property {
            SettingsProperty::RemoteAssistanceState => self.remote_assistance_state.as_str(),
            SettingsProperty::AllowSessionsToUnenrolledDevices => {
                word(self.allow_sessions_to_unenrolled_devices)
            }
            SettingsProperty::BlockChat => word(self.block_chat),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const UNSET: Settings = Settings::unset(TenantId(Uuid::nil()));

    #[test]
    fn what_nobody_has_set_is_off() {
        assert_eq!(
            SettingsProperty::ALL.map(|property| UNSET.shown(property)),
            ["disabled", "false", "false"]
        );
        assert_eq!(UNSET.patched(SettingsUpdate::default()), None);
    }

    fn update() -> impl Strategy<Value = SettingsUpdate> {
        let state = any::<bool>().prop_map(|on| {
            [RemoteAssistanceState::Disabled, RemoteAssistanceState::Enabled][usize::from(on)]
        });
        (proptest::option::of(state), any::<Option<bool>>(), any::<Option<bool>>()).prop_map(
            |(remote_assistance_state, allow_sessions_to_unenrolled_devices, block_chat)| SettingsUpdate {
                remote_assistance_state,
                allow_sessions_to_unenrolled_devices,
                block_chat,
            },
        )
    }

    proptest! {
        /// Whatever is asked, in whatever order: what is asked for is so afterwards, what is not
        /// asked for stays, and the version goes up if and only if something is different.
        #[test]
        fn an_update_sets_what_it_names_and_nothing_else(updates in proptest::collection::vec(update(), 0..8)) {
            let mut settings = UNSET;
            for update in updates {
                let after = settings.patched(update).unwrap_or(settings);
                let asked = |old: bool, new: Option<bool>| new.unwrap_or(old);
                prop_assert_eq!(
                    after.remote_assistance_state,
                    update.remote_assistance_state.unwrap_or(settings.remote_assistance_state)
                );
                prop_assert_eq!(
                    after.allow_sessions_to_unenrolled_devices,
                    asked(settings.allow_sessions_to_unenrolled_devices, update.allow_sessions_to_unenrolled_devices)
                );
                prop_assert_eq!(after.block_chat, asked(settings.block_chat, update.block_chat));
                let same = Settings { version: settings.version, ..after } == settings;
                prop_assert_eq!(after.version == settings.version, same);
                settings = after;
            }
        }
    }
}
