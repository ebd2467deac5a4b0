use gangway_domain::{OnboardingStatus, PartnerId, Property, TenantId, Timestamp, Update};
use serde_json::Value;
use uuid::Uuid;

use super::Allowed;
use super::reply::TYPE;
use super::target::Version;
use crate::http::body::{Body, is_json};
use crate::http::error::ApiError;
use crate::http::json::{ModelError, Object, literal, shortened};
use crate::http::onboarding;
use crate::http::service::Engine;

/// What the body of a create or PATCH says.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::option_option, reason = "absent, null and a text are three different things")]
pub(super) struct PartnerBody {
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
    pub(super) async fn read(allowed: &Allowed<'_>, body: &mut Body) -> Result<Self, ApiError> {
        if !is_json(allowed.headers) {
            return Err(ApiError::UnreadableJson);
        }
        let bytes = body.read(allowed.headers).await?;
        Self::parse(&bytes, allowed.version)
    }

    fn parse(bytes: &[u8], version: Version) -> Result<Self, ApiError> {
        let mut body = Self::default();
        for (name, value) in Object::parse(bytes)?.0 {
            if name.eq_ignore_ascii_case("@odata.type") {
                check_type(&value)?;
            } else if !name.contains('@') {
                let property = property_named(&name, version);
                body.set(property.ok_or_else(|| ModelError::UnknownProperty(shortened(&name)))?, value)?;
            }
        }
        Ok(body)
    }

    fn set(&mut self, property: Property, value: Value) -> Result<(), ModelError> {
        match property {
            Property::Id => self.id = Some(required_text(property, value)?),
            Property::DisplayName => self.display_name = Some(text(property, value)?.unwrap_or_default()),
            Property::OnboardingUrl => self.onboarding_url = Some(text(property, value)?),
            Property::OnboardingStatus => self.status = Some(status(value)?),
            Property::LastConnectionDateTime => self.last_connection = Some(time(property, value)?),
            Property::OnboardingRequestExpiryDateTime => self.attempt_expires = Some(time(property, value)?),
        }
        Ok(())
    }

    /// The id a new partner is to have.
    pub(super) fn new_id(&self) -> Result<Option<PartnerId>, ApiError> {
        let Some(id) = self.id.as_deref() else { return Ok(None) };
        let uuid = Uuid::try_parse(id).ok().filter(|_| id.len() == 36);
        uuid.map(|uuid| Some(PartnerId(uuid))).ok_or(ApiError::InvalidId("must be a GUID"))
    }

    /// A PATCH may repeat its partner's id, but not change it.
    pub(super) fn refuse_other_id(&self, id: PartnerId) -> Result<(), ApiError> {
        match self.new_id() {
            Ok(given) if given.is_none_or(|given| given == id) => Ok(()),
            Ok(_) | Err(_) => Err(ApiError::InvalidId("cannot be changed")),
        }
    }

    /// The page of an attempt is shown in place of the partner's own URL, and comes back with what a client has
    /// read. It is no URL to keep.
    pub(super) fn forget_page_of(&mut self, tenant: TenantId, id: PartnerId) {
        if let Some(Some(url)) = &self.onboarding_url
            && onboarding::is_page_of(url, tenant, id)
        {
            self.onboarding_url = None;
        }
    }

    /// What it asks to change.
    pub(super) fn update(self, engine: &Engine) -> Update {
        Update {
            display_name: self.display_name,
            onboarding_url: self.onboarding_url,
            status: self.status.map(|status| engine.status_change(status)),
            last_connection: self.last_connection,
            attempt_expires: self.attempt_expires,
        }
    }
}

fn property_named(name: &str, version: Version) -> Option<Property> {
    const V1: [Property; 5] = [
        Property::Id,
        Property::DisplayName,
        Property::OnboardingUrl,
        Property::OnboardingStatus,
        Property::LastConnectionDateTime,
    ];
    let beta: &[_] = match version {
        Version::V1 => &[],
        Version::Beta => &[Property::OnboardingRequestExpiryDateTime],
    };
    V1.into_iter().chain(beta.iter().copied()).find(|property| property.name().eq_ignore_ascii_case(name))
}

/// `@odata.type` must name the partner's type, with or without `#`.
fn check_type(value: &Value) -> Result<(), ModelError> {
    const OTHERS: [&str; 4] = ["entity", "deviceManagement", "managedDevice", "auditEvent"];
    let given = literal(value);
    let name = given.strip_prefix('#').unwrap_or(&given);
    if TYPE.strip_prefix('#') == Some(name) {
        return Ok(());
    }
    let known = name.strip_prefix("microsoft.graph.").is_some_and(|short| OTHERS.contains(&short));
    Err(if known { ModelError::OtherType(name.into()) } else { ModelError::UnknownType(name.into()) })
}

const fn edm(property: Property) -> &'static str {
    match property {
        Property::Id | Property::DisplayName | Property::OnboardingUrl => "Edm.String",
        Property::OnboardingStatus => "microsoft.graph.remoteAssistanceOnboardingStatus",
        Property::LastConnectionDateTime | Property::OnboardingRequestExpiryDateTime => "Edm.DateTimeOffset",
    }
}

fn text(property: Property, value: Value) -> Result<Option<String>, ModelError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(wrong_value(property, literal(&value)))
        }
    }
}

fn required_text(property: Property, value: Value) -> Result<String, ModelError> {
    text(property, value)?.ok_or(ModelError::Null { property: property.name(), edm: edm(property) })
}

fn status(value: Value) -> Result<OnboardingStatus, ModelError> {
    let name = required_text(Property::OnboardingStatus, value)?;
    OnboardingStatus::from_name(&name)
        .ok_or_else(|| wrong_value(Property::OnboardingStatus, shortened(&name)))
}

fn time(property: Property, value: Value) -> Result<Timestamp, ModelError> {
    let text = required_text(property, value)?;
    text.parse().map_err(|why| ModelError::WrongTime {
        property: property.name(),
        literal: shortened(&text),
        why,
    })
}

fn wrong_value(property: Property, literal: String) -> ModelError {
    ModelError::WrongValue { property: property.name(), edm: edm(property), literal }
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
