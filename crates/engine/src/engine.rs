//! The engine: a store, ports, and what is remembered between use-cases.

mod single_flight;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gangway_domain::{
    Activity, Attempt, AttemptId, AuditEvent, AuditEventId, ConnectorKind, Correlated, ProfileName,
    ReleaseId, TenantId, Timestamp, Transition,
};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use uuid::{Builder, Uuid};

use crate::credential::Arrival;
use crate::{Clock, Connectors, NodeId, Random, Store, Vault};

pub(crate) use single_flight::Refresh;
use single_flight::{Refreshing, SingleFlight};

/// What the operator decides about partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The connector of a partner that is created over Graph.
    pub created_as: ConnectorKind,
    /// How long an attempt to onboard may take.
    pub attempt_timeout: Duration,
    /// The ways to connect a partner; every tenant gets a partner for each.
    pub profiles: Vec<Profile>,
}

/// One way to connect a partner, as far as partners show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: ProfileName,
    /// What its partners are called at first.
    pub display_name: String,
    /// The code that speaks their dialect.
    pub connector: ConnectorKind,
    /// Their `onboardingUrl` at first.
    pub onboarding_url: Option<String>,
}

/// What the engine needs beside a store.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What nobody can foresee.
    pub random: Arc<dyn Random>,
    /// What secrets are sealed with.
    pub vault: Arc<dyn Vault>,
    /// What speaks to partners.
    pub connectors: Arc<dyn Connectors>,
}

/// The use-cases, over whatever store and ports it is given.
pub struct Engine<S> {
    pub(crate) store: S,
    pub(crate) ports: Ports,
    pub(crate) policy: Policy,
    pub(crate) node: NodeId,
    pub(crate) refreshes: SingleFlight,
    pub(crate) refreshing: Refreshing,
    pub(crate) release_begun: Notify,
    /// What partners answered and no store has taken yet.
    pub(crate) parked: Mutex<BTreeMap<Uuid, Arrival>>,
    /// Held while somebody delivers those.
    pub(crate) delivering: AsyncMutex<()>,
    /// Refreshes that were written down and gave nothing, where no store has taken that yet.
    pub(crate) void_refreshes: Mutex<BTreeSet<Uuid>>,
    /// Tenants that have their profiles' partners, as far as is remembered.
    pub(crate) provisioned: Mutex<HashSet<TenantId>>,
    /// When this node's leases were prolonged last.
    pub(crate) leased: Mutex<Option<Timestamp>>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("policy", &self.policy)
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

impl<S: Store> Engine<S> {
    /// An engine over this store and these ports.
    pub fn new(store: S, ports: Ports, policy: Policy) -> Self {
        let mut random = [0; 16];
        ports.random.fill(&mut random);
        Self {
            store,
            ports,
            policy,
            node: NodeId(Builder::from_random_bytes(random).into_uuid()),
            refreshes: SingleFlight::default(),
            refreshing: Refreshing::default(),
            release_begun: Notify::new(),
            parked: Mutex::default(),
            delivering: AsyncMutex::default(),
            void_refreshes: Mutex::default(),
            provisioned: Mutex::default(),
            leased: Mutex::default(),
        }
    }

    /// The store, for what only asks and changes nothing.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// What this process is called in leases.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The time, as the engine sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A version 7 UUID: ids that are made later sort later, down to a quarter of a microsecond
    /// (RFC 9562, section 6.2, method 3).
    pub(crate) fn time_ordered_uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.ports.random.fill(&mut random);
        let [high, low] = now.millisecond_fraction().to_be_bytes();
        random[0] = high;
        random[1] = low;
        let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    pub(crate) fn new_release_id(&self, now: Timestamp) -> ReleaseId {
        ReleaseId(self.time_ordered_uuid(now))
    }

    pub(crate) fn random_number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.ports.random.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    /// A try at onboarding that starts now, under an id that cannot be guessed.
    pub(crate) fn new_attempt(&self, now: Timestamp) -> Attempt {
        let mut random = [0; 16];
        self.ports.random.fill(&mut random);
        let id = AttemptId(Builder::from_random_bytes(random).into_uuid());
        Attempt { id, expires: now.plus(self.policy.attempt_timeout) }
    }

    pub(crate) fn record(
        &self,
        at: Timestamp,
        by: &Correlated,
        activity: Activity,
        what: Transition<'_>,
    ) -> AuditEvent {
        AuditEvent::record(AuditEventId(self.time_ordered_uuid(at)), at, by.clone(), activity, what)
    }
}
