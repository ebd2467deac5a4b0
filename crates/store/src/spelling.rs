//! How the members of enumerations are spelled in stored rows. These words are in people's databases, and in
//! the CHECK constraints of the migrations: a word may be added but never changed.

use gangway_domain::{Activity, Connector, Property};

const CONNECTORS: [Connector; 2] = [Connector::Simulated, Connector::Link];

/// The result of what was done; what was not done leaves no event.
pub(crate) const SUCCESS: &str = "Success";

pub(crate) const fn of_connector(connector: Connector) -> &'static str {
    match connector {
        Connector::Simulated => "simulated",
        Connector::Link => "link",
    }
}

pub(crate) fn connector(word: &str) -> Option<Connector> {
    CONNECTORS.into_iter().find(|connector| of_connector(*connector) == word)
}

pub(crate) const fn of_activity(activity: Activity) -> &'static str {
    match activity {
        Activity::Create => "create",
        Activity::Patch => "patch",
        Activity::Delete => "delete",
        Activity::BeginOnboarding => "beginOnboarding",
        Activity::CompleteOnboarding => "completeOnboarding",
        Activity::ExpireOnboarding => "expireOnboarding",
        Activity::Disconnect => "disconnect",
    }
}

pub(crate) fn activity(word: &str) -> Option<Activity> {
    Activity::ALL.into_iter().find(|activity| of_activity(*activity) == word)
}

/// Properties are spelled as in Graph's schema.
pub(crate) fn property(word: &str) -> Option<Property> {
    Property::ALL.into_iter().find(|property| property.name() == word)
}
