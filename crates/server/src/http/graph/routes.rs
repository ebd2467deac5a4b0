//! Everything that is served under a version, as data: requests are matched against it, and descriptions are written
//! from it.

use gangway_domain::Operation;
use http::Method;

/// Which of Graph's two versions is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Version {
    V1,
    Beta,
}

/// One resource there is.
#[derive(Debug)]
pub(in crate::http) struct Route {
    /// The versions that have it.
    pub(in crate::http) versions: &'static [Version],
    /// The way to it from the version.
    pub(in crate::http) steps: &'static [Step],
    /// What can be done there.
    pub(in crate::http) verbs: &'static [(Method, Endpoint)],
}

/// One step on the way to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Step {
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
    FunctionOf { name: &'static str, parameter: &'static str },
}

/// What answers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Endpoint {
    /// An operation of the API, for whoever may.
    Operation(Operation),
    /// Many requests in one.
    Batch,
    /// What there is, for everybody.
    ServiceDocument,
    /// The model, for everybody.
    Metadata,
}

pub(in crate::http) const NAMESPACE: &str = gangway_engine::schema::NAMESPACE;
pub(in crate::http) const DEVICE_MANAGEMENT: &str = "deviceManagement";
pub(in crate::http) const PARTNERS: &str = "remoteAssistancePartners";
pub(in crate::http) const AUDIT_EVENTS: &str = "auditEvents";
pub(in crate::http) const SETTINGS: &str = "remoteAssistanceSettings";
const BATCH: &str = "$batch";
const METADATA: &str = "$metadata";
pub(super) const COUNT: &str = "$count";

const BOTH: &[Version] = &[Version::V1, Version::Beta];
const SINGLETON: Step = Step::Singleton(DEVICE_MANAGEMENT);
const PARTNER_KEY: Step = Step::Key("remoteAssistancePartner-id");
const TO_PARTNERS: Step = Step::Navigation(PARTNERS);
const TO_AUDIT_EVENTS: Step = Step::Navigation(AUDIT_EVENTS);

/// What is served. What is asked for most comes first; functions come before keys, which could have any name.
pub(in crate::http) static ROUTES: [Route; 15] = [
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_PARTNERS, PARTNER_KEY],
        verbs: &[
            (Method::GET, Endpoint::Operation(Operation::GetPartner)),
            (Method::PATCH, Endpoint::Operation(Operation::UpdatePartner)),
            (Method::DELETE, Endpoint::Operation(Operation::DeletePartner)),
        ],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_PARTNERS, PARTNER_KEY, Step::Action("disconnect")],
        verbs: &[(Method::POST, Endpoint::Operation(Operation::Disconnect))],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_PARTNERS, PARTNER_KEY, Step::Action("beginOnboarding")],
        verbs: &[(Method::POST, Endpoint::Operation(Operation::BeginOnboarding))],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_PARTNERS],
        verbs: &[
            (Method::GET, Endpoint::Operation(Operation::ListPartners)),
            (Method::POST, Endpoint::Operation(Operation::CreatePartner)),
        ],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_PARTNERS, Step::Count],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::CountPartners))],
    },
    Route { versions: BOTH, steps: &[Step::Reserved(BATCH)], verbs: &[(Method::POST, Endpoint::Batch)] },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_AUDIT_EVENTS],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::ListAuditEvents))],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_AUDIT_EVENTS, Step::Count],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::CountAuditEvents))],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_AUDIT_EVENTS, Step::Function("getAuditCategories")],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::GetAuditCategories))],
    },
    Route {
        versions: BOTH,
        steps: &[
            SINGLETON,
            TO_AUDIT_EVENTS,
            Step::FunctionOf { name: "getAuditActivityTypes", parameter: "category" },
        ],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::GetAuditActivityTypes))],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON, TO_AUDIT_EVENTS, Step::Key("auditEvent-id")],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::GetAuditEvent))],
    },
    Route {
        versions: &[Version::Beta],
        steps: &[SINGLETON, Step::Navigation(SETTINGS)],
        verbs: &[
            (Method::GET, Endpoint::Operation(Operation::GetSettings)),
            (Method::PATCH, Endpoint::Operation(Operation::UpdateSettings)),
        ],
    },
    Route {
        versions: BOTH,
        steps: &[SINGLETON],
        verbs: &[(Method::GET, Endpoint::Operation(Operation::GetDeviceManagement))],
    },
    Route { versions: BOTH, steps: &[Step::Reserved(METADATA)], verbs: &[(Method::GET, Endpoint::Metadata)] },
    Route { versions: BOTH, steps: &[], verbs: &[(Method::GET, Endpoint::ServiceDocument)] },
];

impl Version {
    /// As it stands in URLs.
    pub(in crate::http) const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    /// The `api-version` that Graph's gateway adds when it forwards to Intune, as traces of 2025 and 2022 have it.
    pub(super) const fn forwarded(self) -> &'static str {
        match self {
            Self::V1 => "2025-07-09",
            Self::Beta => "5022-07-06",
        }
    }
}

impl Route {
    /// The template as Intune's messages write it, like `~/singleton/navigation/key`.
    pub(super) fn template(&self) -> String {
        let mut template = String::from("~");
        for step in self.steps {
            template.push('/');
            template.push_str(match step {
                Step::Reserved(name) => name,
                Step::Singleton(_) => "singleton",
                Step::Navigation(_) => "navigation",
                Step::Key(_) => "key",
                Step::Count => COUNT,
                Step::Action(_) => "action",
                Step::Function(_) | Step::FunctionOf { .. } => "function",
            });
        }
        template
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_route() {
        let served = |operation| {
            let verbs = ROUTES.iter().flat_map(|route| route.verbs);
            verbs.filter(|(_, endpoint)| *endpoint == Endpoint::Operation(operation)).count()
        };
        for operation in Operation::ALL {
            assert_eq!(served(operation), 1, "{operation:?}");
        }
    }
}
