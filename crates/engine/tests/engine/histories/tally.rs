//! How often what happens in histories does, so that none of it can fall away unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use gangway_domain::{Activity, MissingKind, Obstacle, Proof, ReleaseState};

use super::History;
use crate::memory::LostAnswer;

/// Counts by name. Its clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    happened: BTreeMap<String, u64>,
    families: BTreeSet<String>,
}

/// What all histories together have at least so often.
const LEAST: [(&str, u64); 33] = [
    ("a task fell asleep", 2000),
    ("a task woke up", 2000),
    ("a crash took a task with it", 500),
    ("somebody hung up", 500),
    ("a grant was ended there", 500),
    ("the partner was down", 500),
    ("fault Unreached", 200),
    ("fault AnswerLost", 200),
    ("fault Failed", 200),
    ("fault Busy", 200),
    ("fault Unreadable", 50),
    ("fault RefusesUs", 100),
    ("fault Rejected", 100),
    ("check Good", 5000),
    ("check Gone", 300),
    ("check CannotTell", 2000),
    ("check RefusesUs", 80),
    ("check Contended", 150),
    ("try Superseded", 100),
    ("tokens were refreshed", 5000),
    ("an answer was lost", 400),
    ("release confirmed", 5000),
    ("release unaccounted", 1000),
    ("release waits for people", 100),
    ("missing CodeAnswer", 500),
    ("missing RefreshAnswer", 200),
    ("proof AccessTokenExpired", 500),
    ("proof AccessTokenInactive", 500),
    ("proof AccessTokenRefused", 500),
    ("proof RefreshTokenInactive", 80),
    ("proof RefreshTokenRefused", 500),
    ("proof CodeRefused", 100),
    ("refreshed a connection more than once", 500),
];

/// The least number of families of partners.
const FAMILIES: usize = 64;

impl Tally {
    pub(super) fn count(&self, what: impl Into<String>) {
        self.count_some(what, 1);
    }

    fn count_some(&self, what: impl Into<String>, times: u64) {
        *self.0.lock().unwrap().happened.entry(what.into()).or_default() += times;
    }

    /// Adds all that another has counted.
    pub(super) fn add(&self, other: &Self) {
        let Counts { happened, families } = std::mem::take(&mut *other.0.lock().unwrap());
        let mut all = self.0.lock().unwrap();
        all.families.extend(families);
        for (what, count) in happened {
            *all.happened.entry(what).or_default() += count;
        }
    }

    pub(super) fn everything_happened(&self) {
        let counts = self.0.lock().unwrap();
        assert!(counts.families.len() >= FAMILIES, "only {} families of partners", counts.families.len());
        let happened = |what: &str| counts.happened.get(what).copied().unwrap_or(0);
        let not_here =
            |a: &Activity| matches!(a, Activity::Patch | Activity::ForceRelease | Activity::PatchSettings);
        let activities = Activity::ALL.into_iter().filter(|activity| !not_here(activity));
        let activities = activities.map(|activity| (format!("{activity:?}"), 20));
        let lost = [LostAnswer::AfterTheAct, LostAnswer::BeforeTheAct, LostAnswer::ForLong];
        let lost = lost.map(|how| (format!("a commit lost its answer {how:?}"), 500));
        let least = LEAST.map(|(what, least)| (what.to_owned(), least)).into_iter();
        for (what, least) in least.chain(activities).chain(lost) {
            assert!(happened(&what) >= least, "{what}: {} and not {least}", happened(&what));
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap();
        writeln!(f, "{} families", counts.families.len())?;
        counts.happened.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8} {what}"))
    }
}

impl History {
    /// What can be counted when it is over.
    pub(super) fn count_all(&self) {
        let tally = &self.tally;
        tally.0.lock().unwrap().families.insert(format!("{:?}", self.house.partner.manner));
        let store = self.house.engine.store();
        for (how, times) in store.lost_answers() {
            tally.count_some(format!("a commit lost its answer {how:?}"), times);
        }
        tally.count_some("tokens were refreshed", self.house.partner.refreshes());
        tally.count_some("an answer was lost", self.house.partner.lost_answers());
        let rows = store.rows();
        rows.audit.iter().for_each(|event| tally.count(format!("{:?}", event.activity)));
        for (release, _) in rows.releases.values() {
            let (proofs, missing): (&[Proof], &[_]) = match &release.state {
                ReleaseState::Confirmed(evidence) => (&evidence.proofs, &[]),
                ReleaseState::Unaccounted(evidence, missing) => (&evidence.proofs, missing),
                ReleaseState::Pending { .. } | ReleaseState::Forced(_) => (&[], &[]),
            };
            let waits =
                matches!(release.state, ReleaseState::Pending { obstacle: Some(Obstacle::UnreadAnswer), .. });
            tally.count(if waits {
                "release waits for people".into()
            } else {
                format!("release {}", release.state.as_str())
            });
            for proof in proofs {
                tally.count(format!("proof {proof:?}"));
            }
            let kinds: BTreeSet<_> = missing.iter().map(|missing| missing.what.as_str()).collect();
            let kinds = kinds.into_iter().filter_map(MissingKind::from_word);
            kinds.for_each(|kind| tally.count(format!("missing {kind:?}")));
            if proofs.len() > 4 {
                tally.count("refreshed a connection more than once");
            }
        }
    }
}
