use std::borrow::Cow;
use std::fmt::Write as _;

use gangway_domain::{Operation, PartnerId};
use gangway_odata::{Segment, query_options, segments};
use http::Method;
use http::request::Parts;

use crate::http::error::ApiError;

/// Which of Graph's two versions is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Version {
    V1,
    Beta,
}

/// What a request is aimed at.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) struct Target<'a> {
    pub(in crate::http) version: Version,
    resource: Resource<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Resource<'a> {
    Service,
    DeviceManagement,
    Partners,
    PartnersCount,
    Partner { id: Cow<'a, str> },
    Action { id: Cow<'a, str>, action: Action },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    BeginOnboarding,
    Disconnect,
}

const NAMESPACE: &str = "microsoft.graph";
const DEVICE_MANAGEMENT: &str = "deviceManagement";
pub(super) const PARTNERS: &str = "remoteAssistancePartners";
const BEGIN_ONBOARDING: &str = "beginOnboarding";
const DISCONNECT: &str = "disconnect";
const COUNT: &str = "$count";

impl Version {
    /// As it stands in URLs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// The `api-version` that Graph's gateway adds when it forwards to Intune, as traces of 2025 and 2022 have it.
    const fn forwarded(self) -> &'static str {
        match self {
            Self::V1 => "2025-07-09",
            Self::Beta => "5022-07-06",
        }
    }
}

impl<'a> Target<'a> {
    /// Reads a request's path.
    ///
    /// # Errors
    /// The first segment that names nothing, as Graph's gateway says it.
    pub(in crate::http) fn parse(path: &'a str) -> Result<Self, ApiError> {
        let mut segments = segments(path);
        let mut next = move || segments.next().transpose().map_err(|_| ApiError::InvalidUri);
        let version = match next()? {
            Some(first) if first.is("v1.0") => Version::V1,
            Some(first) if first.is("beta") => Version::Beta,
            first => {
                let text = first.map(|f| f.text().to_ascii_lowercase()).unwrap_or_default();
                return Err(ApiError::InvalidVersion(shown(&text)));
            }
        };
        let mut rest = Vec::with_capacity(4);
        while let Some(segment) = next()? {
            rest.push(segment);
        }
        Ok(Self { version, resource: resource(rest)? })
    }

    /// Refuses any query option: to read over one would answer another question than was asked.
    pub(super) fn refuse_options(parts: &Parts) -> Result<(), ApiError> {
        match query_options(parts.uri.query().unwrap_or_default()).next() {
            None => Ok(()),
            Some(option) => Err(ApiError::QueryOption(shown(&option.name))),
        }
    }

    /// What this verb does here.
    pub(super) fn operation(&self, method: &Method) -> Result<Operation, ApiError> {
        match (&self.resource, method) {
            (Resource::Partners, &Method::GET) => Ok(Operation::ListPartners),
            (Resource::Partners, &Method::POST) => Ok(Operation::CreatePartner),
            (Resource::PartnersCount, &Method::GET) => Ok(Operation::CountPartners),
            (Resource::Partner { .. }, &Method::GET) => Ok(Operation::GetPartner),
            (Resource::Partner { .. }, &Method::PATCH) => Ok(Operation::UpdatePartner),
            (Resource::Partner { .. }, &Method::DELETE) => Ok(Operation::DeletePartner),
            (Resource::Action { action, .. }, &Method::POST) => Ok(match action {
                Action::BeginOnboarding => Operation::BeginOnboarding,
                Action::Disconnect => Operation::Disconnect,
            }),
            (resource, _) => Err(ApiError::NoRoute {
                template: resource.template(),
                method: method.clone(),
                path: format!("GangwayFE{}", self.resource_path()),
            }),
        }
    }

    /// The partner the path names.
    ///
    /// # Errors
    /// If no partner can have that id.
    pub(super) fn partner(&self) -> Result<PartnerId, ApiError> {
        match &self.resource {
            Resource::Partner { id } | Resource::Action { id, .. } => {
                id.parse().map_err(|_| ApiError::NotAnId)
            }
            Resource::Service | Resource::DeviceManagement | Resource::Partners | Resource::PartnersCount => {
                Err(ApiError::NotAnId)
            }
        }
    }

    /// Path and query as Graph's gateway would have forwarded them to Intune; part of Intune's messages.
    pub(in crate::http) fn forwarded(&self) -> String {
        let version = self.version.forwarded();
        format!("/GangwayFE/StatelessGangwayFEService{}?api-version={version}", self.resource_path())
    }

    fn resource_path(&self) -> String {
        let mut path = String::from("/");
        let _ = match &self.resource {
            Resource::Service => Ok(()),
            Resource::DeviceManagement => write!(path, "{DEVICE_MANAGEMENT}"),
            Resource::Partners => write!(path, "{DEVICE_MANAGEMENT}/{PARTNERS}"),
            Resource::PartnersCount => write!(path, "{DEVICE_MANAGEMENT}/{PARTNERS}/{COUNT}"),
            Resource::Partner { id } => write!(path, "{DEVICE_MANAGEMENT}/{PARTNERS}('{}')", shown(id)),
            Resource::Action { id, action } => write!(
                path,
                "{DEVICE_MANAGEMENT}/{PARTNERS}('{}')/microsoft.management.services.api.{}",
                shown(id),
                action.name()
            ),
        };
        path
    }
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::BeginOnboarding => BEGIN_ONBOARDING,
            Self::Disconnect => DISCONNECT,
        }
    }

    fn named(segment: &Segment<'_>) -> Option<Self> {
        [Self::BeginOnboarding, Self::Disconnect].into_iter().find(|a| segment.is_action(NAMESPACE, a.name()))
    }
}

