use super::Scene;
use crate::support::{Outcome, Setup};

impl Scene {
    /// Runs a command beside the server, over its data directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Setup::of(arguments).at(&self.gangway.data).outcome()
    }

    /// What such a command prints; it has to succeed.
    #[track_caller]
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}: {outcome:?}");
        outcome.stdout
    }
}
