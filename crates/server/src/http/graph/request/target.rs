use std::borrow::Cow;
use std::fmt::Write as _;

use gangway_domain::{AuditEventId, PartnerId};
use gangway_graph::names::{COUNT, NAMESPACE};
use gangway_graph::routes::ROUTES;
use gangway_graph::schema::NAMES;
use gangway_graph::{Endpoint, Route, Step, Version};
use gangway_odata::{Segment, segments};
use http::Method;

use crate::http::error::ApiError;

/// What a request is aimed at.
#[derive(Debug)]
pub(in crate::http) struct Target<'a> {
    pub(in crate::http) version: Version,
    route: &'static Route,
    /// What the path has where the route has a key or an argument; no route has both.
    value: Option<Cow<'a, str>>,
}

/// As many segments as any route has behind the version.
const MOST_SEGMENTS: usize = 4;

impl<'a> Target<'a> {
    /// Reads a request's path.
    ///
    /// # Errors
    /// The first segment that names nothing, as Graph's gateway says it.
    pub(in crate::http) fn parse(path: &'a str) -> Result<Self, ApiError> {
        let mut segments = segments(path);
        let mut next = move || segments.next().transpose().map_err(|_| ApiError::InvalidUri);
        let version = match next()? {
            Some(first) if first.is(Version::V1.name()) => Version::V1,
            Some(first) if first.is(Version::Beta.name()) => Version::Beta,
            first => {
                let text = first.map(|f| f.text().to_ascii_lowercase()).unwrap_or_default();
                return Err(ApiError::InvalidVersion(shown(&text)));
            }
        };
        let mut rest = Vec::with_capacity(MOST_SEGMENTS);
        while let Some(segment) = next()? {
            rest.push(segment);
        }
        Self::find(version, &rest)
    }

    /// Reads a path below a version.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub(in crate::http::graph) fn below(version: Version, path: &'a str) -> Result<Self, ApiError> {
        let segments: Result<Vec<_>, _> = segments(path).collect();
        Self::find(version, &segments.map_err(|_| ApiError::InvalidUri)?)
    }

    fn find(version: Version, segments: &[Segment<'a>]) -> Result<Self, ApiError> {
        let mut deepest = 0;
        for route in Route::all(version) {
            match matched(route, segments) {
                Ok(value) => return Ok(Self { version, route, value }),
                Err(depth) => deepest = deepest.max(depth),
            }
        }
        let named = segments.get(deepest).or(segments.last());
        Err(ApiError::NoSegment(named.map(|segment| shown(segment.text())).unwrap_or_default()))
    }

    /// What this method does here, if it does anything.
    pub(in crate::http::graph) fn endpoint(&self, method: &Method) -> Option<Endpoint> {
        self.route.endpoint(method.as_str())
    }

    /// The error of a method that does nothing here.
    pub(in crate::http::graph) fn no_route(&self, method: &Method) -> ApiError {
        ApiError::NoRoute {
            template: self.route.template(),
            method: method.clone(),
            path: format!("GangwayFE{}", self.resource_path()),
        }
    }

    /// The partner the path names.
    ///
    /// # Errors
    /// If no partner can have that id.
    pub(in crate::http::graph) fn partner(&self) -> Result<PartnerId, ApiError> {
        self.value().parse().map_err(|_| ApiError::NotAnId)
    }

    /// The audit event the path names.
    ///
    /// # Errors
    /// If no audit event can have that id.
    pub(in crate::http::graph) fn audit_event(&self) -> Result<AuditEventId, ApiError> {
        // What is called without what it needs looks like a key.
        let called = |step: &&Step| matches!(step, Step::FunctionOf { name, .. } if name.eq_ignore_ascii_case(self.value()));
        self.value().parse().map_err(|_| match ROUTES.iter().flat_map(|route| route.steps).find(called) {
            Some(_) => ApiError::NoSegment(shown(self.value())),
            None => ApiError::NotAnId,
        })
    }

    /// The key or the argument in the path, decoded.
    pub(in crate::http::graph) fn value(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// Path and query as Graph's gateway would have forwarded them to Intune; part of Intune's messages.
    pub(in crate::http) fn forwarded(&self) -> String {
        let version = self.version.forwarded();
        format!("/GangwayFE/StatelessGangwayFEService{}?api-version={version}", self.resource_path())
    }

    /// The path with its key in parentheses and what is called by its full name.
    fn resource_path(&self) -> String {
        const CALLED: &str = NAMES.inner;
        let mut path = String::new();
        let value = shown(self.value());
        for step in self.route.steps {
            let _ = match step {
                Step::Singleton(name) | Step::Navigation(name) | Step::Reserved(name) => {
                    write!(path, "/{name}")
                }
                Step::Key(_) => write!(path, "('{value}')"),
                Step::Count => write!(path, "/{COUNT}"),
                Step::Action(name) | Step::Function(name) => write!(path, "/{CALLED}.{name}"),
                Step::FunctionOf { name, parameter } => {
                    write!(path, "/{CALLED}.{name}({parameter}='{value}')")
                }
            };
        }
        if path.is_empty() { "/".into() } else { path }
    }
}

/// What the path has for the route's key or argument, if it leads there; else, how many of its segments do. A key may
/// stand in its own segment or in parentheses.
fn matched<'a>(route: &Route, segments: &[Segment<'a>]) -> Result<Option<Cow<'a, str>>, usize> {
    let mut value = None;
    let mut at = 0;
    let mut steps = route.steps.iter().copied().peekable();
    while let Some(step) = steps.next() {
        let segment = segments.get(at).ok_or(at)?;
        let parenthesised = match (step, steps.peek()) {
            (Step::Navigation(name), Some(Step::Key(_))) => segment.key_of(name),
            _ => None,
        };
        if let Some(key) = parenthesised {
            value = Some(Cow::Owned(key.into_owned()));
            steps.next();
        } else if !fits(step, segment, &mut value) {
            return Err(at);
        }
        at += 1;
    }
    if at == segments.len() { Ok(value) } else { Err(at) }
}

