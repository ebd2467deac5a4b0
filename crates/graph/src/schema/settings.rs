//! The settings of remote assistance, in beta.

use gangway_domain::{RemoteAssistanceState, SettingsProperty};
use gangway_odata::model::{EnumType, Kind, Property, StructuredType, Type};

use super::member::{ID, Member, required};
use crate::names;

/// A property of `remoteAssistanceSettings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsMember {
    /// `id`
    Id,
    /// What can be set.
    Setting(SettingsProperty),
}

const fn setting(property: SettingsProperty) -> Property {
    use SettingsProperty as P;
    let name = property.name();
    match property {
        P::RemoteAssistanceState => {
            required(name, Type::Enum(&REMOTE_ASSISTANCE_STATE), "Whether remote assistance is on.")
        }
        P::AllowSessionsToUnenrolledDevices => {
            let about = "Whether sessions to devices that are not enrolled are allowed.";
            required(name, Type::Boolean, about)
        }
        P::BlockChat => required(name, Type::Boolean, "Whether chat during sessions is off."),
    }
}

/// `remoteAssistanceState` of beta
pub static REMOTE_ASSISTANCE_STATE: EnumType = EnumType {
    name: "remoteAssistanceState",
    members: &[RemoteAssistanceState::Disabled.as_str(), RemoteAssistanceState::Enabled.as_str()],
};

/// `remoteAssistanceSettings` of beta
pub static SETTINGS: StructuredType =
    StructuredType { name: names::SETTINGS, kind: Kind::Entity, properties: PROPERTIES, navigation: &[] };

const SETTABLE: usize = SettingsProperty::ALL.len();
const PROPERTIES: &[Property] = &properties();

const fn properties() -> [Property; 1 + SETTABLE] {
    let mut properties = [ID; 1 + SETTABLE];
    let mut at = 0;
    while at < SETTABLE {
        properties[1 + at] = setting(SettingsProperty::ALL[at]);
        at += 1;
    }
    properties
}

impl SettingsMember {
    /// Every one there is, in the order it is shown.
    pub const ALL: &[Self] = &{
        let mut all = [Self::Id; 1 + SETTABLE];
        let mut at = 0;
        while at < SETTABLE {
            all[1 + at] = Self::Setting(SettingsProperty::ALL[at]);
            at += 1;
        }
        all
    };
}

impl Member for SettingsMember {
    fn property(self) -> &'static Property {
        match self {
            Self::Id => &PROPERTIES[0],
            Self::Setting(property) => &PROPERTIES[1 + property as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_finds_itself_in_the_schema() {
        assert_eq!(SettingsMember::ALL.len(), SETTINGS.properties.len());
        for property in SettingsProperty::ALL {
            assert_eq!(SettingsMember::Setting(property).property().name, property.name());
        }
    }
}
