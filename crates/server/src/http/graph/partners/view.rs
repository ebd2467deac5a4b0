//! A partner as Graph shows it.

use std::borrow::Cow;

use gangway_domain::{Partner, Property};
use gangway_graph::schema::partner_members;
use gangway_graph::{Resource, Version};
use gangway_odata::model::StructuredType;
use serde::ser::SerializeMap;

use crate::http::graph::allowed::Allowed;
use crate::http::graph::answer::{Described, Entry, Keyed, Part, Show, Text};
use crate::http::pages;

/// Where partners are described. Backup tools read `@odata.type` of every item without looking whether it is there.
pub(in crate::http::graph) const DESCRIBED: Described<'static> =
    Described { resource: Resource::Partner.address(), suffix: "/$entity", typed: true };

/// A partner, as one version shows it.
#[derive(Debug)]
pub(in crate::http::graph) struct PartnerView<'a> {
    partner: &'a Partner,
    version: Version,
    onboarding_url: Option<Cow<'a, str>>,
}

impl<'a> PartnerView<'a> {
    /// While an attempt is under way the URL is that of the page where an administrator goes on.
    pub(in crate::http::graph) fn new(allowed: &Allowed<'_>, partner: &'a Partner) -> Self {
        let onboarding_url = match partner.attempt() {
            Some(attempt) => Some(pages::url(&allowed.context.base, partner, attempt.id).into()),
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
    type Member = Property;

    fn structured_type(&self) -> &'static StructuredType {
        Resource::Partner.structured_type(self.version)
    }

    fn members(&self) -> &'static [Property] {
        partner_members(self.version)
    }

    fn show<M: SerializeMap>(
        &self,
        member: Property,
        _: Part<'_>,
        to: &mut Entry<'_, M>,
    ) -> Result<(), M::Error> {
        let partner = self.partner;
        match member {
            Property::Id => to.write(&Text(partner.id)),
            Property::DisplayName => to.write(&partner.display_name),
            Property::OnboardingUrl => to.write(&self.onboarding_url),
            Property::OnboardingStatus => to.write(partner.status.onboarding_status().as_str()),
            Property::LastConnectionDateTime => to.write(&Text(partner.last_connection)),
            Property::OnboardingRequestExpiryDateTime => to.write(&Text(partner.attempt_expires())),
        }
    }
}