/// Whether a segment is this step; with what it says, if the step takes a value.
fn fits<'a>(step: Step, segment: &Segment<'a>, value: &mut Option<Cow<'a, str>>) -> bool {
    match step {
        Step::Singleton(name) | Step::Navigation(name) | Step::Reserved(name) => segment.is(name),
        Step::Count => segment.is(COUNT),
        Step::Action(name) => segment.is_operation(NAMESPACE, name),
        Step::Function(name) => segment.is_call(NAMESPACE, name),
        Step::FunctionOf { name, parameter } => {
            let argument = segment.argument_of(NAMESPACE, name, parameter);
            *value = argument.map(|text| Cow::Owned(text.into_owned()));
            value.is_some()
        }
        Step::Key(_) => {
            *value = Some(segment.clone().into_text());
            !segment.text().starts_with('$') && !segment.text().contains('(')
        }
    }
}

/// Text out of a URL, fit to be repeated in a message.
fn shown(text: &str) -> String {
    gangway_odata::payload::shortened(text)
}

#[cfg(test)]
mod tests {
    use gangway_graph::Operation;

    use super::*;

    const ID: &str = "6a4d55ea-55ea-6a4d-ea55-4d6aea554d6a";

    fn endpoint(method: &Method, path: &str) -> Option<Endpoint> {
        Target::parse(path).unwrap().endpoint(method)
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
            let expected = Endpoint::Operation(Operation::Disconnect);
            assert_eq!(endpoint(&Method::POST, &path).unwrap(), expected, "{path}");
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
            ("/v1.0/deviceManagement/remoteAssistanceSettings", "remoteAssistanceSettings"),
            (
                "/beta/deviceManagement/auditEvents/getAuditActivityTypes(x='y')",
                "getAuditActivityTypes(x='y')",
            ),
            ("/beta/a/b/c/d/e/f/g/h/i/j", "a"),
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
        let target = Target::parse("/v1.0/deviceManagement/remoteAssistancePartners").unwrap();
        assert_eq!(target.endpoint(&Method::PUT), None);
        let error = target.no_route(&Method::PUT);
        let crate::http::error::Message::Plain(text) = error.message() else { panic!("{error}") };
        assert_eq!(
            text,
            "No OData route exists that match template ~/singleton/navigation with http verb PUT for request \
             /GangwayFE/deviceManagement/remoteAssistancePartners."
        );
    }

    #[test]
    fn functions_are_called_with_and_without_parentheses_and_namespace() {
        for (path, operation, argument) in [
            ("getAuditCategories", Operation::GetAuditCategories, ""),
            ("getAuditCategories()", Operation::GetAuditCategories, ""),
            ("microsoft.graph.getAuditCategories()", Operation::GetAuditCategories, ""),
            ("getAuditActivityTypes(category='A%20''b''')", Operation::GetAuditActivityTypes, "A 'b'"),
            ("6a4d55ea", Operation::GetAuditEvent, "6a4d55ea"),
        ] {
            let path = format!("/v1.0/deviceManagement/auditEvents/{path}");
            let target = Target::parse(&path).unwrap();
            assert_eq!(target.endpoint(&Method::GET).unwrap(), Endpoint::Operation(operation), "{path}");
            assert_eq!(target.value(), argument, "{path}");
        }
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
