//! The actions and functions of a version, as its routes have them.

use gangway_odata::model::{StructuredType, Type};

use crate::endpoints::{Answer, Body, answer, body};
use gangway_graph::{Resource, Route, Step, Version};

/// An action or a function that is bound to a type.
#[derive(Debug)]
pub(crate) struct Callable {
    pub(crate) name: &'static str,
    pub(crate) kind: CallableKind,
    /// To what it is bound: one of these, or all.
    pub(crate) on: &'static StructuredType,
    pub(crate) many: bool,
    pub(crate) parameters: Vec<(&'static str, Type)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallableKind {
    Action,
    /// All that there are answer with texts.
    FunctionOfTexts,
}

/// All of them, in the order of the routes.
pub(crate) fn callables(version: Version) -> Vec<Callable> {
    Route::all(version).filter_map(|route| callable(route, version)).collect()
}

fn callable(route: &Route, version: Version) -> Option<Callable> {
    let (name, mut parameters) = match *route.steps.last()? {
        Step::Action(name) | Step::Function(name) => (name, Vec::new()),
        Step::FunctionOf { name, parameter } => (name, vec![(parameter, Type::String)]),
        Step::Reserved(_) | Step::Singleton(_) | Step::Navigation(_) | Step::Key(_) | Step::Count => {
            return None;
        }
    };
    let [(_, endpoint)] = route.endpoints().collect::<Vec<_>>()[..] else { panic!("{name} has one verb") };
    if let Some(Body::Parameters(named)) = body(endpoint, version) {
        parameters.extend(named.iter().map(|parameter| (parameter.name, parameter.of)));
    }
    let kind = match answer(endpoint, version) {
        Answer::Nothing => CallableKind::Action,
        Answer::Texts => CallableKind::FunctionOfTexts,
        Answer::Page(_)
        | Answer::Entity(_)
        | Answer::Created(_)
        | Answer::Changed(_)
        | Answer::Number
        | Answer::Batch
        | Answer::ServiceDocument
        | Answer::Metadata => panic!("the model has no words for what {name} answers with"),
    };
    let (on, many) = bound(route.steps, version);
    Some(Callable { name, kind, on, many, parameters })
}

/// What the steps lead to, and whether it is many.
fn bound(steps: &[Step], version: Version) -> (&'static StructuredType, bool) {
    let mut at = (Resource::DeviceManagement.structured_type(version), false);
    for step in steps {
        match step {
            Step::Navigation(name) => {
                let navigation = at.0.navigation(name).expect("routes follow navigation properties");
                at = (navigation.to, navigation.many);
            }
            Step::Key(_) => at.1 = false,
            Step::Reserved(_)
            | Step::Singleton(_)
            | Step::Count
            | Step::Action(_)
            | Step::Function(_)
            | Step::FunctionOf { .. } => {}
        }
    }
    at
}
