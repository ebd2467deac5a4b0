//! A partner as Graph shows it.

use std::borrow::Cow;

use gangway_domain::{Partner, Property as PartnerProperty};
use gangway_graph::{Resource, Version};
use gangway_odata::model::{Property, StructuredType};
use serde::ser::SerializeMap;

use super::allowed::Allowed;
use super::reply::{Described, Keyed};
use super::show::{Part, Show, Text};
use crate::http::onboarding;

/// Where partners are described. Backup tools read `@odata.type` of every item without looking whether it is there.
pub(super) const DESCRIBED: Described<'static> =
    Described { resource: Resource::Partner.address(), suffix: "/$entity", typed: true };

/// A partner, as one version shows it.
#[derive(Debug)]
pub(super) struct PartnerView<'a> {
    partner: &'a Partner,
    version: Version,
    onboarding_url: Option<Cow<'a, str>>,
}

impl<'a> PartnerView<'a> {
    /// While an attempt is under way the URL is that of the page where an administrator goes on.
    pub(super) fn new(allowed: &Allowed<'_>, partner: &'a Partner) -> Self {
        let onboarding_url = match partner.attempt() {
            Some(attempt) => Some(onboarding::url(&allowed.context.base, partner, attempt.id).into()),
            None => partner.onboarding_url.as_deref().map(Into::into),
        };
        Self { partner, version: allowed.version, onboarding_url }
    }
}

impl Keyed for PartnerView<'_> {
    fn key(&self) -> Option<String> {
        Some(self.partner.id.to_string())
    }
}

impl Show for PartnerView<'_> {
    fn of(&self) -> &'static StructuredType {
        Resource::Partner.structured_type(self.version)
    }

    fn member<M: SerializeMap>(
        &self,
        property: &'static Property,
        _: Part<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        use PartnerProperty as P;
        let (name, partner) = (property.name, self.partner);
        match P::ALL.into_iter().find(|property| property.name() == name) {
            Some(P::Id) => map.serialize_entry(name, &Text(partner.id)),
            Some(P::DisplayName) => map.serialize_entry(name, &partner.display_name),
            Some(P::OnboardingUrl) => map.serialize_entry(name, &self.onboarding_url),
            Some(P::OnboardingStatus) => {
                map.serialize_entry(name, partner.status.onboarding_status().as_str())
            }
            Some(P::LastConnectionDateTime) => map.serialize_entry(name, &Text(partner.last_connection)),
            Some(P::OnboardingRequestExpiryDateTime) => {
                map.serialize_entry(name, &Text(partner.attempt_expires()))
            }
            None => Ok(()),
        }
    }
}
