//! Every place that is served under a version, as data: requests are matched against it, and descriptions are written from it.

use crate::names;
use crate::version::Version;

/// One resource there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The versions that have it.
    pub versions: &'static [Version],
    /// The way to it from the version.
    pub steps: &'static [Step],
}

/// One step on the way to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `$batch` or `$metadata`
    Reserved(&'static str),
    /// A singleton of the service.
    Singleton(&'static str),
    /// A navigation property.
    Navigation(&'static str),
    /// The key of one in a collection, with its name in templates.
    Key(&'static str),
    /// How many there are.
    Count,
    /// An action without parameters in the path.
    Action(&'static str),
    /// A function without parameters.
    Function(&'static str),
    /// A function with one text.
    FunctionOf {
        /// The function.
        name: &'static str,
        /// What its text is called.
        parameter: &'static str,
    },
}

/// A method of HTTP that has a meaning somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// An action of partners.
pub const BEGIN_ONBOARDING: &str = "beginOnboarding";
/// An action of partners.
pub const DISCONNECT: &str = "disconnect";
/// A function of audit events.
pub const GET_AUDIT_CATEGORIES: &str = "getAuditCategories";
/// A function of audit events.
pub const GET_AUDIT_ACTIVITY_TYPES: &str = "getAuditActivityTypes";

const BOTH: &[Version] = &Version::ALL;
const TO_SINGLETON: Step = Step::Singleton(names::DEVICE_MANAGEMENT);
const TO_PARTNERS: Step = Step::Navigation(names::PARTNERS);
const TO_PARTNER: Step = Step::Key("remoteAssistancePartner-id");
const TO_AUDIT_EVENTS: Step = Step::Navigation(names::AUDIT_EVENTS);

/// Makes each route, and the list of all in this order.
macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident: $versions:expr, [$($step:expr),*];)*) => {
        $($(#[$doc])* pub static $name: Route = Route { versions: $versions, steps: &[$($step),*] };)*

        /// What is served. What is asked for most comes first; functions come before keys, which could have any name.
        pub static ROUTES: &[&Route] = &[$(&$name),*];
    };
}

routes! {
    /// `/deviceManagement/remoteAssistancePartners/{id}`
    PARTNER: BOTH, [TO_SINGLETON, TO_PARTNERS, TO_PARTNER];
    /// `…/{id}/disconnect`
    PARTNER_DISCONNECT: BOTH, [TO_SINGLETON, TO_PARTNERS, TO_PARTNER, Step::Action(DISCONNECT)];
    /// `…/{id}/beginOnboarding`
    PARTNER_BEGIN_ONBOARDING: BOTH, [TO_SINGLETON, TO_PARTNERS, TO_PARTNER, Step::Action(BEGIN_ONBOARDING)];
    /// `/deviceManagement/remoteAssistancePartners`
    PARTNER_LIST: BOTH, [TO_SINGLETON, TO_PARTNERS];
    /// `/deviceManagement/remoteAssistancePartners/$count`
    PARTNER_COUNT: BOTH, [TO_SINGLETON, TO_PARTNERS, Step::Count];
    /// `/$batch`
    BATCH: BOTH, [Step::Reserved(names::BATCH)];
    /// `/deviceManagement/auditEvents`
    AUDIT_EVENT_LIST: BOTH, [TO_SINGLETON, TO_AUDIT_EVENTS];
    /// `/deviceManagement/auditEvents/$count`
    AUDIT_EVENT_COUNT: BOTH, [TO_SINGLETON, TO_AUDIT_EVENTS, Step::Count];
    /// `/deviceManagement/auditEvents/getAuditCategories`
    AUDIT_CATEGORIES: BOTH, [TO_SINGLETON, TO_AUDIT_EVENTS, Step::Function(GET_AUDIT_CATEGORIES)];
    /// `/deviceManagement/auditEvents/getAuditActivityTypes(category='…')`
    AUDIT_ACTIVITY_TYPES: BOTH, [
        TO_SINGLETON,
        TO_AUDIT_EVENTS,
        Step::FunctionOf { name: GET_AUDIT_ACTIVITY_TYPES, parameter: "category" }
    ];
    /// `/deviceManagement/auditEvents/{id}`
    AUDIT_EVENT: BOTH, [TO_SINGLETON, TO_AUDIT_EVENTS, Step::Key("auditEvent-id")];
    /// `/deviceManagement/remoteAssistanceSettings`
    SETTINGS: &[Version::Beta], [TO_SINGLETON, Step::Navigation(names::SETTINGS)];
    /// `/deviceManagement`
    SINGLETON: BOTH, [TO_SINGLETON];
    /// `/$metadata`
    METADATA: BOTH, [Step::Reserved(names::METADATA)];
    /// `/`
    SERVICE_DOCUMENT: BOTH, [];
}

impl Verb {
    /// The method's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl Route {
    /// The routes of a version.
    pub fn all(version: Version) -> impl Iterator<Item = &'static Self> {
        ROUTES.iter().copied().filter(move |route| route.versions.contains(&version))
    }

    /// The template as Intune's messages write it, like `~/singleton/navigation/key`.
    #[must_use]
    pub fn template(&self) -> String {
        let mut template = String::from("~");
        for step in self.steps {
            template.push('/');
            template.push_str(match step {
                Step::Reserved(name) => name,
                Step::Singleton(_) => "singleton",
                Step::Navigation(_) => "navigation",
                Step::Key(_) => "key",
                Step::Count => names::COUNT,
                Step::Action(_) => "action",
                Step::Function(_) | Step::FunctionOf { .. } => "function",
            });
        }
        template
    }
}
