use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{
    Activity, Attempt, AttemptId, AuditEvent, AuditEventId, Change, ConnectorKind, Correlated, Outcome, Partner,
    Timestamp, Transition,
};
use uuid::{Builder, Uuid};

use crate::{Changeset, Clock, PartnerChange, Random, Store};

/// What the operator decides about partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The connector of a partner that is created over Graph.
    pub created_as: ConnectorKind,
    /// How long an attempt to onboard may take.
    pub attempt_lasts: Duration,
}

/// The use-cases, over whatever store, clock and randomness it is given.
pub struct Engine<S> {
    pub(crate) store: S,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(crate) policy: Policy,
}

impl<S> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl<S: Store> Engine<S> {
    /// An engine over these ports.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Random>, policy: Policy) -> Self {
        Self { store, clock, random, policy }
    }

    /// The store, for what only asks and changes nothing.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The time, as the engine sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A version 7 UUID: ids that are made later sort later, down to a quarter of a microsecond (RFC 9562,
    /// section 6.2, method 3).
    pub(crate) fn time_ordered_uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.random.fill(&mut random);
        let [high, low] = now.millisecond_fraction().to_be_bytes();
        random[0] = high;
        random[1] = low;
        let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A try at onboarding that starts now, under an id that cannot be guessed.
    pub(crate) fn new_attempt(&self, now: Timestamp) -> Attempt {
        let mut random = [0; 16];
        self.random.fill(&mut random);
        let id = AttemptId(Builder::from_random_bytes(random).into_uuid());
        Attempt { id, expires: now.plus(self.policy.attempt_lasts) }
    }

    /// The changeset that creates a partner.
    pub(crate) fn creation(&self, partner: &Partner, by: &Correlated, at: Timestamp) -> Changeset {
        let audit = self.record(at, by, Activity::Create, Transition::Created(partner));
        Changeset { partner: PartnerChange::Insert(partner.clone()), effects: Vec::new(), audit: Some(audit) }
    }

    /// The changeset of a decision about a partner: its row, and the audit event that goes with it.
    pub(crate) fn changeset(
        &self,
        before: &Partner,
        change: Change,
        by: &Correlated,
        at: Timestamp,
    ) -> Changeset {
        let read = before.version;
        match change.outcome {
            Outcome::Becomes(partner) => {
                let transition = Transition::Changed { before, after: &partner };
                let audit = self.record(at, by, change.activity, transition);
                Changeset { partner: PartnerChange::Update { partner, read }, effects: Vec::new(), audit: Some(audit) }
            }
            Outcome::Removed => {
                let audit = self.record(at, by, change.activity, Transition::Removed(before));
                let partner = PartnerChange::Delete { tenant: before.tenant, id: before.id, read };
                Changeset { partner, effects: Vec::new(), audit: Some(audit) }
            }
        }
    }

    fn record(&self, at: Timestamp, by: &Correlated, activity: Activity, what: Transition<'_>) -> AuditEvent {
        AuditEvent::record(AuditEventId(self.time_ordered_uuid(at)), at, by.clone(), activity, what)
    }
}
