//! Remote-assistance partners.

use gangway_domain::{OnboardingStatus, Property as PartnerProperty};
use gangway_odata::model::{EnumType, Kind, Property, StructuredType, Type};

use super::member::{ID, Member, nullable, required};
use crate::names;
use crate::version::Version;

/// What the schema says of a property of partners, and the versions that have it.
const fn partner(property: PartnerProperty) -> (&'static [Version], Property) {
    use PartnerProperty as P;
    const BOTH: &[Version] = &Version::ALL;
    const BETA: &[Version] = &[Version::Beta];
    let name = property.name();
    match property {
        P::Id => (BOTH, ID),
        P::DisplayName => (BOTH, nullable(name, Type::String, "What people call the partner.")),
        P::OnboardingUrl => {
            let about = "The partner's portal, where an administrator sets the service up.";
            (BOTH, nullable(name, Type::String, about))
        }
        P::OnboardingStatus => {
            (BOTH, required(name, Type::Enum(&ONBOARDING_STATUS), "Whether the partner can be used."))
        }
        P::LastConnectionDateTime => {
            (BOTH, required(name, Type::DateTimeOffset, "When the partner sent its last request."))
        }
        P::OnboardingRequestExpiryDateTime => {
            let about = "While the status is onboarding: when the attempt that is under way lapses.";
            (BETA, required(name, Type::DateTimeOffset, about))
        }
    }
}

/// `remoteAssistanceOnboardingStatus`
pub static ONBOARDING_STATUS: EnumType = EnumType {
    name: "remoteAssistanceOnboardingStatus",
    members: &[
        OnboardingStatus::NotOnboarded.as_str(),
        OnboardingStatus::Onboarding.as_str(),
        OnboardingStatus::Onboarded.as_str(),
    ],
};

/// `remoteAssistancePartner` of v1.0
pub static PARTNER_V1: StructuredType =
    StructuredType { name: names::PARTNER, kind: Kind::Entity, properties: V1_PROPERTIES, navigation: &[] };

/// `remoteAssistancePartner` of beta
pub static PARTNER_BETA: StructuredType =
    StructuredType { name: names::PARTNER, kind: Kind::Entity, properties: ALL_PROPERTIES, navigation: &[] };

/// The properties of partners in a version, in the order they are shown.
#[must_use]
pub const fn partner_members(version: Version) -> &'static [PartnerProperty] {
    match version {
        Version::V1 => V1_MEMBERS,
        Version::Beta => &PartnerProperty::ALL,
    }
}

/// The parameters of `beginOnboarding` in beta; in v1.0 it has none. `disconnect` has none in either.
pub static BEGIN_ONBOARDING_BETA: [Property; 1] =
    [nullable("partnerDomain", Type::String, "Taken, since clients must send it, and not used.")];

impl Member for PartnerProperty {
    fn property(self) -> &'static Property {
        &ALL_PROPERTIES[self as usize]
    }
}

const ALL_PROPERTIES: &[Property] = &properties::<{ PartnerProperty::ALL.len() }>(&PartnerProperty::ALL);
const V1_MEMBERS: &[PartnerProperty] = &v1_members::<{ count_in_v1() }>();
const V1_PROPERTIES: &[Property] = &properties::<{ V1_MEMBERS.len() }>(V1_MEMBERS);

const fn is_in_v1(property: PartnerProperty) -> bool {
    matches!(partner(property).0, [Version::V1, ..])
}

const fn count_in_v1() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < PartnerProperty::ALL.len() {
        count += is_in_v1(PartnerProperty::ALL[at]) as usize;
        at += 1;
    }
    count
}

const fn v1_members<const N: usize>() -> [PartnerProperty; N] {
    let mut members = [PartnerProperty::Id; N];
    let (mut at, mut count) = (0, 0);
    while at < PartnerProperty::ALL.len() {
        if is_in_v1(PartnerProperty::ALL[at]) {
            members[count] = PartnerProperty::ALL[at];
            count += 1;
        }
        at += 1;
    }
    members
}

const fn properties<const N: usize>(members: &[PartnerProperty]) -> [Property; N] {
    let mut properties = [ID; N];
    let mut at = 0;
    while at < N {
        properties[at] = partner(members[at]).1;
        at += 1;
    }
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_of_partners_finds_itself_in_the_schema() {
        for property in PartnerProperty::ALL {
            assert_eq!(property.property().name, property.name());
        }
    }

    #[test]
    fn what_only_beta_has_is_not_in_the_other_version() {
        let expiry = PartnerProperty::OnboardingRequestExpiryDateTime;
        assert!(!partner_members(Version::V1).contains(&expiry));
        assert!(PARTNER_V1.property(expiry.name()).is_none());
        assert!(PARTNER_BETA.property(expiry.name()).is_some());
    }
}
