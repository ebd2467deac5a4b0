//! A partner in JSON: as it is shown, and as a body has it.

use std::borrow::Cow;

use gangway_domain::{OnboardingStatus, Partner, PartnerId, Property, TenantId, Timestamp, Update};
use gangway_graph::schema::{NAMES, NAMESPACE, partner_members};
use gangway_graph::{Resource, Version};
use gangway_odata::model::{self, StructuredType};
use gangway_odata::payload::{self, PayloadError, Value};
use serde::ser::SerializeMap;
use uuid::Uuid;

use crate::Engine;
use crate::http::body::Body;
use crate::http::error::ApiError;
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

/// What the body of a create or PATCH says.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::option_option, reason = "absent, null and a text are three different things")]
pub(in crate::http::graph) struct PartnerBody {
    id: Option<String>,
    display_name: Option<String>,
    onboarding_url: Option<Option<String>>,
    status: Option<OnboardingStatus>,
    last_connection: Option<Timestamp>,
    attempt_expires: Option<Timestamp>,
}

impl PartnerBody {
    /// Reads it.
    ///
    /// # Errors
    /// In OData's words, naming the property.
    pub(in crate::http::graph) async fn read(
        allowed: &Allowed<'_>,
        body: &mut Body,
    ) -> Result<Self, ApiError> {
        let bytes = body.read_json(allowed.headers).await?;
        Ok(Self::parse(&bytes, allowed.version)?)
    }

    fn parse(bytes: &[u8], version: Version) -> Result<Self, PayloadError> {
        let mut body = Self::default();
        for (property, value) in payload::read(bytes, Resource::Partner.structured_type(version), &NAMES)? {
            body.set(property, value)?;
        }
        Ok(body)
    }

    fn set(&mut self, property: &model::Property, value: Value) -> Result<(), PayloadError> {
        let Some(named) = Property::ALL.into_iter().find(|known| known.name() == property.name) else {
            return Ok(());
        };
        let text = value.into_text();
        match named {
            Property::Id => self.id = text,
            Property::DisplayName => self.display_name = Some(text.unwrap_or_default()),
            Property::OnboardingUrl => self.onboarding_url = Some(text),
            Property::OnboardingStatus => self.status = text.as_deref().and_then(OnboardingStatus::from_name),
            Property::LastConnectionDateTime => self.last_connection = time(property, text)?,
            Property::OnboardingRequestExpiryDateTime => self.attempt_expires = time(property, text)?,
        }
        Ok(())
    }

    /// The id a new partner is to have.
    pub(in crate::http::graph) fn new_id(&self) -> Result<Option<PartnerId>, ApiError> {
        let Some(id) = self.id.as_deref() else { return Ok(None) };
        let uuid = Uuid::try_parse(id).ok().filter(|_| id.len() == 36);
        uuid.map(|uuid| Some(PartnerId(uuid))).ok_or(ApiError::InvalidId("must be a GUID"))
    }

    /// A PATCH may repeat its partner's id, but not change it.
    pub(in crate::http::graph) fn refuse_other_id(&self, id: PartnerId) -> Result<(), ApiError> {
        match self.new_id() {
            Ok(given) if given.is_none_or(|given| given == id) => Ok(()),
            Ok(_) | Err(_) => Err(ApiError::InvalidId("cannot be changed")),
        }
    }

    /// The page of an attempt is shown in place of the partner's own URL, and comes back with what a client has
    /// read. It is no URL to keep.
    pub(in crate::http::graph) fn forget_page_of(&mut self, tenant: TenantId, id: PartnerId) {
        if let Some(Some(url)) = &self.onboarding_url
            && pages::is_page_of(url, tenant, id)
        {
            self.onboarding_url = None;
        }
    }

    /// What it asks to change.
    pub(in crate::http::graph) fn update(self, engine: &Engine) -> Update {
        Update {
            display_name: self.display_name,
            onboarding_url: self.onboarding_url,
            status: self.status.map(|status| engine.status_change(status)),
            last_connection: self.last_connection,
            attempt_expires: self.attempt_expires,
        }
    }
}

fn time(property: &model::Property, text: Option<String>) -> Result<Option<Timestamp>, PayloadError> {
    let read =
        |text: String| text.parse().map_err(|why| PayloadError::unfit(property, &text, why, NAMESPACE));
    text.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<PartnerBody, String> {
        PartnerBody::parse(body.as_bytes(), Version::V1).map_err(|error| error.to_string())
    }

    #[test]
    fn the_sample_of_the_documentation_is_read_whole() {
        let body = parse(
            r##"{"@odata.type": "#microsoft.graph.remoteAssistancePartner", "displayName": "Display Name value",
                "onboardingUrl": "https://example.com/onboardingUrl/", "onboardingStatus": "onboarding",
                "lastConnectionDateTime": "2016-12-31T23:58:36.6670033-08:00"}"##,
        );
        let expected = PartnerBody {
            display_name: Some("Display Name value".into()),
            onboarding_url: Some(Some("https://example.com/onboardingUrl/".into())),
            status: Some(OnboardingStatus::Onboarding),
            last_connection: "2017-01-01T07:58:36.6670033Z".parse().ok(),
            ..PartnerBody::default()
        };
        assert_eq!(body.unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, named) in [
            (
                r#"{"onboardingRequestExpiryDateTime":null}"#,
                "'onboardingRequestExpiryDateTime' does not exist",
            ),
            (
                r#"{"displayName":5}"#,
                "literal '5' to the expected type 'Edm.String' of property 'displayName'",
            ),
            (r#"{"onboardingStatus":"Onboarded"}"#, "'Onboarded' to the expected type 'microsoft.graph."),
            (
                r#"{"onboardingStatus":null}"#,
                "null value was found for the property named 'onboardingStatus'",
            ),
            (r#"{"lastConnectionDateTime":"2025-11-24T01:11:04"}"#, "it has no offset"),
            (r#"{"id":null}"#, "null value was found for the property named 'id'"),
            (r##"{"@odata.type":"#microsoft.graph.auditEvent"}"##, "'microsoft.graph.auditEvent' was found"),
            (r##"{"@odata.type":"#microsoft.graph.foo"}"##, "'microsoft.graph.foo' could not be resolved"),
            (r#"{"@odata.type":7}"#, "'7' could not be resolved"),
        ] {
            let error = parse(body).unwrap_err();
            assert!(error.contains(named), "{body}: {error}");
        }
    }

    #[test]
    fn names_are_read_without_regard_to_case_and_annotations_are_read_over() {
        let body = parse(
            r#"{"DisplayName":"A","@odata.context":"x","displayName@odata.type":"y","@odata.etag":null}"#,
        );
        assert_eq!(body.unwrap(), PartnerBody { display_name: Some("A".into()), ..PartnerBody::default() });
    }

    #[test]
    fn a_patch_may_repeat_its_id_in_any_spelling_but_not_change_it() {
        let id: PartnerId = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a".parse().unwrap();
        let with = |id: &str| PartnerBody { id: Some(id.into()), ..PartnerBody::default() };
        assert!(with(&id.to_string()).refuse_other_id(id).is_ok());
        assert!(with(&id.to_string().to_uppercase()).refuse_other_id(id).is_ok());
        assert!(with("6a4d55ea-55ea-6a4d-ea55-4d6aea554d6b").refuse_other_id(id).is_err());
        assert!(with("").refuse_other_id(id).is_err());
    }
}
