use crate::operations::Operation;
use crate::routes::{self, Route, Verb};

/// What answers at a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// An operation of the API, for whoever may.
    Operation(Operation),
    /// Many requests in one.
    Batch,
    /// What there is, for everybody.
    ServiceDocument,
    /// The model, for everybody.
    Metadata,
}

/// What is no operation.
static SERVICE: [(&Route, Verb, Endpoint); 3] = [
    (&routes::BATCH, Verb::Post, Endpoint::Batch),
    (&routes::METADATA, Verb::Get, Endpoint::Metadata),
    (&routes::SERVICE_DOCUMENT, Verb::Get, Endpoint::ServiceDocument),
];

impl Route {
    /// What can be done here, and how.
    pub fn endpoints(&self) -> impl Iterator<Item = (Verb, Endpoint)> {
        let is_here = |route: &Route| std::ptr::eq(route, self);
        let operations = Operation::ALL.iter().filter(move |operation| is_here(operation.row().route));
        let service = SERVICE.iter().filter(move |(route, ..)| is_here(route));
        operations
            .map(|operation| (operation.row().verb, Endpoint::Operation(*operation)))
            .chain(service.map(|(_, verb, endpoint)| (*verb, *endpoint)))
    }

    /// What this method does here.
    #[must_use]
    pub fn endpoint(&self, method: &str) -> Option<Endpoint> {
        self.endpoints().find(|(verb, _)| verb.name() == method).map(|(_, endpoint)| endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn every_operation_has_one_route() {
        for operation in Operation::ALL {
            let endpoint = Endpoint::Operation(*operation);
            let found =
                ROUTES.iter().filter(|route| route.endpoint(operation.row().verb.name()) == Some(endpoint));
            assert_eq!(found.count(), 1, "{operation:?}");
        }
    }

    #[test]
    fn something_can_be_done_at_every_route() {
        for route in ROUTES {
            assert!(route.endpoints().next().is_some(), "{route:?}");
        }
    }
}