impl Resource<'_> {
    const fn template(&self) -> &'static str {
        match self {
            Self::Service => "~",
            Self::DeviceManagement => "~/singleton",
            Self::Partners => "~/singleton/navigation",
            Self::PartnersCount => "~/singleton/navigation/$count",
            Self::Partner { .. } => "~/singleton/navigation/key",
            Self::Action { .. } => "~/singleton/navigation/key/action",
        }
    }
}

/// Walks the segments behind the version. A key may stand in its own segment or in parentheses.
fn resource(segments: Vec<Segment<'_>>) -> Result<Resource<'_>, ApiError> {
    let mut segments = segments.into_iter();
    match segments.next() {
        None => return Ok(Resource::Service),
        Some(first) if first.is(DEVICE_MANAGEMENT) => {}
        Some(first) => return Err(no_segment(&first)),
    }
    let id = match segments.next() {
        None => return Ok(Resource::DeviceManagement),
        Some(set) if set.is(PARTNERS) => match segments.next() {
            None => return Ok(Resource::Partners),
            Some(count) if count.is(COUNT) => {
                return segments.next().map_or(Ok(Resource::PartnersCount), |extra| Err(no_segment(&extra)));
            }
            Some(reserved) if reserved.text().starts_with('$') => return Err(no_segment(&reserved)),
            Some(key) => key.into_text(),
        },
        Some(set) => match set.key_of(PARTNERS) {
            Some(key) => Cow::Owned(key.into_owned()),
            None => return Err(no_segment(&set)),
        },
    };
    match segments.next() {
        None => Ok(Resource::Partner { id }),
        Some(segment) => {
            let action = Action::named(&segment).ok_or_else(|| no_segment(&segment))?;
            segments.next().map_or(Ok(Resource::Action { id, action }), |extra| Err(no_segment(&extra)))
        }
    }
}

fn no_segment(segment: &Segment<'_>) -> ApiError {
    ApiError::NoSegment(shown(segment.text()))
}

/// Text out of a URL, fit to be repeated in a message.
fn shown(text: &str) -> String {
    gangway_odata::payload::shortened(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";

    fn operation(method: &Method, path: &str) -> Result<Operation, ApiError> {
        Target::parse(path)?.operation(method)
    }

    #[test]
    fn the_action_of_the_source_document_is_found_however_it_is_spelled() {
        for path in [
            format!("/v1.0/deviceManagement/remoteAssistancePartners/{ID}/disconnect"),
            format!("/V1.0/DEVICEMANAGEMENT/remoteassistancepartners/{ID}/Disconnect"),
            format!("/beta/deviceManagement/remoteAssistancePartners/{ID}/microsoft.graph.disconnect"),
            format!("/v1.0/deviceManagement/remoteAssistancePartners('{ID}')/disconnect/"),
            format!(
                "/v1.0/deviceManagement/remoteAssistancePartners(%27{ID}%27)//microsoft.graph.disconnect"
            ),
        ] {
            assert_eq!(operation(&Method::POST, &path).unwrap(), Operation::Disconnect, "{path}");
            assert_eq!(Target::parse(&path).unwrap().partner().unwrap().to_string(), ID);
        }
    }

    #[test]
    fn the_first_segment_that_names_nothing_is_named() {
        for (path, segment) in [
            ("/v1.0/users", "users"),
            ("/v1.0/deviceManagement/managedDevices", "managedDevices"),
            ("/v1.0/deviceManagement/remoteAssistancePartners/x/nothing", "nothing"),
            ("/v1.0/deviceManagement/remoteAssistancePartners/x/disconnect/y", "y"),
            ("/v1.0/deviceManagement/remoteAssistancePartners/$count/y", "y"),
            ("/v1.0/deviceManagement/remoteAssistancePartners/$ref", "$ref"),
            ("/v1.0/deviceManagement/remoteAssistancePartners(x)", "remoteAssistancePartners(x)"),
        ] {
            let error = Target::parse(path).unwrap_err();
            assert!(matches!(&error, ApiError::NoSegment(s) if s == segment), "{path}: {error}");
        }
    }

    #[test]
    fn a_path_without_a_version_is_told_its_first_segment_in_lower_case() {
        for (path, version) in [("/deviceManagement/x", "devicemanagement"), ("/", ""), ("/v2.0", "v2.0")] {
            assert!(
                matches!(Target::parse(path), Err(ApiError::InvalidVersion(v)) if v == version),
                "{path}"
            );
        }
    }

    #[test]
    fn a_verb_without_a_route_gets_the_template_it_missed() {
        let error = operation(&Method::PUT, "/v1.0/deviceManagement/remoteAssistancePartners").unwrap_err();
        let crate::http::error::Message::Plain(text) = error.message() else { panic!("{error}") };
        assert_eq!(
            text,
            "No OData route exists that match template ~/singleton/navigation with http verb PUT for request \
             /GangwayFE/deviceManagement/remoteAssistancePartners."
        );
    }

    #[test]
    fn what_is_forwarded_has_the_key_in_parentheses_and_the_action_qualified() {
        let path = format!("/beta/deviceManagement/remoteAssistancePartners/{ID}/disconnect");
        assert_eq!(
            Target::parse(&path).unwrap().forwarded(),
            format!(
                "/GangwayFE/StatelessGangwayFEService/deviceManagement/remoteAssistancePartners('{ID}')/\
                 microsoft.management.services.api.disconnect?api-version=5022-07-06"
            )
        );
    }
}
